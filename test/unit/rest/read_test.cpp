#include "test/unit/rest/fixture.hpp"

#include "engine/fhir/validate.hpp"
#include "engine/rest/repository.hpp"

namespace aorta::test {
namespace {

BOOST_AUTO_TEST_SUITE(reading)

std::string add_problem(house& in, model::patient_id patient, const std::string& code = "I10") {
  in.sql(
    "INSERT INTO patient_problems (patient_id, clinic_id, icd10_code, description, clinical_status, onset_date, recorded_date) VALUES (" +
    std::to_string(patient) + ", " + std::to_string(in.clinic) + ", '" + code +
    "', 'Hypertension', 'active', '2020-03-01', '2020-03-02')");
  return in.sql("SELECT max(id) FROM patient_problems");
}

BOOST_DATA_TEST_CASE(a_row_of_the_clinic_is_a_resource_with_version_and_etag, both, which) {
  house in(which);
  const auto patient = in.add_patient("M1", "Maria", "Georgiou");
  const auto got = in.get("Patient/" + std::to_string(patient));
  BOOST_REQUIRE_EQUAL(got.status, 200);
  const auto read = must(fhir::document::parse(got.body));
  BOOST_CHECK_EQUAL(read.root->str("resourceType"), "Patient");
  BOOST_CHECK_EQUAL(read.root->str("id"), std::to_string(patient));
  const std::string version(read.root->get("meta")->str("versionId"));
  BOOST_CHECK(version.starts_with("1-"));
  BOOST_CHECK_EQUAL(version.size(), 10u);
  BOOST_CHECK_EQUAL(header(got, "ETag"), "W/\"" + version + "\"");
  BOOST_CHECK(got.about == patient);
  BOOST_CHECK_EQUAL(in.get("Patient/" + std::to_string(patient) + "/_history/" + version).status, 200);
  BOOST_CHECK_EQUAL(
    in.get("Patient/" + std::to_string(patient), {{"if-none-match", "W/\"" + version + "\""}}).status, 304);
  BOOST_CHECK_EQUAL(
    in.get("Patient/" + std::to_string(patient), {{"if-none-match", "W/\"1-00000000\""}}).status, 200);
}

BOOST_DATA_TEST_CASE(what_was_sent_is_given_back_and_a_change_by_the_clinic_is_laid_over_it, both, which) {
  house in(which);
  const auto patient = std::to_string(in.add_patient("M1", "Maria", "Georgiou"));
  const auto id = in.create(
    "Condition",
    R"({"resourceType":"Condition","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
    "code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"I10"}],"text":"Hypertension"},"subject":{"reference":"Patient/)" +
      patient + R"("},"onsetDateTime":"2020-03-01","note":[{"text":"kept although no column holds it"}]})");
  const auto first = in.get("Condition/" + id);
  BOOST_REQUIRE_EQUAL(first.status, 200);
  BOOST_CHECK_EQUAL(header(first, "ETag"), "W/\"1\"");
  BOOST_CHECK(!header(first, "Last-Modified").empty());
  BOOST_CHECK(first.body.find("no column holds it") != first.body.npos);

  in.sql("UPDATE patient_problems SET clinical_status = 'resolved' WHERE id = " + id);
  const auto second = in.get("Condition/" + id);
  BOOST_REQUIRE_EQUAL(second.status, 200);
  BOOST_CHECK_EQUAL(header(second, "ETag").substr(0, 5), "W/\"1-");
  BOOST_CHECK(second.body.find("\"resolved\"") != second.body.npos);
  BOOST_CHECK(second.body.find("\"active\"") == second.body.npos);
  BOOST_CHECK(second.body.find("no column holds it") != second.body.npos);

  const auto history = in.get("Condition/" + id + "/_history");
  BOOST_CHECK_EQUAL(names(history).size(), 2u); // what stands now, and what was stored
  BOOST_CHECK_EQUAL(in.get("Condition/" + id + "/_history/1").status, 200);
  BOOST_CHECK(in.get("Condition/" + id + "/_history/1").body.find("\"active\"") != std::string::npos);
  BOOST_CHECK_EQUAL(in.get("Condition/" + id + "/_history/2").status, 404);
}

BOOST_AUTO_TEST_CASE(what_may_not_be_seen_looks_as_if_it_did_not_exist) {
  house in;
  const auto mine = in.add_patient("M1", "Maria", "Georgiou"),
             other = in.add_patient("M2", "Eleni", "Pavlou");
  const auto theirs = in.add_patient("M3", "Anna", "Nicolaou", in.other_clinic);
  const std::string of_mine = add_problem(in, mine), of_other = add_problem(in, other);
  const auto nowhere = in.get("Patient/999999");
  BOOST_CHECK_EQUAL(nowhere.status, 404);
  BOOST_CHECK_EQUAL(in.get("Patient/" + std::to_string(theirs)).body, nowhere.body);
  in.who = house::grant(in.clinic, {"patient/*.read"}, mine);
  BOOST_CHECK_EQUAL(in.get("Patient/" + std::to_string(mine)).status, 200);
  BOOST_CHECK_EQUAL(in.get("Patient/" + std::to_string(other)).body, nowhere.body);
  BOOST_CHECK_EQUAL(in.get("Patient/" + std::to_string(other) + "/$everything").status, 404);
  BOOST_CHECK_EQUAL(in.get("Patient/" + std::to_string(other) + "/_history").status, 404);
  BOOST_CHECK_EQUAL(in.get("Condition/" + of_mine).status, 200);
  BOOST_CHECK_EQUAL(in.get("Condition/" + of_other).body, nowhere.body);
  BOOST_CHECK_EQUAL(names(in.get("Condition")).size(), 1u);
  BOOST_CHECK(names(in.get("Condition?patient=" + std::to_string(other))).empty());
  BOOST_CHECK_EQUAL(names(in.get("Patient")).size(), 1u);
  in.who = house::grant(in.clinic, {"system/Patient.read"});
  BOOST_CHECK_EQUAL(in.get("Condition/" + of_mine).status, 403);
  // includes show no more than a read does
  BOOST_CHECK_EQUAL(names(in.get("Patient?_revinclude=Condition:patient")).size(), 2u);
}

BOOST_AUTO_TEST_CASE(a_deleted_patient_is_gone_and_no_search_finds_it) {
  house in;
  const auto patient = std::to_string(in.add_patient("M1", "Maria", "Georgiou"));
  in.sql("UPDATE patients SET is_deleted = 1 WHERE patient_id = " + patient);
  BOOST_CHECK_EQUAL(in.get("Patient/" + patient).status, 410);
  BOOST_CHECK(names(in.get("Patient")).empty());
  BOOST_CHECK_EQUAL(in.get("Patient/" + patient + "/$everything").status, 410);
}

BOOST_AUTO_TEST_CASE(other_methods_types_and_forms_are_refused) {
  house in;
  const auto patch = in.ask("POST", "Patient/1", "{}");
  BOOST_CHECK_EQUAL(patch.status, 405);
  BOOST_CHECK(header(patch, "Allow").find("PUT") != std::string::npos);
  BOOST_CHECK(header(patch, "Allow").find("HEAD") != std::string::npos);
  BOOST_CHECK_EQUAL(in.get("Claim/1").status, 404);
  BOOST_CHECK_EQUAL(in.ask("POST", "Patient/1/$merge", "{}").status, 501);
  BOOST_CHECK_EQUAL(in.ask("POST", "AuditEvent", "{}").status, 405);
  BOOST_CHECK_EQUAL(in.get("Patient?_format=xml").status, 406);
  BOOST_CHECK_EQUAL(in.get("Patient", {{"accept", "application/fhir+xml"}}).status, 406);
  BOOST_CHECK_EQUAL(in.get("Patient", {{"accept", "text/html, */*;q=0.1"}}).status, 200);
  BOOST_CHECK_EQUAL(in.get("metadata?mode=terminology").status, 400);
}

BOOST_AUTO_TEST_CASE(every_resource_begins_with_its_type_its_id_and_its_meta) {
  house in;
  const auto patient = std::to_string(in.add_patient("M1", "Maria", "Georgiou"));
  BOOST_CHECK(
    in.get("Patient/" + patient)
      .body.starts_with(R"({"resourceType":"Patient","id":")" + patient + R"(","meta":{"versionId":")"));
  const auto id = in.create(
    "Patient", R"({"name":[{"family":"Pavlou"}],"meta":{"tag":[{"code":"x"}]},"resourceType":"Patient"})");
  BOOST_CHECK(
    in.get("Patient/" + id)
      .body.starts_with(R"({"resourceType":"Patient","id":")" + id + R"(","meta":{"versionId":"1",)"));
}

BOOST_AUTO_TEST_CASE(what_a_cut_leaves_is_valid_by_itself) {
  house in;
  const auto patient = std::to_string(in.add_patient("M1", "Maria", "Georgiou"));
  in.sql(
    "INSERT INTO encounters (encounter_id, patient_id, clinic_id, encounter_type, status, diagnoses) VALUES (5, " +
    patient + ", " + std::to_string(in.clinic) + ", 'outpatient', 'completed', '[\"I10\"]')");
  for (const auto* how : {"?_summary=true", "?_elements=diagnosis", "?_elements=period", "?_summary=text",
                          "?_elements=contained"}) {
    const auto got = in.get("Encounter/5" + std::string(how));
    BOOST_REQUIRE_EQUAL(got.status, 200);
    BOOST_CHECK_MESSAGE(fhir::validate(*must(fhir::document::parse(got.body)).root).empty(), got.body);
  }
  BOOST_CHECK(in.get("Encounter/5?_elements=diagnosis").body.find("\"contained\"") != std::string::npos);
  // a word that R4 does not have cuts nothing
  BOOST_CHECK(in.get("Encounter/5?_summary=short").body.find("SUBSETTED") == std::string::npos);
  const auto clinic = in.get("Organization/" + std::to_string(in.clinic) + "?_elements=telecom");
  BOOST_CHECK_MESSAGE(fhir::validate(*must(fhir::document::parse(clinic.body)).root).empty(), clinic.body);
}

BOOST_AUTO_TEST_CASE(validation_answers_with_every_fault_and_changes_nothing) {
  house in;
  const auto good = in.ask("POST", "Patient/$validate", R"({"resourceType":"Patient","gender":"female"})");
  BOOST_CHECK_EQUAL(good.status, 200);
  BOOST_CHECK(good.body.find("\"error\"") == std::string::npos);
  const auto bad = in.ask(
    "POST", "Patient/$validate",
    R"({"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Patient","gender":"lady"}}]})");
  BOOST_CHECK_EQUAL(bad.status, 200);
  BOOST_CHECK(bad.body.find("Patient.gender") != std::string::npos);
  BOOST_CHECK_EQUAL(in.ask("POST", "Patient/$validate", "{").status, 400);
  // Nothing is said to be well by a profile that is not there.
  const std::string unknown = "http://example.org/StructureDefinition/cyprus-patient",
                    own = "http://hl7.org/fhir/StructureDefinition/Patient";
  const auto with = [](const std::string& profile) {
    return R"({"resourceType":"Parameters","parameter":[{"name":"profile","valueUri":")" + profile +
      R"("},{"name":"resource","resource":{"resourceType":"Patient"}}]})";
  };
  for (const auto& refused :
       {in.ask("POST", "Patient/$validate?profile=" + unknown, R"({"resourceType":"Patient"})"),
        in.ask("POST", "Patient/$validate", with(unknown))}) {
    BOOST_CHECK_EQUAL(refused.status, 422);
    BOOST_CHECK(refused.body.find(R"("severity":"error","code":"not-found")") != std::string::npos);
  }
  BOOST_CHECK_EQUAL(
    in.ask("POST", "Patient/$validate?profile=" + own + "|4.0.1", R"({"resourceType":"Patient"})").status,
    200);
  BOOST_CHECK_EQUAL(in.ask("POST", "Patient/$validate", with(own)).status, 200);
  const auto claims = in.ask("POST", "Patient/$validate",
                             R"({"resourceType":"Patient","meta":{"profile":[")" + unknown + R"("]}})");
  BOOST_CHECK_EQUAL(claims.status, 422);
  BOOST_CHECK(claims.body.find(unknown) != std::string::npos);
  BOOST_CHECK(claims.body.find("Patient.meta.profile[0]") != std::string::npos);
  BOOST_CHECK(names(in.get("Patient")).empty());
}

BOOST_AUTO_TEST_CASE(validation_at_the_base_is_of_any_type_and_says_what_it_did_not_look_at) {
  house in;
  const auto ask = [&](const std::string& target, const std::string& body) {
    return in.ask("POST", target, body);
  };
  const auto has = [](const rest::reply& in_this, const std::string& part) {
    return in_this.body.find(part) != std::string::npos;
  };
  const std::string error = R"("severity":"error")",
                    patient = R"({"resourceType":"Patient","gender":"female"})";
  const auto with = [](const std::string& resource, const std::string& more = {}) {
    return R"({"resourceType":"Parameters","parameter":[{"name":"resource","resource":)" + resource + "}" +
      more + "]}";
  };
  for (const auto& body : {patient, with(patient),
                           std::string(R"({"resourceType":"Goal","lifecycleStatus":"active",)"
                                       R"("description":{"text":"x"},"subject":{"display":"y"}})")}) {
    const auto good = ask("$validate", body);
    BOOST_TEST(good.status == 200, good.body);
    BOOST_TEST(!has(good, error), good.body);
  }
  const auto bad = ask("$validate", with(R"({"resourceType":"Patient","gender":"lady"})"));
  BOOST_TEST(bad.status == 200);
  BOOST_TEST((has(bad, error) && has(bad, "Patient.gender")), bad.body);
  BOOST_TEST(has(ask("$validate", R"({"resourceType":"Nonsense"})"), error));
  BOOST_TEST(has(ask("$validate", "{}"), error));
  BOOST_TEST(has(ask("Goal/$validate", with(patient)), "no resource of type Goal"));

  const std::string strange = "http://example.org/StructureDefinition/strange";
  const auto bundle =
    R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://x.example/Patient/1",)"
    R"("resource":{"resourceType":"Patient","gender":"lady","meta":{"profile":[")" +
    strange + R"("]}}}]})";
  for (const auto& refused :
       {ask("$validate?profile=" + strange, patient), ask("$validate", bundle),
        ask("Patient/$validate", with(patient, R"(,{"name":"profile","valueUri":")" + strange + R"("})")),
        ask("$validate", with(patient, R"(,{"name":"profile","valueCanonical":")" + strange + R"("})"))}) {
    BOOST_TEST(refused.status == 422, refused.body);
    BOOST_TEST(has(refused, strange), refused.body);
  }
  BOOST_TEST(has(ask("$validate", bundle), "Bundle.entry[0].resource.meta.profile[0]"));
  BOOST_TEST(has(ask("$validate", bundle), "Bundle.entry[0].resource.gender")); // the rest is told with it

  const auto mode = [&](const std::string& said) {
    return with(patient, R"(,{"name":"mode","valueCode":")" + said + R"("})");
  };
  BOOST_TEST(has(ask("Patient/$validate", mode("create")), "not looked at"));
  BOOST_TEST(has(ask("Patient/$validate", mode("update")), "Patient.id"));
  BOOST_TEST(!has(ask("Patient/7/$validate?mode=update", R"({"resourceType":"Patient","id":"7"})"), error));
  BOOST_TEST(has(ask("Patient/7/$validate?mode=update", R"({"resourceType":"Patient","id":"8"})"), error));
  for (const auto* unbuilt : {"delete", "profile"}) {
    const auto refused = ask("Patient/$validate", mode(unbuilt));
    BOOST_TEST(refused.status == 501);
    BOOST_TEST(has(refused, unbuilt));
  }
  BOOST_TEST(ask("$validate", mode("nonsense")).status == 400);
  BOOST_TEST(ask("$validate", with(patient, R"(,{"name":"colour","valueCode":"red"})")).status == 400);
  BOOST_TEST(
    ask("$validate", with(patient, R"(,{"name":"resource","resource":{"resourceType":"Goal"}})")).status ==
    400);
  BOOST_TEST(ask("$validate", R"({"resourceType":"Parameters"})").status == 400);
  BOOST_TEST(ask("$validate", "{").status == 400);
  BOOST_TEST(ask("$validate", "").status == 400);
  BOOST_TEST(in.ask("POST", "$validate", patient, {{"content-type", "text/plain"}}).status == 415);
  BOOST_TEST(in.get("$validate").status == 405);
  BOOST_TEST(in.ask("POST", "$nonsense", patient).status == 501);
  in.who = house::grant(in.clinic, {"system/Goal.read"}); // it shows nothing of the clinic
  BOOST_TEST(ask("$validate", patient).status == 200);
  BOOST_TEST(names(in.get("Goal")).empty());
}

BOOST_AUTO_TEST_CASE(the_capability_statement_names_only_what_is_answered) {
  house in;
  const auto patient = std::to_string(in.add_patient("M1", "Maria", "Georgiou"));
  const auto told = in.get("metadata");
  BOOST_REQUIRE_EQUAL(told.status, 200);
  const auto statement = must(fhir::document::parse(told.body));
  const auto* rest = statement.root->get("rest")->first;
  size_t types = 0;
  for (const auto* type = rest->get("resource")->first; type != nullptr; type = type->next, ++types) {
    const std::string name(type->str("type"));
    BOOST_TEST_CONTEXT(name) {
      BOOST_CHECK_EQUAL(in.get(name).status, 200);
      for (const auto* each = type->get("searchParam")->first; each != nullptr; each = each->next) {
        if (each->str("type") == "composite" || each->str("type") == "special") continue;
        const auto got = in.get(name + "?" + std::string(each->str("name")) + ":missing=true");
        BOOST_CHECK_MESSAGE(got.status == 200, name << " " << each->str("name") << " " << got.body);
      }
      for (const auto* each = type->get("searchInclude") ? type->get("searchInclude")->first : nullptr;
           each != nullptr; each = each->next)
        BOOST_CHECK_EQUAL(in.get(name + "?_include=" + std::string(each->text)).status, 200);
      for (const auto* each = type->get("searchRevInclude") ? type->get("searchRevInclude")->first : nullptr;
           each != nullptr; each = each->next)
        BOOST_CHECK_EQUAL(in.get(name + "?_revinclude=" + std::string(each->text)).status, 200);
    }
  }
  BOOST_CHECK_EQUAL(types, fhir::served_types().size() + 1);
}

BOOST_AUTO_TEST_CASE(everything_pages_through_all_that_belongs_to_a_patient) {
  house in;
  const auto patient = in.add_patient("M1", "Maria", "Georgiou"),
             other = in.add_patient("M2", "Eleni", "Pavlou");
  for (int i = 0; i < 7; ++i) add_problem(in, patient);
  add_problem(in, other);
  in.sql(
    "INSERT INTO vitals (patient_id, clinic_id, heart_rate, systolic_bp, diastolic_bp, recorded_at) VALUES (" +
    std::to_string(patient) + ", " + std::to_string(in.clinic) + ", 72, 120, 80, '2026-01-05 08:00:00')");
  const auto start = "Patient/" + std::to_string(patient) + "/$everything";
  const auto all = names(in.get(start), "match");
  BOOST_CHECK_EQUAL(all.size(), 1u + 7u + 4u);
  std::vector<std::string> paged;
  for (auto next = start + "?_count=3"; !next.empty();) {
    const auto page = in.get(next);
    const auto here = names(page, "match");
    BOOST_CHECK_LE(here.size(), 3u);
    paged.insert(paged.end(), here.begin(), here.end());
    next = link(page, "next");
  }
  BOOST_CHECK_EQUAL_COLLECTIONS(paged.begin(), paged.end(), all.begin(), all.end());
  BOOST_CHECK_EQUAL(names(in.get(start + "?_type=Condition")).size(), 7u);
  BOOST_CHECK_EQUAL(names(in.get(start + "?_type=Observation&start=2026-02-01")).size(), 0u);
  BOOST_CHECK_EQUAL(names(in.get(start + "?_type=Observation&end=2026-01-05")).size(), 4u);
  BOOST_CHECK_EQUAL(in.get(start + "?_kind=x").status, 400);
}

BOOST_AUTO_TEST_CASE(a_tag_ignores_how_a_database_writes_a_value) {
  model::record a(model::table::vitals), b(model::table::vitals);
  a.set("temperature", "37.0");
  a.set("recorded_at", "2026-01-05T08:00:00Z");
  b.set("temperature", "37.00");
  b.set("recorded_at", "2026-01-05 10:00:00+02");
  b.set("clinic_id", "1");
  BOOST_CHECK_EQUAL(rest::tag_of(a), rest::tag_of(b));
  b.set("temperature", "37.1");
  BOOST_CHECK_NE(rest::tag_of(a), rest::tag_of(b));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace aorta::test
