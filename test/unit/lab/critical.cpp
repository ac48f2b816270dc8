// Critical limits by analyte, and AA.
#include "engine/lab/critical.hpp"
#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

using namespace sample;
using model::abnormal_flag;

namespace {

lab::critical_limit of_code(const char* loinc, std::optional<double> low, std::optional<double> high,
                            const char* unit, std::optional<double> times = {}) {
  lab::critical_limit out;
  out.loinc = loinc, out.low = low, out.high = high, out.unit = unit, out.times_upper_reference = times;
  return out;
}
lab::critical_limit of_analyte(const char* name, std::optional<double> low, std::optional<double> high,
                               const char* unit, std::optional<double> times = {}) {
  auto out = of_code("", low, high, unit, times);
  out.analyte = name;
  return out;
}
model::lab_result direct(const std::string& loinc, const std::string& value, const std::string& unit,
                         const std::string& range, const std::vector<lab::critical_limit>& limits) {
  return one("OBX|1|NM|" + loinc + "^x^LN||" + value + "|" + unit + "|" + range + "||||F", laboratory("BIO"),
             &limits)
    ->results.at(0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(critical)

BOOST_AUTO_TEST_CASE(a_limit_is_for_the_analyte_whichever_of_its_codes_came) {
  for (const auto& limits :
       {std::vector{of_code("2823-3", 2.5, 6.0, "mmol/L")}, {of_analyte("potassium", 2.5, 6.0, "mmol/L")}})
    for (const auto* code : {"2823-3", "6298-4", "39789-3", "32713-0", "39790-1", "77142-8"}) {
      BOOST_TEST((direct(code, "7.1", "mmol/L", "", limits).flag == abnormal_flag::critical_high), code);
      BOOST_TEST(direct(code, "2.1", "mEq/L", "", limits).critical, code);
      BOOST_TEST(!direct(code, "4.1", "mmol/L", "", limits).critical, code);
    }
  const std::vector potassium{of_code("2823-3", 2.5, 6.0, "mmol/L")};
  BOOST_TEST(!direct("2828-2", "64", "mmol/L", "", potassium).critical); // in urine it is another analyte
  BOOST_TEST(!direct("2951-2", "140", "mmol/L", "", potassium).critical);
  const std::vector inr{of_code("6301-6", {}, 5.0, "{INR}")};
  for (const auto* code : {"6301-6", "34714-6", "46418-0", "38875-1"})
    BOOST_TEST(direct(code, "5.6", "", "", inr).critical, code);
  const std::vector platelets{of_analyte("platelets", 50, {}, "10*9/L")};
  for (const auto* code : {"777-3", "26515-7", "778-1", "97995-5", "13056-7", "26516-5"})
    BOOST_TEST(direct(code, "32", "K/uL", "", platelets).critical, code);
  const std::vector filtration{of_code("62238-1", 15, {}, "mL/min/{1.73_m2}")};
  for (const auto* code : {"62238-1", "98979-8", "33914-3", "88294-4", "88293-6", "77147-7", "50044-7",
                           "48642-3", "48643-1", "69405-9"}) {
    BOOST_TEST(direct(code, "12", "mL/min/1,73m2", "", filtration).critical, code);
    BOOST_TEST(!direct(code, "60", "mL/min/1.73m2", "", filtration).critical, code);
  }
}

BOOST_AUTO_TEST_CASE(troponins_share_a_multiple_of_their_reference_and_no_number) {
  const std::vector multiple{of_code("49563-0", {}, {}, "", 5)};
  const std::pair<const char*, const char*> assays[] = {
    {"49563-0", "ng/mL"}, {"10839-9", "ng/mL"}, {"89579-7", "ng/L"}, {"67151-1", "ng/L"},
    {"6598-7", "ug/L"},   {"42757-5", "ng/mL"}, {"48425-3", "ug/L"}};
  for (const auto& [code, unit] : assays) {
    BOOST_TEST(direct(code, "51", unit, "<10", multiple).critical, code);
    BOOST_TEST(!direct(code, "49", unit, "<10", multiple).critical, code);
  }
  const std::vector number{of_code("49563-0", {}, 0.4, "ng/mL")};
  BOOST_TEST(direct("49563-0", "0.5", "ng/mL", "", number).critical);
  const auto sensitive = direct("89579-7", "12", "ng/L", "", number);
  BOOST_TEST(!sensitive.critical);
  BOOST_TEST(!sensitive.needs_review);
}

BOOST_AUTO_TEST_CASE(a_code_with_limits_of_its_own_keeps_them) {
  const std::vector limits{of_code("49563-0", {}, {}, "", 5), of_code("89579-7", {}, {}, "", 10)};
  BOOST_TEST(!direct("89579-7", "60", "ng/L", "<10", limits).critical);
  BOOST_TEST(direct("89579-7", "101", "ng/L", "<10", limits).critical);
  BOOST_TEST(direct("67151-1", "101", "ng/L", "<10", limits).critical); // the nearest that there is: the
                                                                        // analyte's
}

BOOST_AUTO_TEST_CASE(aa_is_critical_for_what_is_no_number) {
  const auto r = one("OBX|1|ST|CULT^Blood culture^L||Gram negative rods||neg|AA|||F")->results.at(0);
  BOOST_TEST(r.critical);
  BOOST_TEST((r.flag == abnormal_flag::abnormal));
  BOOST_TEST(one("OBX|1|NM|X9^X^L||5|g/L||N~AA|||F")->results.at(0).critical);
  BOOST_TEST(one("OBX|1|NM|X9^X^L||5|g/L|| aa |||F")->results.at(0).critical);
  BOOST_TEST(!one("OBX|1|NM|X9^X^L||5|g/L||A|||F")->results.at(0).critical);
  BOOST_TEST(!one("OBX|1|NM|X9^X^L||5|g/L||AA|||X")->results.at(0).critical);
  auto calm = laboratory("BIO");
  calm.flags["AA"] = abnormal_flag::abnormal; // this laboratory means no more than that
  BOOST_TEST(!one("OBX|1|NM|X9^X^L||5|g/L||AA|||F", calm)->results.at(0).critical);
}

BOOST_AUTO_TEST_SUITE_END()
