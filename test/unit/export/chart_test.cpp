#include "engine/export/chart.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

std::vector<exports::reading> readings_of(const std::string& json) {
  const auto read = fhir::document::parse(json);
  BOOST_REQUIRE_MESSAGE(read, json);
  std::vector<exports::reading> out;
  exports::read_observation(*read->root, out);
  return out;
}

std::string observation(const std::string& members) {
  return R"({"resourceType":"Observation","id":"o","status":"final","category":[{"coding":[{"system":)"
         R"("http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],)"
         R"("code":{"coding":[{"system":"http://loinc.org","code":"2823-3"},{"system":"urn:aorta:lab:BIO","code":"K"}],)"
         R"("text":"Κάλιο"},"effectiveDateTime":"2026-11-20",)" +
    members + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(chart)

BOOST_AUTO_TEST_CASE(a_number_keeps_its_digits_and_its_comparator) {
  const auto one =
    readings_of(
      observation(
        R"("valueQuantity":{"value":7.00,"comparator":"<","unit":"mmol/L"},"referenceRange":[{"low":{"value":3.50,)"
        R"("extension":[{"url":"urn:aorta:extension:exclusive","valueBoolean":true}]},"text":"> 3.50"}],)"
        R"("interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"HH"}]}])"))
      .at(0);
  BOOST_TEST(one.value == "7.00");
  BOOST_TEST(one.comparator == "<");
  BOOST_TEST(one.is_number);
  BOOST_TEST(one.loinc == "2823-3");
  BOOST_TEST(one.code == "K");
  BOOST_TEST(one.name == "Κάλιο");
  BOOST_TEST(one.within.low == "3.50");
  BOOST_TEST(one.within.low_excluded);
  BOOST_TEST(one.within.high == "");
  BOOST_TEST(bool(one.marked == exports::flag::critical_high));
  BOOST_TEST(one.critical);
}

BOOST_AUTO_TEST_CASE(values_of_every_kind_are_texts_that_people_read) {
  const auto value = [](const std::string& members) { return readings_of(observation(members)).at(0); };
  BOOST_TEST(value(R"("valueString":"hemolysed")").value == "hemolysed");
  BOOST_TEST(value(R"("valueInteger":-3)").value == "-3");
  BOOST_TEST(value(R"("valueRatio":{"numerator":{"value":1},"denominator":{"value":160}})").value == "1:160");
  BOOST_TEST(
    value(R"("valueRange":{"low":{"value":3,"unit":"/HPF"},"high":{"value":5,"unit":"/HPF"}})").value ==
    "3-5");
  BOOST_TEST(value(R"("valueCodeableConcept":{"coding":[{"code":"POS"}]})").value == "POS");
  BOOST_TEST(value(R"("valueDateTime":"2026-11-20")").value == "2026-11-20");
  BOOST_TEST(value(R"("valueBoolean":false)").value == "false");
  const auto absent = value(R"("dataAbsentReason":{"coding":[{"code":"not-performed"}]})");
  BOOST_TEST(absent.value == "");
  BOOST_TEST(absent.absent == "not-performed");
  BOOST_TEST(!value(R"("valueString":"5")").is_number);
}

BOOST_AUTO_TEST_CASE(a_range_for_other_people_is_not_this_ones) {
  const auto one =
    readings_of(
      observation(
        R"("valueInteger":5,"referenceRange":[{"low":{"value":1},"appliesTo":[{"text":"pregnant"}]},{"high":{"value":9}}])"))
      .at(0);
  BOOST_TEST(one.within.low == "");
  BOOST_TEST(one.within.high == "9");
}

BOOST_AUTO_TEST_CASE(components_are_values_of_their_own) {
  const auto all = readings_of(observation(
    R"("component":[{"code":{"text":"a"},"valueInteger":1},{"code":{"text":"b"},"valueInteger":2}])"));
  BOOST_REQUIRE(all.size() == 2);
  BOOST_TEST(all[1].name == "Κάλιο: b");
  BOOST_TEST(all[1].value == "2");
}

BOOST_AUTO_TEST_CASE(what_the_laboratory_sent_stands_beside) {
  const auto one =
    readings_of(
      observation(
        R"("valueQuantity":{"value":1.00,"unit":"mg/dL"},"extension":[{"url":"urn:aorta:extension:as-sent","extension":[)"
        R"({"url":"value","valueString":"88"},{"url":"unit","valueString":"umol/L"},{"url":"name","valueString":"Κρεατινίνη"}]}])"))
      .at(0);
  BOOST_TEST(one.sent_value == "88");
  BOOST_TEST(one.sent_unit == "umol/L");
  BOOST_TEST(one.sent_name == "Κρεατινίνη");
}

BOOST_AUTO_TEST_CASE(what_is_awaited_does_not_hide_the_latest_value) {
  exports::chart what;
  for (const char* value : {"", "4.6", "4.4"}) {
    auto& one = what.readings.emplace_back();
    one.is = exports::reading::kind::laboratory;
    one.loinc = "2823-3";
    one.value = value;
  }
  what.readings.push_back(what.readings[0]);
  what.readings[3].loinc = "2951-2";
  const auto tests = exports::by_test(what, exports::reading::kind::laboratory);
  BOOST_REQUIRE(tests.size() == 2u);
  BOOST_TEST(exports::shown_of(tests[0]).value == "4.6");
  BOOST_TEST(exports::shown_of(tests[1]).value == "");
}

BOOST_AUTO_TEST_CASE(a_medicine_that_must_not_be_given_says_so) {
  const auto read = fhir::document::parse(
    R"({"resourceType":"MedicationRequest","status":"active","doNotPerform":true,"medicationCodeableConcept":{"text":"Warfarin"}})");
  BOOST_REQUIRE(read);
  BOOST_TEST(exports::read_medicine(*read->root).forbidden);
}

BOOST_AUTO_TEST_SUITE_END()
