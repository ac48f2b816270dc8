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
  return rest::critical_flag(*read->root, {&limit, 1});
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
