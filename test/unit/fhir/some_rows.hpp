// Rows of every table with every state, blanks everywhere and odd values, from a seeded generator.
#pragma once

#include "engine/fhir/map.hpp"

#include <random>
#include <string>
#include <vector>

namespace aorta::test {

using pool = std::vector<std::optional<std::string>>;

/// What a column may hold. `odd` adds values that no clinic should have but a database may.
inline pool values_of(std::string_view column, bool odd) {
  const std::string_view c = column;
  const auto with = [&](pool good, pool strange) {
    if (odd) good.insert(good.end(), strange.begin(), strange.end());
    return good;
  };
  if (c.ends_with("_date"))
    return with({std::nullopt, "2026-02-28", "1951-12-31"}, {"2026-02-28T22:00:00Z", "soon", ""});
  if (c.ends_with("_at") || c.ends_with("_time") || c == "result_datetime" || c == "scheduled_start" ||
      c == "actual_start" || c == "actual_end")
    return with({std::nullopt, "2026-11-20T07:00:00Z", "2026-11-20T07:00:00.250000Z"},
                {"2026-11-20 09:00:00+02", "2026-11-20", "0000-00-00", ""});
  if (c == "patient_id" || c == "encounter_id" || c == "clinic_id" || c.ends_with("provider_id") ||
      c == "prescriber_id" || c == "author_id" || c == "recorded_by" || c == "verified_by" ||
      c == "attending_physician_id")
    return with({"7"}, {std::nullopt, "0"});
  if (c == "lab_order_id" || c == "result_id" || c == "message_id")
    return with({std::nullopt, "01890a5d-ac96-774b-bcce-b302099a8057"}, {""});
  if (c.starts_with("is_") || c == "critical_value" || c == "needs_review")
    return {std::nullopt, "true", "false"};
  if (c == "gender") return with({"male", "female", "other", "unknown"}, {std::nullopt, "M"});
  if (c == "status")
    return with({"active", "inactive", "deceased", "planned", "in_progress", "completed", "cancelled",
                 "no_show", "scheduled", "confirmed", "checked_in", "ordered", "collected", "processing",
                 "resulted", "partially_resulted", "discontinued", "on_hold", "expired"},
                {std::nullopt, "", "weird state"});
  if (c == "clinical_status")
    return with({"active", "recurrence", "relapse", "inactive", "remission", "resolved"},
                {std::nullopt, "gone"});
  if (c == "encounter_type")
    return with({"outpatient", "inpatient", "emergency", "telehealth", "home_visit"}, {std::nullopt, "spa"});
  if (c == "priority") return with({"routine", "urgent", "stat"}, {std::nullopt, "now"});
  if (c == "frequency")
    return with({"OD", "BD", "TDS", "QDS", "PRN", "STAT", "nocte", "mane", "custom"}, {std::nullopt, "x"});
  if (c == "route")
    return with({"oral", "sublingual", "IV", "IM", "SC", "topical", "inhaled", "transdermal", "rectal",
                 "nasal", std::nullopt},
                {"by ear"});
  if (c == "position")
    return with({"sitting", "standing", "supine", "prone", "lateral", std::nullopt}, {"floating"});
  if (c == "result_status") return with({"preliminary", "final", "corrected", "cancelled"}, {""});
  if (c == "observation_status") return with({"F", "P", "C", "X", "D", "W", "I", "A", std::nullopt}, {"?"});
  if (c == "abnormal_flag")
    return with(
      {"normal", "low", "high", "critical_low", "critical_high", "abnormal", "indeterminate", std::nullopt},
      {"very"});
  if (c == "value_kind")
    return {"number", "comparator", "range",      "ratio", "titre",     "code",
            "text",   "datetime",   "attachment", "none",  std::nullopt};
  if (c == "value_text")
    return with({"7.40", "<0.5", "3-5", "1:160", "2/3", "Αρνητικό", "20261123", std::nullopt},
                {"", "  ",
                 "a\x01"
                 "b",
                 "20269999", "-"});
  if (c == "value_numeric") return with({"7.4", "0.5", "-3", std::nullopt}, {"1e-05", "Infinity", "7."});
  if (c == "value_decimals") return with({"2", "1", std::nullopt}, {"-1", "99"});
  if (c == "comparator") return with({"<", "<=", ">", ">=", std::nullopt}, {"~"});
  if (c == "unit" || c == "sent_unit")
    return with({"mg/dL", "10*9/L", "%", "x10^9/L", std::nullopt}, {"", " "});
  if (c.starts_with("reference_range_") && c != "reference_range_text")
    return with({"3.5", "5", std::nullopt}, {"NaN"});
  if (c.ends_with("_decimals")) return {"1", "0", std::nullopt};
  if (c.ends_with("_inclusive")) return {"true", "false", std::nullopt};
  if (c == "result_offset_minutes") return with({"120", "180", "0", "-210", std::nullopt}, {"x"});
  if (c == "result_precision") return with({"0", "1", "2", "3", "4", "5", "6", std::nullopt}, {"9"});
  if (c == "loinc_code" || c == "panel_code")
    return with({"2160-0", "718-7", std::nullopt}, {"LIPID PANEL", " "});
  if (c == "test_code" || c == "sent_code") return with({"CREA", "2160-0", std::nullopt}, {" a  b ", ""});
  if (c == "sent_code_system") return {"L", "LN", std::nullopt};
  if (c == "performing_lab_code" || c == "lab_facility_code")
    return with({"BIO", std::nullopt}, {"Βιο λαμπ", "a b"});
  if (c == "address")
    return with(
      {R"({"street":"Λήδρας 5","city":"Λευκωσία","postal_code":"1011","country":"CY"})", std::nullopt},
      {"Ledra 5", "{}", "[1"});
  if (c == "emergency_contact")
    return with({R"({"name":"Νίκος","phone":"+35799123456","relationship":"brother"})", std::nullopt},
                {"Nikos", "{\"name\":\" \"}"});
  if (c == "diagnoses")
    return with({R"([{"code":"I10","description":"Hypertension"}])", std::nullopt},
                {R"(["I10"])", "{}", "[}"});
  if (c == "duration_minutes" || c == "duration_days" || c == "refills_allowed")
    return with({"30", std::nullopt}, {"0", "-5", "x"});
  if (c == "quantity") return with({"30", std::nullopt, "2 boxes"}, {""});
  if (c == "heart_rate" || c.ends_with("_bp") || c == "respiratory_rate" || c == "oxygen_saturation")
    return with({"72", "120", std::nullopt}, {"-1"});
  if (c == "temperature" || c == "weight" || c == "height" || c == "bmi")
    return with({"36.60", "80", std::nullopt}, {"x"});
  if (c == "study_instance_uid")
    return with({"1.2.840.113619.2.55.3.1"}, {"not an oid", std::nullopt, "1.02.3"});
  if (c == "modality") return with({"US", "CT", "ECG", std::nullopt}, {"U S"});
  if (c == "content_type") return with({"application/pdf"}, {"", "pdf", "text/plain; x=\"y"});
  if (c == "sent_observer") return with({"D7^Γεωργίου^Άννα^^^Δρ^^^HOSP", std::nullopt}, {"^", "~"});
  if (c == "sent_method")
    return with({"ECLIA^Electrochemiluminescence^L^703^x^99X", std::nullopt}, {"^^", "a\x01"});
  if (c == "sent_device") return with({"CB1^Cobas^1.2.3^ISO", std::nullopt}, {"^x"});
  if (c == "specimen_id") return with({"S1&OH&1.2.3&ISO^A77&LIS", std::nullopt}, {"^", "&&"});
  if (c == "specimen_type" || c == "specimen_site") return with({"SER^Serum^HL70487", std::nullopt}, {"^^L"});
  if (c == "size") return {std::nullopt, "3"};
  if (c == "content") return {std::nullopt, "\x01\x02\xff", "%PDF"};
  if (c == "structured_data")
    return {std::nullopt, "{\"a\":1}",
            R"({"attachments":[{"id":"x"}],"pointers":[{"url":"http://a.example/1","content_type":"a/b"}]})"};
  if (c == "document_status") return with({"current", "superseded", "entered_in_error", std::nullopt}, {"x"});
  if (c == "completion_status") return with({"AU", "IP", std::nullopt}, {"x"});
  if (c == "confidentiality") return with({"V", "U", std::nullopt}, {"x"});
  if (c == "parent_relation") return with({"replaces", "appends", std::nullopt}, {"x"});
  if (c == "parent_note_id") return with({"7", std::nullopt}, {"-1"});
  return with({"Παπαδόπουλος", "some words", std::nullopt}, {"", "  ", "tab\there", "\x02"});
}

inline model::record some_row(model::table of, std::mt19937& dice, bool odd) {
  model::record row(of);
  const auto& shape = model::shape(of);
  for (size_t i = 0; i < row.cells.size(); ++i) {
    if (i == 0) {
      row.cells[0] = shape.integer_key
        ? std::to_string(1 + dice() % 100000)
        : "01890a5d-ac96-774b-bcce-b302099a80" + std::to_string(10 + dice() % 90);
      continue;
    }
    const auto choice = values_of(shape.columns[i], odd);
    row.cells[i] = choice[dice() % choice.size()];
  }
  if (of == model::table::lab_reports) { // else it is no resource of its own
    row.set("lab_order_id", std::nullopt);
    row.set("results", "0");
  }
  return row;
}

} // namespace aorta::test
