// What leaves the house of a real database.
#include "engine/export/chart.hpp"
#include "engine/export/parcel.hpp"
#include "engine/records/merge.hpp"
#include "test/unit/export/record.hpp"

#include <set>

using namespace aorta;
using test::both;
using test::house;

BOOST_AUTO_TEST_SUITE(parcel)

BOOST_DATA_TEST_CASE(a_collection_has_all_and_leads_to_itself_without_an_address, both, where) {
  house at(where);
  const auto person = test::some_record(at);
  for (const std::string base : {"https://clinic.example/fhir/r4", ""}) {
    auto by = test::rules_of(at);
    by.base_url = base;
    auto all = test::gathered_of(at, person, by);
    const auto text = exports::collection(all, by, test::label_of(at));
    const auto read = test::must(fhir::document::parse(text));
    BOOST_TEST(read.root->str("type") == "collection");
    std::set<std::string> urls, types;
    for (const auto* each = read.root->get("entry")->first; each; each = each->next) {
      BOOST_TEST(urls.insert(std::string(each->str("fullUrl"))).second);
      BOOST_TEST(each->str("fullUrl").starts_with(base.empty() ? "urn:uuid:" : base + "/"));
      types.insert(std::string(each->get("resource")->str("resourceType")));
    }
    for (const char* type : {"Patient", "Observation", "Condition", "MedicationRequest"})
      BOOST_TEST(types.contains(type), type);
    for (auto* each = read.root->get("entry")->first; each; each = each->next)
      fhir::each_reference(*each->get("resource"), [&](fhir::node& reference) {
        const std::string name(reference.text);
        if (name.starts_with('#')) return;
        BOOST_TEST(urls.contains(base.empty() ? name : base + "/" + name), name);
      });
  }
}

BOOST_AUTO_TEST_CASE(full_urls_are_the_same_for_the_same_document_and_others_for_another) {
  const exports::rules by;
  const exports::parcel_label one{.id = {.bytes = {1}}, .made = {}}, other{.id = {.bytes = {2}}, .made = {}};
  BOOST_TEST(exports::full_url(by, one, "Patient", "7") == exports::full_url(by, one, "Patient", "7"));
  BOOST_TEST(exports::full_url(by, one, "Patient", "7") != exports::full_url(by, other, "Patient", "7"));
  BOOST_TEST(exports::full_url(by, one, "Patient", "7")[9 + 14] == '5');
}

BOOST_DATA_TEST_CASE(who_was_joined_says_with_whom_and_who_is_elsewhere_is_nobody, both, where) {
  house at(where);
  const auto one = at.add_patient("M-1", "Ελένη", "Νικολάου"),
             other = at.add_patient("M-2", "Eleni", "Nikolaou");
  const auto abroad = at.add_patient("M-3", "Eleni", "Nikolaou", at.other_clinic);
  test::must(at.session->begin(at.who.clinic, true));
  test::must(records::merge_patients(*at.session, one, other, {}));
  test::must(at.session->commit());
  const auto by = test::rules_of(at);
  const auto ask = [&](model::patient_id who) {
    auto found = test::must(exports::gather(*at.session, {at.clinic, who, at.who.scopes, "tester"}, by));
    BOOST_REQUIRE(std::holds_alternative<exports::nobody>(found));
    return std::get<exports::nobody>(found).joined_with;
  };
  BOOST_TEST((ask(other) == std::optional(one)));
  BOOST_TEST(!ask(abroad));
  BOOST_TEST(!ask(999));
}

BOOST_DATA_TEST_CASE(a_chart_tells_each_pressure_once_and_leaves_out_what_was_withdrawn, both, where) {
  house at(where);
  const auto person = test::some_record(at);
  const auto all = test::gathered_of(at, person, test::rules_of(at));
  const auto chart = exports::read_chart(all);
  BOOST_TEST(chart.who.family == "Νικολάου");
  BOOST_TEST(chart.who.given == "Ελένη Μαρία");
  size_t systolic = 0, errors = 0;
  for (const auto& each : chart.readings) {
    systolic += each.loinc == "8480-6" ? 1 : 0;
    errors += each.status == "entered-in-error" ? 1 : 0;
  }
  BOOST_TEST(systolic == 1u);
  BOOST_TEST(errors == 0u);
  BOOST_TEST(chart.withdrawn == 1u);
  BOOST_TEST(chart.problems.size() == 1u);
  BOOST_TEST(chart.medicines.size() == 1u);
  BOOST_TEST(chart.medicines.at(0).atc == "C07AB07");
  BOOST_TEST(std::is_sorted(chart.readings.begin(), chart.readings.end(),
                            [](const auto& a, const auto& b) { return a.taken > b.taken; }));
}

BOOST_AUTO_TEST_SUITE_END()
