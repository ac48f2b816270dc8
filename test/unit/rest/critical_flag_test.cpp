// Which Observations of others are critical, whatever their senders say of the category.
#include "engine/rest/critical.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

std::string potassium(const std::string& category, const std::string& more) {
  return R"({"resourceType":"Observation","status":"final",)" + category +
    R"("code":{"coding":[{"system":"http://loinc.org","code":"2823-3"}]},)" + more + "}";
}

std::optional<model::abnormal_flag> flag_of(const std::string& json) {
  lab::critical_limit limit;
  limit.loinc = "2823-3";
  limit.high = 6.0;
  limit.unit = "mmol/L";
  const auto read = fhir::document::parse(json);
  BOOST_REQUIRE(read);
  const auto all = rest::alarming_values(*read->root, {&limit, 1});
  return all.empty() ? std::nullopt : all.front().flag;
}

/// At what a person must look; empty: at nothing.
std::string doubt_of(const std::string& value) {
  lab::critical_limit limit{"2823-3", 2.5, 6.0, "mmol/L", {}};
  auto read = fhir::document::parse(potassium({}, value));
  BOOST_REQUIRE(read);
  const auto all = rest::alarming_values(*read->root, {&limit, 1});
  return all.empty() ? "" : std::string(all.front().rule);
}

std::string quantity(const std::string& value, const std::string& rest) {
  return R"("valueQuantity":{"value":)" + value + rest + "}";
}

const std::string high =
  R"("valueQuantity":{"value":7.2,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"})";

} // namespace

BOOST_AUTO_TEST_CASE(a_value_past_a_limit_is_critical_without_the_word_laboratory) {
  const std::string laboratory = R"("category":[{"coding":[{"code":"laboratory"}]}],)";
  for (
    const std::string& category :
    {laboratory, std::string(), std::string(R"("category":[{"text":"Laboratory"}],)"),
     std::string(
       R"("category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}],)"),
     std::string(R"("category":[{"coding":[{"code":"exam"}]},{"coding":[{"code":"laboratory"}]}],)")})
    BOOST_TEST((flag_of(potassium(category, high)) == model::abnormal_flag::critical_high), category);
  BOOST_TEST(!flag_of(potassium(R"("category":[{"coding":[{"code":"vital-signs"}]}],)", high)));
  const std::string flagged = R"("valueString":"hemolysed","interpretation":[{"coding":[{"code":"HH"}]}])";
  BOOST_TEST((flag_of(potassium({}, flagged)) == model::abnormal_flag::critical_high));
}

// HL7 v3 ObservationInterpretation; senders leave its system, or the code, out.
BOOST_AUTO_TEST_CASE(what_a_laboratory_calls_critical_is_so_whatever_the_value_is) {
  const auto said = [](const std::string& interpretation, const std::string& value) {
    return flag_of(potassium({}, value + R"(,"interpretation":[)" + interpretation + "]"));
  };
  using enum model::abnormal_flag;
  for (const std::string value :
       {R"("valueCodeableConcept":{"text":"positive"})", R"("valueBoolean":true)",
        R"("valueRatio":{"numerator":{"value":1}})", R"("valueQuantity":{"value":4.2,"unit":"units"})",
        R"("valueDateTime":"2026-11-20")"}) {
    BOOST_TEST((said(R"({"coding":[{"code":"HH"}]})", value) == critical_high), value);
    BOOST_TEST((said(R"({"coding":[{"code":"ll "}]})", value) == critical_low), value);
    BOOST_TEST((said(R"({"coding":[{"code":"local-9"},{"code":"AA"}]})", value) == abnormal), value);
    BOOST_TEST((said(R"({"coding":[{"code":"H"}]},{"text":"HH"})", value) == critical_high), value);
    BOOST_TEST((said(R"({"text":"Critical high"})", value) == critical_high), value);
    BOOST_TEST((said(R"({"coding":[{"code":"x","display":"Critical low"}]})", value) == critical_low), value);
    BOOST_TEST(!said(R"({"coding":[{"code":"H"}],"text":"HH"})", value), value); // the code is what counts
    BOOST_TEST(!said(R"({"text":"a little high"})", value), value);
  }
}

BOOST_AUTO_TEST_CASE(values_that_are_no_plain_quantity_are_held_against_the_limits_too) {
  const std::string unit = R"(,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L")";
  const auto flag = [](const std::string& value) { return flag_of(potassium({}, value)); };
  using enum model::abnormal_flag;
  BOOST_TEST((flag(quantity("7.2e0", unit)) == critical_high));
  BOOST_TEST((flag(quantity("72E-1", R"(,"code":"mmol/L")")) == critical_high)); // its code alone
  BOOST_TEST((flag(R"("valueRange":{"low":{"value":6.5)" + unit + R"(},"high":{"value":7.0)" + unit + "}}") ==
              critical_high));
  BOOST_TEST(!flag(R"("valueRange":{"low":{"value":5.5)" + unit + R"(},"high":{"value":7.0)" + unit + "}}"));
}

// As with HL7: past a limit if the unit is what is meant, or on both of its sides.
BOOST_AUTO_TEST_CASE(what_cannot_be_compared_and_may_be_critical_is_for_a_person) {
  const std::string unit = R"(,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L")";
  BOOST_TEST(doubt_of(quantity("7.2", "")) == "maybe-critical");
  BOOST_TEST(doubt_of(quantity("7.2", R"(,"unit":"units")")) == "maybe-critical");
  BOOST_TEST(doubt_of(quantity("4.2", R"(,"unit":"units")")) == "");
  BOOST_TEST(doubt_of(quantity("5.0", R"(,"comparator":">")" + unit)) == "maybe-critical");
  BOOST_TEST(doubt_of(quantity("7.0", R"(,"comparator":">")" + unit)) == ""); // it is critical
  BOOST_TEST(doubt_of(R"("valueInteger":7)") == "maybe-critical");
  BOOST_TEST(doubt_of(R"("valueString":"7,2")") == "maybe-critical");
  BOOST_TEST(doubt_of(R"("valueString":"about 7")") == "not-compared");
  BOOST_TEST(doubt_of(R"("valueString":"hemolysed")") == "");
}
