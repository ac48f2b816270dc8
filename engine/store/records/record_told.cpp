#include "engine/store/records/record_told.hpp"

#include "engine/store/records/record_write.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

namespace aorta::store {

std::vector<ports::told_row> read_told(record_talk& with, model::table of,
                                       const std::vector<std::string>& keys) {
  std::vector<ports::told_row> out;
  if (keys.empty()) return out;
  sql_text sql = with.text();
  sql << "SELECT home_key, content FROM told_rows WHERE clinic_id + 0 = "
      << sql.arg(with.context().clinic, "bigint")
      << " AND home = " << sql.arg(std::string(model::shape(of).name), "text") << " AND home_key"
      << sql.list(keys, "text");
  for (const auto& row : with.ask(sql)) {
    auto json = with.context().locks->unseal(required(row[1]));
    if (!json)
      throw failure({error_code::internal, "",
                     "what messages told of a row of " + std::string(model::shape(of).name) +
                       " cannot be read with the configured key"});
    out.push_back({of, required(row[0]), std::move(*json)});
  }
  return out;
}

void keep_told(record_talk& with, std::span<const ports::told_row> all) {
  if (all.empty()) return;
  static const auto what = bulk_insert(
    "told_rows", {{"clinic_id", "bigint"}, {"home", "text"}, {"home_key", "text"}, {"content", "text"}},
    " ON CONFLICT (home_key, home, clinic_id) DO UPDATE SET content = excluded.content");
  std::vector<sql_row> rows;
  for (const auto& each : all)
    rows.push_back({with.context().clinic, std::string(model::shape(each.of).name), each.key,
                    with.context().locks->seal(each.json, with.now())});
  with.count(with.link().add_rows(what, rows));
}

} // namespace aorta::store
