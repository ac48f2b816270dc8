#include "engine/edit/table.hpp"

#include "engine/csv/reader.hpp"
#include "engine/hl7/charset.hpp"

namespace aorta::edit {
namespace {

constexpr const char* heading = "the first line of a table is from,to";

/// `line 7` of the reader, as a number.
uint64_t line_of(const error& why) {
  const auto digits = why.where.find_first_of("0123456789");
  return digits == std::string::npos ? 1 : std::stoull(why.where.substr(digits));
}

} // namespace

std::vector<table_fault> read_table(std::string_view text, table& into) {
  std::vector<table_fault> out;
  std::unordered_map<std::string, uint64_t> seen;
  bool first = true;
  csv::reader reader({}, [&](const csv::row& row) {
    const auto complain = [&](std::string what) { out.push_back({row.line, std::move(what)}); };
    if (std::exchange(first, false)) {
      if (row.fields != std::vector<std::string_view>{"from", "to"}) complain(heading);
      return;
    }
    if (row.fields.size() != 2)
      return complain("a line of a table has two fields, this one has " + std::to_string(row.fields.size()));
    if (row.fields[0].empty()) return complain("'from' is empty: what is absent is not looked up");
    if (!hl7::is_utf8(row.fields[0]) || !hl7::is_utf8(row.fields[1]))
      return complain("the line is not UTF-8");
    const auto [at, fresh] = seen.emplace(row.fields[0], row.line);
    if (!fresh)
      return complain("'" + at->first + "' stands in line " + std::to_string(at->second) + " already");
    into.rows.emplace(row.fields[0], row.fields[1]);
  });
  if (!reader.feed(text) || !reader.finish())
    out.push_back({line_of(*reader.failed()), reader.failed()->text});
  else if (first) out.push_back({1, heading});
  return out;
}

} // namespace aorta::edit
