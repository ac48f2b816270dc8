// Rows become resources, and resources rows: every table, and what holds for all of them.
#include "map_rig.hpp"
#include "engine/fhir/search.hpp"
#include "test/support/foreign.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace aorta;
using namespace aorta::test;

namespace {

bool of_every_resource(sv member) {
  for (const auto each : {"resourceType", "id", "meta", "text", "contained", "extension"})
    if (member == each) return true;
  return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(map)

// With AORTA_FHIR_DUMP=file the resources are written there, a line each, for a validator from elsewhere.
BOOST_AUTO_TEST_CASE(every_row_becomes_a_resource_that_reads_as_json) {
  const char* path = std::getenv("AORTA_FHIR_DUMP");
  std::ofstream dump;
  if (path) dump.open(path);
  std::mt19937 dice(1);
  for (size_t t = 0; t < model::tables; ++t)
    for (int i = 0; i < 300; ++i) {
      const bool odd = i % 2 == 1;
      const auto row = test::some_row(table(t), dice, odd);
      const auto with = some_beside(dice, odd);
      each_resource(row, [&](sv type, const std::string& part) {
        const auto json = json_of(type, row, part, with);
        const auto read = parsed(json);
        BOOST_TEST(read.root->str("resourceType") == type);
        const auto at = place_of(type, read.root->str("id"));
        BOOST_REQUIRE_MESSAGE(at, json);
        BOOST_CHECK(*at == (place{row.of, row.key(), part}));
        for (const auto* member = read.root->first; member; member = member->next) {
          const auto name = member->name.substr(member->name.starts_with('_') ? 1 : 0);
          BOOST_CHECK_MESSAGE(of_every_resource(name) || is_told_by_rows(type, row.of, name),
                              std::string(name) + " is not among what rows tell: " + json);
        }
        for (const auto& fault : validate(*read.root))
          BOOST_CHECK_MESSAGE(fault.level > issue::severity::error,
                              fault.path + " " + fault.text + " in " + json);
        if (path) dump << json << '\n';
      });
    }
}

BOOST_AUTO_TEST_CASE(what_a_row_tells_comes_back_as_the_same_cells) {
  std::mt19937 dice(2);
  size_t back = 0;
  for (size_t t = 0; t < model::tables; ++t)
    for (int i = 0; i < 300; ++i) {
      const auto row = as_filed(test::some_row(table(t), dice, false));
      each_resource(row, [&](sv type, const std::string& part) {
        const auto json = json_of(type, row, part);
        const auto again = row_of(json);
        if (!again.row) return;
        ++back;
        const auto told = json_of(
          type,
          [&] {
            auto whole = row;
            for (size_t c = 0; c < whole.cells.size(); ++c)
              if (again.row->cells[c]) whole.cells[c] = again.row->cells[c];
            return whole;
          }(),
          part);
        BOOST_CHECK_MESSAGE(told == json, told + "\n" + json);
      });
    }
  BOOST_TEST(back > 2000u);
}

BOOST_AUTO_TEST_CASE(a_second_reading_of_plain_rows_gives_the_cells_themselves) {
  record row(table::patients);
  row.set("patient_id", "7");
  for (const auto& [column, value] :
       {std::pair<sv, sv>{"mrn", "A1"},
        {"birth_date", "1951-12-31"},
        {"gender", "female"},
        {"status", "inactive"},
        {"first_name", "Μαρία"},
        {"last_name", "Παπαδοπούλου"},
        {"middle_name", "Άννα Ελένη"},
        {"cyprus_id", "712345"},
        {"arc_number", "6812345"},
        {"gesy_beneficiary_id", "0012345"},
        {"phone", "+35799123456"},
        {"email", "m@example.org"},
        {"address", R"({"street":"Λήδρας 5","city":"Λευκωσία","country":"CY"})"},
        {"emergency_contact", R"({"name":"Νίκος","phone":"+35799","relationship":"brother"})"}})
    row.set(column, std::string(value));
  const auto json = json_of("Patient", row);
  check_has(json, R"("family":"Παπαδοπούλου")");
  const auto again = row_of(json);
  BOOST_REQUIRE(again.row);
  row.cells[0].reset();
  BOOST_CHECK(again.row->cells == row.cells);
}

BOOST_AUTO_TEST_CASE(a_prescription_shows_strength_form_and_dose_where_readers_look) {
  record row(table::prescriptions);
  for (const auto& [column, value] : {std::pair<sv, sv>{"id", "01890a5d-ac96-774b-bcce-b302099a8057"},
                                      {"patient_id", "7"},
                                      {"status", "active"},
                                      {"drug_name", "Concor"},
                                      {"strength", "5 mg"},
                                      {"form", "tablet"},
                                      {"dosage", "0.5 tablet"}})
    row.set(column, std::string(value));
  const auto json = json_of("MedicationRequest", row);
  check_has(json, R"("medicationCodeableConcept":{"text":"Concor 5 mg tablet"})");
  check_has(json, R"("doseAndRate":[{"doseQuantity":{"value":0.5,"unit":"tablet"}}])");
  BOOST_TEST(row_of(json).row->text("drug_name") == "Concor");
  row.set("drug_name", "Concor 5 mg");
  check_has(json_of("MedicationRequest", row), R"({"text":"Concor 5 mg tablet"})");
  row.set("drug_name", "Concor 25 mg");
  check_has(json_of("MedicationRequest", row), R"({"text":"Concor 25 mg 5 mg tablet"})"); // a contradiction
                                                                                          // is seen
  for (const auto unclear : {"1-2 tablets", "10 U", "one", "5 mg twice", "1 tab/day"}) {
    row.set("dosage", unclear);
    BOOST_CHECK_EQUAL(json_of("MedicationRequest", row).find("doseQuantity") != std::string::npos,
                      sv(unclear) == "10 U"); // U has no code of UCUM
    check_lacks(json_of("MedicationRequest", row), R"("code":"U")");
  }
}

BOOST_AUTO_TEST_CASE(diagnoses_of_an_encounter_are_conditions_and_not_identifiers) {
  record row(table::encounters);
  for (const auto& [column, value] :
       {std::pair<sv, sv>{"encounter_id", "4"},
        {"patient_id", "7"},
        {"status", "completed"},
        {"diagnoses", R"([{"code":"I10","description":"Hypertension"},"I25.1"])"}})
    row.set(column, std::string(value));
  const auto json = json_of("Encounter", row);
  check_has(json, R"({"condition":{"reference":"#diagnosis-2","display":"I25.1"}})");
  check_has(
    json,
    R"("code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"I10"}],"text":"Hypertension"})");
  BOOST_TEST(validate(*parsed(json).root).empty());
}

BOOST_AUTO_TEST_CASE(a_visit_without_an_end_does_not_become_a_proposal) {
  record row(table::appointments);
  for (const auto& [column, value] : {std::pair<sv, sv>{"appointment_id", "4"},
                                      {"patient_id", "7"},
                                      {"status", "completed"},
                                      {"start_time", "2026-11-20T08:00:00Z"}})
    row.set(column, std::string(value));
  const auto json = json_of("Appointment", row);
  check_has(json, R"("status":"fulfilled","start":"2026-11-20T08:00:00Z","_end":)");
  BOOST_TEST(validate(*parsed(json).root).empty());
}

BOOST_AUTO_TEST_CASE(a_vital_sign_goes_to_the_row_only_when_the_column_can_say_it) {
  const auto value = [](const std::string& quantity) { return row_of(vital + quantity + "}"); };
  const auto good = value(R"({"value":72,"unit":"bpm","system":"http://unitsofmeasure.org","code":"/min"})");
  BOOST_REQUIRE(good.row);
  BOOST_TEST(good.part == "hr");
  BOOST_TEST(good.row->text("heart_rate") == "72");
  BOOST_TEST(good.row->text("recorded_at") == "2026-11-20T07:00:00Z");
  for (const auto bad :
       {R"({"value":72.5,"system":"http://unitsofmeasure.org","code":"/min"})",
        R"({"value":72.0,"system":"http://unitsofmeasure.org","code":"/min"})",
        R"({"value":7.2e1,"system":"http://unitsofmeasure.org","code":"/min"})",
        R"({"value":1,"system":"http://unitsofmeasure.org","code":"/s"})", R"({"value":72,"unit":"/min"})",
        R"({"value":72,"comparator":"<","system":"http://unitsofmeasure.org","code":"/min"})"}) {
    const auto refused = value(bad);
    BOOST_TEST(!refused.row);
    BOOST_TEST(!refused.why.empty());
    BOOST_TEST(refused.faults.empty());
  }
}

BOOST_AUTO_TEST_CASE(what_would_be_rounded_or_lost_stays_with_fhir) {
  BOOST_TEST(!row_of(lab + R"("valueQuantity":{"value":1.5e3}})").row);
  BOOST_TEST(!row_of(lab + R"("valueQuantity":{"value":1234567890123456}})").row);
  BOOST_TEST(!row_of(lab + R"("valueBoolean":true})").row);
  BOOST_TEST(!row_of(lab + R"("effectivePeriod":{"start":"2026"},"valueString":"x"})").row);
  BOOST_TEST(
    !row_of(R"({"resourceType":"Condition","subject":{"reference":"Patient/7"},"code":{"text":"x"}})").row);
  const auto partial = row_of(R"({"resourceType":"Patient","birthDate":"1970-05"})");
  BOOST_REQUIRE(partial.row);
  BOOST_TEST(!(*partial.row)["birth_date"]);
}

BOOST_AUTO_TEST_CASE(ids_name_their_rows) {
  BOOST_CHECK(*place_of("Observation", "v12-hr") == (place{table::vitals, "12", "hr"}));
  BOOST_CHECK(*place_of("DiagnosticReport", "study-5") == (place{table::patient_study_links, "5", ""}));
  BOOST_CHECK(*place_of("DocumentReference", "note-7") == (place{table::clinical_notes, "7", ""}));
  BOOST_CHECK(*place_of("Patient", "7") == (place{table::patients, "7", ""}));
  for (const auto bad : {"v12", "v12-xx", "v012-hr", "12", "v-hr", "01890A5D-AC96-774B-BCCE-B302099A8057"})
    BOOST_CHECK_MESSAGE(!place_of("Observation", bad), bad);
  for (const auto bad : {"07", "0", "-1", "", "99999999999999999999"})
    BOOST_CHECK_MESSAGE(!place_of("Patient", bad), bad);
  BOOST_CHECK(!place_of("Location", "7"));
}

BOOST_AUTO_TEST_CASE(a_patient_is_found_in_each_types_own_reference) {
  const auto who = [](const std::string& json) { return patient_of(*parsed(json).root); };
  BOOST_CHECK(who(R"({"resourceType":"Observation","subject":{"reference":"Patient/7"}})") == 7);
  BOOST_CHECK(who(R"({"resourceType":"Patient","id":"9"})") == 9);
  BOOST_CHECK(
    who(
      R"({"resourceType":"Appointment","participant":[{"actor":{"reference":"Practitioner/1"}},{"actor":{"reference":"Patient/3"}}]})") ==
    3);
  BOOST_CHECK(!who(
    R"({"resourceType":"Observation","subject":{"reference":"Group/7"},"performer":[{"reference":"Patient/8"}]})"));
}

BOOST_AUTO_TEST_CASE(references_are_visited_at_any_depth) {
  auto d = parsed(
    R"({"a":{"reference":"x/1"},"contained":[{"b":[{"reference":"x/2"}]}],"reference":{"reference":"x/3"}})");
  std::string all;
  each_reference(*d.root, [&](node& text) { all += std::string(text.text) + " "; });
  BOOST_TEST(all == "x/1 x/2 x/3 ");
}

// What the standard's own examples become, as if they were about our patient 7; AORTA_FHIR_ROWS=file shows
// it.
BOOST_AUTO_TEST_CASE(examples_of_the_standard_become_rows_whose_resources_keep_what_columns_hold,
                     *boost::unit_test::precondition(foreign::is_there)) {
  std::ofstream shown;
  if (const char* path = std::getenv("AORTA_FHIR_ROWS")) shown.open(path);
  size_t rows = 0;
  const auto take = [&](document& d, node& resource) {
    each_reference(resource, [&](node& text) {
      if (text.text.find("Patient/") != sv::npos) text.text = d.keep("Patient/7");
    });
    const auto out = to_row(resource, systems);
    shown << resource.str("resourceType") << ' ' << resource.str("id") << ' ' << out.why << '\n';
    BOOST_CHECK(out.faults.empty());
    BOOST_CHECK_MESSAGE(out.row.has_value() != !out.why.empty(), resource.str("id"));
    if (!out.row) return;
    ++rows;
    auto row = *out.row;
    row.cells[0] = model::shape(row.of).integer_key ? "12" : "01890a5d-ac96-774b-bcce-b302099a8057";
    const auto type = resource.str("resourceType");
    const auto json = json_of(type, row, out.part);
    shown << json << '\n';
    const auto again = row_of(json);
    BOOST_REQUIRE_MESSAGE(again.row, json);
    for (const auto column : model::shape(row.of).columns.subspan(1))
      if (!column.starts_with("sent_") && column != "address")
        BOOST_CHECK_MESSAGE((*again.row)[column] == row[column], std::string(column) + " in " + json);
  };
  for (const auto& file : std::filesystem::recursive_directory_iterator(AORTA_SHARED "/corpus/fhir")) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path());
    auto d = parsed({std::istreambuf_iterator<char>(in), {}});
    node* entries = d.root->get("entry");
    if (!entries) take(d, *d.root);
    for (node* each = entries ? entries->first : nullptr; each; each = each->next)
      if (node* resource = each->get("resource")) take(d, *resource);
  }
  BOOST_TEST(rows > 10u);
}

BOOST_AUTO_TEST_SUITE_END()
