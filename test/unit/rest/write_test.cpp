#include "engine/rest/write.hpp"
#include "test/unit/rest/fixture.hpp"

namespace aorta::test {
namespace {

const std::string maria =
  R"({"resourceType":"Patient","identifier":[{"system":"urn:oid:2.16.196.1.113883.3.1.1","value":"912345"}],"active":true,)"
  R"("name":[{"use":"official","family":"Georgiou","given":["Maria"]}],"gender":"female","birthDate":"1960-05-17",)"
  R"("photo":[{"contentType":"image/png","url":"http://x.example/p.png"}]})";

std::string pulse(const std::string& patient, const std::string& value = "72") {
  return R"({"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],)"
         R"("code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":")" +
    patient + R"("},"effectiveDateTime":"2026-11-20T10:00:00+02:00","valueQuantity":{"value":)" + value +
    R"(,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"},"note":[{"text":"after rest"}]})";
}

std::string potassium(const std::string& patient, const std::string& value) {
  return R"({"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],)"
         R"("code":{"coding":[{"system":"http://loinc.org","code":"2823-3"}],"text":"Potassium"},"subject":{"reference":")" +
    patient + R"("},"effectiveDateTime":"2026-11-20T08:00:00Z","valueQuantity":{"value":)" + value +
    R"(,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}})";
}

fhir::document parsed(const rest::reply& of) { return must(fhir::document::parse(of.body)); }

/// Every member that was sent is in what came back.
void check_holds(const std::string& sent, const rest::reply& got) {
  const auto a = must(fhir::document::parse(sent));
  const auto b = parsed(got);
  for (const auto* each = a.root->first; each != nullptr; each = each->next) {
    if (each->name == "id" || each->name == "meta" || each->name == "identifier") continue;
    const auto* there = b.root->get(each->name);
    BOOST_CHECK_MESSAGE(there != nullptr && fhir::equal(*each, *there),
                        "lost or changed: " << each->name << " in " << got.body);
  }
}

std::string with_id(const std::string& json, const std::string& id) {
  return R"({"id":")" + id + R"(",)" + json.substr(1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(write)

BOOST_DATA_TEST_CASE(a_created_patient_comes_back_element_by_element_and_has_a_number_of_the_clinic, both,
                     where) {
  house h(where);
  const auto made = h.ask("POST", "Patient", maria);
  BOOST_REQUIRE_MESSAGE(made.status == 201, made.body);
  const auto id = std::string(parsed(made).root->str("id"));
  BOOST_CHECK_EQUAL(header(made, "Location"), "http://clinic.example/fhir/r4/Patient/" + id + "/_history/1");
  BOOST_CHECK_EQUAL(header(made, "ETag"), "W/\"1\"");
  BOOST_CHECK(!header(made, "Last-Modified").empty());
  const auto got = h.get("Patient/" + id);
  BOOST_REQUIRE_EQUAL(got.status, 200);
  BOOST_CHECK_EQUAL(header(got, "ETag"), "W/\"1\"");
  check_holds(maria, got);
  BOOST_CHECK(got.body.find("urn:aorta:mrn") != std::string::npos);
  BOOST_CHECK_EQUAL(h.sql("SELECT mrn FROM patients WHERE patient_id = " + id).substr(0, 1), "A");
}

BOOST_DATA_TEST_CASE(nobody_is_written_twice, both, where) {
  house h(where);
  h.create("Patient", maria);
  const auto again = h.ask("POST", "Patient", maria);
  BOOST_CHECK_EQUAL(again.status, 409);
  BOOST_CHECK(again.body.find("duplicate") != std::string::npos);
  BOOST_CHECK(again.body.find("912345") == std::string::npos);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "1");
}

BOOST_AUTO_TEST_CASE(what_is_not_valid_is_refused_with_its_places) {
  house h;
  const auto bad = h.ask("POST", "Patient",
                         R"({"resourceType":"Patient","gender":"nobody","birthDate":"1960-02-30"})");
  BOOST_CHECK_EQUAL(bad.status, 422);
  BOOST_CHECK(bad.body.find("Patient.gender") != std::string::npos);
  BOOST_CHECK(bad.body.find("Patient.birthDate") != std::string::npos);
  BOOST_CHECK_EQUAL(h.ask("POST", "Patient", "{").status, 400);
  BOOST_CHECK_EQUAL(h.ask("POST", "Patient", R"({"resourceType":"Observation"})").status, 400);
  BOOST_CHECK_EQUAL(h.ask("POST", "Patient", maria, {{"content-type", "application/fhir+xml"}}).status, 415);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "0");
}

BOOST_DATA_TEST_CASE(a_vital_sign_becomes_a_row_and_keeps_what_has_no_column, both, where) {
  house h(where);
  const auto patient = "Patient/" + h.create("Patient", maria);
  const auto id = h.create("Observation", pulse(patient));
  BOOST_CHECK(id.starts_with("v") && id.ends_with("-hr"));
  BOOST_CHECK_EQUAL(h.sql("SELECT heart_rate FROM vitals"), "72");
  check_holds(pulse(patient), h.get("Observation/" + id));
}

BOOST_DATA_TEST_CASE(an_update_makes_a_version_and_the_old_one_stays, both, where) {
  house h(where);
  const auto patient = "Patient/" + h.create("Patient", maria);
  const auto id = h.create("Observation", pulse(patient));
  const auto target = "Observation/" + id;
  const auto same = h.ask("PUT", target, with_id(pulse(patient), id));
  BOOST_CHECK_EQUAL(same.status, 200);
  BOOST_CHECK_EQUAL(header(same, "ETag"), "W/\"1\"");
  const auto changed = h.ask("PUT", target, with_id(pulse(patient, "80"), id), {{"if-match", "W/\"1\""}});
  BOOST_REQUIRE_MESSAGE(changed.status == 200, changed.body);
  BOOST_CHECK_EQUAL(header(changed, "ETag"), "W/\"2\"");
  BOOST_CHECK_EQUAL(h.sql("SELECT heart_rate FROM vitals"), "80");
  BOOST_CHECK_EQUAL(h.ask("PUT", target, with_id(pulse(patient, "90"), id), {{"if-match", "W/\"1\""}}).status,
                    412);
  check_holds(pulse(patient), h.get(target + "/_history/1"));
  check_holds(pulse(patient, "80"), h.get(target));
  BOOST_CHECK_EQUAL(h.ask("PUT", target, with_id(pulse(patient), "other")).status, 400);
  BOOST_CHECK_EQUAL(h.ask("PUT", "Observation/v99-hr", with_id(pulse(patient), "v99-hr")).status, 405);
}

BOOST_AUTO_TEST_CASE(a_row_that_the_clinic_wrote_is_updated_without_losing_its_own_columns) {
  house h;
  const auto number = h.add_patient("M-1", "Eleni", "Ioannou");
  const auto target = "Patient/" + std::to_string(number);
  auto shown = parsed(h.get(target));
  shown.set(*shown.root, "gender", shown.string("other"));
  const auto changed = h.ask("PUT", target, fhir::write(*shown.root));
  BOOST_REQUIRE_MESSAGE(changed.status == 200, changed.body);
  BOOST_CHECK_EQUAL(h.sql("SELECT gender FROM patients"), "other");
  BOOST_CHECK_EQUAL(h.sql("SELECT mrn FROM patients"), "M-1");
  BOOST_CHECK(h.get(target).body.find("Ioannou") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(references_name_what_is_here_and_of_the_same_patient) {
  house h;
  const auto missing = h.ask("POST", "Observation", pulse("Patient/77"));
  BOOST_CHECK_EQUAL(missing.status, 422);
  BOOST_CHECK(missing.body.find("Observation.subject.reference") != std::string::npos);
  const auto patient = "Patient/" + h.create("Patient", maria);
  const auto ours = h.ask("POST", "Observation", pulse("http://clinic.example/fhir/r4/" + patient));
  BOOST_CHECK_MESSAGE(ours.status == 201, ours.body);
  BOOST_CHECK(ours.body.find("\"" + patient + "\"") != std::string::npos);
  BOOST_CHECK_EQUAL(h.ask("POST", "Observation", pulse("http://other.example/fhir/Patient/1")).status, 201);
}

BOOST_DATA_TEST_CASE(conditions_are_kept, both, where) {
  house h(where);
  const std::string query = "identifier=urn:oid:2.16.196.1.113883.3.1.1%7C912345";
  BOOST_CHECK_EQUAL(h.ask("POST", "Patient", maria, {{"if-none-exist", query}}).status, 201);
  const auto second = h.ask("POST", "Patient", maria, {{"if-none-exist", query}});
  BOOST_CHECK_EQUAL(second.status, 200);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "1");
  auto changed = maria;
  changed.replace(changed.find("Maria"), 5, "Marina");
  const auto put = h.ask("PUT", "Patient?" + query, changed);
  BOOST_REQUIRE_MESSAGE(put.status == 200, put.body);
  BOOST_CHECK_EQUAL(header(put, "ETag"), "W/\"2\"");
  BOOST_CHECK_EQUAL(
    h.ask("PUT", "Patient?identifier=urn:x%7C5",
          R"({"resourceType":"Patient","name":[{"family":"New"}],"gender":"male","birthDate":"1970-01-01"})")
      .status,
    201);
  BOOST_CHECK_EQUAL(h.ask("PUT", "Patient?gender=male,female", maria).status, 412);
}

BOOST_DATA_TEST_CASE(a_deleted_resource_is_gone_its_row_stays_and_an_update_brings_it_back, both, where) {
  house h(where);
  const auto person = h.create("Patient", maria);
  const auto id = h.create("Observation", pulse("Patient/" + person));
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Patient/" + person).status, 409);
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Observation/" + id).status, 204);
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Observation/" + id).status, 204);
  BOOST_CHECK_EQUAL(h.get("Observation/" + id).status, 410);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals"), "1");
  const auto back = h.ask("PUT", "Observation/" + id, with_id(pulse("Patient/" + person, "66"), id));
  BOOST_REQUIRE_MESSAGE(back.status == 200, back.body);
  BOOST_CHECK_EQUAL(header(back, "ETag"), "W/\"3\"");
  BOOST_CHECK_EQUAL(h.get("Observation/" + id).status, 200);
  const auto alone = std::to_string(h.add_patient("M-9", "Anna", "Alone"));
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Patient/" + alone).status, 204);
  BOOST_CHECK_EQUAL(h.get("Patient/" + alone).status, 410);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "2");
}

BOOST_DATA_TEST_CASE(a_laboratory_value_past_a_limit_is_critical_and_someone_hears_of_it, both, where) {
  house h(where);
  lab::critical_limit limit;
  limit.loinc = "2823-3";
  limit.high = 6.0;
  limit.unit = "mmol/L";
  h.around.critical = {limit};
  const auto patient = "Patient/" + h.create("Patient", maria);
  h.create("Observation", potassium(patient, "5.10"));
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM event_outbox WHERE event_type LIKE 'lab%'"), "0");
  const auto id = h.create("Observation", potassium(patient, "6.70"));
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM event_outbox WHERE event_type = 'lab_result_critical'"), "1");
  BOOST_CHECK_EQUAL(h.sql("SELECT abnormal_flag FROM lab_results WHERE id = '" + id + "'"), "critical_high");
  check_holds(potassium(patient, "6.70"), h.get("Observation/" + id));
  const auto corrected = h.ask("PUT", "Observation/" + id, with_id(potassium(patient, "4.70"), id));
  BOOST_REQUIRE_MESSAGE(corrected.status == 200, corrected.body);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM lab_result_versions"), "1");
  BOOST_CHECK_EQUAL(
    h.sql("SELECT count(*) FROM event_outbox WHERE event_type = 'lab_result_critical_changed'"), "1");
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM lab_results WHERE critical_value AND id = '" + id + "'"),
                    "0");
  const auto high = h.create("Observation", potassium(patient, "6.90")),
             low = h.create("Observation", potassium(patient, "7.10"));
  auto error = with_id(potassium(patient, "6.90"), high);
  error.replace(error.find("final"), 5, "entered-in-error");
  BOOST_CHECK_EQUAL(h.ask("PUT", "Observation/" + high, error).status, 200);
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Observation/" + low).status, 204);
  BOOST_CHECK_EQUAL(
    h.sql("SELECT count(*) FROM event_outbox WHERE event_type = 'lab_result_critical_withdrawn'"), "2");
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM event_outbox WHERE event_type LIKE 'lab%'"),
                    "6"); // three were critical, one changed, two
                          // were withdrawn
}

// Issue 6.3: FHIR shows HH or LL on what the engine itself found critical, wherever the resource is seen; it
// is no statement of the sender's.
BOOST_DATA_TEST_CASE(what_the_engine_found_critical_is_told_as_hh_or_ll_by_every_read, both, where) {
  house h(where);
  h.around.critical = {{"2823-3", 2.5, 6.0, "mmol/L", {}}};
  const auto patient = "Patient/" + h.create("Patient", maria);
  const auto told = [](const rest::reply& of, const char* code) {
    return of.body.find(std::string("\"code\":\"") + code + "\"") != std::string::npos;
  };
  const std::pair<std::string, const char*> both_ends[] = {{"6.70", "HH"}, {"6.7", "HH"}, {"2.4", "LL"}};
  for (const auto& [value, code] : both_ends) {
    const auto made = h.ask("POST", "Observation", potassium(patient, value));
    BOOST_TEST(told(made, code), value);
    const auto id = std::string(parsed(made).root->str("id"));
    BOOST_TEST(told(h.get("Observation/" + id), code));
    BOOST_TEST(told(h.get("Observation/" + id + "/_history/1"), code));
    BOOST_TEST(told(h.get("Observation?_id=" + id), code));
    BOOST_TEST(told(h.get("Observation/" + id + "/_history"), code));
    // As sent once more, and as it was read: both change nothing.
    BOOST_CHECK_EQUAL(
      header(h.ask("PUT", "Observation/" + id, with_id(potassium(patient, value), id)), "ETag"), "W/\"1\"");
    const auto read = h.get("Observation/" + id).body;
    BOOST_CHECK_EQUAL(header(h.ask("PUT", "Observation/" + id, read), "ETag"), "W/\"1\"");
    // Corrected by whoever has read it: what the engine added goes, and the value is none to be alarmed of.
    auto corrected = read;
    corrected.replace(corrected.find(std::string("\"value\":") + value), 8 + value.size(), "\"value\":4.1");
    const auto now = h.ask("PUT", "Observation/" + id, corrected);
    BOOST_REQUIRE_MESSAGE(now.status == 200, now.body);
    BOOST_TEST(!told(h.get("Observation/" + id), code));
    BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM lab_results WHERE critical_value AND id = '" + id + "'"),
                      "0");
    BOOST_TEST(told(h.get("Observation/" + id + "/_history/1"), code));
  }
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM event_outbox WHERE event_type = 'lab_result_critical'"), "3");
  const auto calm = h.create("Observation", potassium(patient, "4.2"));
  BOOST_TEST(!told(h.get("Observation/" + calm), "HH"));
}

// What its sender says stays beside it; an interpretation that says so already is not doubled.
BOOST_AUTO_TEST_CASE(a_senders_own_interpretation_stays) {
  house h;
  h.around.critical = {{"2823-3", 2.5, 6.0, "mmol/L", {}}};
  const auto patient = "Patient/" + h.create("Patient", maria);
  for (const char* sent : {"H", "HH"}) {
    auto body = potassium(patient, "6.70");
    body.insert(
      1,
      R"("interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":")" +
        std::string(sent) + R"("}]}],)");
    const auto id = h.create("Observation", body);
    const auto read = parsed(h.get("Observation/" + id));
    BOOST_TEST(read.root->get("interpretation")->size == (std::string(sent) == "H" ? 2u : 1u));
    check_holds(body.substr(0, 1) + body.substr(body.find("\"resourceType")), h.get("Observation/" + id));
    BOOST_CHECK_EQUAL(h.sql("SELECT abnormal_flag FROM lab_results WHERE id = '" + id + "'"),
                      "critical_high");
  }
}

BOOST_AUTO_TEST_CASE(keys_write_only_what_they_may) {
  house h;
  const auto one = h.create("Patient", maria);
  const auto other = std::to_string(h.add_patient("M-2", "Eleni", "Ioannou"));
  h.who = house::grant(h.clinic, {"system/Patient.write"});
  BOOST_CHECK_EQUAL(h.ask("POST", "Observation", pulse("Patient/" + one)).status, 403);
  h.who = house::grant(h.clinic, {"patient/*.*"}, std::stoll(one));
  BOOST_CHECK_EQUAL(h.ask("POST", "Observation", pulse("Patient/" + one)).status, 201);
  BOOST_CHECK_EQUAL(h.ask("POST", "Observation", pulse("Patient/" + other)).status, 422); // what it may not
                                                                                          // see is not there
  BOOST_CHECK_EQUAL(h.ask("POST", "Patient", maria).status, 403);
  h.who = house::grant(h.other_clinic, {"admin"});
  BOOST_CHECK_EQUAL(h.ask("POST", "Observation", pulse("Patient/" + one)).status, 422);
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Patient/" + one).status, 204); // as of what never was
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients WHERE is_deleted"), "0");
}

BOOST_AUTO_TEST_CASE(the_answer_is_what_was_preferred) {
  house h;
  const auto minimal = h.ask("POST", "Patient", maria, {{"prefer", "return=minimal"}});
  BOOST_CHECK_EQUAL(minimal.status, 201);
  BOOST_CHECK(minimal.body.empty());
  const auto id =
    header(minimal, "Location").substr(std::string("http://clinic.example/fhir/r4/Patient/").size());
  const auto brief = h.get("Patient/" + id.substr(0, id.find('/')) + "?_elements=gender");
  BOOST_CHECK(brief.body.find("SUBSETTED") != std::string::npos);
  BOOST_CHECK(brief.body.find("Georgiou") == std::string::npos);
  BOOST_CHECK(brief.body.find("female") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::test
