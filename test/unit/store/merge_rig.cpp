#include "test/unit/store/merge_rig.hpp"

#include <algorithm>
#include <sstream>

namespace aorta::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream all(text == "-" ? "" : text);
  for (std::string line; std::getline(all, line);) out.push_back(line);
  return out;
}

} // namespace

std::unique_ptr<letter> merge_store::file(const std::string& control_id, int64_t patient,
                                          const std::string& order, model::lab_result result) {
  auto out = write_letter(*this, control_id, patient, std::move(result));
  out->report.orders[0].placer_number = "P" + order;
  out->report.orders[0].filler_number = "F" + order;
  out->report.laboratory = "BIO";
  file_one(*this, *out);
  return out;
}

int64_t merge_store::person(const std::string& mrn) {
  const auto row = roster_row(mrn, "Γεώργιος", "Παπαδόπουλος", "");
  must(admin().put_patients(clinic, {&row, 1}));
  const auto id = ask("SELECT patient_id FROM patients WHERE mrn = '" + mrn + "'");
  const auto who = std::stoll(id);
  const auto n = std::to_string(++filled_), c = std::to_string(clinic);
  const auto insert = [&](const std::string& into, const std::string& values) {
    ask("INSERT INTO " + into + " VALUES (" + values + ")");
  };
  insert("encounters (patient_id, clinic_id, status)", id + ", " + c + ", 'completed'");
  insert("vitals (patient_id, clinic_id, heart_rate)", id + ", " + c + ", 7" + n);
  insert("appointments (patient_id, clinic_id, status)", id + ", " + c + ", 'scheduled'");
  insert("prescriptions (id, patient_id, clinic_id, drug_name, is_chronic)",
         "'" + fresh_id() + "', " + id + ", " + c + ", 'Bisoprolol', false");
  insert("patient_problems (patient_id, clinic_id, icd10_code)", id + ", " + c + ", 'I48'");
  insert("patient_study_links (study_instance_uid, patient_id, clinic_id)",
         "'1.2." + n + "', " + id + ", " + c);
  insert("clinical_notes (patient_id, clinic_id, title)", id + ", " + c + ", 'Note " + n + "'");
  insert("lab_orders (id, patient_id, clinic_id, order_number, placer_order_number)",
         "'" + fresh_id() + "', " + id + ", " + c + ", 'O" + n + "', 'PO" + n + "'");
  insert("clinic_devices (device_no, worn_by, name)", n + ", " + id + ", 'Holter'");
  file("A" + n, who, n, potassium("4.1", 'P', 0));
  const auto last = file("B" + n, who, n, potassium("5." + n, 'F', 5));
  const auto message = to_text(last->filing.log.id);
  insert("message_links (id, clinic_id, message_id, patient_id, user_id, made_at)",
         "'" + fresh_id() + "', " + c + ", '" + message + "', " + id + ", 1, '2026-11-20T08:00:00.000000Z'");
  const std::string hash = which == on::sqlite
    ? "x'0000000000000000000000000000000" + n.substr(0, 1) + "'"
    : "'00000000-0000-0000-0000-00000000000" + n.substr(0, 1) + "'";
  insert(
    "patient_decisions (id, clinic_id, claims, patient_id, patient_state, seen, sender, message_id, user_id, made_at)",
    "'" + fresh_id() + "', " + c + ", " + hash + ", " + id + ", " + hash + ", '{}', 'LIS', '" + message +
      "', 1, '2026-11-20T08:00:00.000000Z'");
  insert("patient_blind_index (clinic_id, hash, kind, patient_id)", c + ", " + hash + ", 'decided', " + id);
  insert("review_queue (id, clinic_id, message_id, kind, reasons, candidates, state, created_at)",
         "'" + fresh_id() + "', " + c + ", '" + message + "', 'unmatched', '[]', '[\"" + id +
           "\",\"999\"]', 'open', '2026-11-20T08:00:00.000000Z'");
  ports::change kept = change_of(*this, "List", "list-" + n, std::nullopt);
  kept.entry.patient = kept.version.patient = who;
  kept.entry.content = kept.version.content = R"({"resourceType":"List","id":"list-)" + n +
    R"(","subject":{"reference":"Patient/)" + id + R"("},"note":"Patient/)" + id + R"("})";
  ports::change shared = change_of(*this, "Appointment", "visit-" + n, std::nullopt);
  shared.entry.content = R"({"resourceType":"Appointment","participant":[{"actor":{"reference":"Patient/)" +
    id + R"("}}]})";
  shared.entry.keys = {{"participant", id}};
  write({kept, shared});
  return who;
}

result<merge_outcome> merge_store::merge(int64_t survivor, int64_t merged) {
  return alone<merge_outcome>([&] {
    return records::merge_patients(*with, survivor, merged, {.message = ids.next(clock.now()), .by = {}});
  });
}

result<ports::patient_merge> merge_store::unmerge(int64_t who) {
  return alone<ports::patient_merge>(
    [&] { return records::unmerge_patient(*with, who, {.id = 1, .email = "anna@clinic.example"}); });
}

result<merge_outcome> merge_store::rename(int64_t who, const std::string& old_mrn,
                                          const std::string& new_mrn) {
  return alone<merge_outcome>([&] {
    return records::rename_patient(*with, who, identity::id_kind::mrn, old_mrn, new_mrn,
                                   {.message = ids.next(clock.now()), .by = {}});
  });
}

std::map<std::string, std::string> merge_store::everything() const {
  const bool pg = which == on::postgresql;
  const auto tables = lines_of(ask(
    pg
      ? "SELECT string_agg(relname, E'\\n') FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition"
      : "SELECT group_concat(name, char(10)) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"));
  std::map<std::string, std::string> out;
  for (const auto& table : tables) {
    if (table == "patient_merges" || table == "patient_merge_rows" || table == "match_news") continue;
    const std::string of = table == "event_outbox" ? table + " t WHERE event_type NOT LIKE 'patient%'"
                                                   : table + " t";
    if (pg) {
      out[table] = ask(
        "SELECT string_agg(x, E'\\n' ORDER BY x COLLATE \"C\") FROM (SELECT (to_jsonb(t) - 'indexed_version')::text AS x FROM " +
        of + ") s");
      continue;
    }
    std::string texts;
    for (const auto& column : lines_of(ask("SELECT group_concat(name, char(10)) FROM pragma_table_info('" +
                                           table + "') WHERE name <> 'indexed_version'"))) // whether its
                                                                                           // words are to be
                                                                                           // kept anew
      texts += (texts.empty() ? "quote(t." : " || '|' || quote(t.") + column + ")";
    out[table] = ask("SELECT group_concat(x, char(10)) FROM (SELECT " + texts + " AS x FROM " + of +
                     " ORDER BY 1)");
  }
  return out;
}

std::vector<std::string> merge_store::tables_with(int64_t patient) const {
  const auto id = std::to_string(patient);
  std::string all;
  const auto look = [&](const std::string& table, const std::string& condition) {
    all += (all.empty() ? "" : " UNION ALL ") + ("SELECT '" + table) + "' AS x WHERE EXISTS (SELECT 1 FROM " +
      table + " WHERE " + condition + ")";
  };
  for (const auto* table :
       {"encounters", "vitals", "appointments", "prescriptions", "patient_problems", "patient_study_links",
        "clinical_notes", "lab_orders", "lab_results", "lab_result_versions", "lab_reports",
        "hl7_message_log", "message_links", "patient_decisions", "patient_aliases", "fhir_resources",
        "fhir_resource_versions"})
    look(table, "patient_id = " + id);
  look("clinic_devices", "worn_by = " + id);
  look("review_queue", "candidates LIKE '%\"" + id + "\"%'");
  return lines_of(ask(
    "SELECT " + std::string(which == on::postgresql ? "string_agg(x, E'\\n')" : "group_concat(x, char(10))") +
    " FROM (" + all + ") s"));
}

void check_same(const std::map<std::string, std::string>& before,
                const std::map<std::string, std::string>& after) {
  for (const auto& [table, rows] : before) {
    const auto now = after.find(table);
    BOOST_REQUIRE(now != after.end());
    BOOST_CHECK_MESSAGE(rows == now->second, table + " was\n" + rows + "\nand is\n" + now->second);
  }
}

} // namespace aorta::test
