// Searches are narrowed by what is kept of each parameter: each of these finds one among many, and looks at
// hardly more than that one.
#include "engine/records/merge.hpp"
#include "engine/rest/missing_terms.hpp"
#include "test/unit/rest/fixture.hpp"

#include <algorithm>
#include <cstdlib>

using namespace aorta;
using test::both;
using test::house;
using test::must;

namespace {

constexpr int many = 40, few = 6;

std::string patient(const std::string& mrn) {
  return R"({"resourceType":"Patient","identifier":[{"system":"urn:aorta:mrn","value":")" + mrn +
    R"("}],"name":[{"family":"Kosta"}],"gender":"female","birthDate":"1950-05-02"})";
}

std::string numbered(std::string text, const std::string& n) {
  for (auto at = text.find("@N"); at != text.npos; at = text.find("@N")) text.replace(at, 2, n);
  return text;
}

/// `many` of a type, each with its own number in the place of `@N`; ids by number.
std::vector<std::string> fill(house& in, const std::string& type, const std::string& json) {
  std::vector<std::string> out;
  for (int i = 0; i < many; ++i) out.push_back(in.create(type, numbered(json, std::to_string(10 + i))));
  return out;
}

/// What the search finds when it may look at no more than a few.
std::vector<std::string> found_by_few(house& in, const std::string& query) {
  const auto before = std::exchange(in.around.most_scanned, few);
  const auto got = in.get(query);
  in.around.most_scanned = before;
  BOOST_TEST(got.status == 200, query + " " + got.body);
  if (got.status != 200) return {};
  BOOST_TEST(test::link(got, "next").empty(), query + " looks at too many");
  return test::names(got, "match");
}

void check_one(house& in, const std::string& query, const std::string& name) {
  BOOST_TEST(found_by_few(in, query) == std::vector{name}, query);
}

constexpr const char* task =
  R"({"resourceType":"Task","meta":{"profile":["http://p.example/@N"],"source":"http://s.example/@N",)"
  R"("tag":[{"system":"http://t.example","code":"t@N"}],"security":[{"system":"http://y.example","code":"y@N"}]},)"
  R"("identifier":[{"system":"http://i.example","value":"i@N"}],"status":"requested","intent":"order",)"
  R"("businessStatus":{"coding":[{"system":"http://b.example/@N","code":"b@N"}]},)"
  R"("requester":{"identifier":{"system":"http://r.example","value":"r@N"}},)"
  R"("focus":{"reference":"http://elsewhere.example/fhir/Basic/f@N"},"authoredOn":"20@N-03-05",)"
  R"("executionPeriod":{"start":"20@N-03-01"}})";

constexpr const char* questionnaire =
  R"({"resourceType":"Questionnaire","url":"http://q.example/q@N","status":"draft","title":"Ερωτήσεις a@N"})";

constexpr const char* risk =
  R"({"resourceType":"RiskAssessment","status":"final","subject":{"display":"somebody"},)"
  R"("prediction":[{"probabilityDecimal":0.@N}]})";

constexpr const char* person =
  R"({"resourceType":"Person","name":[{"family":"Παπά@N","given":["Άννα"]}],"birthDate":"19@N-05-02",)"
  R"("telecom":[{"system":"phone","value":"+357 99 00 00 @N"},{"system":"email","value":"A@N@x.example"}]})";

int64_t count_of(house& in, const std::string& from) {
  return std::stoll(in.sql("SELECT count(*) FROM " + from));
}

void keep_all(house& in) {
  while (must(rest::keep_missing_terms(*in.session, in.clinic, 7)) > 0) {}
}

} // namespace

BOOST_AUTO_TEST_SUITE(kept_terms)

BOOST_DATA_TEST_CASE(each_parameter_finds_one_among_many, both, where) {
  house at(where);
  const auto tasks = fill(at, "Task", task);
  const auto name = "Task/" + tasks[15]; // @N is 25
  for (const auto query :
       {"_tag=t25", "_tag=http://t.example%7Ct25", "_security=y25", "_profile=http://p.example/25",
        "_source=http://s.example/25", "identifier=i25", "business-status=b25",
        "business-status=http://b.example/25%7C", "business-status=http://b.example/25%7Cb25",
        "requester:identifier=http://r.example%7Cr25", "focus=http://elsewhere.example/fhir/Basic/f25",
        "authored-on=2025", "authored-on=2025-03-05", "authored-on=ge2025-03-05&authored-on=le2025-03-05",
        "authored-on=gt2024-12&authored-on=lt2025-12", "status=requested&_tag=t25",
        "intent=order&_tag=t25,t99", "_tag=t25&authored-on=2025",
        "status=requested&intent=order&authored-on=2025"})
    check_one(at, "Task?" + std::string(query), name);
  const auto last = "Task/" + tasks.back();
  for (const auto query : {"authored-on=gt2049-01", "authored-on=sa2049-03-04", "period=ge2049-04&_tag=t49"})
    check_one(at, "Task?" + std::string(query), last);
  for (const auto query : {"authored-on=lt2010-04", "authored-on=eb2010-03-06", "period=lt2010-03-02"})
    check_one(at, "Task?" + std::string(query), "Task/" + tasks.front());
  BOOST_TEST(found_by_few(at, "Task?_tag=http://other.example%7Ct25").empty());
  BOOST_TEST(found_by_few(at, "Task?_tag=t99").empty());
  BOOST_TEST(test::names(at.get("Task?status=requested&_count=100")).size() == size_t(many));
  BOOST_TEST(test::names(at.get("Task?_tag:not=t25&_count=100")).size() == size_t(many - 1));

  const auto forms = fill(at, "Questionnaire", questionnaire);
  for (const auto query : {"url=http://q.example/q25", "title=ερωτησεισ a25", "title:exact=Ερωτήσεις a25"})
    BOOST_TEST(test::names(at.get("Questionnaire?" + std::string(query))) ==
                 std::vector{"Questionnaire/" + forms[15]},
               query);
  check_one(at, "Questionnaire?url=http://q.example/q25", "Questionnaire/" + forms[15]);

  const auto risks = fill(at, "RiskAssessment", risk);
  for (const auto query :
       {"probability=0.25", "probability=gt0.245&probability=lt0.255", "probability=0.25&probability=ap0.25"})
    BOOST_TEST(!found_by_few(at, "RiskAssessment?" + std::string(query)).empty(), query);
  check_one(at, "RiskAssessment?probability=gt0.485", "RiskAssessment/" + risks.back());

  const auto people = fill(at, "Person", person);
  const auto who = "Person/" + people[15];
  for (const auto query : {"birthdate=1925-05-02", "phone=%2B35799000025", "email=a25@X.example",
                           "telecom=phone%7C%2B357-99-000025"})
    check_one(at, "Person?" + std::string(query), who);
  BOOST_TEST(test::names(at.get("Person?name=pap&_count=100")).size() == size_t(many));
  BOOST_TEST(found_by_few(at, "Person?name=nobody").empty());
  BOOST_TEST(count_of(at, "fhir_spans WHERE type = 'Person'") == 0); // whose birth dates nobody reads there
}

BOOST_DATA_TEST_CASE(what_is_changed_or_deleted_is_found_as_it_is, both, where) {
  house at(where);
  const auto tasks = fill(at, "Task", task);
  const auto id = tasks[3], name = "Task/" + id;
  auto changed = numbered(task, "77");
  changed.insert(1, R"("id":")" + id + R"(",)");
  BOOST_REQUIRE(at.ask("PUT", name, changed).status == 200);
  check_one(at, "Task?_tag=t77", name);
  check_one(at, "Task?authored-on=2077", name);
  BOOST_TEST(found_by_few(at, "Task?_tag=t13").empty());
  BOOST_TEST(at.ask("DELETE", name).status == 204);
  BOOST_TEST(found_by_few(at, "Task?_tag=t77").empty());
  for (const auto* table : {"fhir_words", "fhir_spans"})
    BOOST_TEST(count_of(at, std::string(table) + " WHERE id = '" + id + "'") == 0);
}

BOOST_DATA_TEST_CASE(what_stood_there_before_is_a_candidate_until_it_is_kept, both, where) {
  house at(where);
  const auto tasks = fill(at, "Task", task);
  at.sql("DELETE FROM fhir_words");
  at.sql("DELETE FROM fhir_spans");
  at.sql("UPDATE fhir_resources SET indexed_version = 0");
  const std::vector names{"Task/" + tasks[15]};
  for (const auto query : {"Task?_tag=t25", "Task?authored-on=2025", "Task?_tag=t25&authored-on=2025"})
    BOOST_TEST(test::names(at.get(query)) == names, query);
  BOOST_TEST(must(rest::keep_missing_terms(*at.session, at.clinic, 7)) == 7); // and goes on where it was
  BOOST_TEST(test::names(at.get("Task?_tag=t25")) == names);
  keep_all(at);
  BOOST_TEST(count_of(at, "fhir_resources WHERE indexed_version <> version") == 0);
  check_one(at, "Task?_tag=t25", names[0]);
  check_one(at, "Task?authored-on=2025", names[0]);
  must(at.session->begin(at.other_clinic, true));
  BOOST_TEST(must(at.session->unkept(5)).empty());
  at.session->rollback();
}

BOOST_DATA_TEST_CASE(who_becomes_one_with_another_and_who_is_erased, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2"));
  const auto group = [](const std::string& of) {
    return R"({"resourceType":"Group","type":"person","actual":true,"name":"of Kosta","member":[{"entity":{"reference":"Patient/)" +
      of + R"("}}]})";
  };
  const auto first = at.create("Group", group(a)), second = at.create("Group", group(b));
  const auto named = [&](const std::string& who) { return test::names(at.get("Group?member=" + who)); };
  BOOST_TEST(named(b) == std::vector{"Group/" + second});
  must(at.session->begin(at.who.clinic, true));
  must(records::merge_patients(*at.session, std::stoll(a), std::stoll(b), {}));
  must(at.session->commit());
  BOOST_TEST(named(a).size() == 2u);
  keep_all(at);
  BOOST_TEST(named(a).size() == 2u);
  BOOST_TEST(named(b).empty());

  const std::vector<model::patient_id> people{std::stoll(a)};
  must(at.session->begin(at.who.clinic, true));
  must(at.session->erasure().erase(people, {}, nullptr, 1));
  must(at.session->commit());
  BOOST_TEST(count_of(at, "fhir_resources WHERE indexed_version <> version AND NOT deleted") > 0);
  // Words of texts that told the person's name go with the texts, not when somebody comes by.
  BOOST_TEST(
    count_of(
      at,
      "fhir_words w JOIN fhir_resources e ON e.type = w.type AND e.id = w.id WHERE e.indexed_version <> e.version") ==
    0);
  keep_all(at);
  BOOST_TEST(test::names(at.get("Group?_id=" + first)).size() == 1u);
}

BOOST_DATA_TEST_CASE(rows_of_the_clinic_are_narrowed_by_what_is_kept_beside_them, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1"));
  const auto visit = at.create(
    "Encounter",
    R"({"resourceType":"Encounter","status":"finished","class":{"system":)"
    R"("http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"subject":{"reference":"Patient/)" +
      a + R"("},"period":{"start":"2026-11-20T09:00:00Z"}})");
  const auto pulse = [&](const std::string& n, const std::string& more) {
    return R"({"resourceType":"Observation",)" + more +
      R"("status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],)"
      R"("code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/)" +
      a + R"("},"effectiveDateTime":"2026-11-20T09:00:00Z","valueQuantity":{"value":)" + n +
      R"(,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}})";
  };
  const auto glucose = [&](const std::string& n, const std::string& more) {
    return R"({"resourceType":"Observation",)" + more +
      R"("status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],)"
      R"("code":{"coding":[{"system":"http://loinc.org","code":"2345-7"}]},"subject":{"reference":"Patient/)" +
      a + R"("},"effectiveDateTime":"2026-11-20T09:00:00Z","valueQuantity":{"value":)" + n +
      R"(,"unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL"}})";
  };
  for (int i = 0; i < many / 2; ++i) {
    at.create("Observation", pulse(std::to_string(60 + i), ""));
    at.create("Observation", glucose(std::to_string(80 + i), ""));
  }
  const auto one = at.create("Observation",
                             pulse("199", R"("encounter":{"reference":"Encounter/)" + visit + R"("},)"));
  const auto other = at.create(
    "Observation",
    glucose("199",
            R"("encounter":{"reference":"Encounter/)" + visit + R"("},"meta":{"tag":[{"code":"odd"}]},)"));
  auto seen = found_by_few(at, "Observation?encounter=" + visit);
  std::sort(seen.begin(), seen.end());
  std::vector expected{"Observation/" + one, "Observation/" + other};
  std::sort(expected.begin(), expected.end());
  BOOST_TEST(seen == expected);
  seen = found_by_few(at, "Encounter/" + visit + "/Observation");
  BOOST_TEST(seen.size() == 2u);
  check_one(at, "Observation?_tag=odd", "Observation/" + other);
  BOOST_TEST(found_by_few(at, "Observation?focus=Device/x").empty());
  // What no index tells is looked for page by page, not refused.
  at.around.most_scanned = many - 10;
  std::string next = "Observation?value-quantity=199";
  std::vector<std::string> all;
  for (int pages = 0; !next.empty() && pages < 100; ++pages) {
    const auto got = at.get(next);
    for (auto& each : test::names(got, "match")) all.push_back(std::move(each));
    next = test::link(got, "next");
  }
  std::sort(all.begin(), all.end());
  BOOST_TEST(all == expected);
}

/// Copies of one resource with all that is kept of it, as many as AORTA_MANY says: more than are put in
/// order.
void copy(house& in, const std::string& type, const std::string& id) {
  const char* said = std::getenv("AORTA_MANY");
  const std::string copies = said != nullptr ? said : "25000";
  const bool pg = in.which == test::on::postgresql;
  const std::string numbers = pg
    ? "generate_series(1, " + copies + ") AS n (i)"
    : "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + copies +
      ") SELECT i FROM n) AS n";
  const auto new_id = std::string("'copy-' || CAST(n.i AS text)");
  const auto from = " FROM " + numbers + ", ",
             where = " t WHERE t.type = '" + type + "' AND t.id = '" + id + "'";
  in.sql(
    "INSERT INTO fhir_resources (clinic_id, type, id, version, last_updated, deleted, patient_id, content, indexed_version)"
    " SELECT t.clinic_id, t.type, " +
    new_id + ", 1, t.last_updated, t.deleted, t.patient_id, t.content, 1" + from + "fhir_resources" + where);
  in.sql("INSERT INTO fhir_words (clinic_id, type, hash, id) SELECT t.clinic_id, t.type, t.hash, " + new_id +
         from + "fhir_words" + where);
  in.sql(
    "INSERT INTO fhir_spans (clinic_id, type, id, parameter, reach, low, high) SELECT t.clinic_id, t.type, " +
    new_id + ", t.parameter, t.reach, t.low, t.high" + from + "fhir_spans" + where);
  in.sql("ANALYZE");
}

BOOST_DATA_TEST_CASE(the_newest_of_many_come_first_without_a_look_at_all, both, where) {
  house at(where);
  std::vector<std::string> expected;
  for (int i = 0; i < many; ++i)
    expected.push_back(
      "Task/" +
      at.create("Task",
                R"({"resourceType":"Task","status":"requested","intent":"order","authoredOn":"2026-)" +
                  (i < 20 ? "10-" + std::to_string(10 + i) : "11-" + std::to_string(i - 10)) + R"("})"));
  at.create("Task", R"({"resourceType":"Task","status":"requested","intent":"order"})");
  std::reverse(expected.begin(), expected.end());
  at.around.most_scanned = 39; // not all of them
  std::string next = "Task?_sort=-authored-on&_count=4";
  std::vector<std::string> all;
  for (int pages = 0; pages < 7; ++pages) {
    const auto got = at.get(next);
    BOOST_REQUIRE_MESSAGE(got.status == 200, got.body);
    for (auto& each : test::names(got, "match")) all.push_back(std::move(each));
    next = test::link(got, "next");
  }
  expected.resize(all.size());
  BOOST_TEST(all.size() == 28u);
  BOOST_TEST(all == expected);
  BOOST_TEST(at.get("Task?_sort=status").status == 422);
  BOOST_TEST(at.get("Task?_sort=-authored-on&_total=accurate").status == 422);
}

BOOST_DATA_TEST_CASE(no_search_of_one_among_very_many_looks_at_them, both, where) {
  house at(where);
  const auto usual = at.create("Task", numbered(task, "25"));
  const auto rare = at.create("Task", numbered(task, "26"));
  copy(at, "Task", usual);
  const auto name = "Task/" + rare;
  for (const auto query :
       {"_tag=t26", "_security=y26", "_profile=http://p.example/26", "_source=http://s.example/26",
        "business-status=b26", "requester:identifier=http://r.example%7Cr26",
        "focus=http://elsewhere.example/fhir/Basic/f26", "authored-on=2026", "authored-on=gt2025-12",
        "status=requested&_tag=t26", "_tag=t26,t99&status=requested", "status=requested&authored-on=2026",
        "status=requested&intent=order&authored-on=ge2026&authored-on=lt2027", "_tag=t26&period=ge2001"})
    check_one(at, "Task?" + std::string(query), name);
  for (const auto query :
       {"status=requested", "intent=order&status=requested", "authored-on=ge2001", "_tag=t25&period=ge2001",
        "authored-on=2025&status=requested", "_tag=t25,t26", "_lastUpdated=ge2001"}) {
    const auto got = at.get("Task?_count=10&" + std::string(query)); // many: a page of them, and the next one
    const auto first = test::names(got, "match");
    BOOST_TEST(first.size() == 10u, query);
    const auto more = test::names(at.get(test::link(got, "next")), "match");
    BOOST_TEST(more.size() == 10u, query);
    const bool apart = std::find_first_of(first.begin(), first.end(), more.begin(), more.end()) ==
      first.end();
    BOOST_TEST(apart, query);
  }
  // Seven hours of writes, one a second: the newest are found among them.
  at.sql(
    where == test::on::postgresql
      ? "UPDATE fhir_resources SET last_updated = last_updated - interval '1 second' * CAST(substr(id, 6) AS integer)"
        " WHERE id LIKE 'copy-%'"
      : "UPDATE fhir_resources SET last_updated = strftime('%Y-%m-%dT%H:%M:%S.000000Z', last_updated, '-' ||"
        " substr(id, 6) || ' seconds') WHERE id LIKE 'copy-%'");
  at.around.most_scanned = 10'000;
  const auto got = at.get("Task?_sort=-_lastUpdated&_count=3");
  BOOST_TEST(test::names(got, "match") == (std::vector<std::string>{name, "Task/" + usual, "Task/copy-1"}));
  BOOST_TEST(test::names(at.get(test::link(got, "next")), "match") ==
             (std::vector<std::string>{"Task/copy-2", "Task/copy-3", "Task/copy-4"}));
}

BOOST_AUTO_TEST_SUITE_END()
