#include "engine/store/schema/examine.hpp"

#include "engine/store/schema/examine_postgresql.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/native_sqlite.hpp"
#include "engine/store/sql/pg_link.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <sys/stat.h>

namespace aorta::store {
namespace {

constexpr const char* index_name = "lab_results_one_current";

bool has_index(const database& of, conversation& with) {
  const auto rows = of.speaks == dialect::sqlite
    ? with.ask("SELECT name FROM sqlite_master WHERE type = 'index' AND name = :a", {index_name}, 1)
    : with.ask("SELECT CAST(to_regclass(:a) AS text)", {index_name}, 1);
  return !rows.empty() && rows[0][0].has_value();
}

std::string index_sql(const database& of) {
  // a specimen time that nobody told is one
  const std::string never = of.speaks == dialect::sqlite ? "''" : "'-infinity'::timestamptz";
  return "CREATE UNIQUE INDEX " + std::string(index_name) +
    " ON lab_results (patient_id, order_key, performing_lab_code, test_code, sub_id, COALESCE(collected_at, " +
    never + "), ordinal); DROP INDEX IF EXISTS lab_results_patient_order";
}

/// How many results of the clinic have more than one current row.
int64_t doubled(conversation& with, model::clinic_id clinic) {
  const auto rows = with.ask(
    "SELECT CAST(count(*) AS text) FROM (SELECT 1 FROM lab_results WHERE clinic_id = :a AND order_key IS NOT NULL"
    " GROUP BY patient_id, order_key, performing_lab_code, test_code, sub_id, collected_at, ordinal HAVING count(*) > 1) d",
    {std::to_string(clinic)}, 1);
  return read_integer(required(rows.at(0)[0]));
}

void examine_versions(database& of, soci::session& session, std::vector<ports::finding>& out) {
  std::vector<model::clinic_id> clinics;
  {
    conversation with(of, session, std::nullopt, false);
    if (has_index(of, with)) return;
    for (const auto& row : with.ask("SELECT CAST(clinic_id AS text) FROM clinics ORDER BY clinic_id", {}, 1))
      clinics.push_back(read_integer(required(row[0])));
  }
  int64_t count = 0;
  for (const auto clinic : clinics) {
    conversation with(of, session, clinic, false);
    count += doubled(with, clinic);
  }
  const std::string remedy = count > 0 ? std::to_string(count) +
      " results have more than one: cancel all but one of each, then run aorta migrate"
                                       : "run aorta migrate as the owner of lab_results";
  out.push_back({ports::finding::weight::warning,
                 "no unique index (" + std::string(index_name) +
                   ") holds one current version of each result: " + remedy});
}

void examine_file(const database& of, std::vector<ports::finding>& out) {
  struct ::stat file {};
  if (::stat(of.file.path().c_str(), &file) == 0 && (file.st_mode & 077) != 0)
    out.push_back({ports::finding::weight::warning,
                   of.file.path() + " can be read or written by others than its owner: chmod 600"});
}

} // namespace

std::vector<ports::finding> examine(database& of) {
  std::vector<ports::finding> out;
  soci::session session;
  const auto broken_by = connect(of, session);
  if (of.speaks == dialect::sqlite) examine_file(of, out);
  else examine_postgresql(native_postgresql(session), of.how.clock->now(), out);
  try {
    examine_versions(of, session, out);
  } catch (const std::exception&) {
    if (out.empty()) throw; // a role without rights has been told already what it lacks
  }
  return out;
}

void hold_one_current(database& of, soci::session& session) {
  {
    conversation with(of, session, std::nullopt, false);
    if (has_index(of, with)) return;
  }
  try {
    conversation with(of, session, std::nullopt, true);
    if (of.speaks == dialect::sqlite) sqlite_script(native_sqlite(session), index_sql(of));
    else postgresql_script(native_postgresql(session), index_sql(of));
    with.commit();
  } catch (const failure& e) {
    if (passes(e.why().code)) throw;
  }
}

} // namespace aorta::store
