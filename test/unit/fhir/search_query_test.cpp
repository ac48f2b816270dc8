// Reading queries, and the texts and references that stores and sorts need.
#include "search_rig.hpp"

#include <algorithm>
#include <random>
#include <set>

using namespace aorta;
using namespace aorta::fhir;
using namespace aorta::fhir::test;

namespace {

constexpr std::string_view all_types[] = {
  "Patient",      "Observation",      "MedicationRequest", "Condition",    "Encounter",
  "Appointment",  "DiagnosticReport", "DocumentReference", "ImagingStudy", "ServiceRequest",
  "Practitioner", "Organization",     "Location",          "AuditEvent"};

} // namespace

BOOST_AUTO_TEST_SUITE(search_queries)

BOOST_AUTO_TEST_CASE(every_type_of_ours_has_its_parameters_once) {
  for (const auto type : all_types) {
    std::set<std::string_view> names;
    for (const auto& each : parameters_of(type)) {
      BOOST_TEST(names.insert(each.name).second, type << " has " << each.name << " twice");
      BOOST_TEST(!each.definition.empty());
      BOOST_TEST((find_parameter(type, each.name) == &each));
    }
    BOOST_TEST(names.size() >= 9u);
    BOOST_TEST((find_parameter(type, "_id") != nullptr));
    BOOST_TEST((find_parameter(type, "phonetic") == nullptr));
  }
  BOOST_TEST(parameters_of("Bundle").empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_refused) {
  BOOST_TEST(fault_of("Patient", "colour", "x") == "not-supported");
  BOOST_TEST(fault_of("Patient", "_filter", "x") == "not-supported");
  BOOST_TEST(fault_of("Patient", "name:sounds", "x") == "not-supported");
  BOOST_TEST(fault_of("Observation", "code:below", "x") == "not-supported");
  BOOST_TEST(fault_of("Observation", "code:exact", "x") == "not-supported");
  BOOST_TEST(fault_of("Observation", "code-value-quantity:missing", "true") == "not-supported");
  BOOST_TEST(fault_of("Observation", "subject:Medication", "1") == "not-supported");
  BOOST_TEST(fault_of("Patient", "name:", "x") == "structure");
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_refused_and_not_quoted) {
  const std::pair<const char*, const char*> bad[] = {{"birthdate", "2013-02-30"},
                                                     {"birthdate", "xx2013"},
                                                     {"birthdate", "2013-1-1"},
                                                     {"birthdate", "2013-01-01T25:00"},
                                                     {"birthdate", "gt"},
                                                     {"birthdate", ""},
                                                     {"name", ""},
                                                     {"name", "a,,b"},
                                                     {"gender", "|"},
                                                     {"gender", "a|b|c"},
                                                     {"gender:missing", "yes"},
                                                     {"identifier:of-type", "a|b"},
                                                     {"general-practitioner", "a b"},
                                                     {"general-practitioner", "practitioner/1"},
                                                     {"_lastUpdated", "yesterday"}};
  for (const auto& [key, value] : bad) {
    const auto out = read_query("Patient", {{key, value}}, true);
    BOOST_TEST(out.faults.size() == 1u, key << "=" << value);
    if (out.faults.empty()) continue;
    BOOST_TEST(out.faults[0].code == "value");
    BOOST_TEST(out.faults[0].path == key);
    BOOST_TEST((*value == '\0' || std::string_view(value) == "|" ||
                out.faults[0].text.find(value) == std::string::npos));
  }
  const std::pair<const char*, const char*> of_observations[] = {
    {"value-quantity", "5.4|mg"},      {"value-quantity", "5,4x"},
    {"value-quantity", "x5"},          {"value-quantity", "1.2.3"},
    {"value-quantity", ".5"},          {"value-quantity", "5."},
    {"value-quantity", "+5"},          {"value-quantity", "1e"},
    {"code-value-quantity", "2345-7"}, {"code-value-quantity", "2345-7$x"},
    {"code-value-quantity", "a$1$2"},  {"code-value-quantity", "$1"},
    {"patient", "Group/7/1"}};
  for (const auto& [key, value] : of_observations)
    BOOST_TEST(fault_of("Observation", key, value) == "value", key << "=" << value);
}

BOOST_AUTO_TEST_CASE(a_lenient_reading_ignores_unknown_parameters_with_a_warning) {
  const auto out = read_query("Patient", {{"colour", "x"}, {"gender", "male"}}, true);
  BOOST_TEST(out.faults.empty());
  BOOST_REQUIRE(out.value.warnings.size() == 1u);
  BOOST_TEST(out.value.warnings[0].path == "colour");
  BOOST_TEST((out.value.warnings[0].level == issue::severity::warning));
  BOOST_REQUIRE(out.value.applied.size() == 1u);
  BOOST_TEST(out.value.applied[0].first == "gender");
  BOOST_TEST(read_query("Patient", {{"name:sounds", "x"}}, true).faults.size() == 1u);
}

BOOST_AUTO_TEST_CASE(escapes_are_taken_off_and_separators_respected) {
  const auto out = read_well("Patient", {{"identifier", "a\\,b|c\\|d,e\\$f,g\\\\"}});
  BOOST_REQUIRE(out.all.size() == 1u);
  const auto& values = out.all[0].any_of;
  BOOST_REQUIRE(values.size() == 3u);
  BOOST_TEST(values[0].system == "a,b");
  BOOST_TEST(values[0].text == "c|d");
  BOOST_TEST(values[1].text == "e$f");
  BOOST_TEST(values[2].text == "g\\");
}

BOOST_AUTO_TEST_CASE(chains_lead_to_the_type_that_is_named_or_the_only_one) {
  const auto named = read_well("Observation", {{"subject:Patient.name:exact", "Maria"}}).all.at(0);
  BOOST_TEST(named.what->name == "subject");
  BOOST_TEST(named.chain_type == "Patient");
  BOOST_TEST(named.modifier.empty());
  BOOST_REQUIRE(named.chained.size() == 1u);
  BOOST_TEST(named.chained[0].modifier == "exact");
  BOOST_TEST(named.chained[0].any_of.at(0).text == "Maria");
  BOOST_TEST(read_well("Observation", {{"patient.identifier", "1"}}).all.at(0).chain_type == "Patient");
  BOOST_TEST(read_well("Observation", {{"subject.birthdate", "1974"}}).all.at(0).chain_type == "Patient");
  BOOST_TEST(fault_of("Observation", "subject.identifier", "1") == "not-supported"); // a patient's or a
                                                                                     // location's
  const auto deep = read_well("Observation", {{"encounter.service-provider.name", "Clinic"}}).all.at(0);
  BOOST_TEST(deep.chained.at(0).chain_type == "Organization");
  BOOST_TEST(deep.chained.at(0).chained.at(0).what->name == "name");
  BOOST_TEST(fault_of("Observation", "code.name", "x") == "not-supported");
  BOOST_TEST(fault_of("Observation", "patient.colour", "x") == "not-supported");
  BOOST_TEST(fault_of("Observation", "patient.birthdate", "x") == "value");
  std::string endless = "partof";
  for (int i = 0; i < 2000; ++i) endless += ".partof";
  BOOST_TEST(fault_of("Organization", endless, "1") == "too-costly");
}

BOOST_AUTO_TEST_CASE(has_leads_backwards_also_through_another) {
  const auto has = read_well("Patient", {{"_has:Observation:patient:code", "2345-7"}}).all.at(0);
  BOOST_TEST(has.reverse);
  BOOST_TEST(has.chain_type == "Observation");
  BOOST_TEST(has.what->name == "patient");
  BOOST_TEST(has.chained.at(0).what->name == "code");
  const auto nested =
    read_well("Patient", {{"_has:Encounter:patient:_has:Observation:encounter:code", "x"}}).all.at(0);
  BOOST_TEST(nested.chained.at(0).reverse);
  BOOST_TEST(nested.chained.at(0).chain_type == "Observation");
  BOOST_TEST(fault_of("Patient", "_has:Observation:encounter:code", "x") == "not-supported");
  BOOST_TEST(fault_of("Patient", "_has:Observation:patient", "x") == "structure");
  BOOST_TEST(fault_of("Patient", "_has:Bundle:patient:code", "x") == "not-supported");
  const auto patient = parsed(R"({"resourceType":"Patient","id":"7"})");
  BOOST_TEST(!matches(*patient.root, has, {base, {}}));
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused_by_its_name_and_never_quoted) {
  constexpr const char* keys[] = {"name",
                                  "birthdate",
                                  "identifier",
                                  "_has:Observation:patient:value-quantity",
                                  "general-practitioner.name",
                                  "general-practitioner:Practitioner.name",
                                  "_sort",
                                  "_include",
                                  "_elements",
                                  "_count",
                                  "_has:",
                                  "_has::::",
                                  "name:",
                                  ".",
                                  ":",
                                  "a.b.c",
                                  "",
                                  "name..",
                                  "_id:not:not",
                                  "identifier:of-type"};
  constexpr std::string_view letters = "\\,|$:.-+eE019gtxyz/# \xCE\xB1\xFF";
  std::mt19937 roll(7);
  size_t refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string value = "S3CRET";
    for (size_t n = roll() % 12; n-- > 0;)
      value.insert(roll() % (value.size() + 1), 1, letters[roll() % letters.size()]);
    const std::string key = keys[roll() % std::size(keys)];
    const auto out = read_query("Patient", {{key, value}}, roll() % 2 == 0);
    refused += !out.faults.empty();
    for (const auto& fault : out.faults)
      if (fault.path != key || fault.code.empty() || fault.text.empty() ||
          fault.text.find("S3") != std::string::npos)
        BOOST_ERROR(key << "=" << value << ": " << fault.text);
    BOOST_REQUIRE(out.value.applied.size() + out.faults.size() + out.value.warnings.size() == 1u);
    const auto patient = parsed(R"({"resourceType":"Patient","id":"7","name":[{"family":"S3CRET"}]})");
    for (const auto& each : out.value.all) matches(*patient.root, each, {base, {}});
    narrow(out.value, base);
  }
  BOOST_TEST(refused > 5000u);
}

BOOST_AUTO_TEST_CASE(the_parameters_of_results_are_read) {
  const auto out = read_well("Observation",
                             {{"_sort", "-date,code"},
                              {"_count", "20"},
                              {"_total", "accurate"},
                              {"_elements", "code,subject"},
                              {"_include", "Observation:subject:Patient"},
                              {"_include:iterate", "Patient:general-practitioner"},
                              {"_revinclude", "DiagnosticReport:result"},
                              {"_include", "*"},
                              {"_summary", "data"},
                              {"_format", "json"},
                              {"_pretty", "true"},
                              {"_cursor", "abc"},
                              {"code", "1"},
                              {"code", "2"}});
  BOOST_REQUIRE(out.sort.size() == 2u);
  BOOST_TEST(out.sort[0].what->name == "date");
  BOOST_TEST(out.sort[0].descending);
  BOOST_TEST(!out.sort[1].descending);
  BOOST_TEST(out.count.value() == 20);
  BOOST_TEST((out.want_total == query::total::accurate));
  BOOST_TEST((out.brief == query::summary::data));
  BOOST_TEST(out.elements.size() == 2u);
  BOOST_REQUIRE(out.includes.size() == 4u);
  BOOST_TEST(out.includes[0].target == "Patient");
  BOOST_TEST(out.includes[1].iterate);
  BOOST_TEST(out.includes[2].reverse);
  BOOST_TEST(out.includes[3].source == "Observation");
  BOOST_TEST(out.includes[3].parameter == "*");
  BOOST_TEST(out.cursor == "abc");
  BOOST_TEST(out.all.size() == 2u);
  BOOST_TEST(out.applied.size() == 13u);
  BOOST_TEST((read_well("Observation", {{"_count", "0"}}).brief == query::summary::count));
}

BOOST_AUTO_TEST_CASE(results_parameters_that_make_no_sense_are_refused) {
  const std::pair<const char*, const char*> bad[] = {
    {"_count", "-1"},    {"_count", "ten"},       {"_count", ""},
    {"_total", "maybe"}, {"_summary", "some"},    {"_elements", "a b"},
    {"_pretty", "1"},    {"_include", "subject"}, {"_include", "Observation:subject:Patient:x"},
    {"_sort", ""}};
  for (const auto& [key, value] : bad)
    BOOST_TEST(fault_of("Observation", key, value) == "value", key << "=" << value);
  const std::pair<const char*, const char*> unknown[] = {{"_sort", "colour"},
                                                         {"_sort", "date,"},
                                                         {"_sort", "code-value-quantity"},
                                                         {"_include", "Observation:code"},
                                                         {"_include", "Bundle:composition"},
                                                         {"_include", "Observation:subject:Medication"},
                                                         {"_include:recurse", "Observation:subject"},
                                                         {"_count:exact", "1"}};
  for (const auto& [key, value] : unknown)
    BOOST_TEST(fault_of("Observation", key, value) == "not-supported", key << "=" << value);
  BOOST_TEST(read_query("Patient", {{"_count", "1"}, {"_count", "2"}}, false).faults.size() == 1u);
}

BOOST_AUTO_TEST_CASE(sort_texts_order_as_their_values_do) {
  const auto sorted = [](std::string_view parameter, std::vector<std::string> resources) {
    std::string before;
    for (const auto& each : resources) {
      const auto resource = parsed(each);
      const auto* by = find_parameter(resource.root->str("resourceType"), parameter);
      const auto text = sort_text(*resource.root, *by);
      BOOST_REQUIRE(text.has_value());
      BOOST_TEST((before < *text), parameter << ": " << before << " not before " << *text);
      before = *text;
    }
  };
  const auto value = [](std::string_view number) {
    return R"({"resourceType":"Observation","valueQuantity":{"value":)" + std::string(number) + "}}";
  };
  sorted("value-quantity",
         {value("-1e3"), value("-20"), value("-3"), value("0"), value("0.5"), value("7.00"), value("30"),
          value("1e2")});
  const auto date = [](std::string_view when) {
    return R"({"resourceType":"Observation","effectiveDateTime":")" + std::string(when) + "\"}";
  };
  sorted("date",
         {date("1905"), date("1969-12-31T23:00:00Z"), date("1970-01-01"), date("2026-11-20T09:00:00+02:00"),
          date("2026-11-20T08:00:00Z")});
  const auto person = [](std::string_view family) {
    return R"({"resourceType":"Patient","name":[{"given":["Z"],"family":")" + std::string(family) + "\"}]}";
  };
  sorted("name", {person("Ανδρέου"), person("Antoniou"), person("Γεωργίου"), person("Zenon")});
  const auto nobody = parsed(R"({"resourceType":"Patient"})");
  BOOST_TEST(!sort_text(*nobody.root, *find_parameter("Patient", "name")).has_value());
}

BOOST_AUTO_TEST_CASE(references_are_told_once_each_without_contained_ones) {
  const auto report = parsed(R"({"resourceType":"DiagnosticReport","result":[
    {"reference":"Observation/1/_history/2"},{"reference":"Observation/1"},{"reference":"#x"},
    {"reference":"https://other.example/Observation/5"},{"display":"none"}]})");
  const std::vector<std::string> expected{"Observation/1", "https://other.example/Observation/5"};
  BOOST_TEST(references_of(*report.root, *find_parameter("DiagnosticReport", "result")) == expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
