// What was entered in error, or what the clinic's table cannot say any longer.
#include "engine/rest/write.hpp"
#include "test/unit/rest/fixture.hpp"

namespace aorta::test {
namespace {

const std::string v3_act = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

std::string vital(const std::string& patient, const std::string& code, const std::string& rest,
                  const std::string& status = "final") {
  return R"({"resourceType":"Observation","status":")" + status +
    R"(","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],)"
    R"("code":{"coding":[{"system":"http://loinc.org","code":")" +
    code + R"("}]},"subject":{"reference":")" + patient +
    R"("},"effectiveDateTime":"2026-11-20T10:00:00+02:00",)" + rest + "}";
}

std::string quantity(const std::string& value, const std::string& unit) {
  return R"("valueQuantity":{"value":)" + value + R"(,"unit":")" + unit +
    R"(","system":"http://unitsofmeasure.org","code":")" + unit + R"("})";
}

std::string pressure(const std::string& code, const std::string& value, const std::string& unit = "mm[Hg]") {
  return R"({"code":{"coding":[{"system":"http://loinc.org","code":")" + code + R"("}]},)" +
    quantity(value, unit) + "}";
}

std::string panel(const std::string& patient, const std::vector<std::string>& parts,
                  const std::string& status = "final") {
  std::string all;
  for (const auto& each : parts) all += (all.empty() ? "" : ",") + each;
  return vital(patient, "85354-9", R"("component":[)" + all + "]", status);
}

std::string with_id(const std::string& json, const std::string& id) {
  return R"({"id":")" + id + R"(",)" + json.substr(1);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  BOOST_REQUIRE_MESSAGE(at != text.npos, what);
  return text.replace(at, what.size(), by);
}

/// Every member that was sent is in what came back.
void check_holds(const std::string& sent, const rest::reply& got) {
  BOOST_REQUIRE_MESSAGE(got.status == 200, got.body);
  const auto a = must(fhir::document::parse(sent)), b = must(fhir::document::parse(got.body));
  for (const auto* each = a.root->first; each != nullptr; each = each->next) {
    if (each->name == "id" || each->name == "meta") continue;
    const auto* there = b.root->get(each->name);
    BOOST_CHECK_MESSAGE(there != nullptr && fhir::equal(*each, *there),
                        "lost or changed: " << each->name << " in " << got.body);
  }
}

void check_put(house& h, const std::string& target, const std::string& json) {
  const auto done = h.ask("PUT", target, json);
  BOOST_CHECK_MESSAGE(done.status == 200, target << ": " << done.body);
  check_holds(json, h.get(target));
  const auto again = h.ask("PUT", target, json);
  BOOST_CHECK_EQUAL(header(again, "ETag"), header(done, "ETag")); // the same again is no new version
  BOOST_CHECK_EQUAL(header(h.get(target), "ETag"), header(done, "ETag"));
}

} // namespace

BOOST_AUTO_TEST_SUITE(withdrawals)

BOOST_DATA_TEST_CASE(a_pulse_that_was_an_error_leaves_the_table_and_stays_in_fhir, both, where) {
  house h(where);
  const auto patient = "Patient/" + std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  const auto sent = vital(patient, "8867-4", quantity("172", "/min"));
  const auto id = h.create("Observation", sent);
  const auto target = "Observation/" + id;
  check_put(h, target, with_id(replaced(sent, "final", "entered-in-error"), id));
  BOOST_CHECK_EQUAL(h.sql("SELECT heart_rate FROM vitals"), "-");
  BOOST_CHECK_EQUAL(names(h.get("Observation?patient=" + patient + "&status=entered-in-error")).size(), 1u);
  BOOST_CHECK(names(h.get("Observation?patient=" + patient + "&status=final")).empty());
  BOOST_CHECK_EQUAL(names(h.get("Observation?code=8867-4&date=2026-11-20")).size(), 1u);
  check_holds(sent, h.get(target + "/_history/1"));
  // Another measurement of the same row does not bring it back, nor does it change its version.
  const auto etag = header(h.get(target), "ETag");
  h.sql("UPDATE vitals SET weight = 71");
  BOOST_CHECK_EQUAL(header(h.get(target), "ETag"), etag);
  BOOST_CHECK(h.get(target).body.find("entered-in-error") != std::string::npos);
  // What the clinic's own system then says, counts.
  h.sql("UPDATE vitals SET heart_rate = 72");
  BOOST_CHECK(h.get(target).body.find("\"value\":72") != std::string::npos);
  h.sql("UPDATE vitals SET heart_rate = NULL");
  check_put(h, target, with_id(sent, id));
  BOOST_CHECK_EQUAL(h.sql("SELECT heart_rate FROM vitals"), "172");
}

BOOST_DATA_TEST_CASE(a_measurement_that_the_columns_cannot_say_is_kept_in_fhir, both, where) {
  house h(where);
  const auto patient = "Patient/" + std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  const auto sent = panel(patient, {pressure("8480-6", "150"), pressure("8462-4", "90")});
  const auto id = h.create("Observation", sent), target = "Observation/" + id;
  const auto row = id.substr(0, id.find('-'));
  BOOST_CHECK_EQUAL(h.get("Observation/" + row + "-sbp").status, 200);
  check_put(
    h, target,
    with_id(panel(patient, {pressure("8480-6", "20.0", "kPa"), pressure("8462-4", "12.0", "kPa")}), id));
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals WHERE systolic_bp IS NULL AND diastolic_bp IS NULL"),
                    "1");
  BOOST_CHECK_EQUAL(h.get("Observation/" + row + "-sbp").status, 404);
  check_put(h, target, with_id(panel(patient, {pressure("8480-6", "150")}), id)); // the one that is left
                                                                                  // stays with the clinic
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals WHERE systolic_bp = 150 AND diastolic_bp IS NULL"),
                    "1");
  BOOST_CHECK_EQUAL(h.get("Observation/" + row + "-dbp").status, 404);
  check_put(h, target, with_id(sent, id));
  BOOST_CHECK_EQUAL(h.sql("SELECT diastolic_bp FROM vitals"), "90");
  const auto pulse = h.create("Observation", vital(patient, "8867-4", quantity("72", "/min")));
  const std::string absent =
    R"("dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"error"}]})";
  check_put(h, "Observation/" + pulse, with_id(vital(patient, "8867-4", absent), pulse));
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals WHERE heart_rate IS NOT NULL"), "0");
  // Another code than the column's is another measurement.
  BOOST_CHECK_EQUAL(
    h.ask("PUT", "Observation/" + pulse, with_id(vital(patient, "29463-7", quantity("72", "kg")), pulse))
      .status,
    422);
  const auto other = "Patient/" + std::to_string(h.add_patient("M-2", "Anna", "Markou"));
  BOOST_CHECK_EQUAL(
    h.ask("PUT", "Observation/" + pulse, with_id(vital(other, "8867-4", absent, "entered-in-error"), pulse))
      .status,
    422);
}

BOOST_DATA_TEST_CASE(a_deleted_pressure_is_gone_in_all_its_forms, both, where) {
  house h(where);
  const auto patient = "Patient/" + std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  const auto id = h.create("Observation",
                           panel(patient, {pressure("8480-6", "220"), pressure("8462-4", "90")}));
  const auto row = id.substr(0, id.find('-'));
  BOOST_CHECK_EQUAL(
    names(h.get("Observation?patient=" + patient + "&combo-code=http://loinc.org%7C8480-6")).size(), 1u);
  BOOST_CHECK_EQUAL(names(h.get("Observation?patient=" + patient + "&code=http://loinc.org%7C8480-6")).size(),
                    1u);
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Observation/" + id).status, 204);
  BOOST_CHECK_EQUAL(h.get("Observation/" + id).status, 410);
  BOOST_CHECK_EQUAL(h.get("Observation/" + row + "-sbp").status, 404);
  BOOST_CHECK(names(h.get("Observation?patient=" + patient)).empty());
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals WHERE systolic_bp IS NULL AND diastolic_bp IS NULL"),
                    "1");
  // One of the two: the panel would still show it. The history has what the clinic had.
  h.sql("UPDATE vitals SET systolic_bp = NULL, diastolic_bp = NULL");
  h.sql(
    "INSERT INTO vitals (patient_id, clinic_id, systolic_bp, diastolic_bp, heart_rate, recorded_at) VALUES (" +
    patient.substr(8) + ", " + std::to_string(h.clinic) + ", 220, 95, 80, '2026-11-20T10:00:00Z')");
  const auto key = "v" + h.sql("SELECT max(vital_id) FROM vitals");
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Observation/" + key + "-sbp").status, 204);
  BOOST_CHECK_EQUAL(h.get("Observation/" + key + "-bp").status, 404);
  BOOST_CHECK_EQUAL(h.get("Observation/" + key + "-sbp").status, 410);
  BOOST_CHECK_EQUAL(names(h.get("Observation?patient=" + patient)).size(), 2u); // the diastolic pressure and
                                                                                // the pulse
  BOOST_CHECK(h.get("Observation/" + key + "-sbp/_history/1").body.find("220") != std::string::npos);
}

BOOST_DATA_TEST_CASE(parts_of_one_row_are_written_together, both, where) {
  house h(where);
  const auto patient = "Patient/" + std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  h.sql("INSERT INTO vitals (patient_id, clinic_id, heart_rate, weight, recorded_at) VALUES (" +
        patient.substr(8) + ", " + std::to_string(h.clinic) + ", 80, 70, '2026-11-20T08:00:00Z')");
  const auto key = "v" + h.sql("SELECT max(vital_id) FROM vitals");
  const auto entry = [&](const std::string& part, const std::string& json) {
    return R"({"resource":)" + with_id(json, key + part) +
      R"(,"request":{"method":"PUT","url":"Observation/)" + key + part + R"("}})";
  };
  const auto done = h.ask("POST", "",
                          R"({"resourceType":"Bundle","type":"transaction","entry":[)" +
                            entry("-hr", vital(patient, "8867-4", quantity("81", "/min"))) + "," +
                            entry("-weight", vital(patient, "29463-7", quantity("71.5", "kg"))) + "]}");
  BOOST_REQUIRE_MESSAGE(done.status == 200, done.body);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals WHERE heart_rate = 81 AND weight = 71.5"), "1");
  BOOST_CHECK_EQUAL(header(h.get("Observation/" + key + "-hr"), "ETag"), "W/\"2\"");
  BOOST_CHECK_EQUAL(header(h.get("Observation/" + key + "-weight"), "ETag"), "W/\"2\"");
  const auto pulse = with_id(vital(patient, "8867-4", quantity("82", "/min")), key + "-hr");
  BOOST_CHECK_EQUAL(h.ask("PUT", "Observation/" + key + "-hr", pulse).status, 200);
  BOOST_CHECK_EQUAL(header(h.get("Observation/" + key + "-weight"), "ETag"), "W/\"2\""); // nobody changed the
                                                                                         // weight
}

BOOST_DATA_TEST_CASE(what_was_entered_in_error_is_not_valid_in_any_table, both, where) {
  house h(where);
  const auto patient = "Patient/" + std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  const std::string subject = R"("subject":{"reference":")" + patient + R"("})";
  struct kind {
    std::string type, json, from, to, ask; ///< `ask`: counts rows that are valid
  };
  const std::vector<kind> all{
    {"MedicationRequest",
     R"({"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"C07AB07"}],"text":"Bisoprolol"},)" +
       subject + "}",
     R"("active")", R"("entered-in-error")",
     "SELECT count(*) FROM prescriptions WHERE status <> 'cancelled'"},
    {"Encounter",
     R"({"resourceType":"Encounter","status":"finished","class":{"system":")" + v3_act +
       R"(","code":"AMB"},)" + subject + R"(,"period":{"start":"2026-11-20T08:00:00Z"}})",
     R"("finished")", R"("entered-in-error")", "SELECT count(*) FROM encounters WHERE status <> 'cancelled'"},
    {"ServiceRequest",
     R"({"resourceType":"ServiceRequest","status":"active","intent":"order","category":[{"coding":[{"system":"http://snomed.info/sct","code":"108252007"}]}],"code":{"text":"Lipids"},)" +
       subject + "}",
     R"("active")", R"("entered-in-error")", "SELECT count(*) FROM lab_orders WHERE status <> 'cancelled'"},
    {"Appointment",
     R"({"resourceType":"Appointment","status":"booked","start":"2026-12-01T08:00:00Z","end":"2026-12-01T08:30:00Z","participant":[{"actor":{"reference":")" +
       patient + R"("},"status":"accepted"}]})",
     R"("booked")", R"("entered-in-error")",
     "SELECT count(*) FROM appointments WHERE status <> 'cancelled' OR cancelled_at IS NULL"},
    {"ImagingStudy",
     R"({"resourceType":"ImagingStudy","identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2.840.99.1"}],"status":"available","modality":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"US"}],"started":"2026-11-20T09:15:00Z","description":"Echo",)" +
       subject + "}",
     R"("available")", R"("entered-in-error")",
     "SELECT count(*) FROM patient_study_links WHERE study_instance_uid = '1.2.840.99.1' OR study_description = 'Echo'"},
    {"Condition",
     R"({"resourceType":"Condition","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"E11"}],"text":"Diabetes"},)" +
       subject + "}",
     R"("clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]})",
     R"("verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"entered-in-error"}]})",
     "SELECT count(*) FROM patient_problems WHERE clinical_status = 'active' OR icd10_code IS NOT NULL OR description = 'Diabetes'"},
    {"Observation",
     R"({"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"2823-3"}]},)" +
       subject + R"(,"effectiveDateTime":"2026-11-20T08:00:00Z",)" + quantity("5.1", "mmol/L") + "}",
     R"("final")", R"("entered-in-error")",
     "SELECT count(*) FROM lab_results WHERE result_status <> 'cancelled'"},
  };
  for (const auto& each : all) {
    BOOST_TEST_CONTEXT(each.type) {
      const auto id = h.create(each.type, each.json), target = each.type + "/" + id;
      BOOST_CHECK_EQUAL(h.sql(each.ask), "1");
      check_holds(each.json, h.get(target));
      BOOST_CHECK_EQUAL(header(h.get(target), "ETag"), "W/\"1\"");
      check_put(h, target, with_id(each.json, id));
      BOOST_CHECK_EQUAL(header(h.get(target), "ETag"), "W/\"1\"");
      check_put(h, target, with_id(replaced(each.json, each.from, each.to), id));
      BOOST_CHECK_EQUAL(h.sql(each.ask), "0");
      BOOST_CHECK_EQUAL(names(h.get(each.type + "?patient=" + patient)).size(), 1u);
      check_put(h, target, with_id(each.json, id)); // it was none after all
      BOOST_CHECK_EQUAL(h.sql(each.ask), "1");
    }
  }
}

BOOST_DATA_TEST_CASE(a_withdrawn_link_to_a_study_makes_room_for_the_right_one, both, where) {
  house h(where);
  const auto patient = "Patient/" + std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  const auto study =
    R"({"resourceType":"ImagingStudy","identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2.840.99.1"}],"status":"available","subject":{"reference":")" +
    patient +
    R"("},"started":"2026-11-20T23:15:00+02:00","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Echo at 23:15</div>"}})";
  const auto id = h.create("ImagingStudy", study);
  check_holds(study, h.get("ImagingStudy/" + id));
  BOOST_CHECK_EQUAL(header(h.get("ImagingStudy/" + id), "ETag"), "W/\"1\"");
  const auto second = h.ask("POST", "ImagingStudy", study);
  BOOST_CHECK_EQUAL(second.status, 409);
  BOOST_CHECK_MESSAGE(second.body.find("ImagingStudy.identifier") != std::string::npos &&
                        second.body.find("SQL") == std::string::npos,
                      second.body);
  BOOST_CHECK_EQUAL(h.get("DiagnosticReport/study-" + id).status, 200);
  BOOST_CHECK_EQUAL(h.ask("DELETE", "ImagingStudy/" + id).status, 204);
  BOOST_CHECK_EQUAL(h.get("DiagnosticReport/study-" + id).status, 404);
  BOOST_CHECK_EQUAL(
    h.sql("SELECT count(*) FROM patient_study_links WHERE study_instance_uid = '1.2.840.99.1'"), "0");
  BOOST_CHECK_EQUAL(h.ask("POST", "ImagingStudy", study).status, 201);
}

BOOST_DATA_TEST_CASE(a_laboratory_alone_withdraws_what_it_sent, both, where) {
  house h(where);
  const auto patient = "Patient/" + std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  const auto sent =
    R"({"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"2823-3"}]},"subject":{"reference":")" +
    patient + R"("},"effectiveDateTime":"2026-11-20T08:00:00Z",)" + quantity("5.1", "mmol/L") + "}";
  const auto id = h.create("Observation", sent);
  h.sql("UPDATE lab_results SET entry_method = 'hl7', message_id = id");
  BOOST_CHECK_EQUAL(
    h.ask("PUT", "Observation/" + id, with_id(replaced(sent, "final", "entered-in-error"), id)).status, 409);
  BOOST_CHECK_EQUAL(h.sql("SELECT result_status FROM lab_results"), "final");
}

BOOST_DATA_TEST_CASE(a_part_of_a_resource_is_no_update, both, where) {
  house h(where);
  const auto number = std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  auto part = h.get("Patient/" + number + "?_elements=gender").body;
  BOOST_REQUIRE(part.find("SUBSETTED") != std::string::npos);
  const auto refused = h.ask("PUT", "Patient/" + number, part);
  BOOST_CHECK_EQUAL(refused.status, 422);
  BOOST_CHECK_MESSAGE(refused.body.find("Patient.meta.tag") != std::string::npos, refused.body);
  BOOST_CHECK(h.get("Patient/" + number).body.find("Ioannou") != std::string::npos);
}

BOOST_DATA_TEST_CASE(an_update_as_it_was_sent_before_makes_no_version, both, where) {
  house h(where);
  const auto number = std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  const auto patient = R"({"resourceType":"Patient","id":")" + number +
    R"(","name":[{"family":"Ioannou","given":["Eleni"]}],"gender":"female","birthDate":"1960-05-17"})";
  const auto first = h.ask("PUT", "Patient/" + number, patient);
  BOOST_REQUIRE_MESSAGE(first.status == 200, first.body);
  BOOST_CHECK_EQUAL(header(h.ask("PUT", "Patient/" + number, patient), "ETag"), header(first, "ETag"));
  const auto bare = R"({"resourceType":"Patient","id":")" + number + R"(","name":[{"family":"Ioannou"}]})";
  const auto second = h.ask("PUT", "Patient/" + number, bare);
  BOOST_REQUIRE_MESSAGE(second.status == 200, second.body);
  BOOST_CHECK(h.get("Patient/" + number).body.find("gender") == std::string::npos);
  BOOST_CHECK_EQUAL(header(h.ask("PUT", "Patient/" + number, bare), "ETag"), header(second, "ETag"));
  auto pulse = vital("Patient/" + number, "8867-4", quantity("72", "/min"));
  const auto id = h.create("Observation", pulse);
  pulse = replaced(with_id(pulse, id), "\"Patient/", "\"http://clinic.example/fhir/r4/Patient/");
  BOOST_CHECK_EQUAL(header(h.ask("PUT", "Observation/" + id, pulse), "ETag"), "W/\"1\"");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::test
