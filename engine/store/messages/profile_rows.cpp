#include "engine/store/messages/profile_rows.hpp"

#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"

namespace aorta::store {

using ports::profile_version;

std::vector<profile_version> read_profile_versions(dialect speaks, const run_alone& run,
                                                   const std::string& lab, int most) {
  sql_text sql(speaks);
  sql << "SELECT hash, CAST(at AS text), by_whom FROM profile_versions WHERE lab = " << sql.arg(lab, "text")
      << " ORDER BY at DESC, hash LIMIT " << sql.arg(int64_t{most}, "bigint");
  std::vector<profile_version> out;
  const auto answers = run({sql}, false, std::nullopt);
  for (const auto& row : answers.at(0))
    out.push_back({required(row[0]), read_time(required(row[1])).value_or(timestamp{}), row[2].value_or("")});
  return out;
}

void keep_profile(dialect speaks, const run_alone& run, const std::string& lab, const profile_version& what,
                  const std::string& text) {
  const auto newest = read_profile_versions(speaks, run, lab, 1);
  if (!newest.empty() && newest.front().hash == what.hash) return;
  sql_text sql(speaks);
  sql << "INSERT INTO profile_versions (lab, hash, at, by_whom, content) VALUES (" << sql.arg(lab, "text")
      << ", " << sql.arg(what.hash, "text") << ", " << sql.arg(sortable(what.at), "timestamptz") << ", "
      << sql.arg(what.by.empty() ? sql_value() : sql_value(what.by), "text") << ", "
      << sql.arg(is_clean(text) ? text : cleaned(text), "text") << ") ON CONFLICT DO NOTHING";
  run({sql}, true, std::nullopt);
}

std::optional<std::string> read_profile_text(dialect speaks, const run_alone& run, const std::string& lab,
                                             const std::string& hash) {
  sql_text sql(speaks);
  sql << "SELECT content FROM profile_versions WHERE lab = " << sql.arg(lab, "text")
      << " AND hash = " << sql.arg(hash, "text") << " LIMIT 1";
  const auto answers = run({sql}, false, std::nullopt);
  return answers.at(0).empty() ? std::nullopt : std::optional(required(answers.at(0)[0][0]));
}

} // namespace aorta::store
