// `aorta codes load`: a table of codes from CSV. None is shipped: whoever has a licence loads them.
#include "engine/cli/commands.hpp"
#include "engine/base/diagnostic.hpp"
#include "engine/csv/reader.hpp"
#include "engine/hl7/charset.hpp"
#include "engine/ports/codes.hpp"
#include "engine/ports/records.hpp"

#include <cstdio>
#include <map>

namespace aorta::cli {
namespace {

struct read_codes {
  std::vector<ports::code_row> rows;
  std::string fault; ///< empty: all of it was read
};

/// Columns `code`, and any of `description` and `description_el`, by the header; others are left out.
read_codes codes_in(const std::string& text) {
  read_codes out;
  std::map<std::string, size_t> columns;
  const auto cell = [&](const csv::row& of, const char* name) {
    const auto found = columns.find(name);
    return found == columns.end() || found->second >= of.fields.size()
      ? std::string()
      : std::string(of.fields[found->second]);
  };
  csv::reader reader({}, [&](const csv::row& row) {
    if (columns.empty()) {
      for (size_t i = 0; i < row.fields.size(); ++i) columns.emplace(row.fields[i], i);
      return;
    }
    if (auto code = cell(row, "code"); !code.empty())
      out.rows.push_back({std::move(code), cell(row, "description"), cell(row, "description_el")});
    else if (out.fault.empty()) out.fault = "line " + std::to_string(row.line) + " has no code";
  });
  if (!reader.feed(text) || !reader.finish())
    out.fault = reader.failed()->where + ": " + reader.failed()->text;
  else if (!columns.contains("code")) out.fault = "line 1: a header with the column 'code' is needed";
  return out;
}

} // namespace

int codes_load(const common& with, const std::string& system, const std::string& file) {
  const auto into = ports::code_system_from(system);
  if (!into)
    return fail("there is no table of codes '" + system + "'; " +
                did_you_mean(system, ports::code_system_names()));
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const auto text = read_file(file);
  if (!text) return fail(why_unreadable(file));
  if (!hl7::is_utf8(*text)) return fail(file + " is not UTF-8");
  const auto read = codes_in(*text);
  if (!read.fault.empty()) return fail(file + ": " + read.fault + "; nothing was loaded");
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, settings->store_migrate, clock, ids);
  if (!store) return 1;
  auto session = store->records();
  if (!session) return fail(session.error().text);
  auto& in = **session;
  const auto all_clinics = in.access().clinics();
  if (!all_clinics) return fail(all_clinics.error().text);
  if (const auto begun = in.begin(all_clinics->empty() ? 1 : all_clinics->front().id, true); !begun)
    return fail(begun.error().text);
  if (const auto loaded = in.codes().load(*into, read.rows); !loaded) return fail(loaded.error().text);
  if (const auto kept = in.commit(); !kept) return fail(kept.error().text);
  std::printf("%zu codes of %s are there\n", read.rows.size(), system.c_str());
  return 0;
}

} // namespace aorta::cli
