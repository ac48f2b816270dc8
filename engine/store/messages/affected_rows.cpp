#include "engine/store/messages/affected_rows.hpp"

#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"

namespace aorta::store {
namespace {

using ports::affected_filter;
using ports::sent_example;

/// Of results `r`; those of reports have their laboratory there.
void of_laboratory(sql_text& sql, const std::string& lab) {
  sql << " AND COALESCE(r.performing_lab_code, (SELECT p.performing_lab_code FROM lab_reports p WHERE p.id ="
      << " r.report_id)) = " << sql.arg(lab, "text");
}

/// Results of one test that stand. Those without a LOINC code have an index of their own.
void of_test(sql_text& sql, model::clinic_id clinic, const std::string& lab, const std::string& code,
             bool unmapped) {
  sql << " FROM lab_results r WHERE r.test_code = " << sql.arg(code, "text") << " AND r.clinic_id"
      << sql.beside(clinic);
  if (unmapped) sql << " AND r.loinc_code IS NULL";
  of_laboratory(sql, lab);
}

} // namespace

std::vector<uuid> find_affected(dialect speaks, const run_alone& run, const affected_filter& by) {
  sql_text sql(speaks);
  sql << "SELECT CAST(m.id AS text) FROM hl7_message_log m WHERE m.clinic_id" << sql.beside(by.clinic)
      << " AND COALESCE(m.message_type, '') <> 'Bundle' AND m.processing_status";
  if (by.status.empty()) sql << " IN ('processed', 'unmatched', 'failed')";
  else sql << " = " << sql.arg(by.status, "text");
  if (!by.route.empty()) sql << " AND m.route = " << sql.arg(by.route, "text");
  if (!by.senders.empty())
    sql << " AND (m.sending_facility" << sql.list(by.senders, "text") << " OR m.sending_application"
        << sql.list(by.senders, "text") << ")";
  if (by.from) sql << " AND m.created_at >= " << sql.arg(sortable(*by.from), "timestamptz");
  if (by.to) sql << " AND m.created_at < " << sql.arg(sortable(*by.to), "timestamptz");
  if (by.after) sql << " AND m.id > " << sql.arg(to_text(*by.after), "uuid");
  if (!by.code.empty()) {
    sql << " AND m.id IN (SELECT r.message_id";
    of_test(sql, by.clinic, by.lab, by.code, by.unmapped);
    sql << ")";
  }
  if (!by.unit.empty()) {
    sql << " AND m.id IN (SELECT q.message_id FROM review_queue q WHERE q.state = 'open' AND q.kind ="
        << " 'unknown-unit' AND q.clinic_id" << sql.beside(by.clinic)
        << ") AND EXISTS (SELECT 1 FROM lab_results r WHERE r.patient_id = m.patient_id AND r.message_id ="
        << " m.id AND r.sent_unit = " << sql.arg(by.unit, "text");
    of_laboratory(sql, by.lab);
    sql << ")";
  }
  sql << " ORDER BY m.id LIMIT " << sql.arg(int64_t{by.most}, "bigint");
  std::vector<uuid> out;
  const auto answers = run({sql}, false, by.clinic);
  for (const auto& row : answers.at(0))
    if (const auto id = uuid_from_text(required(row[0]))) out.push_back(*id);
  return out;
}

std::vector<sent_example> read_unmapped_examples(dialect speaks, const run_alone& run,
                                                 model::clinic_id clinic, const std::string& lab,
                                                 const std::string& code, int most) {
  sql_text sql(speaks);
  sql << "SELECT CAST(r.message_id AS text), r.sent_name, r.sent_value, r.sent_unit, r.sent_range,"
      << " r.sent_flag, CAST(r.created_at AS text)";
  of_test(sql, clinic, lab, code, true);
  sql << " ORDER BY r.created_at DESC LIMIT " << sql.arg(int64_t{most}, "bigint");
  std::vector<sent_example> out;
  const auto answers = run({sql}, false, clinic);
  for (const auto& row : answers.at(0)) {
    const auto cell = [&](size_t i) { return row[i].value_or(""); };
    out.push_back({uuid_from_text(cell(0)).value_or(uuid{}), cell(1), cell(2), cell(3), cell(4), cell(5),
                   read_time(cell(6)).value_or(timestamp{})});
  }
  return out;
}

void forget_unmapped(dialect speaks, const run_alone& run, model::clinic_id clinic, const std::string& lab,
                     const std::string& code) {
  std::vector<sql_text> all;
  for (const auto* table : {"unmapped_codes", "unmapped_units"}) {
    sql_text sql(speaks);
    sql << "DELETE FROM " << table << " WHERE clinic_id" << sql.beside(clinic)
        << " AND lab_code = " << sql.arg(lab, "text") << " AND code = " << sql.arg(code, "text");
    all.push_back(std::move(sql));
  }
  run(all, true, clinic);
}

} // namespace aorta::store
