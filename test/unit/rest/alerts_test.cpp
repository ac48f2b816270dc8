// Alerts of values that come by FHIR: components, values without a unit, corrections of what no row tells,
// and bundles that wait for their patient.
#include "engine/rest/import.hpp"
#include "test/unit/rest/fixture.hpp"

namespace aorta::test {
namespace {

const std::string maria =
  R"({"resourceType":"Patient","name":[{"family":"Georgiou","given":["Maria"]}],"identifier":[{"type":{"coding":[{"code":"MR"}]},"value":"M-77"}],"gender":"female","birthDate":"1960-05-17"})";

std::string quantity(const std::string& value, const std::string& unit = "mmol/L") {
  return R"("valueQuantity":{"value":)" + value + R"(,"unit":")" + unit +
    R"(","system":"http://unitsofmeasure.org","code":")" + unit + R"("})";
}

std::string coded(const std::string& loinc) {
  return R"("code":{"coding":[{"system":"http://loinc.org","code":")" + loinc + R"("}]})";
}

/// `more`: the members that differ, with a comma behind the last.
std::string observation(const std::string& patient, const std::string& more,
                        const std::string& status = "final", const std::string& id = {}) {
  return R"({"resourceType":"Observation",)" + (id.empty() ? "" : R"("id":")" + id + R"(",)") +
    R"("status":")" + status + R"(",)" + more +
    R"("category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"subject":{"reference":")" +
    patient + R"("},"effectiveDateTime":"2026-11-20T07:30:00Z"})";
}

std::string gases(const std::string& potassium, const std::string& sodium) {
  return coded("24336-0") + R"(,"component":[{)" + coded("2823-3") + "," + quantity(potassium) + "},{" +
    coded("2951-2") + "," + quantity(sodium) + "}],";
}

struct ward : house {
  explicit ward(on w) : house(w) {
    around.critical = {{"2823-3", 2.5, 6.0, "mmol/L", {}}, {"2951-2", 120, 160, "mmol/L", {}}};
    patient = "Patient/" + create("Patient", maria);
  }
  std::string put(const std::string& id, const std::string& more, const std::string& status = "final") {
    const auto done = ask("PUT", "Observation/" + id, observation(patient, more, status, id));
    BOOST_REQUIRE_MESSAGE(done.status == 200, done.body);
    return done.body;
  }
  /// Each alert in the order of its opening: test, why and state.
  std::string alerts() {
    const std::string all = which == on::sqlite ? "group_concat(line, ', ')"
                                                : "string_agg(line, ', ' ORDER BY n)";
    return sql("SELECT " + all +
               " FROM (SELECT id AS n, test_code || ' ' || why || ' ' || state AS line FROM critical_alert"
               " ORDER BY id) t");
  }
  rest::import_outcome bring(const std::string& bundle, const uuid& message) {
    auto read = must(fhir::document::parse(bundle));
    must(session->begin(clinic, true));
    rest::repository in(*session, who, around);
    auto out = must(rest::import_bundle(in, read, message));
    must(session->commit());
    return out;
  }
  std::string count(const std::string& type) {
    return sql("SELECT count(*) FROM event_outbox WHERE event_type = '" + type + "'");
  }
  std::string patient;
};

} // namespace

BOOST_AUTO_TEST_SUITE(fhir_alerts)

BOOST_DATA_TEST_CASE(a_component_past_a_limit_alerts_and_its_correction_says_so, both, where) {
  ward h(where);
  const auto id = h.create("Observation", observation(h.patient, gases("7.2", "141")));
  BOOST_TEST(h.alerts() == "2823-3 told open");
  BOOST_TEST(h.count("lab_result_critical") == "1");
  BOOST_TEST(h.sql("SELECT place FROM critical_alert") == "component[2823-3]");
  // Its readers see it on the component, and sent back as it was read it is no news.
  const auto read = h.get("Observation/" + id).body;
  BOOST_TEST(read.find("\"HH\"") != std::string::npos);
  BOOST_TEST(header(h.ask("PUT", "Observation/" + id, read), "ETag") == "W/\"1\"");
  // The other component becomes critical: the first goes on as it is.
  h.put(id, gases("7.2", "118"));
  BOOST_TEST(h.alerts() == "2823-3 told open, 2951-2 told open");
  // One is corrected to another critical value, the other is critical no longer.
  h.put(id, gases("7.9", "141"));
  BOOST_TEST(h.alerts() ==
             "2823-3 told superseded, 2951-2 told superseded, 2823-3 corrected open, 2951-2 changed open");
  h.put(id, gases("7.9", "141"), "entered-in-error");
  BOOST_TEST(
    h.alerts() ==
    "2823-3 told superseded, 2951-2 told superseded, 2823-3 corrected withdrawn, 2951-2 changed open");
  BOOST_TEST(h.count("lab_result_critical_withdrawn") == "1");
}

BOOST_DATA_TEST_CASE(what_is_in_fhir_alone_is_superseded_and_withdrawn_too, both, where) {
  ward h(where);
  const std::string critical = R"("interpretation":[{"coding":[{"code":"AA"}]}],)";
  const std::string values = coded("600-7") +
    R"(,"valueRatio":{"numerator":{"value":1,"unit":"mg"},"denominator":{"value":2,"unit":"L"}},)";
  const auto id = h.create("Observation", observation(h.patient, critical + values));
  BOOST_TEST(h.sql("SELECT count(*) FROM lab_results") == "0");
  BOOST_TEST(h.alerts() == "600-7 told open");
  h.put(id, values);
  BOOST_TEST(h.alerts() == "600-7 told superseded, 600-7 changed open");
  const auto gone = h.create("Observation", observation(h.patient, critical + values));
  BOOST_TEST(h.ask("DELETE", "Observation/" + gone).status == 204);
  BOOST_TEST(h.alerts() == "600-7 told superseded, 600-7 changed open, 600-7 told withdrawn");
  BOOST_TEST(h.count("lab_result_critical_changed") == "1");
  BOOST_TEST(h.count("lab_result_critical_withdrawn") == "1");
}

// As HL7's side: the flag counts, else the unit is a doubt at which a person looks, once.
BOOST_DATA_TEST_CASE(a_unit_that_nobody_knows_is_a_persons_doubt_unless_it_is_flagged, both, where) {
  ward h(where);
  const std::string unknown = coded("2823-3") + R"(,"valueQuantity":{"value":7.2,"unit":"units"},)";
  const auto id = h.create("Observation", observation(h.patient, unknown));
  BOOST_TEST(h.alerts() == "-");
  BOOST_TEST(h.sql("SELECT kind FROM review_queue") == "maybe-critical");
  BOOST_TEST(h.sql("SELECT reasons FROM review_queue").find("7.2") == std::string::npos);
  h.put(id, unknown + R"("note":[{"text":"seen"}],)");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue") == "1");
  h.create("Observation",
           observation(h.patient, unknown + R"("interpretation":[{"text":"Critical high"}],)"));
  BOOST_TEST(h.alerts() == "2823-3 told open");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue") == "1");
  // Within the limits whatever its unit, and of a test without limits: nobody need look.
  h.create("Observation",
           observation(h.patient, coded("2823-3") + R"(,"valueQuantity":{"value":4.2,"unit":"units"},)"));
  h.create("Observation", observation(h.patient, coded("2345-7") + R"(,"valueInteger":99,)"));
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue") == "1");
  h.create("Observation", observation(h.patient, coded("2823-3") + R"(,"valueString":"7,2",)"));
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue WHERE kind = 'maybe-critical'") == "2");
}

BOOST_DATA_TEST_CASE(an_entry_that_waits_for_its_patient_alerts_and_goes_to_them_when_it_is_filed, both,
                     where) {
  ward h(where);
  const auto entry = [](const std::string& resource, const std::string& url) {
    return R"({"fullUrl":"http://other.example/fhir/)" + url + R"(","resource":)" + resource + "}";
  };
  const auto person = [](const std::string& family, const std::string& given, const std::string& born,
                         const std::string& id) {
    return R"({"resourceType":"Patient","id":")" + id + R"(","name":[{"family":")" + family +
      R"(","given":[")" + given +
      R"("]}],"identifier":[{"system":"urn:oid:2.16.196.1.113883.3.1.1","value":"777123"}],"gender":"female","birthDate":")" +
      born + R"("})";
  };
  const auto who = h.create("Patient", person("Savva", "Nikoletta", "1955-03-09", "1"));
  // The number of one, the name of another: for a person to decide.
  const auto bundle = R"({"resourceType":"Bundle","type":"collection","entry":[)" +
    entry(person("Kyriakou", "Stavroula", "1990-02-03", "1"), "Patient/1") + "," +
    entry(observation("Patient/1", gases("7.2", "141"), "final", "o1"), "Observation/o1") + "]}";
  const auto message = h.ids.next(h.clock.now());
  BOOST_REQUIRE(h.bring(bundle, message).count(rest::import_entry::fate::conflict) == 2);
  BOOST_TEST(h.alerts() == "2823-3 told open");
  BOOST_TEST(h.sql("SELECT count(*) FROM critical_alert WHERE patient_id IS NULL AND result_id IS NULL") ==
             "1");
  h.bring(bundle, message); // run again while it waits
  BOOST_TEST(h.alerts() == "2823-3 told open");
  h.sql("UPDATE critical_alert SET state = 'escalated', admitted = true, level = 2");
  // A person mends the record, and runs the message again.
  BOOST_REQUIRE(h.ask("PUT", "Patient/" + who, person("Kyriakou", "Stavroula", "1990-02-03", who)).status ==
                200);
  BOOST_REQUIRE(h.bring(bundle, message).count(rest::import_entry::fate::created) == 1);
  BOOST_TEST(h.sql("SELECT patient_id FROM critical_alert") == who);
  BOOST_TEST(h.sql("SELECT count(*) FROM critical_alert WHERE result_id IS NOT NULL AND level = 0") == "1");
  BOOST_TEST(h.sql("SELECT kind FROM critical_step") == "moved");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::test
