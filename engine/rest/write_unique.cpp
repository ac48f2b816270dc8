// Numbers that only one row can have: told by their place before the database refuses them.
#include "engine/rest/write.hpp"

namespace aorta::rest {
namespace {

/// Nothing: the row has no such number.
std::optional<ports::row_query> holders_of(const model::record& row) {
  ports::row_query out;
  out.of = row.of;
  for (const auto column : records::unique_columns(row.of)) {
    if (row.text(column).empty()) return std::nullopt;
    out.equals.emplace_back(std::string(column), row.text(column));
  }
  if (out.equals.empty()) return std::nullopt;
  out.limit = 2;
  out.with_entries = false;
  return out;
}

} // namespace

bool writing::check_unique() {
  std::vector<std::pair<task*, ports::row_query>> asked;
  std::set<std::pair<model::table, std::vector<std::pair<std::string, std::string>>>> said;
  const auto fine = every([&](task& each) {
    if (!each.writes || !each.row || each.resource == nullptr || each.kept) return true;
    auto ask = holders_of(*each.row);
    if (!ask) return true;
    if (!said.emplace(ask->of, ask->equals).second)
      return refuse(cause::conflict, "duplicate", "another entry has the same number",
                    each.path + ".identifier");
    in_.session().expect(*ask);
    asked.emplace_back(&each, std::move(*ask));
    return true;
  });
  if (!fine && !goes_on()) return false;
  bool free = fine;
  for (const auto& [each, ask] : asked) {
    const auto rows = in_.session().rows(ask);
    if (!rows) return refuse(records::refusal(rows.error()));
    for (const auto& other : *rows) {
      if (other.row.key() == each->row->key()) continue;
      const auto where = each->path + ".identifier";
      free = refuse(cause::conflict, "duplicate", "the clinic has a row with this number already", where);
      if (!goes_on()) return false;
    }
  }
  return free;
}

} // namespace aorta::rest
