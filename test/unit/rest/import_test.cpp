#include "engine/fhir/validate.hpp"
#include "engine/rest/import.hpp"
#include "test/unit/rest/fixture.hpp"

namespace aorta::test {
namespace {

using fate = rest::import_entry::fate;

std::string person(const std::string& family = "Savva", const std::string& updated = "2026-01-01T00:00:00Z",
                   const std::string& number = "777123") {
  return R"({"fullUrl":"http://other.example/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1","meta":{"lastUpdated":")" +
    updated + R"("},"name":[{"family":")" + family +
    R"(","given":["Nikos"]}],"identifier":[{"system":"urn:oid:2.16.196.1.113883.3.1.1","value":")" + number +
    R"("}],"gender":"male","birthDate":"1955-03-09"}})";
}

std::string pulse(const std::string& value, const std::string& updated = "2026-01-01T00:00:00Z") {
  return R"({"fullUrl":"http://other.example/fhir/Observation/o1","resource":{"resourceType":"Observation","id":"o1","meta":{"lastUpdated":")" +
    updated +
    R"("},"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],)"
    R"("subject":{"reference":"Patient/1"},"performer":[{"reference":"Practitioner/77","display":"Dr A"}],"effectiveDateTime":"2026-11-20T10:00:00Z","valueQuantity":{"value":)" +
    value + R"(,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}})";
}

rest::import_outcome bring(house& h, const std::vector<std::string>& entries) {
  std::string all;
  for (const auto& each : entries) all += (all.empty() ? "" : ",") + each;
  auto bundle = must(
    fhir::document::parse(R"({"resourceType":"Bundle","type":"collection","entry":[)" + all + "]}"));
  must(h.session->begin(h.clinic, true));
  rest::repository in(*h.session, h.who, h.around);
  auto out = must(rest::import_bundle(in, bundle, h.ids.next(h.clock.now())));
  must(h.session->commit());
  return out;
}

void check_fates(const rest::import_outcome& of, std::vector<fate> wanted) {
  BOOST_REQUIRE_EQUAL(of.entries.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i)
    BOOST_CHECK_MESSAGE(of.entries[i].is == wanted[i],
                        i << " is " << rest::name(of.entries[i].is) << ", not " << rest::name(wanted[i])
                          << ": " << of.as_json());
}

} // namespace

BOOST_AUTO_TEST_SUITE(imports)

BOOST_DATA_TEST_CASE(a_second_import_finds_everything_and_changes_nothing, both, where) {
  house h(where);
  h.add_patient("M-0", "Somebody", "Else"); // our Patient/1, which theirs is not
  const auto first = bring(h, {person(), pulse("61")});
  check_fates(first, {fate::created, fate::created});
  BOOST_CHECK(first.entries[0].id != "1");
  check_fates(bring(h, {person(), pulse("61")}), {fate::unchanged, fate::unchanged});
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "2");
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals"), "1");
  BOOST_CHECK_EQUAL(h.sql("SELECT patient_id FROM vitals"), first.entries[0].id);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM review_queue"), "0");
  const auto shown = h.get("Observation/" + first.entries[1].id);
  BOOST_CHECK_MESSAGE(shown.body.find("http://other.example/fhir/Practitioner/77") != std::string::npos,
                      shown.body);
  BOOST_CHECK(shown.body.find("http://other.example/fhir/Observation/o1#") != std::string::npos);
}

BOOST_DATA_TEST_CASE(newer_ones_update_and_all_others_wait_for_a_person, both, where) {
  house h(where);
  bring(h, {person(), pulse("61")});
  const auto newer = bring(h, {person(), pulse("65", "2026-02-01T00:00:00Z")});
  check_fates(newer, {fate::unchanged, fate::updated});
  BOOST_CHECK_EQUAL(h.sql("SELECT heart_rate FROM vitals"), "65");
  check_fates(bring(h, {person(), pulse("99", "2026-01-15T00:00:00Z")}), {fate::unchanged, fate::conflict});
  check_fates(bring(h, {person(), pulse("98", "2026-02-01T00:00:00Z")}), {fate::unchanged, fate::conflict});
  BOOST_CHECK_EQUAL(h.sql("SELECT heart_rate FROM vitals"), "65");
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM review_queue WHERE kind = 'fhir-conflict'"), "2");
}

BOOST_AUTO_TEST_CASE(a_patient_of_ours_is_found_by_number_and_keeps_what_the_other_system_does_not_know) {
  house h;
  bring(h, {person()});
  const auto mrn = h.sql("SELECT mrn FROM patients");
  auto elsewhere = person("Savva", "2027-01-01T00:00:00Z");
  elsewhere.replace(elsewhere.find("other.example/fhir/Patient/1"), 28, "third.example/fhir/Patient/9");
  elsewhere.replace(elsewhere.find(R"("gender")"), 0,
                    R"("telecom":[{"system":"phone","value":"+35799000000"}],)");
  check_fates(bring(h, {elsewhere}), {fate::updated});
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "1");
  BOOST_CHECK_EQUAL(h.sql("SELECT mrn FROM patients"), mrn);
}

BOOST_AUTO_TEST_CASE(nothing_is_filed_of_a_patient_who_is_not_clear) {
  house h;
  bring(h, {person()});
  auto stranger = person("Kyriakou"); // the number of one, the name of another
  stranger.replace(stranger.find("Nikos"), 5, "Stavroula");
  stranger.replace(stranger.find("1955-03-09"), 10, "1990-01-01");
  check_fates(bring(h, {stranger, pulse("61")}), {fate::conflict, fate::conflict});
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals"), "0");
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM review_queue WHERE kind = 'fhir-patient'"), "1");
}

BOOST_AUTO_TEST_CASE(each_entry_has_its_fate) {
  house h;
  const auto done = bring(
    h,
    {R"({"fullUrl":"urn:uuid:1","resource":{"resourceType":"Device"}})",
     R"({"fullUrl":"urn:uuid:2","resource":{"resourceType":"Observation","status":"nonsense"}})", person()});
  check_fates(done, {fate::not_served, fate::refused, fate::created});
  BOOST_CHECK(done.as_json().find("Bundle.entry[1].resource.status") != std::string::npos);
  BOOST_CHECK(done.as_json().find("Savva") == std::string::npos);
  fhir::document into;
  BOOST_CHECK(fhir::write(*done.as_bundle(into, h.around)).find("201 Created") != std::string::npos);
  BOOST_CHECK_EQUAL(done.patient.value_or(0), std::stoll(done.entries[2].id));
}

BOOST_DATA_TEST_CASE(a_prescription_keeps_its_drug, both, where) {
  house h(where);
  const std::string drug = "urn:uuid:6f1c2d3e-0000-4000-8000-0000000000aa",
                    maker = "urn:uuid:6f1c2d3e-0000-4000-8000-0000000000ab";
  const auto medication = R"({"fullUrl":")" + drug +
    R"(","resource":{"resourceType":"Medication","id":"m1","meta":{"versionId":"4","lastUpdated":"2026-01-01T00:00:00Z"},)"
    R"("code":{"coding":[{"system":"http://www.whocc.no/atc","code":"B01AA03"}],"text":"Warfarin"},"manufacturer":{"reference":")" +
    maker +
    R"("},"contained":[{"resourceType":"Substance","id":"s","code":{"text":"warfarin sodium"}}],"ingredient":[{"itemReference":{"reference":"#s"}}]}})";
  const auto factory = R"({"fullUrl":")" + maker +
    R"(","resource":{"resourceType":"Organization","identifier":[{"system":"urn:x","value":"77"}],"name":"Factory"}})";
  const auto order =
    R"({"fullUrl":"http://other.example/fhir/MedicationRequest/r1","resource":{"resourceType":"MedicationRequest","id":"r1","status":"active","intent":"order","medicationReference":{"reference":")" +
    drug + R"("},"subject":{"reference":"Patient/1"}}})";
  const std::vector<std::string> all{person(), medication, factory, order};
  const auto done = bring(h, all);
  check_fates(done, {fate::created, fate::not_served, fate::created, fate::created});
  const auto shown = h.get("MedicationRequest/" + done.entries[3].id);
  for (const std::string word : {"\"#m1\"", "Warfarin", "warfarin sodium", "\"Organization/"})
    BOOST_CHECK_MESSAGE(shown.body.find(word) != std::string::npos, word << shown.body);
  BOOST_CHECK(shown.body.find("urn:uuid") == std::string::npos);
  auto read = must(fhir::document::parse(shown.body));
  BOOST_CHECK(fhir::validate(*read.root).empty());
  check_fates(bring(h, {all[3], all[2], all[1], all[0]}),
              {fate::unchanged, fate::unchanged, fate::not_served, fate::unchanged});
}

BOOST_DATA_TEST_CASE(what_waits_for_a_person_goes_along_with_what_refers_to_it, both, where) {
  house h(where);
  const auto organization = [](const std::string& url, const std::string& name, const std::string& numbers) {
    return R"({"fullUrl":")" + url + R"(","resource":{"resourceType":"Organization","identifier":[)" +
      numbers + R"(],"name":")" + name + R"("}})";
  };
  const auto number = [](const std::string& value) {
    return R"({"system":"urn:x","value":")" + value + R"("})";
  };
  const std::string unclear = "urn:uuid:6f1c2d3e-0000-4000-8000-0000000000ac";
  bring(h,
        {organization("urn:uuid:6f1c2d3e-0000-4000-8000-0000000000ad", "North", number("1")),
         organization("urn:uuid:6f1c2d3e-0000-4000-8000-0000000000ae", "South", number("2"))});
  auto told = pulse("61");
  told.replace(told.find(R"("performer":[{"reference":"Practitioner/77","display":"Dr A"}])"), 62,
               R"("performer":[{"reference":")" + unclear + R"("}])");
  auto specimen =
    R"({"fullUrl":"http://other.example/fhir/Specimen/s1","resource":{"resourceType":"Specimen","id":"s1","subject":{"reference":"Patient/1"},"type":{"text":"Blood"}}})";
  told.replace(told.find(R"("effectiveDateTime")"), 0, R"("specimen":{"reference":"Specimen/s1"},)");
  const auto done = bring(
    h, {person(), organization(unclear, "Both", number("1") + "," + number("2")), specimen, told});
  check_fates(done, {fate::created, fate::conflict, fate::not_served, fate::created});
  const auto shown = h.get("Observation/" + done.entries[3].id);
  BOOST_CHECK_MESSAGE(shown.body.find("\"Both\"") != std::string::npos &&
                        shown.body.find("\"Blood\"") != std::string::npos,
                      shown.body);
  BOOST_CHECK(shown.body.find(R"("specimen":{"reference":"#s1"})") != std::string::npos);
  BOOST_CHECK(shown.body.find("\"Patient/" + done.entries[0].id + "\"") != std::string::npos);
  auto read = must(fhir::document::parse(shown.body));
  BOOST_CHECK(fhir::validate(*read.root).empty());
}

BOOST_AUTO_TEST_CASE(nothing_of_another_patient_goes_along) {
  house h;
  const std::string other =
    R"({"fullUrl":"http://other.example/fhir/Patient/2","resource":{"resourceType":"Patient","id":"2","name":[{"family":"Markou","given":["Anna"]}],"birthDate":"1948-07-02","gender":"female"}})";
  const std::string specimen =
    R"({"fullUrl":"http://other.example/fhir/Specimen/s1","resource":{"resourceType":"Specimen","id":"s1","subject":{"reference":"Patient/2"}}})";
  auto told = pulse("61");
  told.replace(told.find(R"("effectiveDateTime")"), 0, R"("specimen":{"reference":"Specimen/s1"},)");
  check_fates(bring(h, {person(), other, specimen, told}),
              {fate::created, fate::created, fate::not_served, fate::conflict});
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals"), "0");
}

BOOST_AUTO_TEST_CASE(a_document_holds_the_bytes_that_came_beside_it) {
  house h;
  const std::string bytes =
    R"({"fullUrl":"urn:uuid:6f1c2d3e-0000-4000-8000-0000000000af","resource":{"resourceType":"Binary","contentType":"application/pdf","data":"JVBERg=="}})";
  const std::string letter =
    R"({"fullUrl":"http://other.example/fhir/DocumentReference/d1","resource":{"resourceType":"DocumentReference","id":"d1","status":"current","subject":{"reference":"Patient/1"},"content":[{"attachment":{"url":"urn:uuid:6f1c2d3e-0000-4000-8000-0000000000af"}}]}})";
  const auto done = bring(h, {person(), bytes, letter});
  check_fates(done, {fate::created, fate::not_served, fate::created});
  const auto shown = h.get("DocumentReference/" + done.entries[2].id);
  BOOST_CHECK_MESSAGE(shown.body.find(R"("data":"JVBERg==")") != std::string::npos &&
                        shown.body.find("urn:uuid") == std::string::npos,
                      shown.body);
  check_fates(bring(h, {person(), bytes, letter}), {fate::unchanged, fate::not_served, fate::unchanged});
}

BOOST_AUTO_TEST_CASE(a_part_of_a_resource_updates_nothing_and_makes_nothing) {
  house h;
  bring(h, {person()});
  auto part = person("Savva", "2027-01-01T00:00:00Z");
  part.replace(
    part.find(R"("lastUpdated")"), 0,
    R"("tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}],)");
  auto lone = pulse("61");
  const auto done = bring(h, {part, lone});
  check_fates(done, {fate::unchanged, fate::created});
  BOOST_CHECK(done.as_json().find("SUBSETTED") != std::string::npos);
  lone.replace(lone.find("o1"), 2, "o2");
  lone.replace(lone.find(R"("lastUpdated")"), 0, R"("tag":[{"code":"SUBSETTED"}],)");
  lone.replace(lone.find(R"("id":"o1")"), 9, R"("id":"o2")");
  check_fates(bring(h, {person(), lone}), {fate::unchanged, fate::refused});
}

BOOST_AUTO_TEST_CASE(what_nothing_answers_to_is_kept_as_a_logical_reference) {
  house h;
  auto lone = pulse("61");
  lone.replace(lone.find(R"("fullUrl":"http://other.example/fhir/Observation/o1")"), 52,
               R"("fullUrl":"urn:uuid:6f1c2d3e-0000-4000-8000-000000000001")");
  const auto done = bring(h, {lone});
  check_fates(done, {fate::created});
  const auto shown = h.get("Observation/" + done.entries[0].id);
  BOOST_CHECK_MESSAGE(shown.body.find(R"("identifier":{"value":"Patient/1"})") != std::string::npos,
                      shown.body);
  BOOST_CHECK_MESSAGE(done.as_json().find("kept as a logical reference") != std::string::npos,
                      done.as_json());                                     // and the sender knows
  BOOST_CHECK(shown.body.find("urn:aorta:message#") != std::string::npos); // `urn:uuid:...#` would be no UUID
  check_fates(bring(h, {lone}), {fate::unchanged});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::test
