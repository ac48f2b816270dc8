// Patients who became one, as FHIR shows them.
#include "engine/records/merge.hpp"
#include "test/unit/rest/fixture.hpp"

using namespace aorta;
using test::both;
using test::house;

namespace {

std::string patient(const std::string& mrn) {
  return R"({"resourceType":"Patient","identifier":[{"system":"urn:aorta:mrn","value":")" + mrn +
    R"("}],"name":[{"family":"Zeta","given":["Anna"]}],"gender":"female","birthDate":"1950-05-02"})";
}

std::string pulse(const std::string& of) {
  return R"({"resourceType":"Observation","status":"final","subject":{"reference":"Patient/)" + of +
    R"("},"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},)"
    R"("effectiveDateTime":"2026-11-20T08:00:00Z","valueQuantity":{"value":71,"unit":"/min",)"
    R"("system":"http://unitsofmeasure.org","code":"/min"}})";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::string with_id(std::string resource, const std::string& id) {
  return resource.insert(resource.find('{') + 1, R"("id":")" + id + R"(",)");
}

} // namespace

BOOST_AUTO_TEST_SUITE(merged_people)

BOOST_DATA_TEST_CASE(the_merged_one_says_where_it_went_and_the_survivor_whom_it_replaces, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2"));
  const auto seen = "Observation/" + at.create("Observation", pulse(b));
  const auto before = at.get("Patient/" + b).body;
  test::must(at.session->begin(at.who.clinic, true));
  const auto done = test::must(records::merge_patients(*at.session, std::stoll(a), std::stoll(b), {}));
  BOOST_TEST(bool(done.is == records::merge_outcome::kind::done));
  test::must(at.session->commit());

  const auto merged = at.get("Patient/" + b);
  BOOST_TEST(merged.status == 200);
  BOOST_TEST(has(merged.body, R"("active":false)"));
  BOOST_TEST(has(merged.body, R"({"other":{"reference":"Patient/)" + a + R"("},"type":"replaced-by"})"));
  const auto survivor = at.get("Patient/" + a).body;
  BOOST_TEST(has(survivor, R"({"other":{"reference":"Patient/)" + b + R"("},"type":"replaces"})"));
  BOOST_TEST(has(survivor, R"({"use":"old","system":"urn:aorta:mrn","value":"M-2"})"));
  BOOST_TEST(test::names(at.get("Patient?identifier=urn:aorta:mrn%7CM-2")) == std::vector{"Patient/" + a});
  BOOST_TEST(test::names(at.get("Patient?family=zeta")) == std::vector{"Patient/" + a});
  BOOST_TEST(has(at.get(seen).body, R"("reference":"Patient/)" + a + '"'));
  BOOST_TEST(test::names(at.get("Observation?subject=Patient/" + a)) == std::vector{seen});
  BOOST_TEST(has(at.get("Patient/" + a + "/$everything").body, R"("code":"8867-4")"));
  BOOST_TEST(at.get("Patient/" + b + "/_history/1").status == 200);
  // Nobody writes for whoever is no patient of their own any more, and a number that is an alias is taken.
  BOOST_TEST(at.ask("POST", "Observation", pulse(b)).status == 422);
  BOOST_TEST(at.ask("POST", "Patient", patient("M-2")).status == 409);

  // Nor is the merged one written for; its survivor may be read, changed and written back.
  BOOST_TEST(at.ask("PUT", "Patient/" + b, with_id(patient("M-9"), b)).status == 409);
  auto changed = survivor;
  changed.insert(changed.find('{') + 1, R"("language":"el",)");
  const auto written = at.ask("PUT", "Patient/" + a, changed);
  BOOST_TEST(written.status == 200, written.body);
  BOOST_TEST(has(at.get("Patient/" + a).body, R"("value":"M-2")"));

  test::must(at.session->begin(at.who.clinic, true));
  test::must(records::unmerge_patient(*at.session, std::stoll(a), {.id = 1, .email = {}}));
  test::must(at.session->commit());
  BOOST_TEST(at.get("Patient/" + b).body == before);
  BOOST_TEST(!has(at.get("Patient/" + a).body, R"("link")"));
  BOOST_TEST(!has(at.get("Patient/" + a).body, "M-2"));
  BOOST_TEST(test::names(at.get("Patient?identifier=urn:aorta:mrn%7CM-2")) == std::vector{"Patient/" + b});
  BOOST_TEST(test::names(at.get("Observation?subject=Patient/" + b)) == std::vector{seen});
}

BOOST_AUTO_TEST_SUITE_END()
