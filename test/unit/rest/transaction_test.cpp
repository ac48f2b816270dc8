#include "test/unit/rest/fixture.hpp"

namespace aorta::test {
namespace {

const std::string person =
  R"({"fullUrl":"urn:uuid:6f1c2d3e-0000-4000-8000-000000000001","resource":{"resourceType":"Patient","name":[{"family":"Savva","given":["Nikos"]}],)"
  R"("identifier":[{"system":"urn:oid:2.16.196.1.113883.3.1.1","value":"777123"}],"gender":"male","birthDate":"1955-03-09"},"request":{"method":"POST","url":"Patient"}})";

std::string pulse_entry(const std::string& value,
                        const std::string& patient = "urn:uuid:6f1c2d3e-0000-4000-8000-000000000001") {
  return R"({"resource":{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],)"
         R"("code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":")" +
    patient + R"("},"effectiveDateTime":"2026-11-20T10:00:00Z","valueQuantity":{"value":)" + value +
    R"(,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}},"request":{"method":"POST","url":"Observation"}})";
}

std::string bundle_of(const std::string& type, const std::vector<std::string>& entries) {
  std::string all;
  for (const auto& each : entries) all += (all.empty() ? "" : ",") + each;
  return R"({"resourceType":"Bundle","type":")" + type + R"(","entry":[)" + all + "]}";
}

std::vector<std::string> statuses(const rest::reply& of) {
  BOOST_REQUIRE_MESSAGE(of.status == 200, of.body);
  const auto read = must(fhir::document::parse(of.body));
  std::vector<std::string> out;
  for (const auto* each = read.root->get("entry")->first; each != nullptr; each = each->next)
    out.emplace_back(each->get("response")->str("status").substr(0, 3));
  return out;
}

using list = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(transactions)

BOOST_DATA_TEST_CASE(entries_refer_to_each_other_before_they_have_ids, both, where) {
  house h(where);
  const auto done = h.ask("POST", "",
                          bundle_of("transaction", {pulse_entry("61"), person, pulse_entry("62")}));
  const list all{"201", "201", "201"};
  const auto got = statuses(done);
  BOOST_CHECK_EQUAL_COLLECTIONS(got.begin(), got.end(), all.begin(), all.end());
  const auto patient = h.sql("SELECT patient_id FROM patients");
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals WHERE patient_id = " + patient), "2");
  BOOST_CHECK_EQUAL(names(h.get("Observation?patient=" + patient)).size(), 2u);
  BOOST_CHECK(done.body.find("\"etag\":\"W/\\\"1\\\"\"") != std::string::npos);
}

BOOST_DATA_TEST_CASE(one_fault_and_nothing_was_written, both, where) {
  house h(where);
  const auto refused = h.ask(
    "POST", "", bundle_of("transaction", {person, pulse_entry("61"), pulse_entry("62", "Patient/999")}));
  BOOST_CHECK_EQUAL(refused.status, 422);
  BOOST_CHECK_MESSAGE(refused.body.find("Bundle.entry[2].resource.subject.reference") != std::string::npos,
                      refused.body);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "0");
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals"), "0");
  const auto invalid = h.ask(
    "POST", "",
    bundle_of(
      "transaction",
      {person,
       R"({"resource":{"resourceType":"Observation"},"request":{"method":"POST","url":"Observation"}})"}));
  BOOST_CHECK_EQUAL(invalid.status, 422);
  BOOST_CHECK(invalid.body.find("Bundle.entry[1].resource") != std::string::npos);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "0");
}

BOOST_DATA_TEST_CASE(in_a_batch_each_entry_stands_alone, both, where) {
  house h(where);
  const auto patient = "Patient/" + std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  const auto done = h.ask(
    "POST", "",
    bundle_of("batch",
              {pulse_entry("61", patient), pulse_entry("62", "Patient/999"), pulse_entry("63", patient),
               R"({"request":{"method":"GET","url":")" + patient + R"("}})",
               R"({"request":{"method":"GET","url":"Patient/999"}})"}));
  const list all{"201", "422", "201", "200", "404"};
  const auto got = statuses(done);
  BOOST_CHECK_EQUAL_COLLECTIONS(got.begin(), got.end(), all.begin(), all.end());
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals"), "2");
}

BOOST_AUTO_TEST_CASE(conditions_and_versions_hold_inside_a_bundle) {
  house h;
  auto once = person;
  once.replace(once.find(R"("url":"Patient")"), 15,
               R"("url":"Patient","ifNoneExist":"identifier=urn:oid:2.16.196.1.113883.3.1.1|777123")");
  const auto first = h.ask("POST", "", bundle_of("transaction", {once, pulse_entry("61")}));
  BOOST_REQUIRE_MESSAGE(first.status == 200, first.body);
  const auto second = h.ask("POST", "", bundle_of("transaction", {once, pulse_entry("62")}));
  const list all{"200", "201"};
  const auto got = statuses(second);
  BOOST_CHECK_EQUAL_COLLECTIONS(got.begin(), got.end(), all.begin(), all.end());
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "1");
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals"), "2");
  const auto id = h.sql("SELECT patient_id FROM patients");
  const std::string gone = R"({"request":{"method":"DELETE","url":"Observation/v1-hr","ifMatch":"W/\"9\""}})";
  BOOST_CHECK_EQUAL(h.ask("POST", "", bundle_of("transaction", {gone})).status, 412);
  const std::string twice = R"({"request":{"method":"DELETE","url":"Observation/v1-hr"}})";
  BOOST_CHECK_EQUAL(h.ask("POST", "", bundle_of("transaction", {twice, twice})).status, 400);
  const auto conditional = h.ask(
    "POST", "",
    bundle_of("transaction",
              {pulse_entry("70", "Patient?identifier=urn:oid:2.16.196.1.113883.3.1.1|777123"), twice}));
  BOOST_CHECK_MESSAGE(conditional.status == 200, conditional.body);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals WHERE heart_rate = 70 AND patient_id = " + id), "1");
  BOOST_CHECK_EQUAL(
    h.ask("POST", "", bundle_of("transaction", {pulse_entry("70", "Patient?identifier=urn:x|1")})).status,
    412);
  BOOST_CHECK_EQUAL(h.get("Observation/v1-hr").status, 410);
}

BOOST_DATA_TEST_CASE(entries_with_one_condition_make_one_resource, both, where) {
  house h(where);
  const auto once = [](const std::string& url, const std::string& query,
                       const std::string& family = "Savva") {
    auto out = person;
    out.replace(out.find("6f1c2d3e-0000-4000-8000-000000000001"), 36, url);
    out.replace(out.find("Savva"), 5, family);
    // no number that people are known by
    out.replace(out.find("\"identifier\":[{"), 15, R"("identifier":[{"type":{"text":"x"},)");
    out.replace(out.find("urn:oid:2.16.196.1.113883.3.1.1"), 31, "urn:oid:1.2.3");
    out.replace(out.find(R"("url":"Patient")"), 15, R"("url":"Patient","ifNoneExist":")" + query + "\"");
    return out;
  };
  const std::string first = "6f1c2d3e-0000-4000-8000-000000000001",
                    second = "6f1c2d3e-0000-4000-8000-000000000002";
  const auto done = h.ask(
    "POST", "",
    bundle_of("transaction",
              {once(first, "identifier=urn:oid:1.2.3|777123&gender=male"), pulse_entry("61"),
               once(second, "gender=male&identifier=urn:oid:1.2.3%7C777123"),
               pulse_entry("62", "urn:uuid:" + second)}));
  const list all{"201", "201", "200", "201"};
  const auto got = statuses(done);
  BOOST_CHECK_EQUAL_COLLECTIONS(got.begin(), got.end(), all.begin(), all.end());
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "1");
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals WHERE patient_id = (SELECT patient_id FROM patients)"),
                    "2");
  const auto id = h.sql("SELECT patient_id FROM patients"),
             place = "http://clinic.example/fhir/r4/Patient/" + id + "/_history/1";
  const auto at = done.body.find(place);
  BOOST_CHECK_MESSAGE(at != std::string::npos && done.body.find(place, at + 1) != std::string::npos,
                      done.body);
  const auto differ = h.ask("POST", "",
                            bundle_of("transaction",
                                      {once(first, "identifier=urn:oid:1.2.3|9"),
                                       once(second, "identifier=urn:oid:1.2.3|9", "Andreou")}));
  BOOST_CHECK_EQUAL(differ.status, 412);
  const auto put = [](const std::string& family) {
    return R"({"resource":{"resourceType":"Patient","name":[{"family":")" + family +
      R"("}],"identifier":[{"system":"urn:oid:1.2.3","value":"8"}]},"request":{"method":"PUT","url":"Patient?identifier=urn:oid:1.2.3|8"}})";
  };
  BOOST_CHECK_EQUAL(h.ask("POST", "", bundle_of("transaction", {put("Savva"), put("Andreou")})).status, 400);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM patients"), "1");
}

BOOST_DATA_TEST_CASE(a_full_url_only_names_its_entry, both, where) {
  house h(where);
  for (const std::string url : {"urn:uuid:6F1C2D3E-0000-4000-8000-00000000000A", "urn:uuid:patient-1"}) {
    auto who = person;
    who.replace(who.find("urn:uuid:6f1c2d3e-0000-4000-8000-000000000001"), 45, url);
    who.replace(who.find("777123"), 6, url.substr(url.size() - 1) == "A" ? "777124" : "777125");
    auto told = pulse_entry(
      "61", url == "urn:uuid:patient-1" ? url : "urn:uuid:6f1c2d3e-0000-4000-8000-00000000000a");
    told.replace(
      told.find(R"("status":"final")"), 16,
      R"("status":"final","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Of <a href=\")" +
        url + R"(\">him</a></div>"})");
    const auto done = h.ask("POST", "", bundle_of("transaction", {told, who}));
    BOOST_REQUIRE_MESSAGE(done.status == 200, done.body);
    const auto patient = "Patient/" + h.sql("SELECT max(patient_id) FROM patients");
    const auto shown = h.get("Observation?patient=" + patient);
    BOOST_CHECK_EQUAL(names(shown).size(), 1u);
    BOOST_CHECK_MESSAGE(shown.body.find("href=\\\"" + patient + "\\\"") != std::string::npos, shown.body);
    BOOST_CHECK(shown.body.find("urn:uuid") == std::string::npos);
  }
}

BOOST_DATA_TEST_CASE(what_never_was_need_not_be_deleted, both, where) {
  house h(where);
  const std::string gone = R"({"request":{"method":"DELETE","url":"Observation/v77-hr"}})",
                    alone = R"({"request":{"method":"DELETE","url":"Condition/77"}})";
  const auto done = h.ask("POST", "", bundle_of("transaction", {person, gone, alone}));
  const list all{"201", "204", "204"};
  const auto got = statuses(done);
  BOOST_CHECK_EQUAL_COLLECTIONS(got.begin(), got.end(), all.begin(), all.end());
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Observation/v77-hr").status, 204);
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Observation/v77-hr", {}, {{"if-match", "W/\"1\""}}).status, 412);
  BOOST_CHECK_EQUAL(h.ask("DELETE", "Nothing/7").status, 404);
}

BOOST_AUTO_TEST_CASE(what_a_bundle_reads_has_its_time) {
  house h;
  const auto patient = "Patient/" + std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  const std::string look = R"({"request":{"method":"GET","url":")" + patient + R"("}})";
  const auto reads = bundle_of("batch", {look, look}),
             mixed = bundle_of("batch", {pulse_entry("61", patient), look});
  BOOST_CHECK(rest::is_read_batch(house::request("POST", "", reads)));
  BOOST_CHECK(!rest::is_read_batch(house::request("POST", "", mixed)));
  BOOST_CHECK(!rest::is_read_batch(house::request("POST", "", bundle_of("transaction", {look}))));
  h.around.longest_beside_writes = std::chrono::seconds{0};
  const list all{"201", "422"}, both{"200", "200"};
  const auto got = statuses(h.ask("POST", "", mixed)), read = statuses(h.ask("POST", "", reads));
  BOOST_CHECK_EQUAL_COLLECTIONS(got.begin(), got.end(), all.begin(), all.end());
  BOOST_CHECK_EQUAL_COLLECTIONS(read.begin(), read.end(), both.begin(), both.end());
  const auto whole = h.ask("POST", "", bundle_of("transaction", {pulse_entry("62", patient), look}));
  BOOST_CHECK_EQUAL(whole.status, 422);
  BOOST_CHECK(whole.body.find("too-costly") != std::string::npos);
  BOOST_CHECK_EQUAL(h.sql("SELECT count(*) FROM vitals"), "1");
}

BOOST_AUTO_TEST_CASE(what_is_no_transaction_is_told_where_it_belongs) {
  house h;
  BOOST_CHECK_EQUAL(h.ask("POST", "", bundle_of("collection", {})).status, 400);
  BOOST_CHECK_EQUAL(h.ask("POST", "", R"({"resourceType":"Patient"})").status, 400);
  h.around.most_entries = 1;
  BOOST_CHECK_EQUAL(h.ask("POST", "", bundle_of("batch", {person, person})).status, 413);
}

BOOST_AUTO_TEST_CASE(circles_of_references_are_closed) {
  house h;
  const auto patient = "Patient/" + std::to_string(h.add_patient("M-1", "Eleni", "Ioannou"));
  const std::string visit =
    R"({"fullUrl":"urn:uuid:6f1c2d3e-0000-4000-8000-00000000000a","resource":{"resourceType":"Encounter","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},)"
    R"("subject":{"reference":")" +
    patient +
    R"("},"period":{"start":"2026-11-20T08:00:00Z"},"diagnosis":[{"condition":{"reference":"urn:uuid:6f1c2d3e-0000-4000-8000-00000000000b"}}]},"request":{"method":"POST","url":"Encounter"}})";
  const std::string problem =
    R"({"fullUrl":"urn:uuid:6f1c2d3e-0000-4000-8000-00000000000b","resource":{"resourceType":"Condition","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},)"
    R"("code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"I10"}]},"subject":{"reference":")" +
    patient +
    R"("},"encounter":{"reference":"urn:uuid:6f1c2d3e-0000-4000-8000-00000000000a"}},"request":{"method":"POST","url":"Condition"}})";
  const auto done = h.ask("POST", "", bundle_of("transaction", {visit, problem}));
  BOOST_REQUIRE_MESSAGE(done.status == 200, done.body);
  const auto encounters = h.get("Encounter?patient=" + patient),
             conditions = h.get("Condition?patient=" + patient);
  BOOST_REQUIRE_EQUAL(names(encounters).size(), 1u);
  BOOST_REQUIRE_EQUAL(names(conditions).size(), 1u);
  BOOST_CHECK(encounters.body.find("\"" + names(conditions)[0] + "\"") != std::string::npos);
  BOOST_CHECK(conditions.body.find("\"" + names(encounters)[0] + "\"") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::test
