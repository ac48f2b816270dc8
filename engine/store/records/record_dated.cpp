// When rows became what they are. The clinic is a filter here and no index's first column: an index that
// begins with it could be chosen for questions that a patient or a key narrows, as long as a table is small.
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/records/record_read.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::dated_by;
using ports::dated_query;

struct told_in {
  std::string_view table, time, key, version, key_type;
};

told_in told_place(const dated_query& what) {
  const auto& shape = model::shape(what.of);
  switch (what.by) {
    case dated_by::sight: return {"fhir_seen", "seen_at", "home_key", "0", "text"};
    case dated_by::superseded: return {"lab_result_versions", "created_at", "result_id", "r.version", "uuid"};
    case dated_by::updated: return {shape.name, "updated_at", shape.key, "0", key_type(what.of)};
    case dated_by::verified: return {shape.name, "verified_at", shape.key, "0", key_type(what.of)};
    case dated_by::created: break;
  }
  return {shape.name, "created_at", shape.key, "0", key_type(what.of)};
}

/// (at, key, version) of all rows that are concerned.
void add_rows(sql_text& out, const record_context& in, const dated_query& what, const told_in& from) {
  const auto clinic = [&] { return out.arg(std::to_string(in.clinic), "bigint"); };
  const auto& shape = model::shape(what.of);
  const bool seen = what.by == dated_by::sight;
  if (seen && what.patient) { // from the patient's rows, whose keys are text before they are joined (see
                              // `selection` in record_read.cpp)
    out << "SELECT r.seen_at AS at, r.home_key AS key, 0 AS version FROM (SELECT CAST(p." << shape.key
        << " AS text) AS key_text FROM " << shape.name << " p WHERE p.clinic_id + 0 = " << clinic()
        << " AND p.patient_id = " << out.arg(std::to_string(*what.patient), "bigint")
        << (in.speaks == dialect::postgresql ? " OFFSET 0" : "")
        << ") p JOIN fhir_seen r ON r.home_key = p.key_text AND r.home = '" << shape.name
        << "' AND r.clinic_id = " << clinic();
    return;
  }
  out << "SELECT r." << from.time << " AS at, r." << from.key << " AS key, " << from.version
      << " AS version FROM " << from.table << " r WHERE r.clinic_id" << (seen ? "" : " + 0") << " = "
      << clinic();
  if (seen) out << " AND r.home = '" << shape.name << "'";
  else out << " AND r." << from.time << " IS NOT NULL"; // as its partial index says
  if (what.patient) out << " AND r.patient_id = " << out.arg(std::to_string(*what.patient), "bigint");
}

} // namespace

sql_text dated_sql(const record_context& in, const dated_query& what) {
  const auto from = told_place(what);
  const auto time = [&](sql_text& sql, timestamp at) { return sql.arg(sortable(at), "timestamptz"); };
  sql_text out(in.speaks);
  // A patient's rows are picked first, not along all the times of a clinic.
  if (what.patient) out << "WITH h AS MATERIALIZED (";
  else out << "SELECT h.at, CAST(h.key AS text), h.version FROM (";
  add_rows(out, in, what, from);
  if (what.patient) out << ") SELECT h.at, CAST(h.key AS text), h.version FROM h WHERE h.at IS NOT NULL";
  else out << ") h WHERE h.at IS NOT NULL";
  if (what.since) out << " AND h.at >= " << time(out, *what.since);
  if (what.until) out << " AND h.at <= " << time(out, *what.until);
  if (what.after)
    out << " AND (h.at, h.key, h.version) < (" << time(out, what.after->at) << ", "
        << out.arg(what.after->key, from.key_type) << ", " << out.arg(what.after->version, "bigint") << ")";
  out << " ORDER BY h.at DESC, h.key DESC, h.version DESC LIMIT "
      << out.arg(std::to_string(std::max(what.limit, 1)), "bigint");
  return out;
}

std::vector<ports::dated_row> read_dated(const std::vector<text_row>& rows) {
  std::vector<ports::dated_row> out;
  for (const auto& row : rows) {
    const auto at = row.size() == 3 ? read_time(required(row[0])) : std::nullopt;
    if (!at) throw failure({error_code::internal, "", "a row has a time that is none"});
    out.push_back({*at, required(row[1]), read_integer(required(row[2]))});
  }
  return out;
}

} // namespace aorta::store
