#include "engine/fhir/definitions.hpp"
#include "engine/fhir/invariants.hpp"
#include "engine/fhir/validate.hpp"
#include "engine/fhir/validate_format.hpp"
#include "test/support/foreign.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

using namespace aorta;
using namespace aorta::fhir;

namespace {

std::vector<issue> issues(std::string_view json) {
  const auto read = document::parse(json);
  BOOST_REQUIRE_MESSAGE(read.ok(), json);
  return validate(*read->root);
}

/// `code path` of the first fault, and how many there are when more than one.
std::string fault(std::string_view json) {
  const auto all = issues(json);
  if (all.empty()) return "valid";
  return all[0].code + ' ' + all[0].path + (all.size() > 1 ? " +" + std::to_string(all.size() - 1) : "");
}

std::string patient(const std::string& members) { return R"({"resourceType":"Patient",)" + members + "}"; }
std::string observation(const std::string& members) {
  return R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},)" +
    members + "}";
}
std::string key(std::string_view json) { // of the invariant that is broken
  const auto all = issues(json);
  if (all.size() != 1 || all[0].code != "invariant") return fault(json);
  return all[0].text.substr(0, all[0].text.find(':'));
}
std::string narrative(const std::string& inside) {
  return patient(R"("text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">)" +
                 inside + R"(</div>"})");
}

} // namespace

BOOST_AUTO_TEST_SUITE(fhir_validate)

BOOST_AUTO_TEST_CASE(every_example_of_the_corpus_is_valid_but_the_two_with_flaws,
                     *boost::unit_test::precondition(foreign::is_there)) {
  std::set<std::string> refused;
  size_t count = 0;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(AORTA_SHARED) / "corpus/fhir")) {
    if (file.path().extension() != ".json") continue;
    std::stringstream text;
    text << std::ifstream(file.path()).rdbuf();
    for (const auto& each : issues(text.str())) refused.insert(file.path().stem().string() + ' ' + each.path);
    ++count;
  }
  BOOST_TEST(count > 40U);
  BOOST_TEST(refused.size() == 2U);
  BOOST_TEST(
    refused.contains("MedicationRequest-medrx0301 MedicationRequest.dispenseRequest.performer.reference"));
  BOOST_TEST(refused.contains("CapabilityStatement-example CapabilityStatement.url"));
}

BOOST_AUTO_TEST_CASE(structure_is_checked_with_the_place) {
  BOOST_TEST(fault(R"({"resourceType":"Patient"})") == "valid");
  BOOST_TEST(fault(R"({"a":1})") == "structure Resource");
  BOOST_TEST(fault(R"({"resourceType":"Patience"})") == "structure Resource");
  BOOST_TEST(fault(R"({"resourceType":"DomainResource"})") == "structure Resource");
  BOOST_TEST(fault(patient(R"("foo":1)")) == "structure Patient");
  BOOST_TEST(fault(patient(R"("name":{"family":"x"})")) == "structure Patient.name");
  BOOST_TEST(fault(patient(R"("gender":["male"])")) == "structure Patient.gender");
  BOOST_TEST(fault(patient(R"("name":[])")) == "structure Patient.name");
  BOOST_TEST(fault(patient(R"("name":[{"given":["a"]},{"given":["b",7]}])")) ==
             "structure Patient.name[1].given[1]");
  BOOST_TEST(fault(patient(R"("name":[{}])")) == "structure Patient.name[0]");
  BOOST_TEST(fault(patient(R"("name":[{"id":"x"}])")) == "structure Patient.name[0]");
  BOOST_TEST(fault(patient(R"("name":[null])")) == "structure Patient.name[0]");
  BOOST_TEST(fault(patient(R"("active":"true")")) == "structure Patient.active");
  BOOST_TEST(fault(patient(R"("gender":null)")) == "structure Patient.gender");
  BOOST_TEST(fault(patient(R"("maritalStatus":"M")")) == "structure Patient.maritalStatus");
}

BOOST_AUTO_TEST_CASE(a_strange_member_is_told_only_when_its_name_is_a_plain_word) {
  BOOST_TEST(issues(patient(R"("famliy":1)"))[0].text.find("famliy") != std::string::npos);
  BOOST_TEST(issues(patient(R"("Anna P., 1958":1)"))[0].text.find("1958") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(cardinality_is_checked_at_the_missing_element) {
  BOOST_TEST(fault(R"({"resourceType":"Observation","status":"final"})") == "required Observation.code");
  BOOST_TEST(fault(patient(R"("link":[{"type":"seealso"}])")) == "required Patient.link[0].other");
  BOOST_TEST(
    fault(
      R"({"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"reference":"Patient/1"}})") ==
    "required MedicationRequest.medication");
}

BOOST_AUTO_TEST_CASE(a_companion_stands_for_a_value_or_beside_it) {
  const std::string said = R"({"extension":[{"url":"http://x.org/a","valueCode":"b"}]})";
  BOOST_TEST(fault(patient(R"("_birthDate":)" + said)) == "valid");
  BOOST_TEST(fault(patient(R"("birthDate":"1958","_birthDate":{"id":"a"})")) == "valid");
  BOOST_TEST(fault(patient(R"("_birthDate":{"id":"a"})")) == "structure Patient.birthDate");
  BOOST_TEST(fault(patient(R"("_birthDate":{"value":"a"})")) == "structure Patient.birthDate");
  BOOST_TEST(fault(patient(R"("_maritalStatus":)" + said)) == "structure Patient");
  BOOST_TEST(fault(patient(R"("name":[{"given":["a",null],"_given":[null,)" + said + "]}]")) == "valid");
  BOOST_TEST(fault(patient(R"("name":[{"given":["a",null],"_given":[)" + said + ",null]}]")) ==
             "structure Patient.name[0].given[1]");
  BOOST_TEST(fault(patient(R"("name":[{"given":["a"],"_given":[null,)" + said + "]}]")) ==
             "structure Patient.name[0].given");
  BOOST_TEST(fault(R"({"resourceType":"Observation","_status":)" + said + R"(,"code":{"text":"x"}})") ==
             "valid");
}

BOOST_AUTO_TEST_CASE(a_choice_has_one_type) {
  BOOST_TEST(fault(observation(R"("valueString":"a","valueInteger":1)")) == "structure Observation");
  BOOST_TEST(fault(observation(R"("valueString":"a","_valueString":{"id":"x"})")) == "valid");
  BOOST_TEST(fault(observation(R"("valueDecimal":1)")) == "structure Observation");
  BOOST_TEST(fault(observation(R"("valueQuantity":{"value":"7"})")) ==
             "structure Observation.value.ofType(Quantity).value");
}

BOOST_AUTO_TEST_CASE(formats_are_those_of_the_standard) {
  BOOST_TEST(fault(patient(R"("birthDate":"1980-02-30")")) == "value Patient.birthDate");
  BOOST_TEST(fault(patient(R"("birthDate":"1980-02-29")")) == "valid");
  BOOST_TEST(fault(patient(R"("id":"a_b")")) == "value Patient.id");
  BOOST_TEST(fault(patient(R"("multipleBirthInteger":3000000000)")) ==
             "value Patient.multipleBirth.ofType(integer)");
  BOOST_TEST(fault(patient(R"("multipleBirthInteger":1.0)")) ==
             "value Patient.multipleBirth.ofType(integer)");
  BOOST_TEST(fault(patient(R"("implicitRules":"a b")")) == "value Patient.implicitRules");
  BOOST_TEST(fault(patient(R"("name":[{"family":" "}])")) == "value Patient.name[0].family");
  BOOST_TEST(fault(patient(R"("name":[{"family":"a\u0000b"}])")) == "value Patient.name[0].family");
  BOOST_TEST(fault(patient(R"("photo":[{"contentType":"image/png","data":"AAA"}])")) ==
             "value Patient.photo[0].data");
  BOOST_TEST(fault(patient(R"("photo":[{"contentType":"png","url":"http://x"}])")) ==
             "code-invalid Patient.photo[0].contentType");
  BOOST_TEST(fault(observation(R"("issued":"2026-11-20")")) == "value Observation.issued");
  BOOST_TEST(fault(observation(R"("effectiveDateTime":"2026-11-20T08:30:00")")) ==
             "value Observation.effective.ofType(dateTime)");
  BOOST_TEST(fault(observation(R"("valueQuantity":{"value":1e99999})")) ==
             "value Observation.value.ofType(Quantity).value");
}

BOOST_AUTO_TEST_CASE(the_hand_written_formats_agree_with_the_regular_expressions_of_the_definitions) {
  const char* samples[] = {"0",
                           "1",
                           "-1",
                           "-0",
                           "01",
                           "1.0",
                           "+1",
                           "2147483647",
                           "true",
                           "a",
                           "a b",
                           " a",
                           "a ",
                           "a  b",
                           "A-1.b",
                           "a_b",
                           "urn:oid:1.2.3",
                           "urn:oid:1.02",
                           "urn:oid:3.1",
                           "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
                           "urn:uuid:0C3151BD-1cbf-4d64-b04d-cd9187a4c6e0",
                           "2026",
                           "0000",
                           "2026-13",
                           "2026-11",
                           "2026-1",
                           "2026-11-20",
                           "2026-11-32",
                           "2026-11-20T08:30:00Z",
                           "2026-11-20T08:30Z",
                           "2026-11-20T08:30:60.123+02:00",
                           "2026-11-20T08:30:00",
                           "2026-11-20T24:00:00Z",
                           "2026-11-20T08:30:00+14:00",
                           "2026-11-20T08:30:00+14:01",
                           "2026-11-20T08:30:00.Z",
                           "08:30:00",
                           "08:30",
                           "23:59:60.5",
                           "24:00:00",
                           "YWJj",
                           "YWI=",
                           "Y=I=",
                           "YWJ"};
  for (const auto& type : definitions::get().types()) {
    if (type.is != type_definition::kind::primitive || type.regex.empty()) continue;
    const std::regex stated(std::string(type.regex), std::regex::ECMAScript);
    for (const std::string text : samples) {
      if (type.format == primitive::boolean || type.format == primitive::decimal)
        continue; // the reading of JSON decides
      if (type.format == primitive::base64 && text == "Y=I=")
        continue;                                // the expression is looser than base64
      const bool urn = text.starts_with("urn:"); // a URI's own rules for urn: are beyond its expression
      if (urn &&
          (type.format == primitive::uri || type.format == primitive::url ||
           type.format == primitive::canonical))
        continue;
      const bool wanted = std::regex_match(text, stated);
      BOOST_TEST((malformed(type.format, text) == nullptr) == wanted, type.name << " " << text);
    }
  }
}

BOOST_AUTO_TEST_CASE(required_codes_are_checked_and_others_are_not) {
  BOOST_TEST(fault(patient(R"("gender":"M")")) == "code-invalid Patient.gender");
  BOOST_TEST(fault(patient(R"("maritalStatus":{"coding":[{"system":"http://x.org","code":"q"}]})")) ==
             "valid");
  BOOST_TEST(
    fault(
      R"({"resourceType":"Condition","subject":{"reference":"Patient/1"},"clinicalStatus":{"coding":[{"system":"http://x.org","code":"active"}]}})") ==
    "code-invalid Condition.clinicalStatus");
  BOOST_TEST(fault(observation(R"("valueQuantity":{"value":1,"comparator":"=="})")) ==
             "code-invalid Observation.value.ofType(Quantity).comparator");
}

BOOST_AUTO_TEST_CASE(references_are_held_to_their_targets) {
  const auto with = [](const std::string& reference) {
    return fault(observation(R"("subject":{"reference":")" + reference + "\"}"));
  };
  for (const auto* good : {"Patient/1", "http://x.org/fhir/Patient/1", "Patient/1/_history/2",
                           "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "http://x.org/any/thing"})
    BOOST_TEST(with(good) == "valid", good);
  for (const auto* bad :
       {"Practitioner/1", "http://x.org/fhir/Practitioner/1", "Nobody/1", "1", "Patient/", "#none"})
    BOOST_TEST(with(bad) != "valid", bad);
  BOOST_TEST(fault(observation(R"("subject":{"reference":"Patient/1","type":"Group"})")) ==
             "value Observation.subject.type");
}

BOOST_AUTO_TEST_CASE(contained_resources_are_checked_and_referred_to) {
  const auto with = [](const std::string& contained, const std::string& reference) {
    return patient(R"("contained":[{"resourceType":"Organization",)" + contained +
                   R"(}],"managingOrganization":{"reference":")" + reference + "\"}");
  };
  BOOST_TEST(fault(with(R"("id":"o","name":"x")", "#o")) == "valid");
  BOOST_TEST(key(with(R"("id":"o","name":"x")", "Organization/1")) == "dom-3");
  BOOST_TEST(key(with(R"("id":"o","name":"x","meta":{"versionId":"1"})", "#o")) == "dom-4");
  BOOST_TEST(fault(with(R"("id":"o","name":7)", "#o")) == "structure Patient.contained[0].name");
  BOOST_TEST(key(with(R"("id":"o","name":"x","contained":[{"resourceType":"Patient","id":"q"}])", "#o")) ==
             "dom-2");
  BOOST_TEST(
    fault(patient(
      R"("contained":[{"resourceType":"Practitioner","id":"o"}],"managingOrganization":{"reference":"#o"})")) ==
    "value Patient.managingOrganization.reference");
}

BOOST_AUTO_TEST_CASE(invariants_are_named_by_their_keys) {
  BOOST_TEST(key(patient(R"("contact":[{"gender":"male"}])")) == "pat-1");
  BOOST_TEST(key(observation(R"("valueString":"x","dataAbsentReason":{"text":"u"})")) == "obs-6");
  BOOST_TEST(key(observation(R"("referenceRange":[{"appliesTo":[{"text":"x"}]}])")) == "obs-3");
  BOOST_TEST(
    key(observation(
      R"("valueString":"x","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]}}])")) ==
    "obs-7");
  BOOST_TEST(key(observation(R"("valueQuantity":{"value":1,"code":"mg"})")) == "qty-3");
  BOOST_TEST(key(observation(R"("referenceRange":[{"low":{"value":1,"comparator":"<"}}])")) == "sqty-1");
  BOOST_TEST(key(observation(R"("valueRange":{"low":{"value":10},"high":{"value":9.5}})")) == "rng-2");
  BOOST_TEST(key(observation(R"("valueRatio":{"numerator":{"value":1}})")) == "rat-1");
  BOOST_TEST(key(observation(R"("effectivePeriod":{"start":"2026-02","end":"2026-01-31"})")) == "per-1");
  BOOST_TEST(fault(observation(R"("effectivePeriod":{"start":"2026-01-31","end":"2026-01"})")) == "valid");
  BOOST_TEST(fault(observation(
               R"("effectivePeriod":{"start":"2026-01-31T10:00:00+02:00","end":"2026-01-31T08:00:00Z"})")) ==
             "valid");
  BOOST_TEST(key(patient(R"("telecom":[{"value":"1"}])")) == "cpt-2");
  BOOST_TEST(key(patient(R"("extension":[{"url":"http://x.org"}])")) == "ext-1");
  BOOST_TEST(key(R"({"resourceType":"Organization","active":true})") == "org-1");
  BOOST_TEST(
    key(
      R"({"resourceType":"Organization","name":"a","telecom":[{"system":"phone","value":"1","use":"home"}]})") ==
    "org-3");
  BOOST_TEST(
    key(
      R"({"resourceType":"Appointment","status":"booked","participant":[{"status":"accepted","actor":{"display":"x"}}]})") ==
    "app-3");
}

BOOST_AUTO_TEST_CASE(an_extension_of_hl7_has_a_value_of_its_type) {
  const auto with = [](const std::string& value) {
    return fault(
      patient(R"("extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName",)" +
              value + "}]"));
  };
  BOOST_TEST(with(R"("valueString":"x")") == "valid");
  BOOST_TEST(with(R"("valueCode":"x")") == "structure Patient.extension[0]");
}

BOOST_AUTO_TEST_CASE(every_invariant_of_the_tables_is_asked) {
  const std::set<std::string_view> of_bundles{"bdl-2", "bdl-3", "bdl-4", "bdl-7"};
  BOOST_TEST((invariant_function("TestReport/inv-2") != nullptr)); // another in each type
  for (const auto each : definitions::get().invariant_keys())
    BOOST_TEST((invariant_function(each) != nullptr || of_bundles.contains(each) || each == "inv-2"), each);
}

BOOST_AUTO_TEST_CASE(a_narrative_is_well_formed_and_harmless) {
  for (const auto* good :
       {"a", "<p>a</p><br/>", "<p class='x'>&lt; &#160; b</p>", "<img src='x'/>", "<!-- c -->d"})
    BOOST_TEST(fault(narrative(good)) == "valid", good);
  for (const auto* bad :
       {"<p>a", "a</p>", "<b><i>a</b></i>", "<script>a</script>", "<p onclick='a'>b</p>", "a & b",
        "<a href='javascript:x'>b</a>", "<p a>b</p>", "<form>a</form>", "<?php?>a"})
    BOOST_TEST(key(narrative(bad)) == "txt-1", bad);
  for (const auto* empty : {"", " ", "<p> </p>", "&nbsp;"})
    BOOST_TEST(key(narrative(empty)) == "txt-2", empty);
}

BOOST_AUTO_TEST_CASE(the_entry_of_a_bundle_is_named) {
  const auto bundle = [](const std::string& type, const std::string& entries) {
    return R"({"resourceType":"Bundle","type":")" + type + R"(","entry":[)" + entries + "]}";
  };
  const std::string good =
    R"({"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}})";
  BOOST_TEST(fault(bundle("transaction", good)) == "valid");
  BOOST_TEST(
    fault(bundle(
      "transaction",
      good +
        R"(,{"resource":{"resourceType":"Patient","name":[{"given":["a",1]}]},"request":{"method":"POST","url":"Patient"}})")) ==
    "structure Bundle.entry[1].resource.name[0].given[1]");
  BOOST_TEST(key(bundle("transaction", good + R"(,{"resource":{"resourceType":"Patient"}})")) == "bdl-3");
  BOOST_TEST(key(bundle("collection", good)) == "bdl-3");
  BOOST_TEST(key(bundle("collection",
                        R"({"search":{"mode":"match"},"resource":{"resourceType":"Patient"}})")) == "bdl-2");
  BOOST_TEST(
    key(bundle(
      "collection",
      R"({"fullUrl":"http://x.org/a","resource":{"resourceType":"Patient"}},{"fullUrl":"http://x.org/a","resource":{"resourceType":"Patient"}})")) ==
    "bdl-7");
  const std::string urn = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0";
  const auto referring = [&](const std::string& first_type, const std::string& to) {
    return bundle("transaction",
                  R"({"fullUrl":")" + urn + R"(","resource":{"resourceType":")" + first_type +
                    R"("},"request":{"method":"POST","url":"x"}},)"
                    R"({"resource":{"resourceType":"Condition","subject":{"reference":")" +
                    to + R"("}},"request":{"method":"POST","url":"Condition"}})");
  };
  BOOST_TEST(fault(referring("Patient", urn)) == "valid");
  BOOST_TEST(fault(referring("Practitioner", urn)) == "value Bundle.entry[1].resource.subject.reference");
  BOOST_TEST(fault(referring("Patient", "urn:uuid:1c3151bd-1cbf-4d64-b04d-cd9187a4c6e0")) ==
             "value Bundle.entry[1].resource.subject.reference");
  BOOST_TEST(fault(referring("Patient", "Patient?identifier=a|b")) == "valid");
}

BOOST_AUTO_TEST_CASE(it_stops_at_the_most_issues_and_takes_the_path_it_is_given) {
  std::string names;
  for (int i = 0; i < 200; ++i) names += std::string(i ? "," : "") + R"({"family":1})";
  const auto read = document::parse(patient("\"name\":[" + names + "]"));
  BOOST_TEST(validate(*read->root).size() == 50U);
  validation how;
  how.most_issues = 1, how.root = "Parameters.parameter[0].resource";
  BOOST_TEST(validate(*read->root, how)[0].path == "Parameters.parameter[0].resource.name[0].family");
}

BOOST_AUTO_TEST_CASE(summary_and_mandatory_are_those_of_the_definitions) {
  BOOST_TEST(is_summary("Patient", "gender"));
  BOOST_TEST(!is_summary("Patient", "contact"));
  BOOST_TEST(!is_summary("Patient", "nothing"));
  BOOST_TEST(is_summary("Observation", "valueQuantity"));
  BOOST_TEST(is_mandatory("Observation", "code"));
  BOOST_TEST(is_mandatory("Patient", "active")); // a modifier
  BOOST_TEST(!is_mandatory("Patient", "name"));
  BOOST_TEST(is_resource_type("Patient"));
  BOOST_TEST(!is_resource_type("HumanName"));
  BOOST_TEST(!is_resource_type("Patient.contact"));
}

BOOST_AUTO_TEST_SUITE_END()
