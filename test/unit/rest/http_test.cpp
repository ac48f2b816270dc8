// What HTTP's headers and odd addresses ask for.
#include "test/unit/rest/fixture.hpp"

using namespace aorta;
using test::both;
using test::house;

namespace {

const std::string eleni =
  R"({"resourceType":"Patient","name":[{"family":"Zeta","given":["Ελένη"]},{"family":"Alpha","given":["Helen"]}],"gender":"female"})";
const std::string nikos =
  R"({"resourceType":"Patient","name":[{"family":"Beta","given":["Νίκος"]}],"gender":"male"})";

int64_t total_of(const rest::reply& bundle) {
  const auto read = test::must(fhir::document::parse(bundle.body));
  const auto* total = read.root->get("total");
  return total == nullptr ? -1 : std::stoll(std::string(total->text));
}

} // namespace

BOOST_AUTO_TEST_SUITE(http)

BOOST_DATA_TEST_CASE(media_types_mind_no_case, both, where) {
  house at(where);
  BOOST_TEST(
    at.ask("POST", "Patient", eleni, {{"content-type", "Application/FHIR+JSON; Charset=UTF-8"}}).status ==
    201);
  BOOST_TEST(at.get("Patient", {{"accept", "APPLICATION/Json"}}).status == 200);
  BOOST_TEST(at.get("Patient?_format=Application/FHIR%2Bjson").status == 200);
  BOOST_TEST(at.get("Patient", {{"accept", "application/fhir+xml, Application/Fhir+Json;q=0.2"}}).status ==
             200);
  BOOST_TEST(at.get("Patient", {{"accept", "application/fhir+json; q=0"}}).status == 406);
  BOOST_TEST(at.get("Patient", {{"accept", "application/fhir+xml"}}).status == 406);
  BOOST_TEST(
    at.ask("POST", "Patient/_search", "family=zeta", {{"content-type", "Application/X-WWW-Form-URLencoded"}})
      .status == 200);
  BOOST_TEST(at.ask("POST", "Patient/_search", "family=zeta", {{"content-type", "text/plain"}}).status ==
             415);
  BOOST_TEST(at.ask("POST", "Patient", nikos, {{"prefer", "Return=minimal"}}).body.empty());
}

// FHIR R4 3.1.1.5.1: of several values the one counts that stands first in the order asked for.
BOOST_DATA_TEST_CASE(whoever_has_several_names_is_sorted_by_the_one_that_comes_first, both, where) {
  house at(where);
  const auto first = "Patient/" + at.create("Patient", eleni),
             second = "Patient/" + at.create("Patient", nikos);
  BOOST_TEST(test::names(at.get("Patient?_sort=family")) == (std::vector{first, second}));
  BOOST_TEST(test::names(at.get("Patient?_sort=-family")) == (std::vector{first, second}));
  const auto page = at.get("Patient?_sort=family&_count=1");
  BOOST_TEST(test::names(page) == (std::vector{first}));
  BOOST_TEST(test::names(at.get(test::link(page, "next"))) == (std::vector{second}));
}

BOOST_DATA_TEST_CASE(several_tags_may_be_named_and_a_star_asks_for_none, both, where) {
  house at(where);
  const auto id = at.create("Patient", eleni);
  auto body = eleni;
  body.insert(1, "\"id\":\"" + id + "\",");
  const auto changed = [&](const char* gender) {
    return std::string(body).replace(body.find("female"), 6, gender);
  };
  BOOST_TEST(at.ask("PUT", "Patient/" + id, changed("other"), {{"if-match", "W/\"7\", W/\"9\""}}).status ==
             412);
  BOOST_TEST(at.ask("PUT", "Patient/" + id, changed("other"), {{"if-match", "W/\"7\",W/\"1\""}}).status ==
             200);
  BOOST_TEST(at.ask("PUT", "Patient/" + id, changed("male"), {{"if-none-match", "*"}}).status == 412);
  BOOST_TEST(at.ask("PUT", "Patient/" + id, changed("male"), {{"if-none-match", "W/\"2\""}}).status == 412);
  BOOST_TEST(at.ask("PUT", "Patient/" + id, changed("male"), {{"if-none-match", "W/\"1\""}}).status == 200);
  BOOST_TEST(at.get("Patient/" + id, {{"if-none-match", "W/\"1\", W/\"3\""}}).status == 304);
}

BOOST_DATA_TEST_CASE(a_history_tells_how_many_versions_there_are, both, where) {
  house at(where);
  const auto id = at.create("Patient", eleni);
  at.create("Patient", nikos);
  auto body = eleni;
  body.insert(1, "\"id\":\"" + id + "\",");
  BOOST_TEST(
    at.ask("PUT", "Patient/" + id, std::string(body).replace(body.find("female"), 6, "other")).status == 200);
  BOOST_TEST(total_of(at.get("Patient/" + id + "/_history")) == 2);
  BOOST_TEST(total_of(at.get("Patient/" + id + "/_history?_count=1")) == 2);
  BOOST_TEST(total_of(at.get("Patient/_history")) == 3);
  const auto next = test::link(at.get("Patient/_history?_count=1"), "next");
  BOOST_TEST(total_of(at.get(next)) == 3);
  at.sql("UPDATE patients SET gender = 'male' WHERE patient_id = " + id);
  BOOST_TEST(total_of(at.get("Patient/" + id + "/_history")) == 3); // what stands now is a version too
  at.who = house::grant(at.clinic, {"patient/*.*"}, std::stoll(id));
  BOOST_TEST(total_of(at.get("Patient/_history")) == 3); // the other patient does not exist for this key
}

BOOST_DATA_TEST_CASE(an_operation_of_an_unknown_type_is_an_unknown_type, both, where) {
  house at(where);
  for (const auto* path : {"Nonsense/$validate", "Nonsense/1/$everything", "Subscription/$lookup", "Nonsense",
                           "Nonsense/_history"}) {
    BOOST_TEST(at.get(path).status == 404, path);
    BOOST_TEST(at.ask("POST", path, "{}").status == 404, path);
  }
  BOOST_TEST(at.get("Patient/$nonsense").status == 501);
  BOOST_TEST(at.get("_history").status == 501);
}

// Until statistics exist a search by code reads the whole clinic; autovacuum comes by when it likes.
BOOST_AUTO_TEST_CASE(a_bulk_load_leaves_statistics_behind_it) {
  house at(test::on::postgresql);
  at.sql("ALTER SYSTEM SET autovacuum = off");
  at.sql("SELECT pg_reload_conf()");
  const auto patient = at.create("Patient", eleni);
  const auto analyzed = [&] {
    return at.sql(
      "SELECT count(*) FROM pg_class WHERE relname IN ('fhir_resources', 'fhir_codes', 'patients') AND reltuples > 0");
  };
  BOOST_TEST(analyzed() == "0");
  std::string entry =
    R"({"request":{"method":"POST","url":"Condition"},"resource":{"resourceType":"Condition","subject":{"reference":"Patient/)" +
    patient + R"("},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"I48"}]}}})";
  std::string all;
  for (int i = 0; i < 1001; ++i) all += (i > 0 ? "," : "") + entry;
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(
      at.ask("POST", "", R"({"resourceType":"Bundle","type":"transaction","entry":[)" + all + "]}").status ==
      200);
  BOOST_TEST(analyzed() == "3");
}

BOOST_AUTO_TEST_SUITE_END()
