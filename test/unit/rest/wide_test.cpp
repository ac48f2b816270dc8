// Types that no table of the clinic serves: kept in FHIR alone, and as safe as the others.
#include "engine/records/merge.hpp"
#include "test/unit/rest/fixture.hpp"

#include <algorithm>
#include <set>

using namespace aorta;
using test::both;
using test::house;
using test::must;

namespace {

std::string patient(const std::string& mrn) {
  return R"({"resourceType":"Patient","identifier":[{"system":"urn:aorta:mrn","value":")" + mrn +
    R"("}],"name":[{"family":"Kosta","given":["Anna"]}],"gender":"female","birthDate":"1950-05-02"})";
}

std::string refer(const std::string& to) { return R"({"reference":")" + to + R"("})"; }

std::string allergy(const std::string& of, const std::string& code = "91936005",
                    const std::string& asserter = {}) {
  return R"({"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"system":)"
         R"("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"code":{"coding":[{)"
         R"("system":"http://snomed.info/sct","code":")" +
    code + R"("}]},"patient":)" + refer("Patient/" + of) +
    (asserter.empty() ? std::string() : R"(,"asserter":)" + refer("Patient/" + asserter)) +
    R"(,"recordedDate":"2026-03-01"})";
}

std::string account(const std::vector<std::string>& of) {
  std::string subjects;
  for (const auto& each : of) subjects += (subjects.empty() ? "" : ",") + refer("Patient/" + each);
  return R"({"resourceType":"Account","status":"active","name":"Family","subject":[)" + subjects + "]}";
}

std::string task(const std::string& of) {
  return R"({"resourceType":"Task","status":"requested","intent":"order","for":)" + refer("Patient/" + of) +
    "}";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::string with_id(std::string resource, const std::string& id) {
  return resource.insert(1, R"("id":")" + id + R"(",)");
}

void merge(house& at, const std::string& survivor, const std::string& merged) {
  must(at.session->begin(at.who.clinic, true));
  const auto done = must(records::merge_patients(*at.session, std::stoll(survivor), std::stoll(merged), {}));
  BOOST_TEST(bool(done.is == records::merge_outcome::kind::done));
  must(at.session->commit());
}

} // namespace

BOOST_AUTO_TEST_SUITE(wide)

BOOST_DATA_TEST_CASE(a_type_without_a_table_is_written_found_and_has_its_history, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2"));
  const auto id = at.create("AllergyIntolerance", allergy(a));
  const auto name = "AllergyIntolerance/" + id;
  at.create("AllergyIntolerance", allergy(b, "300916003"));
  for (const std::string& query : std::initializer_list<std::string>{
         "patient=" + a, "patient=Patient/" + a, std::string("code=91936005"),
         std::string("code=http://snomed.info/sct%7C91936005"), "_id=" + id, "patient=" + a + "&date=2026-03",
         std::string("patient.identifier=M-1")})
    BOOST_TEST(test::names(at.get("AllergyIntolerance?" + query)) == std::vector{name}, query);
  BOOST_TEST(test::names(at.get("AllergyIntolerance?date=gt2026-04")).empty());
  BOOST_TEST(test::names(at.get("AllergyIntolerance?patient=" + a + "&code=300916003")).empty());
  BOOST_TEST(test::names(at.get("Patient?_has:AllergyIntolerance:patient:code=91936005")) ==
             std::vector{"Patient/" + a});
  BOOST_TEST(test::names(at.get("Patient/" + a + "/AllergyIntolerance")) == std::vector{name});
  BOOST_TEST(test::names(at.get(name + "?_summary=true").status == 200
                           ? at.get("AllergyIntolerance?_id=" + id + "&_include=AllergyIntolerance:patient")
                           : at.get(name),
                         "include") == std::vector{"Patient/" + a});
  const auto changed = at.ask("PUT", name, with_id(allergy(a, "294505008"), id));
  BOOST_TEST(changed.status == 200, changed.body);
  BOOST_TEST(test::names(at.get("AllergyIntolerance?code=91936005")).empty());
  BOOST_TEST(has(at.get(name + "/_history").body, R"("total":2)"));
  BOOST_TEST(has(at.get(name + "/_history/1").body, "91936005"));
  BOOST_TEST(at.ask("PUT", "AllergyIntolerance/none", with_id(allergy(a), "none")).status == 405);
  BOOST_TEST(at.ask("POST", "AllergyIntolerance", R"({"resourceType":"AllergyIntolerance"})").status == 422);
  BOOST_TEST(at.ask("POST", "AllergyIntolerance", allergy("77777")).status == 422);
  BOOST_TEST(at.ask("DELETE", "Patient/" + a).status == 409); // what is kept of the patient stays too
  BOOST_TEST(at.ask("DELETE", name).status == 204);
  BOOST_TEST(at.get(name).status == 410);
  BOOST_TEST(at.ask("DELETE", "Patient/" + a).status == 204);
}

BOOST_DATA_TEST_CASE(a_key_of_one_patient_sees_what_is_that_patients_alone, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2"));
  const auto mine = "AllergyIntolerance/" + at.create("AllergyIntolerance", allergy(a)),
             theirs = "AllergyIntolerance/" + at.create("AllergyIntolerance", allergy(b, "300916003", a)),
             alone = "Account/" + at.create("Account", account({a})),
             shared = "Account/" + at.create("Account", account({a, b})),
             work = "Task/" + at.create("Task", task(a)),
             drug = "Medication/" + at.create("Medication", R"({"resourceType":"Medication"})"),
             maker = "Endpoint/" +
    at.create(
      "Endpoint",
      R"({"resourceType":"Endpoint","status":"active","connectionType":{"code":"hl7-fhir-rest"},)"
      R"("payloadType":[{"text":"x"}],"address":"http://x.example","header":["Authorization: secret"]})");
  at.who = house::grant(at.clinic, {"patient/*.*"}, std::stoll(a));
  for (const auto& each : {mine, alone, drug}) BOOST_TEST(at.get(each).status == 200, each);
  for (const auto& each : {theirs, shared, work, maker}) {
    const auto type = each.substr(0, each.find('/')), id = each.substr(each.find('/') + 1);
    BOOST_TEST(at.get(each).status == 404, each);
    BOOST_TEST(at.get(each + "/_history").status == 404, each);
    BOOST_TEST(at.get(each + "/_history/1").status == 404, each);
    BOOST_TEST(!has(at.get(type + "/_history").body, id), each);
    BOOST_TEST(!has(at.get(type + "?_id=" + id).body, R"("id":")" + id), each);
    BOOST_TEST(!has(at.get("Patient/" + a + "/$everything").body, id), each);
    BOOST_TEST(at.ask("DELETE", each).status != 200, each);
  }
  BOOST_TEST(test::names(at.get("AllergyIntolerance")) == std::vector{mine});
  BOOST_TEST(test::names(at.get("Patient/" + a + "/AllergyIntolerance")) == std::vector{mine});
  BOOST_TEST(test::names(at.get("Patient?_id=" + a + "&_revinclude=Account:subject"), "include") ==
             std::vector{alone});
  BOOST_TEST(at.ask("POST", "AllergyIntolerance", allergy(b)).status >= 400);
  BOOST_TEST(at.ask("POST", "Task", task(a)).status == 403);
  BOOST_TEST(at.ask("POST", "Account", account({a, b})).status == 422);
  BOOST_TEST(at.ask("POST", "Medication", R"({"resourceType":"Medication"})").status == 403);
  BOOST_TEST(at.ask("POST", "AllergyIntolerance", allergy(a)).status == 201);
  BOOST_TEST(at.ask("PUT", mine, with_id(allergy(b), mine.substr(19))).status >= 400);
}

BOOST_DATA_TEST_CASE(nothing_of_it_is_seen_by_another_clinic, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1"));
  const auto name = "AllergyIntolerance/" + at.create("AllergyIntolerance", allergy(a));
  const auto drug = "Medication/" + at.create("Medication", R"({"resourceType":"Medication"})");
  at.who = house::grant(at.other_clinic, {"admin"});
  for (const auto& each : {name, drug}) {
    BOOST_TEST(at.get(each).status == 404);
    BOOST_TEST(at.get(each + "/_history").status == 404);
  }
  BOOST_TEST(test::names(at.get("AllergyIntolerance")).empty());
  BOOST_TEST(test::names(at.get("AllergyIntolerance?patient=" + a)).empty());
  BOOST_TEST(test::names(at.get("Medication")).empty());
  BOOST_TEST(has(at.get("Medication/_history").body, R"("total":0)"));
  BOOST_TEST(at.ask("POST", "AllergyIntolerance", allergy(a)).status == 422);
}

BOOST_DATA_TEST_CASE(everything_has_what_is_the_patients_and_compartments_page, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2"));
  std::set<std::string> mine{"Patient/" + a};
  for (int i = 0; i < 5; ++i)
    mine.insert("AllergyIntolerance/" + at.create("AllergyIntolerance", allergy(a)));
  mine.insert("Account/" + at.create("Account", account({a})));
  const auto named = "AllergyIntolerance/" + at.create("AllergyIntolerance", allergy(b, "300916003", a));
  at.create("Account", account({a, b}));
  const auto all = test::names(at.get("Patient/" + a + "/$everything"), "match");
  BOOST_TEST((std::set<std::string>(all.begin(), all.end()) == mine));
  // R4's compartment has what the patient asserted of somebody else; a page's link stays in the compartment.
  std::set<std::string> paged;
  for (auto next = "Patient/" + a + "/AllergyIntolerance?_count=2"; !next.empty();) {
    BOOST_TEST(has(next, "Patient/" + a + "/AllergyIntolerance"));
    const auto page = at.get(next);
    for (auto& each : test::names(page)) paged.insert(std::move(each));
    next = test::link(page, "next");
  }
  BOOST_TEST(paged.size() == 6u);
  BOOST_TEST(paged.contains(named));
  BOOST_TEST(test::names(at.get("Patient/" + b + "/AllergyIntolerance")) == std::vector{named});
  BOOST_TEST(at.get("Patient/" + a + "/Task").status == 404); // none of R4's patient compartment
  BOOST_TEST(at.get("Encounter/1/Procedure").status == 200);
  BOOST_TEST(at.get("Encounter/1/Medication").status == 404);
}

BOOST_DATA_TEST_CASE(everything_is_asked_by_post_and_of_an_encounter, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2"));
  const auto visit = [&](const std::string& of) {
    return at.create("Encounter",
                     R"({"resourceType":"Encounter","status":"finished","class":{"system":)"
                     R"("http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"subject":)" +
                       refer("Patient/" + of) + R"(,"period":{"start":"2026-03-01T08:00:00Z"}})");
  };
  const auto of_visit = [](const std::string& type, const std::string& rest) {
    return R"({"resourceType":")" + type + R"(",)" + rest + "}";
  };
  const auto one = visit(a), other = visit(a), theirs = visit(b);
  const auto about = [&](const std::string& person, const std::string& encounter) {
    return R"("subject":)" + refer("Patient/" + person) + R"(,"encounter":)" +
      refer("Encounter/" + encounter);
  };
  const auto pulse = [&](const std::string& person, const std::string& encounter) {
    return "Observation/" +
      at.create(
        "Observation",
        of_visit("Observation",
                 R"("status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},)"
                 R"("effectiveDateTime":"2026-03-01T08:05:00Z","valueQuantity":{"value":72,"unit":"/min",)"
                 R"("system":"http://unitsofmeasure.org","code":"/min"},)" +
                   about(person, encounter)));
  };
  const auto act = [&](const std::string& person, const std::string& encounter) {
    return "Procedure/" +
      at.create("Procedure", of_visit("Procedure", R"("status":"completed",)" + about(person, encounter)));
  };
  const auto drug = "Medication/" + at.create("Medication", R"({"resourceType":"Medication"})");
  std::set<std::string> mine{"Encounter/" + one, pulse(a, one)};
  for (int i = 0; i < 4; ++i) mine.insert(act(a, one));
  mine.insert(
    "MedicationStatement/" +
    at.create("MedicationStatement",
              of_visit("MedicationStatement",
                       R"("status":"active","subject":)" + refer("Patient/" + a) + R"(,"context":)" +
                         refer("Encounter/" + one) + R"(,"medicationReference":)" + refer(drug))));
  // Both its targets are told by the same encounter, and it is told once.
  const auto proof = "Provenance/" +
    at.create("Provenance",
              of_visit("Provenance",
                       R"("target":[)" + refer("Encounter/" + one) +
                         R"(],"recorded":"2026-03-02T08:00:00Z",)"
                         R"("agent":[{"who":{"display":"x"}}],"entity":[{"role":"source","what":)" +
                         refer("Encounter/" + one) + "}]"));
  mine.insert(proof);
  const auto elsewhere = act(a, other), foreign = act(b, theirs);
  const auto address = "Encounter/" + one + "/$everything";
  const auto first = at.get(address);
  const auto all = test::names(first, "match");
  BOOST_TEST((std::set<std::string>(all.begin(), all.end()) == mine));
  BOOST_TEST(all.size() == mine.size());
  BOOST_TEST(all.front() == "Encounter/" + one);
  const auto named = test::names(first, "include");
  BOOST_TEST(
    (std::set<std::string>(named.begin(), named.end()) == std::set<std::string>{"Patient/" + a, drug}));
  BOOST_TEST((first.about == std::stoll(a)));
  std::vector<std::string> paged;
  for (auto next = address + "?_count=2"; !next.empty();) {
    const auto page = at.get(next);
    const auto here = test::names(page, "match");
    BOOST_TEST(here.size() <= 2u);
    for (const auto& each : test::names(page, "include")) BOOST_TEST(!mine.contains(each), each);
    paged.insert(paged.end(), here.begin(), here.end());
    next = test::link(page, "next");
  }
  BOOST_TEST(paged == all);

  // By POST: with and without a body, and what it asks is audited.
  BOOST_TEST(test::names(at.ask("POST", address)) == test::names(first));
  const std::string only =
    R"({"resourceType":"Parameters","parameter":[{"name":"_type","valueString":"Procedure"},)"
    R"({"name":"_count","valueInteger":3}]})";
  const auto page = at.ask("POST", address, only);
  BOOST_TEST(test::names(page).size() == 3u);
  BOOST_TEST(page.searched == "_type=Procedure&_count=3");
  BOOST_TEST(test::names(at.get(test::link(page, "next"))).size() == 1u);
  BOOST_TEST(at.get(address + "?_cursor=" +
                    test::link(page, "next").substr(test::link(page, "next").find("_cursor=") + 8))
               .status == 400); // another question's
  BOOST_TEST(test::names(at.ask("POST", "Patient/" + a + "/$everything", only)).size() == 3u);
  BOOST_TEST(test::names(at.ask("POST", "Patient/" + a + "/$everything")) ==
             test::names(at.get("Patient/" + a + "/$everything")));
  for (const auto* wrong :
       {R"({"resourceType":"Patient"})", R"({"resourceType":"Parameters","parameter":[{}]})",
        R"({"resourceType":"Parameters","parameter":[{"name":"colour","valueString":"red"}]})",
        R"({"resourceType":"Parameters","parameter":[{"name":"_count","valueString":"many"}]})", "{"})
    BOOST_TEST(at.ask("POST", address, wrong).status / 100 == 4, wrong);
  BOOST_TEST(at.ask("POST", address, only, {{"content-type", "text/plain"}}).status == 415);
  BOOST_TEST(at.get(address + "?start=2026-01-01").status == 400); // of a patient's alone
  BOOST_TEST(at.get("Encounter/999999/$everything").status == 404);
  BOOST_TEST(at.get("Observation/1/$everything").status == 501);

  // Who may read less gets less; of another patient or another clinic there is nothing.
  at.who = house::grant(at.clinic, {"system/Encounter.read", "system/Procedure.read"});
  BOOST_TEST(test::names(at.get(address)).size() == 5u);
  at.who = house::grant(at.clinic, {"system/Procedure.read"});
  BOOST_TEST(at.get(address).status == 403);
  BOOST_TEST(at.ask("POST", address).status == 403);
  at.who = house::grant(at.clinic, {"patient/*.*"}, std::stoll(a));
  auto bound = mine;
  bound.erase(proof); // of no patient's compartment alone
  const auto seen = test::names(at.get(address), "match");
  BOOST_TEST((std::set<std::string>(seen.begin(), seen.end()) == bound));
  BOOST_TEST(at.get("Encounter/" + theirs + "/$everything").status == 404);
  BOOST_TEST(at.ask("POST", "Patient/" + b + "/$everything").status == 404);
  at.who = house::grant(at.other_clinic, {"admin"});
  BOOST_TEST(at.get(address).status == 404);
  BOOST_TEST(at.ask("POST", address).status == 404);
  at.who = house::grant(at.clinic, {"admin"});
}

BOOST_DATA_TEST_CASE(the_last_observations_of_each_code, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2"));
  const auto coding = [](const std::string& system, const std::string& code) {
    return R"({"system":")" + system + R"(","code":")" + code + R"("})";
  };
  const std::string loinc = "http://loinc.org";
  const auto seen = [&](const std::string& of, const std::string& codings, const std::string& day,
                        const std::string& status = "final", const std::string& category = "vital-signs") {
    return "Observation/" +
      at.create("Observation",
                R"({"resourceType":"Observation","status":")" + status +
                  R"(","category":[{"coding":[{"system":)"
                  R"("http://terminology.hl7.org/CodeSystem/observation-category","code":")" +
                  category + R"("}]}],"code":)" + codings + R"(,"subject":)" + refer("Patient/" + of) +
                  (day.empty() ? std::string() : R"(,"effectiveDateTime":")" + day + R"(T08:00:00Z")") +
                  R"(,"valueString":"x"})");
  };
  const auto coded = [&](const std::vector<std::string>& all) {
    std::string out;
    for (const auto& each : all) out += (out.empty() ? "" : ",") + each;
    return R"({"coding":[)" + out + "]}";
  };
  const auto pulse = coded({coding(loinc, "8867-4")}), heat = coded({coding(loinc, "8310-5")}),
             mood = std::string(R"({"text":"mood"})"), local = coded({coding("urn:x", "P")}),
             both_codes = coded({coding("urn:x", "P"), coding(loinc, "8867-4")});
  const auto p1 = seen(a, pulse, "2026-03-01"), p2 = seen(a, pulse, "2026-03-03"),
             p3 = seen(a, local, "2026-03-04"), p4 = seen(a, both_codes, "2026-03-02"),
             h1 = seen(a, heat, "2026-02-01", "final", "laboratory"),
             h2 = seen(a, heat, "2026-02-02", "entered-in-error", "laboratory"),
             m1 = seen(a, mood, "2026-01-01"), m2 = seen(a, mood, "");
  const auto theirs = seen(b, pulse, "2026-05-01");
  using names_of = std::vector<std::string>;
  const auto ask = [&](const std::string& query) {
    return test::names(at.get("Observation/$lastn?" + query));
  };
  const auto of_a = "patient=" + a;
  BOOST_TEST(ask(of_a) == (names_of{p3, h1, m1})); // one kind by way of what has both codes
  BOOST_TEST(ask("subject=Patient/" + a + "&max=2") == (names_of{p3, p2, h1, m1, m2}));
  BOOST_TEST(ask(of_a + "&max=9") == (names_of{p3, p2, p4, p1, h1, m1, m2}));
  BOOST_TEST(ask(of_a + "&category=laboratory") == (names_of{h1}));
  BOOST_TEST(ask(of_a + "&category=laboratory&status=entered-in-error") == (names_of{h2}));
  BOOST_TEST(ask(of_a + "&code=http://loinc.org%7C8867-4&max=2") == (names_of{p2, p4}));
  BOOST_TEST(ask(of_a + "&date=le2026-03-02&code=8867-4") == (names_of{p4}));
  BOOST_TEST(ask(of_a + "," + b + "&code=8867-4") == (names_of{theirs, p2})); // each person's own
  BOOST_TEST(ask(of_a + "&code=none").empty());
  const auto answer = at.get("Observation/$lastn?" + of_a);
  BOOST_TEST(has(answer.body, R"("total":3)"));
  BOOST_TEST((answer.about == std::stoll(a)));
  BOOST_TEST(test::link(answer, "self") == "Observation/$lastn?patient=" + a + "&max=1");

  const auto posted = at.ask(
    "POST", "Observation/$lastn",
    R"({"resourceType":"Parameters","parameter":[{"name":"patient","valueString":")" + a +
      R"("},{"name":"max","valuePositiveInt":2}]})");
  BOOST_TEST(test::names(posted) == (names_of{p3, p2, h1, m1, m2}));
  BOOST_TEST(posted.searched == "patient=" + a + "&max=2");
  for (const std::string& wrong : std::initializer_list<std::string>{
         "", "max=2", "code=8867-4", "patient:missing=false&code=x", of_a + "&max=0", of_a + "&max=many",
         of_a + "&_sort=date", of_a + "&_count=1", of_a + "&_include=*", of_a + "&colour=red",
         of_a + "&_summary=count"})
    BOOST_TEST(at.get("Observation/$lastn?" + wrong).status == 400, wrong);
  BOOST_TEST(at.ask("POST", "Observation/$lastn", R"({"resourceType":"Patient"})").status == 400);
  BOOST_TEST(at.ask("DELETE", "Observation/$lastn").status == 405);
  BOOST_TEST(at.get("Condition/$lastn?" + of_a).status == 501);

  at.who = house::grant(at.clinic, {"patient/*.*"}, std::stoll(a));
  BOOST_TEST(ask(of_a) == (names_of{p3, h1, m1}));
  BOOST_TEST(ask("patient=" + b).empty());
  BOOST_TEST(ask("patient=" + b + "," + a + "&code=8867-4") == (names_of{p2}));
  at.who = house::grant(at.clinic, {"system/Patient.read"});
  BOOST_TEST(at.get("Observation/$lastn?" + of_a).status == 403);
  at.who = house::grant(at.other_clinic, {"admin"});
  BOOST_TEST(ask(of_a).empty());
}

BOOST_DATA_TEST_CASE(several_types_are_searched_at_once, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2"));
  using names_of = std::vector<std::string>;
  names_of mine;
  for (int i = 0; i < 3; ++i)
    mine.push_back("AllergyIntolerance/" + at.create("AllergyIntolerance", allergy(a)));
  std::sort(mine.begin(), mine.end());
  const auto kin = "RelatedPerson/" +
    at.create("RelatedPerson", R"({"resourceType":"RelatedPerson","patient":)" + refer("Patient/" + a) + "}");
  const auto theirs = "AllergyIntolerance/" + at.create("AllergyIntolerance", allergy(b, "300916003"));
  const auto of_a = "?_type=RelatedPerson,AllergyIntolerance&patient=" + a;
  auto wanted = mine;
  wanted.insert(wanted.begin(), kin);
  const auto all = at.get(of_a);
  auto found = test::names(all);
  std::sort(found.begin() + 1, found.end());
  BOOST_TEST(found == wanted);
  BOOST_TEST(has(all.body, R"("total":4)"));
  BOOST_TEST((all.about == std::stoll(a)));
  for (const std::string count : {"1", "2", "3"}) {
    names_of paged;
    for (auto next = of_a + "&_count=" + count; !next.empty();) {
      const auto page = at.get(next);
      BOOST_TEST(test::names(page).size() <= std::stoul(count));
      for (auto& each : test::names(page)) paged.push_back(std::move(each));
      const auto mark = page.body.find(R"("relation":"next","url":"http://clinic.example/fhir/r4?)");
      const auto from = page.body.find("r4?", mark) + 2;
      next = mark == std::string::npos ? "" : page.body.substr(from, page.body.find('"', from) - from);
    }
    BOOST_TEST(paged == test::names(all), count);
  }
  BOOST_TEST(test::names(at.get("?_type=Patient&_type=RelatedPerson&_lastUpdated=gt2000-01-01")).size() ==
             3u);
  BOOST_TEST(test::names(at.get("?_type=Patient,Patient")).size() == 2u);
  BOOST_TEST(has(at.get(of_a + "&_summary=count").body, R"("total":4)"));
  BOOST_TEST(test::names(at.get(of_a + "&_summary=count")).empty());
  BOOST_TEST(has(at.get(of_a + "&_count=1&_total=accurate").body, R"("total":4)"));
  BOOST_TEST(test::names(at.ask("POST", "_search", of_a.substr(1),
                                {{"content-type", "application/x-www-form-urlencoded"}})) ==
             test::names(all));
  const auto cursor = [&] {
    const auto page = at.get(of_a + "&_count=1").body;
    const auto from = page.find("_cursor=");
    return page.substr(from, page.find('"', from) - from);
  }();
  BOOST_TEST(at.get(of_a + "&_count=1&" + cursor).status == 200);
  BOOST_TEST(at.get("?_type=RelatedPerson,AllergyIntolerance&patient=" + b + "&_count=1&" + cursor).status ==
             400);
  for (const std::string& wrong : std::initializer_list<std::string>{
         "", "?patient=" + a, "?_type=", "?_type=Nonsense", "?_type=AuditEvent", of_a + "&colour=red",
         "?_type=Patient,AllergyIntolerance&patient=" + a, of_a + "&_sort=_lastUpdated",
         of_a + "&_include=*"})
    BOOST_TEST(at.get(wrong).status == 400, wrong);
  BOOST_TEST(has(at.get("?_type=Patient,AllergyIntolerance&patient=" + a).body, "Patient: "));
  BOOST_TEST(at.ask("PUT", "?_type=Patient").status == 405);

  at.who = house::grant(at.clinic, {"system/RelatedPerson.rs"});
  BOOST_TEST(at.get(of_a).status == 403);
  BOOST_TEST(has(at.get(of_a).body, "AllergyIntolerance"));
  BOOST_TEST(test::names(at.get("?_type=RelatedPerson")) == (names_of{kin}));
  at.who = house::grant(at.clinic, {"system/*.r"}); // may read, and not search
  BOOST_TEST(at.get("?_type=RelatedPerson").status == 403);
  at.who = house::grant(at.clinic, {"patient/*.*"}, std::stoll(b));
  BOOST_TEST(test::names(at.get("?_type=Patient,RelatedPerson,AllergyIntolerance")) ==
             (names_of{"Patient/" + b, theirs}));
  at.who = house::grant(at.other_clinic, {"admin"});
  BOOST_TEST(test::names(at.get("?_type=Patient,RelatedPerson,AllergyIntolerance")).empty());
}

BOOST_DATA_TEST_CASE(what_names_a_patient_goes_along_when_two_become_one, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2")),
             c = at.create("Patient", patient("M-3"));
  const auto own = "AllergyIntolerance/" + at.create("AllergyIntolerance", allergy(b)),
             work = "Task/" + at.create("Task", task(b)),
             shared = "Account/" + at.create("Account", account({b, c}));
  const std::vector<std::string> all{own, work, shared};
  std::vector<std::string> before;
  for (const auto& each : all) before.push_back(at.get(each).body);
  merge(at, a, b);
  for (const auto& each : all) BOOST_TEST(has(at.get(each).body, "\"Patient/" + a + '"'), each);
  for (const auto& each : all) BOOST_TEST(!has(at.get(each).body, "\"Patient/" + b + '"'), each);
  BOOST_TEST(test::names(at.get("AllergyIntolerance?patient=" + a)) == std::vector{own});
  BOOST_TEST(test::names(at.get("Task?patient=" + a)) == std::vector{work});
  BOOST_TEST(test::names(at.get("Account?patient=" + a)) == std::vector{shared});
  must(at.session->begin(at.who.clinic, true));
  must(records::unmerge_patient(*at.session, std::stoll(a), {.id = 1, .email = {}}));
  must(at.session->commit());
  for (size_t i = 0; i < all.size(); ++i) BOOST_TEST(at.get(all[i]).body == before[i]);
  BOOST_TEST(test::names(at.get("Task?patient=" + a)).empty());
  BOOST_TEST(test::names(at.get("Task?patient=" + b)) == std::vector{work});
  BOOST_TEST(test::names(at.get("Account?patient=" + b)) == std::vector{shared});
}

BOOST_DATA_TEST_CASE(a_persons_erasure_reaches_what_names_the_person, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2"));
  const auto note = [&](std::string resource) {
    return resource.insert(resource.size() - 1, R"(,"note":[{"text":"Anna Kosta called"}])");
  };
  const auto own = "AllergyIntolerance/" + at.create("AllergyIntolerance", note(allergy(a))),
             work = "Task/" + at.create("Task", note(task(a))),
             theirs = "AllergyIntolerance/" + at.create("AllergyIntolerance", note(allergy(b, "1", a))),
             kin = "RelatedPerson/" +
    at.create("RelatedPerson",
              R"({"resourceType":"RelatedPerson","patient":)" + refer("Patient/" + a) +
                R"(,"name":[{"family":"Loizou"}]})"),
             self = "Person/" +
    at.create("Person",
              R"({"resourceType":"Person","name":[{"family":"Loizou"}],"link":[{"target":)" +
                refer("Patient/" + a) + "}]}");
  at.ask("PUT", work, with_id(task(a), work.substr(5)));
  must(at.session->begin(at.who.clinic, true));
  const std::vector<model::patient_id> people{std::stoll(a)};
  const auto done = must(at.session->erasure().erase(people, {}, nullptr, 1));
  BOOST_TEST(!done.under_way);
  must(at.session->commit());
  BOOST_TEST(has(at.get(own).body, "[erased]"));
  BOOST_TEST(!has(at.get(own).body, "Kosta"));
  BOOST_TEST(!has(at.get(work + "/_history").body, "Kosta"));
  BOOST_TEST(has(at.get(work + "/_history").body, "[erased]"));
  BOOST_TEST(has(at.get(theirs).body, "Kosta")); // what is somebody else's names the person, and stays theirs
  for (const auto& each : {kin, self}) {
    BOOST_TEST(at.get(each).status == 410, each);
    BOOST_TEST(at.get(each + "/_history/1").status == 410, each);
    BOOST_TEST(!has(at.get(each + "/_history").body, "Loizou"), each);
  }
}

BOOST_DATA_TEST_CASE(a_binary_is_its_bytes, both, where) {
  house at(where);
  const auto a = at.create("Patient", patient("M-1")), b = at.create("Patient", patient("M-2"));
  const std::string bytes("%PDF-1.7\0\xff\r\n", 12);
  const auto made = at.ask("POST", "Binary", bytes,
                           {{"content-type", "application/pdf"}, {"x-security-context", "Patient/" + a}});
  BOOST_REQUIRE_MESSAGE(made.status == 201, made.body);
  const std::string id(must(fhir::document::parse(made.body)).root->str("id"));
  const auto raw = at.get("Binary/" + id, {{"accept", "application/pdf"}});
  BOOST_TEST(raw.body == bytes);
  BOOST_TEST(raw.content_type == "application/pdf");
  BOOST_TEST(has(test::header(raw, "Content-Security-Policy"), "sandbox"));
  BOOST_TEST(test::header(raw, "X-Security-Context") == "Patient/" + a);
  BOOST_TEST(!test::header(raw, "ETag").empty());
  BOOST_TEST(at.get("Binary/" + id, {{"accept", "*/*"}}).body == bytes);
  BOOST_TEST(at.get("Binary/" + id).body == bytes);
  BOOST_TEST(at.get("Binary/" + id, {{"if-none-match", test::header(raw, "ETag")}}).status == 304);
  for (const char* json : {"application/fhir+json", "application/json", "text/html, application/fhir+json"})
    BOOST_TEST(has(at.get("Binary/" + id, {{"accept", json}}).body, R"("data":"JVBERi0xLjcA/w0K")"));
  BOOST_TEST(has(at.get("Binary/" + id + "?_format=json").body, R"("resourceType":"Binary")"));
  const auto other = at.ask("PUT", "Binary/" + id, "hello", {{"content-type", "text/plain"}});
  BOOST_TEST(other.status == 200, other.body);
  BOOST_TEST(at.get("Binary/" + id).body == "hello");
  BOOST_TEST(at.ask("POST", "Binary", "x", {{"content-type", "no type at all"}}).status == 422);
  BOOST_TEST(at.ask("POST", "Patient", "x", {{"content-type", "application/pdf"}}).status == 415);

  const auto secret = at.ask("POST", "Binary", "secret",
                             {{"content-type", "text/plain"}, {"x-security-context", "Patient/" + a}});
  const auto name = "Binary/" + std::string(must(fhir::document::parse(secret.body)).root->str("id"));
  at.who = house::grant(at.clinic, {"system/Binary.read"}); // not what its context is
  BOOST_TEST(at.get(name).status == 404);
  BOOST_TEST(!has(at.get("Binary").body, "c2VjcmV0"));
  BOOST_TEST(!has(at.get("Binary/_history").body, "c2VjcmV0"));
  BOOST_TEST(at.get(name + "/_history/1").status == 404);
  at.who = house::grant(at.clinic, {"system/Binary.read", "system/Patient.read"});
  BOOST_TEST(at.get(name).body == "secret");
  at.who = house::grant(at.clinic, {"patient/*.read"}, std::stoll(a));
  BOOST_TEST(at.get(name).body == "secret");
  BOOST_TEST(at.get("Binary/" + id).status == 404); // it has lost its context
  at.who = house::grant(at.clinic, {"patient/*.read"}, std::stoll(b));
  BOOST_TEST(at.get(name).status == 404);
}

BOOST_DATA_TEST_CASE(a_transaction_takes_all_types_and_links_them, both, where) {
  house at(where);
  const std::string bundle =
    R"({"resourceType":"Bundle","type":"transaction","entry":[)"
    R"({"fullUrl":"urn:uuid:0f4c6c7a-0000-4000-8000-000000000001","request":{"method":"POST","url":"Patient"},"resource":)" +
    patient("M-1") +
    R"(},{"fullUrl":"urn:uuid:0f4c6c7a-0000-4000-8000-000000000002","request":{"method":"POST","url":"CareTeam"},)"
    R"("resource":{"resourceType":"CareTeam","subject":{"reference":"urn:uuid:0f4c6c7a-0000-4000-8000-000000000001"}}},)"
    R"({"request":{"method":"POST","url":"CarePlan"},"resource":{"resourceType":"CarePlan","status":"active","intent":"plan",)"
    R"("subject":{"reference":"urn:uuid:0f4c6c7a-0000-4000-8000-000000000001"},)"
    R"("careTeam":[{"reference":"urn:uuid:0f4c6c7a-0000-4000-8000-000000000002"}]}}]})";
  const auto done = at.ask("POST", "", bundle);
  BOOST_TEST(done.status == 200, done.body);
  const auto plan = at.get("CarePlan?_include=CarePlan:care-team");
  BOOST_TEST(test::names(plan, "include").size() == 1u);
  BOOST_TEST(!has(plan.body, "urn:uuid"));
  const auto team = test::names(plan, "include").front();
  BOOST_TEST(has(at.get("Patient?_has:CareTeam:patient:_id=" + team.substr(9)).body, "M-1"));
}

BOOST_AUTO_TEST_CASE(what_is_not_served_is_told) {
  house at;
  for (const char* type : {"Parameters", "OperationOutcome", "Subscription"})
    BOOST_TEST(at.get(type).status == 404, type);
  BOOST_TEST(at.ask("POST", "Subscription", R"({"resourceType":"Subscription"})").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
