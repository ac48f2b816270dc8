#include "test/unit/store/records.hpp"

#include <array>
#include <map>

using namespace aorta;
using namespace aorta::test;
using model::table;

namespace {

constexpr const char* an_id = "01900000-0000-7000-8000-00000000000a";

/// A full row of every table, beside its keys.
std::map<table, cells> full_rows(const std::string& patient, const std::string& clinic) {
  const std::string day = "2026-11-20", time = "2026-11-20T08:15:00.5Z", id = an_id;
  return {
    {table::users,
     {{"email", "dr@example.org"},
      {"first_name", "Άννα"},
      {"last_name", "Doe"},
      {"title", "Dr"},
      {"specialty", "cardiology"},
      {"license_number", "L1"}}},
    {table::encounters,
     {{"patient_id", patient},
      {"clinic_id", clinic},
      {"encounter_type", "outpatient"},
      {"status", "planned"},
      {"scheduled_start", time},
      {"actual_start", time},
      {"actual_end", time},
      {"chief_complaint", "a \"quoted\\ {pain}, NULL"},
      {"visit_reason_code", "K01"},
      {"attending_physician_id", "3"},
      {"location", "A"},
      {"gesy_referral_id", "R"},
      {"diagnoses", "[\"I10\"]"},
      {"gesy_claim_id", "C"},
      {"visit_number", "V"},
      {"visit_authority", "H"}}},
    {table::vitals,
     {{"encounter_id", "1"},
      {"patient_id", patient},
      {"clinic_id", clinic},
      {"heart_rate", "72"},
      {"systolic_bp", "120"},
      {"diastolic_bp", "80"},
      {"respiratory_rate", "14"},
      {"oxygen_saturation", "98"},
      {"temperature", "36.60"},
      {"weight", "80.5"},
      {"height", "175"},
      {"bmi", "26.30"},
      {"recorded_at", time},
      {"recorded_by", "2"},
      {"position", "sitting"}}},
    {table::clinical_notes,
     {{"patient_id", patient},
      {"encounter_id", "1"},
      {"clinic_id", clinic},
      {"note_type", "progress"},
      {"title", "T"},
      {"current_version", "1"},
      {"is_locked", "true"},
      {"created_at", time},
      {"content_text", "words"},
      {"content_html", "<p>words</p>"},
      {"structured_data", "{\"a\":1}"},
      {"document_number", "D-1"},
      {"document_authority", "HIS"},
      {"document_type", "DS"},
      {"document_status", "superseded"},
      {"completion_status", "AU"},
      {"confidentiality", "R"},
      {"availability", "AV"},
      {"activity_at", time},
      {"author_id", "2"},
      {"author_name", "Anna"},
      {"authenticator_name", "Nikos"},
      {"authenticated_at", time},
      {"placer_order_number", "P"},
      {"filler_order_number", "F"},
      {"parent_note_id", "7"},
      {"parent_relation", "replaces"}}},
    {table::appointments,
     {{"clinic_id", clinic},
      {"patient_id", patient},
      {"provider_id", "2"},
      {"start_time", time},
      {"end_time", time},
      {"duration_minutes", "30"},
      {"appointment_type", "echo"},
      {"status", "scheduled"},
      {"reason", "r"},
      {"location", "B"},
      {"cancelled_at", time},
      {"cancellation_reason", "ill"},
      {"placer_appointment_number", "P"},
      {"placer_appointment_authority", "H"},
      {"filler_appointment_number", "F"},
      {"filler_appointment_authority", "S"}}},
    {table::patient_study_links,
     {{"study_instance_uid", "1.2.3"},
      {"patient_id", patient},
      {"encounter_id", "1"},
      {"clinic_id", clinic},
      {"study_date", day},
      {"study_description", "echo"},
      {"modality", "US"}}},
    {table::prescriptions,
     {{"id", id},
      {"patient_id", patient},
      {"encounter_id", "1"},
      {"prescriber_id", "2"},
      {"clinic_id", clinic},
      {"drug_name", "D"},
      {"atc_code", "C07AB02"},
      {"generic_name", "g"},
      {"form", "tablet"},
      {"strength", "50 mg"},
      {"dosage", "1"},
      {"quantity", "30"},
      {"frequency", "OD"},
      {"frequency_custom", "c"},
      {"route", "oral"},
      {"duration_days", "30"},
      {"start_date", day},
      {"end_date", day},
      {"refills_allowed", "2"},
      {"status", "active"},
      {"is_chronic", "true"},
      {"linked_diagnosis_icd10", "I10"},
      {"discontinued_at", time},
      {"created_at", time}}},
    {table::patient_problems,
     {{"patient_id", patient},
      {"clinic_id", clinic},
      {"icd10_code", "I10"},
      {"description", "hypertension"},
      {"clinical_status", "active"},
      {"onset_date", day},
      {"resolved_date", day},
      {"recorded_date", day}}},
    {table::lab_orders,
     {{"id", id},
      {"patient_id", patient},
      {"encounter_id", "1"},
      {"clinic_id", clinic},
      {"ordering_provider_id", "2"},
      {"order_number", "O1"},
      {"placer_order_number", "P1"},
      {"filler_order_number", "F1"},
      {"panel_code", "24323-8"},
      {"panel_name", "CMP"},
      {"order_date", time},
      {"priority", "stat"},
      {"lab_facility", "Bio"},
      {"lab_facility_code", "BIO"},
      {"status", "ordered"},
      {"collected_at", time},
      {"resulted_at", time},
      {"placer_authority", "H"}}},
    {table::lab_results,
     {{"id", id},
      {"lab_order_id", id},
      {"patient_id", patient},
      {"clinic_id", clinic},
      {"loinc_code", "2823-3"},
      {"test_code", "K"},
      {"test_name", "Potassium"},
      {"value_text", "4.20"},
      {"value_numeric", "4.20"},
      {"unit", "mmol/L"},
      {"reference_range_low", "3.5"},
      {"reference_range_high", "5.10"},
      {"reference_range_text", "3.5-5.10"},
      {"abnormal_flag", "normal"},
      {"critical_value", "false"},
      {"result_status", "final"},
      {"result_datetime", time},
      {"performing_lab", "Bio"},
      {"performing_lab_code", "BIO"},
      {"entry_method", "manual"},
      {"source_document_id", "S"},
      {"comments", "c"},
      {"verified_by", "2"},
      {"verified_at", time},
      {"created_at", time},
      {"message_id", id},
      {"placer_order_number", "P1"},
      {"filler_order_number", "F1"},
      {"sub_id", "1"},
      {"version", "1"},
      {"value_kind", "number"},
      {"value_decimals", "2"},
      {"comparator", "<"},
      {"value_code", "v"},
      {"range_low_decimals", "1"},
      {"range_high_decimals", "2"},
      {"range_low_inclusive", "true"},
      {"range_high_inclusive", "false"},
      {"result_offset_minutes", "120"},
      {"result_precision", "3"},
      {"reported_at", time},
      {"collected_at", time},
      {"observation_status", "F"},
      {"needs_review", "false"},
      {"sent_code", "K"},
      {"sent_code_system", "L"},
      {"sent_name", "n"},
      {"sent_value", "4.20"},
      {"sent_value_type", "NM"},
      {"sent_unit", "mmol/L"},
      {"sent_range", "r"},
      {"sent_flag", "N"},
      {"issued_at", time},
      {"issued_offset_minutes", "120"},
      {"issued_precision", "5"},
      {"collected_offset_minutes", "120"},
      {"collected_precision", "2"},
      {"performer", "Reference Lab"},
      {"performer_code", "REF"},
      {"organism", "E. coli"},
      {"organism_code", "ECO"},
      {"parent_code", "ORG"},
      {"parent_sub_id", "1"},
      {"parent_text", "E. coli"},
      {"parent_placer_number", "PO-1"},
      {"parent_filler_number", "F-1"},
      {"sent_other_code", "2823-3"},
      {"sent_other_system", "LN"},
      {"sent_other_name", "Potassium"},
      {"report_id", id},
      {"sent_observer", "o"},
      {"sent_method", "m"},
      {"sent_device", "d"},
      {"specimen_id", "S"},
      {"specimen_type", "SER"},
      {"specimen_site", "LA"}}},
    {table::lab_result_attachments,
     {{"id", id},
      {"result_id", id},
      {"message_id", id},
      {"clinic_id", clinic},
      {"patient_id", patient},
      {"content_type", "application/pdf"},
      {"size", "4"},
      {"created_at", time},
      {"content", std::string("%P\0F", 4)}}},
    {table::lab_reports,
     {{"id", id},
      {"patient_id", patient},
      {"clinic_id", clinic},
      {"lab_order_id", id},
      {"placer_order_number", "P1"},
      {"filler_order_number", "F1"},
      {"panel_code", "24323-8"},
      {"panel_name", "CMP"},
      {"panel_system", "LN"},
      {"status", "F"},
      {"performing_lab", "Bio"},
      {"performing_lab_code", "BIO"},
      {"collected_at", time},
      {"collected_offset_minutes", "120"},
      {"collected_precision", "5"},
      {"issued_at", time},
      {"issued_offset_minutes", "120"},
      {"issued_precision", "5"},
      {"results", "2"},
      {"message_id", id},
      {"created_at", time},
      {"updated_at", time}}},
    {table::document_contents,
     {{"id", id},
      {"clinic_id", clinic},
      {"content_type", "application/pdf"},
      {"size", "4"},
      {"sha1", "x"},
      {"content", std::string("%P\0F", 4)},
      {"created_at", time}}},
  };
}

model::record a_result(int64_t patient, const std::string& id, const std::string& code = "2823-3",
                       const std::string& at = "2026-11-20T08:00:00Z") {
  return row_of(table::lab_results,
                {{"id", id},
                 {"patient_id", std::to_string(patient)},
                 {"loinc_code", code},
                 {"test_code", "K"},
                 {"value_numeric", "4.2"},
                 {"value_decimals", "1"},
                 {"result_status", "final"},
                 {"entry_method", "manual"},
                 {"result_datetime", at},
                 {"performing_lab_code", "BIO"},
                 {"filler_order_number", "F-9001"},
                 {"version", "1"}});
}

std::string id_of(int n) {
  std::string out = "01900000-0000-7000-8000-000000000000";
  const std::string digits = std::to_string(n);
  out.replace(out.size() - digits.size(), digits.size(), digits);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(records)

BOOST_DATA_TEST_CASE(a_row_of_every_table_comes_back_as_it_was_written, both) {
  record_store store(sample);
  const auto patient = write_patient(store, "M-1");
  for (auto [of, filled] : full_rows(std::to_string(patient), std::to_string(store.clinic))) {
    const auto& shape = model::shape(of);
    const std::string name(shape.name);
    BOOST_TEST_CONTEXT(name) {
      if (shape.integer_key) filled.emplace_back(shape.key, std::to_string(store.key_for(of)));
      const auto row = row_of(of, filled);
      for (size_t i = 0; i < row.cells.size(); ++i) BOOST_TEST(row.cells[i].has_value(), shape.columns[i]);
      store.write({change_of(store, name, row.key(), row)});
      auto query = keyed(of, {row.key()});
      query.with_content = true;
      const auto found = store.read(query);
      BOOST_REQUIRE_EQUAL(found.size(), 1u);
      for (size_t i = 0; i < row.cells.size(); ++i) {
        const std::string wanted = *row.cells[i] == "2026-11-20T08:15:00.5Z" ? "2026-11-20T08:15:00.500000Z"
                                                                             : *row.cells[i];
        BOOST_TEST(found[0].row.cells[i].value_or("NULL") == wanted,
                   shape.columns[i] << ": " << found[0].row.cells[i].value_or("NULL"));
      }
      BOOST_TEST(found[0].entries.size() == 1u);
      if (of == table::users) continue;
      BOOST_TEST(store.read(query, store.other).empty());
    }
  }
}

BOOST_DATA_TEST_CASE(a_patient_is_written_encrypted_and_found_by_names_phone_mail_and_birth_date, both) {
  record_store store(sample);
  const auto number = write_patient(store, "M-1");
  const auto found = store.read(keyed(table::patients, {std::to_string(number), "nonsense", "007"}));
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_TEST(found[0].row.text("last_name") == "Παπαδόπουλος");
  BOOST_TEST(found[0].row.text("is_deleted") == "false");
  BOOST_TEST(found[0].row.text("birth_date") == "1958-04-12");
  BOOST_TEST(store.ask("SELECT last_name_encrypted FROM patient_pii").starts_with("gAAAA"));
  const auto by = [&](const std::vector<identity::lookup_key>& keys, model::clinic_id clinic) {
    store.begin(false, clinic);
    const auto out = must(store.with->patients_by(keys)).size();
    store.with->rollback();
    return out;
  };
  for (const char* typed : {"Papad", "ΠΑΠΑΔΌ", "papadopo", "Papadopoulos", "γ", "Georg", "P"}) {
    BOOST_TEST(by(identity::name_search_keys(typed), store.clinic) == 1u, typed);
    BOOST_TEST(by(identity::name_search_keys(typed), store.other) == 0u, typed);
  }
  BOOST_TEST(by(identity::name_search_keys("Ioannou"), store.clinic) == 0u);
  BOOST_TEST(by({*identity::phone_search_key("+357 99-123456")}, store.clinic) == 1u);
  BOOST_TEST(by({*identity::email_search_key("who@example.ORG")}, store.clinic) == 1u);
  BOOST_TEST(by({identity::birth_date_search_key(std::chrono::year{1958} / 4 / 12)}, store.clinic) == 1u);

  auto changed = patient_row(number, "M-1", "Maria", "Ioannou");
  changed.set("is_deleted", "true");
  store.write({change_of(store, "Patient", std::to_string(number), changed, 2)});
  BOOST_TEST(by(identity::name_search_keys("Papad"), store.clinic) == 0u);
  BOOST_TEST(by(identity::name_search_keys("Ioannou"), store.clinic) == 0u); // deleted
  BOOST_TEST(store.read(keyed(table::patients, {std::to_string(number)})).at(0).row.text("is_deleted") ==
             "true");
}

BOOST_DATA_TEST_CASE(patients_of_the_roster_are_found_by_searches_too, both) {
  record_store store(sample);
  const auto patient = add_patient(store, "M-1");
  store.begin(false);
  BOOST_TEST((must(store.with->patients_by(identity::name_search_keys("Παπαδ"))) ==
              std::vector<model::patient_id>{patient}));
}

BOOST_DATA_TEST_CASE(pages_follow_the_key_and_conditions_narrow, both) {
  record_store store(sample);
  const auto one = write_patient(store, "M-1"), two = write_patient(store, "M-2");
  std::vector<ports::change> all;
  for (int i = 1; i <= 12; ++i) {
    const auto row = a_result(i % 2 == 0 ? two : one, id_of(i), i % 3 == 0 ? "2951-2" : "2823-3",
                              i == 12 ? "" : "2026-11-" + std::to_string(10 + i) + "T08:00:00Z");
    all.push_back(change_of(store, "Observation", row.key(), row));
  }
  store.write(all);
  for (const bool of_patient : {false, true}) {
    ports::row_query query;
    query.of = table::lab_results;
    query.limit = 5;
    if (of_patient) query.patients = {one};
    std::vector<std::string> seen;
    for (;;) {
      const auto page = store.read(query);
      for (const auto& f : page) seen.push_back(f.row.key());
      if (page.size() < 5) break;
      query.after = page.back().row.key();
    }
    BOOST_TEST(seen.size() == (of_patient ? 6u : 12u));
    BOOST_TEST(std::is_sorted(seen.begin(), seen.end()));
  }
  ports::row_query query;
  query.of = table::lab_results;
  query.codes = {"2951-2", "x"};
  BOOST_TEST(store.read(query).size() == 4u);
  query.codes.clear();
  query.from = timestamp(std::chrono::sys_days{std::chrono::year{2026} / 11 / 19}) + std::chrono::hours{8};
  query.to = *query.from + std::chrono::hours{24};
  BOOST_TEST(store.read(query).size() == 3u); // two days, and the one without a time
  query.equals = {{"test_code", "K"}, {"patient_id", std::to_string(two)}};
  BOOST_TEST(store.read(query).size() == 2u);
  query.equals = {{"patient_id", "none"}};
  BOOST_TEST(store.read(query).empty());
  query.after = "nonsense";
  query.equals.clear();
  store.begin(false);
  BOOST_TEST((store.with->rows(query).error().code == error_code::invalid));
  store.with->rollback();
  BOOST_TEST(
    store.read(keyed(table::patients, {"10", std::to_string(two), std::to_string(one)})).at(1).row.key() ==
    std::to_string(two));
}

BOOST_DATA_TEST_CASE(what_is_expected_answers_as_single_questions_do, both) {
  record_store store(sample);
  const auto one = write_patient(store, "M-1"), two = write_patient(store, "M-2");
  std::vector<ports::change> all;
  for (int i = 1; i <= 6; ++i) {
    const auto row = a_result(i > 3 ? two : one, id_of(i));
    all.push_back(change_of(store, "Observation", row.key(), row));
  }
  for (const char* id : {"a", "b"}) all.push_back(change_of(store, "Basic", id, std::nullopt));
  store.write(all);
  std::vector<ports::row_query> asked;
  for (const auto& k : {std::to_string(one), std::to_string(two), std::string("99"), std::string("x")})
    asked.push_back(keyed(table::patients, {k}));
  for (int i = 1; i <= 3; ++i) asked.push_back(keyed(table::lab_results, {id_of(i), id_of(i + 1)}));
  for (const auto patient : {one, two}) {
    ports::row_query of_patient;
    of_patient.of = table::lab_results;
    of_patient.patients = {patient};
    asked.push_back(of_patient);
    of_patient.limit = 2;
    asked.push_back(of_patient);
  }
  std::vector<ports::entry_query> entries;
  for (const char* id : {"a", "b", "c"}) {
    entries.emplace_back().type = "Basic";
    entries.back().ids = {id};
  }
  const auto keys = [](const std::vector<ports::found>& found) {
    std::string out;
    for (const auto& f : found) out += f.row.key() + "(" + std::to_string(f.entries.size()) + ") ";
    return out;
  };
  std::vector<std::string> single;
  for (const auto& q : asked) single.push_back(keys(store.read(q)));
  store.begin(false);
  for (const auto& q : asked) store.with->expect(q);
  for (const auto& q : entries) store.with->expect(q);
  for (size_t i = asked.size(); i-- > 0;) BOOST_TEST(keys(must(store.with->rows(asked[i]))) == single[i], i);
  for (size_t i = 0; i < 3; ++i)
    BOOST_TEST(must(store.with->entries(entries[i])).size() == (i < 2 ? 1u : 0u));
  BOOST_TEST(keys(must(store.with->rows(asked[0]))) == single[0]); // asked once more
}

BOOST_DATA_TEST_CASE(entries_stand_beside_their_row_or_alone_and_are_found_by_code_identifier_and_time,
                     both) {
  record_store store(sample);
  const auto patient = write_patient(store, "M-1");
  const auto vital = store.key_for(table::vitals);
  const auto row = row_of(table::vitals,
                          {{"vital_id", std::to_string(vital)},
                           {"patient_id", std::to_string(patient)},
                           {"heart_rate", "70"},
                           {"bmi", "20"}});
  auto rate = change_of(store, "Observation", "v1-hr", row),
       bmi = change_of(store, "Observation", "v1-bmi", row);
  bmi.row.reset();
  rate.entry.content = std::string(5000, 'x') + "{}";
  rate.entry.tag = "t";
  rate.entry.codes = {"8867-4"};
  auto alone = change_of(store, "Observation", "zz", std::nullopt);
  alone.entry.patient = patient;
  alone.entry.codes = {"8867-4", "other"};
  alone.entry.identifiers = {"urn:x|17"};
  alone.entry.from = alone.entry.to = store.clock.at;
  store.write({rate, bmi, alone});
  const auto found = store.read(keyed(table::vitals, {std::to_string(vital)}));
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_REQUIRE_EQUAL(found[0].entries.size(), 2u);
  BOOST_TEST(found[0].entries[1].content == rate.entry.content);
  BOOST_TEST(found[0].entries[1].tag == "t");
  BOOST_TEST((found[0].entries[1].codes == rate.entry.codes));
  BOOST_TEST((found[0].entries[1].last_updated == store.clock.at));

  ports::entry_query query;
  query.type = "Observation";
  BOOST_TEST(store.read(query).size() == 1u);
  query.codes = {"8867-4"};
  BOOST_TEST(store.read(query).at(0).id == "zz");
  BOOST_TEST(store.read(query, store.other).empty());
  for (const char* identifier : {"urn:x|17", "17"}) {
    query.identifiers = {identifier};
    BOOST_TEST(store.read(query).size() == 1u, identifier);
  }
  query.identifiers = {"urn:y|17"};
  BOOST_TEST(store.read(query).empty());
  query.identifiers.clear();
  query.codes = {"none"};
  BOOST_TEST(store.read(query).empty());
  query.codes.clear();
  query.patients = {patient};
  query.from = store.clock.at + std::chrono::seconds{1};
  BOOST_TEST(store.read(query).empty());
  query.from = query.to = store.clock.at;
  BOOST_TEST(store.read(query).size() == 1u);
  query.homeless_only = false;
  BOOST_TEST(store.read(query).size() == 3u); // the others have no time
  // Replaced: what it was found by before finds it no longer; deleted: it is not found, but still there.
  alone.entry.version = alone.version.version = 2;
  alone.entry.identifiers = {"urn:x|18"};
  alone.entry.codes = {"new"};
  store.write({alone});
  query = {};
  query.type = "Observation";
  query.identifiers = {"17"};
  BOOST_TEST(store.read(query).empty());
  query.identifiers = {"18"};
  query.codes = {"new"};
  BOOST_TEST(store.read(query).size() == 1u);
  alone.entry.version = alone.version.version = 3;
  alone.entry.deleted = true;
  store.write({alone});
  query = {};
  query.type = "Observation";
  query.ids = {"zz"};
  BOOST_TEST(store.read(query).empty());
  query.with_deleted = true;
  BOOST_TEST(store.read(query).at(0).deleted);
  BOOST_TEST(
    store.ask(
      "SELECT count(*) FROM fhir_resources WHERE content LIKE '%Observation%' OR content LIKE '%xxxx%'") ==
    "0");
}

BOOST_AUTO_TEST_SUITE_END()
