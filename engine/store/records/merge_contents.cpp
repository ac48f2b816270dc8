// Patients whom a content names: references in resources that FHIR keeps, who takes part in an appointment,
// the candidates of a review; and what belongs to a row that goes back.
#include "engine/store/records/row_mover.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

constexpr std::string_view own_column = "patient_id", of_others = "content";

patient_column resources() {
  patient_column out;
  out.table = out.from = "fhir_resources";
  out.key = {"clinic_id", "type", "id"};
  return out;
}

std::vector<std::string> with_survivor(std::vector<std::string> list, const std::string& merged,
                                       const std::string& survivor) {
  for (auto& each : list)
    if (each == merged) each = survivor;
  std::vector<std::string> out; // the survivor may have been a candidate already
  for (auto& each : list)
    if (std::find(out.begin(), out.end(), each) == out.end()) out.push_back(std::move(each));
  return out;
}

} // namespace

std::string referring(std::string_view json, model::patient_id from, model::patient_id to) {
  const std::string start = R"("reference":"Patient/)", wanted = start + std::to_string(from);
  std::string out;
  size_t done = 0;
  for (auto at = json.find(wanted); at != json.npos; at = json.find(wanted, at + 1)) {
    const auto end = at + wanted.size();
    if (end >= json.size() || (json[end] != '"' && json[end] != '/')) continue; // another number begins so
    out.append(json.substr(done, at - done)).append(start).append(std::to_string(to));
    done = end;
  }
  return out.append(json.substr(done));
}

std::string row_mover::where_row(sql_text& sql, const content_row& at) const {
  return " WHERE clinic_id = " + sql.arg(talk_.context().clinic, "bigint") +
    " AND type = " + sql.arg(at.type, "text") + " AND id = " + sql.arg(at.id, "text");
}

void row_mover::put_content(const content_row& at, const std::string& token) {
  sql_text sql = talk_.text();
  sql << "UPDATE fhir_resources SET content = " << sql.arg(token, "text") << ", indexed_version = 0"
      << where_row(sql, at); // its words are others
  talk_.tell(sql);
}

/// The rows' contents as they stand, and, once they were written down, as they stood before.
std::vector<row_mover::content_row> row_mover::moved_contents(std::string_view column) {
  sql_text sql = talk_.text();
  sql << "SELECT m.row_key, t.type, t.id, t.content, m.before FROM patient_merge_rows m JOIN fhir_resources t"
      << " ON m.row_key = " << key_text(resources(), talk_.context().speaks);
  if (column == own_column) sql << " AND t.patient_id = " << sql.arg(survivor_, "bigint");
  sql << " WHERE m.merge_id = " << sql.arg(merge_, "uuid") << " AND m.table_name = 'fhir_resources'"
      << " AND m.column_name = " << sql.arg(std::string(column), "text") << " AND t.content IS NOT NULL";
  std::vector<content_row> out;
  for (const auto& row : talk_.ask(sql))
    out.push_back(
      {required(row[0]), required(row[1]), required(row[2]), required(row[3]), row[4].value_or("")});
  return out;
}

void row_mover::rewrite(const std::vector<content_row>& rows) {
  auto& locks = *talk_.context().locks;
  for (const auto& each : rows) {
    const auto text = locks.unseal(each.content);
    if (!text) throw failure({error_code::internal, "", "a stored resource cannot be read"});
    sql_text note = talk_.text();
    note << "UPDATE patient_merge_rows SET before = " << note.arg(each.content, "text")
         << " WHERE merge_id = " << note.arg(merge_, "uuid")
         << " AND table_name = 'fhir_resources' AND row_key = " << note.arg(each.key, "text");
    talk_.tell(note);
    if (auto now = referring(*text, merged_, survivor_); now != *text)
      put_content(each, locks.seal(now, talk_.now()));
  }
  talk_.flow();
}

void row_mover::refer_to_survivor() { rewrite(moved_contents(own_column)); }

/// Unchanged since: as it was, letter by letter. Else whatever names the survivor names the other again.
void row_mover::refer_back() {
  auto& locks = *talk_.context().locks;
  for (const auto column : {own_column, of_others})
    for (const auto& each : moved_contents(column)) {
      const auto now = locks.unseal(each.content), before = locks.unseal(each.before);
      if (!now) throw failure({error_code::internal, "", "a stored resource cannot be read"});
      if (before && *now == referring(*before, merged_, survivor_)) put_content(each, each.before);
      else if (column == own_column)
        put_content(each, locks.seal(referring(*now, survivor_, merged_), talk_.now()));
    }
  talk_.flow();
}

/// Appointments of which the merged patient is one of several, and whatever else names the patient.
void row_mover::take_part() {
  const auto key = [&](model::patient_id who) {
    return key_hash(talk_.context(), ports::participant_key(std::to_string(who)));
  };
  const auto here = [&](sql_text& sql) {
    return " FROM fhir_identifiers t WHERE t.clinic_id = " + sql.arg(talk_.context().clinic, "bigint") +
      " AND t.hash = " + sql.arg(key(merged_), "uuid");
  };
  sql_text look = talk_.text();
  look << "SELECT t.type, t.id" << here(look);
  const auto found = talk_.ask(look);
  for (const auto& row : found) {
    content_row at;
    at.type = required(row[0]);
    at.id = required(row[1]);
    sql_text add = talk_.text(); // by the survivor's key it may be found already
    add
      << "INSERT INTO fhir_identifiers (clinic_id, type, hash, id, home, home_key) SELECT t.clinic_id, t.type, "
      << add.arg(key(survivor_), "uuid") << ", t.id, t.home, t.home_key" << here(add)
      << " AND t.type = " << add.arg(at.type, "text") << " AND t.id = " << add.arg(at.id, "text")
      << " ON CONFLICT DO NOTHING RETURNING id";
    if (talk_.ask(add).empty()) continue;
    sql_text note = talk_.text();
    note << "INSERT INTO patient_merge_rows (merge_id, table_name, column_name, row_key, clinic_id) VALUES ("
         << note.arg(merge_, "uuid") << ", 'fhir_identifiers', 'hash', "
         << note.arg(json_list({at.type, at.id}), "text") << ", "
         << note.arg(talk_.context().clinic, "bigint") << ")";
    talk_.tell(note);
    sql_text other = talk_.text(); // what is somebody else's names the survivor, and stays theirs
    other << "INSERT INTO patient_merge_rows (merge_id, table_name, column_name, row_key, clinic_id) SELECT "
          << other.arg(merge_, "uuid") << ", 'fhir_resources', " << other.arg(std::string(of_others), "text")
          << ", " << key_text(resources(), talk_.context().speaks) << ", t.clinic_id FROM fhir_resources t"
          << where_row(other, at) << " AND coalesce(t.patient_id, 0) <> " << other.arg(survivor_, "bigint");
    talk_.tell(other);
  }
  talk_.flow();
  rewrite(moved_contents(of_others));
}

void row_mover::name_candidate() {
  const auto merged = std::to_string(merged_), survivor = std::to_string(survivor_);
  sql_text sql = talk_.text();
  sql << "SELECT CAST(id AS text), candidates FROM review_queue WHERE clinic_id = "
      << sql.arg(talk_.context().clinic, "bigint") << " AND state = 'open' AND candidates LIKE "
      << sql.arg("%\"" + merged + "\"%", "text");
  for (const auto& row : talk_.ask(sql)) {
    const auto id = required(row[0]), before = required(row[1]);
    sql_text note = talk_.text();
    note
      << "INSERT INTO patient_merge_rows (merge_id, table_name, column_name, row_key, clinic_id, before) VALUES ("
      << note.arg(merge_, "uuid") << ", 'review_queue', 'candidates', " << note.arg(id, "text") << ", "
      << note.arg(talk_.context().clinic, "bigint") << ", " << note.arg(before, "text") << ")";
    talk_.tell(note);
    sql_text now = talk_.text();
    now << "UPDATE review_queue SET candidates = "
        << now.arg(json_list(with_survivor(read_json_list(before), merged, survivor)), "text")
        << " WHERE id = " << now.arg(id, "uuid");
    talk_.tell(now);
  }
  talk_.flow();
}

void row_mover::unname_candidate() {
  sql_text reviews = talk_.text();
  reviews
    << "UPDATE review_queue SET candidates = (SELECT m.before FROM patient_merge_rows m WHERE m.merge_id = "
    << reviews.arg(merge_, "uuid") << " AND m.table_name = 'review_queue' AND m.column_name = 'candidates'"
    << " AND m.row_key = CAST(review_queue.id AS text)) WHERE clinic_id = "
    << reviews.arg(talk_.context().clinic, "bigint") << " AND CAST(id AS text) IN (SELECT m.row_key"
    << " FROM patient_merge_rows m WHERE m.merge_id = " << reviews.arg(merge_, "uuid")
    << " AND m.table_name = 'review_queue')";
  talk_.tell(reviews);
  sql_text look = talk_.text();
  look << "SELECT row_key FROM patient_merge_rows WHERE merge_id = " << look.arg(merge_, "uuid")
       << " AND table_name = 'fhir_identifiers'";
  for (const auto& row : talk_.ask(look)) {
    const auto name = read_json_list(required(row[0]));
    if (name.size() != 2) continue;
    sql_text forget = talk_.text();
    forget << "DELETE FROM fhir_identifiers WHERE clinic_id = "
           << forget.arg(talk_.context().clinic, "bigint") << " AND hash = "
           << forget.arg(key_hash(talk_.context(), ports::participant_key(std::to_string(survivor_))), "uuid")
           << " AND type = " << forget.arg(name[0], "text") << " AND id = " << forget.arg(name[1], "text");
    talk_.tell(forget);
  }
  talk_.flow();
}

/// What came since for a row that goes back goes with it: a result's history and attachments, what FHIR keeps
/// beside a row. And no order shows the results of somebody else.
void row_mover::follow() {
  const auto turn = [&](std::string_view table, const std::string& condition) {
    sql_text sql = talk_.text();
    sql << "UPDATE " << table << " AS t SET patient_id = " << sql.arg(merged_, "bigint")
        << " WHERE t.patient_id = " << sql.arg(survivor_, "bigint") << " AND " << condition;
    talk_.tell(sql);
  };
  const auto merged = std::to_string(merged_), survivor = std::to_string(survivor_);
  for (const auto* table : {"lab_result_versions", "lab_result_attachments"})
    turn(table,
         "EXISTS (SELECT 1 FROM lab_results r WHERE r.id = t.result_id AND r.patient_id = " + merged + ")");
  for (size_t i = 0; i < model::tables; ++i) {
    const auto& shape = model::shape(model::table(i));
    if (!shape.has_patient || shape.which == model::table::patients) continue;
    turn("fhir_resources",
         "t.home = '" + std::string(shape.name) + "' AND t.home_key IN (SELECT CAST(" +
           std::string(shape.key) + " AS text) FROM " + std::string(shape.name) +
           " WHERE patient_id = " + merged + ")");
  }
  for (const auto* table : {"fhir_resource_versions", "fhir_codes"})
    turn(
      table,
      "t.type <> 'Patient' AND EXISTS (SELECT 1 FROM fhir_resources r WHERE r.clinic_id = t.clinic_id AND r.type ="
      " t.type AND r.id = t.id AND r.patient_id = " +
        merged + ")");
  for (const auto* table : {"lab_results", "lab_reports"})
    for (const auto& [of, others] : {std::pair(merged, survivor), std::pair(survivor, merged)}) {
      sql_text cut = talk_.text();
      cut
        << "UPDATE " << table << " AS t SET lab_order_id = NULL WHERE t.patient_id = " << of
        << " AND t.lab_order_id IS NOT NULL AND EXISTS (SELECT 1 FROM lab_orders o WHERE o.id = t.lab_order_id"
        << " AND o.patient_id = " << others << ")";
      talk_.tell(cut);
    }
  talk_.flow();
}

} // namespace aorta::store
