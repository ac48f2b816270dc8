// The table of search parameters against the table of types, and whom a resource of any type is of.
#include "engine/fhir/definitions.hpp"
#include "engine/fhir/map.hpp"
#include "engine/fhir/path_values.hpp"
#include "search_rig.hpp"

#include <algorithm>

using namespace aorta;
using namespace aorta::fhir;
using namespace aorta::fhir::test;

namespace {

/// The elements that one step of a path leads to, from any of these types.
std::vector<const type_definition*> followed(const std::vector<const type_definition*>& from,
                                             const path_step& step) {
  std::vector<const type_definition*> out;
  for (const auto* type : from)
    for (const auto& each : type->elements)
      if (is_member(step, each.name) || (each.choice && each.name == step.member)) out.push_back(each.type);
  return out;
}

bool leads_somewhere(std::string_view type, const value_path& path) {
  std::vector<const type_definition*> at{definitions::get().resource(type)};
  for (const auto& step : path.steps) {
    at = followed(at, step);
    if (at.empty()) return false;
    if (!step.filter_member.empty() && followed(at, {step.filter_member}).empty()) return false;
  }
  return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(parameter_table)

BOOST_AUTO_TEST_CASE(what_is_served_is_what_r4_has) {
  constexpr std::string_view apart[] = {"AuditEvent", "Bundle", "OperationOutcome", "Parameters",
                                        "Subscription"};
  const auto served = served_types();
  size_t resources = 0;
  for (const auto& type : definitions::get().types()) {
    if (type.resource_index < 0) continue;
    ++resources;
    const bool is = std::find(served.begin(), served.end(), type.name) != served.end();
    BOOST_TEST(is == (std::find(std::begin(apart), std::end(apart), type.name) == std::end(apart)),
               type.name);
  }
  BOOST_TEST(served.size() == resources - std::size(apart));
}

BOOST_AUTO_TEST_CASE(each_path_leads_to_elements_of_its_type) {
  size_t many = 0;
  for (const auto type : searched_types())
    for (const auto& each : parameters_of(type)) {
      ++many;
      const auto& paths = compiled(each);
      BOOST_TEST(!paths.paths.empty(), type << " " << each.name);
      for (const auto& path : paths.paths)
        BOOST_TEST(leads_somewhere(type, path), type << " " << each.name << ": " << each.paths);
      BOOST_TEST((each.type == parameter_type::composite) == !paths.parts.empty(), type << " " << each.name);
      for (auto rest = each.targets; !rest.empty();) {
        BOOST_TEST((definitions::get().resource(take_word(rest, ',')) != nullptr), type << " " << each.name);
      }
    }
  BOOST_TEST(many > 1'300u);
  BOOST_TEST(common_parameters().size() == 6u);
}

BOOST_AUTO_TEST_CASE(compartments_are_those_of_r4) {
  BOOST_TEST((compartment_of("AllergyIntolerance", "Patient") != nullptr));
  BOOST_TEST((compartment_of("Task", "Patient") == nullptr));
  BOOST_TEST((compartment_of("Medication", "Patient") == nullptr));
  BOOST_TEST((compartment_of("Procedure", "Encounter") != nullptr));
  BOOST_TEST((compartment_of("Procedure", "Organization") == nullptr));
  BOOST_TEST((find_parameter("AllergyIntolerance", "compartment") == nullptr));
}

BOOST_AUTO_TEST_CASE(a_resource_is_of_whom_its_compartment_names) {
  const auto owner = [](const char* json) { return patient_of(*parsed(json).root).value_or(0); };
  BOOST_TEST(owner(R"({"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/7"},
    "asserter":{"reference":"Patient/8"}})") == 7);
  BOOST_TEST(owner(R"({"resourceType":"AllergyIntolerance","asserter":{"reference":"Patient/8"}})") == 8);
  BOOST_TEST(
    owner(R"({"resourceType":"Account","subject":[{"reference":"Patient/7"},{"reference":"Patient/7"}]})") ==
    7);
  BOOST_TEST(
    owner(R"({"resourceType":"Account","subject":[{"reference":"Patient/7"},{"reference":"Patient/8"}]})") ==
    0);
  BOOST_TEST(owner(R"({"resourceType":"Coverage","beneficiary":{"reference":"Patient/7"},
    "subscriber":{"reference":"Patient/8"}})") == 7);
  BOOST_TEST(
    owner(R"({"resourceType":"Group","member":[{"entity":{"reference":"Patient/7/_history/2"}}]})") == 7);
  BOOST_TEST(owner(R"({"resourceType":"Task","for":{"reference":"Patient/7"}})") == 0);
  BOOST_TEST(owner(R"({"resourceType":"Binary","securityContext":{"reference":"Patient/7"}})") == 7);
  BOOST_TEST(owner(R"({"resourceType":"Provenance","target":[{"reference":"Observation/7"}]})") == 0);
  BOOST_TEST(owner(R"({"resourceType":"Immunization","patient":{"reference":"Patient/07"}})") == 0);
  BOOST_TEST(
    owner(R"({"resourceType":"Immunization","patient":{"reference":"http://x.example/Patient/7"}})") == 0);
}

BOOST_AUTO_TEST_CASE(types_without_a_table_are_narrowed_by_every_patient_they_name) {
  const auto task = read_well("Task", {{"owner", "Patient/7"}});
  BOOST_TEST((narrow(task, base).patients == std::vector<int64_t>{7}));
  const auto observation = read_well("Observation", {{"performer", "Patient/7"}});
  BOOST_TEST(narrow(observation, base).patients.empty());
  const auto given = read_well("Immunization", {{"vaccine-code", "http://x|08"}, {"date", "2026-01-01"}});
  const auto by = narrow(given, base);
  BOOST_TEST(by.codes.empty());
  BOOST_REQUIRE(by.kept.size() == 2u);
  BOOST_TEST((by.kept[0].words == std::vector<model::kept_word>{{"vaccine-code", "=08"}}));
  BOOST_TEST(by.kept[1].parameter == "date");
  BOOST_TEST(by.from.has_value());
}

BOOST_AUTO_TEST_CASE(a_chain_through_a_reference_to_anything_names_its_type) {
  BOOST_TEST(fault_of("Task", "focus.identifier", "x") == "not-supported");
  BOOST_TEST(read_well("Task", {{"focus:ServiceRequest.identifier", "x"}}).all.size() == 1u);
  BOOST_TEST(fault_of("Task", "based-on.based-on.based-on.based-on.based-on.colour", "x") == "not-supported");
}

BOOST_AUTO_TEST_SUITE_END()
