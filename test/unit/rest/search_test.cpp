#include "test/unit/rest/fixture.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace aorta::test {
namespace {

BOOST_AUTO_TEST_SUITE(searching)

void add_vitals(house& in, model::patient_id patient, int heart_rate, const std::string& at) {
  in.sql(
    "INSERT INTO vitals (patient_id, clinic_id, heart_rate, systolic_bp, diastolic_bp, recorded_at) VALUES (" +
    std::to_string(patient) + ", " + std::to_string(in.clinic) + ", " + std::to_string(heart_rate) +
    ", 120, 80, '" + at + "')");
}

void add_problem(house& in, model::patient_id patient, const std::string& code) {
  in.sql(
    "INSERT INTO patient_problems (patient_id, clinic_id, icd10_code, description, clinical_status) VALUES (" +
    std::to_string(patient) + ", " + std::to_string(in.clinic) + ", '" + code + "', 'x', 'active')");
}

std::vector<std::string> pages(house& in, std::string next, const std::function<void(int)>& between = {}) {
  std::vector<std::string> out;
  for (int page = 0; !next.empty(); ++page) {
    const auto got = in.get(next);
    const auto here = names(got, "match");
    out.insert(out.end(), here.begin(), here.end());
    next = link(got, "next");
    if (between) between(page);
    BOOST_REQUIRE_LT(page, 100);
  }
  return out;
}

BOOST_DATA_TEST_CASE(a_patient_is_found_by_number_name_and_birth_date, both, which) {
  house in(which);
  const auto maria = "Patient/" + std::to_string(in.add_patient("M1", "Μαρία", "Γεωργίου"));
  in.add_patient("M2", "Eleni", "Pavlou");
  BOOST_CHECK_EQUAL(names(in.get("Patient")).size(), 2u);
  for (const auto asked :
       {"identifier=M1", "identifier=urn:aorta:mrn%7CM1", "family=georg", "name=maria",
        "given=%CE%9C%CE%B1%CF%81%CE%AF%CE%B1", "birthdate=1960-05-17&family=Georgiou",
        "family:exact=%CE%93%CE%B5%CF%89%CF%81%CE%B3%CE%AF%CE%BF%CF%85", "family:contains=orgi"}) {
    const auto found = names(in.get(std::string("Patient?") + asked));
    BOOST_TEST_CONTEXT(asked) BOOST_REQUIRE_EQUAL(found.size(), 1u);
    BOOST_CHECK_EQUAL(found[0], maria);
  }
  BOOST_CHECK(names(in.get("Patient?identifier=M9")).empty());
  BOOST_CHECK(names(in.get("Patient?birthdate=1961-05-17")).empty());
  BOOST_CHECK(names(in.get("Patient?identifier=urn:other%7CM1")).empty());
}

BOOST_DATA_TEST_CASE(observations_are_narrowed_by_patient_and_code, both, which) {
  house in(which);
  const auto a = in.add_patient("M1", "Maria", "Georgiou"), b = in.add_patient("M2", "Eleni", "Pavlou");
  add_vitals(in, a, 72, "2026-01-05 08:00:00");
  add_vitals(in, a, 90, "2026-02-05 08:00:00");
  add_vitals(in, b, 60, "2026-01-05 08:00:00");
  const auto of_a = "Observation?patient=" + std::to_string(a);
  BOOST_CHECK_EQUAL(names(in.get(of_a + "&code=8867-4")).size(), 2u);
  BOOST_CHECK_EQUAL(names(in.get(of_a + "&code=http://loinc.org%7C8867-4&date=ge2026-02-01")).size(), 1u);
  BOOST_CHECK_EQUAL(names(in.get(of_a + "&code-value-quantity=8867-4$gt80")).size(), 1u);
  BOOST_CHECK(names(in.get(of_a + "&code=2823-3")).empty());
  BOOST_CHECK_EQUAL(names(in.get("Observation?code=8867-4")).size(), 3u);
  BOOST_CHECK_EQUAL(names(in.get("Observation?subject=Patient/" + std::to_string(b) + "&code=8867-4")).size(),
                    1u);
  BOOST_CHECK_EQUAL(names(in.get("Patient/" + std::to_string(b) + "/Observation?code=8867-4")).size(), 1u);
  BOOST_CHECK(in.get(of_a).about == a);
}

BOOST_DATA_TEST_CASE(pages_never_skip_or_repeat_while_rows_are_added, both, which) {
  house in(which);
  const auto a = in.add_patient("M1", "Maria", "Georgiou");
  for (int i = 0; i < 5; ++i) add_vitals(in, a, 70 + i, "2026-01-05 08:00:00");
  const auto before = names(in.get("Observation?_count=1000"), "match");
  BOOST_REQUIRE_EQUAL(before.size(), 20u);
  const auto paged = pages(in, "Observation?_count=3", [&](int page) {
    if (page < 3) add_vitals(in, a, 99, "2026-01-06 08:00:00");
  });
  const std::set<std::string> once(paged.begin(), paged.end());
  BOOST_CHECK_EQUAL(once.size(), paged.size());
  for (const auto& each : before) BOOST_CHECK(once.count(each) == 1);
}

BOOST_AUTO_TEST_CASE(sorted_pages_are_in_order_and_complete) {
  house in;
  const auto a = in.add_patient("M1", "Maria", "Georgiou");
  for (const auto day : {"09", "03", "27", "11", "03", "19"})
    add_vitals(in, a, 70, std::string("2026-01-") + day + " 08:00:00");
  std::vector<std::string> dates;
  std::set<std::string> ids;
  for (std::string next = "Observation?code=8867-4&_sort=-date&_count=2"; !next.empty();) {
    const auto page = in.get(next);
    BOOST_REQUIRE_EQUAL(page.status, 200);
    const auto read = must(fhir::document::parse(page.body));
    for (const auto* each = read.root->get("entry")->first; each != nullptr; each = each->next) {
      dates.emplace_back(each->get("resource")->str("effectiveDateTime"));
      ids.insert(std::string(each->get("resource")->str("id")));
    }
    next = link(page, "next");
  }
  BOOST_CHECK_EQUAL(ids.size(), 6u);
  BOOST_CHECK(std::is_sorted(dates.rbegin(), dates.rend()));
}

BOOST_AUTO_TEST_CASE(a_cursor_fits_its_own_search_alone) {
  house in;
  for (const auto mrn : {"M1", "M2", "M3"}) in.add_patient(mrn, "Maria", "Georgiou");
  const auto next = link(in.get("Patient?_count=1"), "next");
  BOOST_REQUIRE(!next.empty());
  BOOST_CHECK_EQUAL(in.get(next).status, 200);
  auto changed = next;
  changed.back() = changed.back() == '0' ? '1' : '0';
  BOOST_CHECK_EQUAL(in.get(changed).status, 400);
  const auto cursor = next.substr(next.find("_cursor="));
  BOOST_CHECK_EQUAL(in.get("Patient?_count=2&" + cursor).status, 400);
  BOOST_CHECK_EQUAL(in.get("Patient?gender=male&_count=1&" + cursor).status, 400);
}

BOOST_AUTO_TEST_CASE(chains_and_reverse_chains_follow_references) {
  house in;
  const auto a = in.add_patient("M1", "Maria", "Georgiou"), b = in.add_patient("M2", "Eleni", "Pavlou");
  add_problem(in, a, "I10");
  add_problem(in, b, "E11");
  BOOST_CHECK_EQUAL(names(in.get("Condition?subject:Patient.family=pavlou")).size(), 1u);
  BOOST_CHECK_EQUAL(names(in.get("Condition?patient.identifier=M1")).size(), 1u);
  BOOST_CHECK(names(in.get("Condition?patient.family=nobody")).empty());
  const auto found = names(in.get("Patient?_has:Condition:patient:code=I10"));
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_CHECK_EQUAL(found[0], "Patient/" + std::to_string(a));
  BOOST_CHECK(names(in.get("Patient?_has:Condition:patient:code=Z99")).empty());
}

BOOST_AUTO_TEST_CASE(includes_come_once_and_are_marked) {
  house in;
  const auto a = in.add_patient("M1", "Maria", "Georgiou");
  for (int i = 0; i < 3; ++i) add_problem(in, a, "I10");
  const auto page = in.get("Condition?_include=Condition:patient");
  BOOST_CHECK_EQUAL(names(page, "match").size(), 3u);
  BOOST_CHECK_EQUAL(names(page, "include").size(), 1u);
  const auto reverse = in.get("Patient?_revinclude=Condition:patient&_include:iterate=Condition:subject");
  BOOST_CHECK_EQUAL(names(reverse, "match").size(), 1u);
  BOOST_CHECK_EQUAL(names(reverse, "include").size(), 3u);
}

BOOST_AUTO_TEST_CASE(totals_count_all_matches_and_unknown_parameters_are_refused) {
  house in;
  for (const auto mrn : {"M1", "M2", "M3"}) in.add_patient(mrn, "Maria", "Georgiou");
  BOOST_CHECK(in.get("Patient?_count=1&_total=accurate").body.find("\"total\":3") != std::string::npos);
  const auto counted = in.get("Patient?_summary=count");
  BOOST_CHECK(counted.body.find("\"total\":3") != std::string::npos);
  BOOST_CHECK(counted.body.find("\"entry\"") == std::string::npos);
  BOOST_CHECK_EQUAL(in.get("Patient?shoe=43").status, 400);
  const auto lenient = in.get("Patient?shoe=43", {{"prefer", "handling=lenient"}});
  BOOST_CHECK_EQUAL(names(lenient, "match").size(), 3u);
  BOOST_CHECK_EQUAL(names(lenient, "outcome").size(), 1u);
  in.around.most_scanned = 2;
  BOOST_CHECK_EQUAL(in.get("Patient?_total=accurate").status, 422);
}

BOOST_AUTO_TEST_CASE(a_search_is_posted_as_a_form) {
  house in;
  in.add_patient("M1", "Maria", "Georgiou");
  in.add_patient("M2", "Eleni", "Pavlou");
  const auto got = in.ask("POST", "Patient/_search", "family=pavlou",
                          {{"content-type", "application/x-www-form-urlencoded"}});
  BOOST_CHECK_EQUAL(names(got).size(), 1u);
  BOOST_CHECK_EQUAL(in.ask("POST", "Patient/_search", "{}", {{"content-type", "application/json"}}).status,
                    415);
}

BOOST_AUTO_TEST_CASE(elements_and_summaries_cut_resources_and_say_so) {
  house in;
  in.add_patient("M1", "Maria", "Georgiou");
  const auto got = in.get("Patient?_elements=gender");
  BOOST_CHECK(got.body.find("SUBSETTED") != std::string::npos);
  BOOST_CHECK(got.body.find("birthDate") == std::string::npos);
  BOOST_CHECK(got.body.find("gender") != std::string::npos);
}

BOOST_DATA_TEST_CASE(who_did_what_is_read_as_audit_events, both, which) {
  house in(which);
  const auto a = in.add_patient("M1", "Maria", "Georgiou");
  std::vector<ports::audit_entry> entries(3);
  for (auto& each : entries) {
    each.actor = "tester";
    each.peer = "127.0.0.1";
    each.method = "GET";
    each.resource = "/fhir/r4/Patient/" + std::to_string(a);
    each.outcome = "200";
    each.clinic = in.clinic;
    each.patient = a;
    each.at = in.clock.now();
  }
  entries[2].clinic = in.other_clinic;
  must(in.session->access().audit(entries));
  const auto all = names(in.get("AuditEvent"));
  BOOST_REQUIRE_EQUAL(all.size(), 2u);
  BOOST_CHECK_EQUAL(in.get(all[0]).status, 200);
  BOOST_CHECK_EQUAL(names(in.get("AuditEvent?entity=Patient/" + std::to_string(a))).size(), 2u);
  BOOST_CHECK_EQUAL(names(in.get("AuditEvent?patient=" + std::to_string(a))).size(), 2u);
  BOOST_CHECK_EQUAL(pages(in, "AuditEvent?_count=1").size(), 2u);
  BOOST_CHECK_EQUAL(in.get("AuditEvent/019a0000-0000-7000-8000-000000000000").status, 404);
}

// What an access was is what the table of interactions says of it, whatever its path looks like.
BOOST_AUTO_TEST_CASE(an_audit_event_names_the_interaction_of_its_row) {
  house in;
  const struct {
    std::string method, path, action, interaction;
  } all[] = {
    {"GET", "/fhir/r4/Patient/7", "R", "read"},
    {"GET", "/fhir/r4/Patient/7/_history/2", "R", "vread"},
    {"GET", "/fhir/r4/Patient/7/_history", "R", "history-instance"},
    {"GET", "/fhir/r4/Patient/_history", "R", "history-type"},
    {"GET", "/fhir/r4/Patient", "E", "search-type"},
    {"POST", "/fhir/r4/Patient/_search", "E", "search-type"},
    {"GET", "/fhir/r4/Patient/7/Observation", "E", "search-type"},
    {"POST", "/fhir/r4/Patient", "C", "create"},
    {"PUT", "/fhir/r4/Patient/7", "U", "update"},
    {"PUT", "/fhir/r4/Patient", "U", "update"},
    {"DELETE", "/fhir/r4/Patient/7", "D", "delete"},
    {"GET", "/fhir/r4/Patient/7/$everything", "E", "operation"},
    {"POST", "/fhir/r4/Patient/7/$everything", "E", "operation"},
    {"POST", "/fhir/r4/Encounter/7/$everything", "E", "operation"},
    {"GET", "/fhir/r4/Observation/$lastn", "E", "operation"},
    {"POST", "/fhir/r4/Observation/$lastn", "E", "operation"},
    {"POST", "/fhir/r4/$validate", "E", "operation"},
    {"POST", "/fhir/r4/Patient/$validate", "E", "operation"},
    {"POST", "/fhir/r4/Patient/7/$validate", "E", "operation"},
    {"GET", "/fhir/r4", "E", "search-system"},
    {"POST", "/fhir/r4/_search", "E", "search-system"},
    {"POST", "/fhir/r4", "E", "batch"},
    {"POST", "/fhir/r4/Bundle", "E", "batch"},
    {"POST", "/auth/token", "E", ""},
    {"PUT", "/api/patients", "U", ""},
    {"GET", "/api/messages", "E", ""},
    {"PUT", "/fhir/r4/Nonsense/7", "U", ""}, // no row of ours: none of FHIR's interactions
    {"DELETE", "/fhir/r4/Patient", "D", "delete"},
    {"PATCH", "/fhir/r4/Patient/7", "U", "patch"},
  };
  for (const auto& each : all) {
    ports::audit_entry row;
    row.method = each.method;
    row.resource = each.path;
    row.outcome = "200";
    row.clinic = in.clinic;
    row.at = in.clock.now();
    must(in.session->access().audit({&row, 1}));
    const auto body = in.get("AuditEvent?_count=1").body;
    BOOST_TEST_CONTEXT(each.method << " " << each.path) {
      BOOST_TEST(body.find("\"action\":\"" + each.action + "\"") != body.npos);
      const auto told = body.find("http://hl7.org/fhir/restful-interaction");
      BOOST_TEST((told == body.npos) == each.interaction.empty());
      if (told != body.npos) BOOST_TEST(body.find("\"" + each.interaction + "\"", told) != body.npos);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace aorta::test
