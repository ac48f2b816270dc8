// Conversions: exact in decimal, with the digits that were sent.
#include "engine/base/ratio.hpp"
#include "engine/lab/unit.hpp"
#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>

using namespace sample;

namespace {

const lab::code_table& table() { return lab::code_table::built_in(); }

std::string converted(std::string_view loinc, std::string_view from, std::string_view number,
                      lab::unit_system system = lab::unit_system::conventional) {
  const auto plan = lab::plan_units(table(), *table().by_loinc(loinc), loinc, from, system);
  if (!plan.trouble.empty()) return std::string(plan.trouble);
  return lab::convert(plan.change, *decimal::from_text(number), plan.decimals)->text() + " " +
    std::string(plan.unit);
}

} // namespace

BOOST_AUTO_TEST_SUITE(exact)

BOOST_AUTO_TEST_CASE(ratios_are_in_lowest_terms_and_exact) {
  const auto of = [](const char* text) { return ratio::of(*decimal::from_text(text)); };
  BOOST_TEST(of("0.001").is_power_of_ten());
  BOOST_TEST(of("0.001").exponent == -3);
  BOOST_TEST(of("1000").exponent == 3);
  BOOST_TEST(times(of("60"), inverse(of("60")))->is_one());
  BOOST_TEST(times(of("0.000000001"), inverse(of("0.000001")))->exponent == -3);
  BOOST_TEST(of("0").is_zero());
  // 1.005 as a double lies below 1.005; as a decimal it is exactly the half.
  BOOST_TEST(scaled(*decimal::from_text("1.005"), {}, {0, 1, 0}, 2)->text() == "1.01");
  BOOST_TEST(scaled(*decimal::from_text("-1.005"), {}, {0, 1, 0}, 2)->text() == "-1.01");
  BOOST_TEST(scaled(*decimal::from_text("2"), {1, 3, 0}, {0, 1, 0}, 5)->text() == "0.66667");
  BOOST_TEST(!scaled(decimal{999'999'999'999'999'999, 0}, of("1000000"), {0, 1, 0}, 12));
}

BOOST_AUTO_TEST_CASE(right_values_of_every_molar_mass) {
  using enum lab::unit_system;
  // By the published factors: phosphate 3.0974 (P), bilirubin 0.058466, calcium 4.0078, thyroxine 0.077687,
  // and so on.
  BOOST_TEST(converted("2777-1", "mmol/L", "1.13") == "3.50 mg/dL");
  BOOST_TEST(converted("14879-1", "mmol/L", "1.000") == "3.097 mg/dL");
  BOOST_TEST(converted("1995-0", "mmol/L", "1.20") == "4.81 mg/dL");
  BOOST_TEST(converted("14629-0", "umol/L", "17.1") == "1.00 mg/dL");
  BOOST_TEST(converted("14920-3", "pmol/L", "15.4") == "1.20 ng/dL");
  BOOST_TEST(converted("14928-6", "pmol/L", "5.0") == "3.3 pg/mL");
  BOOST_TEST(converted("2524-7", "mmol/L", "2.0") == "18.0 mg/dL");
  BOOST_TEST(converted("14683-7", "mmol/L", "10") == "113.1 mg/dL");
  BOOST_TEST(converted("70204-3", "mmol/L", "3.4") == "131.5 mg/dL");
  BOOST_TEST(converted("14698-5", "nmol/L", "1.3") == "1.02 ng/mL");
  BOOST_TEST(converted("16362-6", "umol/L", "35") == "59.6 ug/dL");
  BOOST_TEST(converted("14743-9", "mmol/L", "5.5") == "99.1 mg/dL");
  BOOST_TEST(converted("68438-1", "nmol/L", "75") == "30.0 ng/mL");
  BOOST_TEST(converted("14866-8", "pmol/L", "5.3") == "50.0 pg/mL");
  BOOST_TEST(converted("14675-3", "nmol/L", "400") == "14.5 ug/dL");
  BOOST_TEST(converted("14913-8", "nmol/L", "20") == "576.8 ng/dL");
  BOOST_TEST(converted("83108-1", "pmol/L", "50") == "422.9 pg/mL");
  BOOST_TEST(converted("14633-2", "pmol/L", "600") == "1.81 ng/mL");
  BOOST_TEST(converted("3255-7", "g/L", "3.2") == "320 mg/dL");
  BOOST_TEST(converted("4544-3", "L/L", "0.42") == "42 %");
  BOOST_TEST(converted("1869-7", "mg/dL", "140") == "1.40 g/L");
  BOOST_TEST(converted("2019-8", "kPa", "5.3") == "39.8 mm[Hg]");
  BOOST_TEST(converted("789-8", "10*12/L", "4.52") == "4.52 10*6/uL");
  BOOST_TEST(converted("48067-3", "ng/mL{FEU}", "400") == "0.40 ug/mL{FEU}");
  BOOST_TEST(converted("9318-7", "mg/g{creat}", "28") == "28 ug/mg{creat}");
  BOOST_TEST(converted("9318-7", "mg/mmol{creat}", "3") == "unit-mismatch");
  BOOST_TEST(converted("10835-7", "nmol/L", "75") == "unit-mismatch");
  BOOST_TEST(converted("43583-4", "mg/dL", "30") == "unit-mismatch");
  BOOST_TEST(converted("20448-7", "pmol/L", "60") == "unit-mismatch");
  BOOST_TEST(converted("2777-1", "mmol/L", "1.13", si) == "1.13 mmol/L");
}

BOOST_AUTO_TEST_CASE(a_converted_value_keeps_the_digits_that_were_sent) {
  using enum lab::unit_system;
  BOOST_TEST(converted("2160-0", "umol/L", "105.5") == "1.193 mg/dL");
  BOOST_TEST(converted("2160-0", "umol/L", "97") == "1.10 mg/dL");
  BOOST_TEST(converted("2160-0", "umol/L", "9") == "0.10 mg/dL");
  BOOST_TEST(converted("2093-3", "mmol/L", "5.125") == "198.2 mg/dL");
  BOOST_TEST(converted("2160-0", "mg/dL", "1.10", si) == "97.2 umol/L");
  BOOST_TEST(converted("718-7", "g/dL", "13.50", si) == "135.0 g/L");
  BOOST_TEST(converted("26464-8", "/uL", "8200") == "8.20 10*3/uL");
  BOOST_TEST(converted("4548-4", "mmol/mol", "47.5") == "6.50 %");
  std::mt19937 dice(7);
  for (const auto& [loinc, unit] : {std::pair{"2160-0", "umol/L"},
                                    {"2571-8", "mmol/L"},
                                    {"4548-4", "mmol/mol"},
                                    {"1751-7", "umol/L"},
                                    {"2132-9", "pmol/L"},
                                    {"1742-6", "ukat/L"},
                                    {"718-7", "g/L"}}) {
    const auto& test = *table().by_loinc(loinc);
    const auto plan = lab::plan_units(table(), test, loinc, unit, conventional);
    for (int i = 0; i < 2000; ++i) {
      const decimal sent{std::uniform_int_distribution<int64_t>(1, 99'999)(dice), uint8_t(dice() % 4)};
      const auto got = lab::convert(plan.change, sent, plan.decimals);
      BOOST_REQUIRE(got);
      const double right = plan.change(sent.number());
      BOOST_TEST(std::fabs(got->number() - right) <= 0.5000001 * std::pow(10.0, -got->scale), sent.text());
      BOOST_TEST(std::to_string(got->units).size() >= lab::significant_digits(sent),
                 sent.text() << " -> " << got->text());
    }
  }
}

BOOST_AUTO_TEST_CASE(there_and_back_is_the_same_number) {
  using enum lab::unit_system;
  std::mt19937 dice(11);
  for (const auto& [mass, molar] : {std::pair{"2160-0", "14682-9"},
                                    {"2093-3", "14647-2"},
                                    {"4548-4", "59261-8"},
                                    {"3084-1", "14933-6"},
                                    {"2777-1", "14879-1"}}) {
    const auto& test = *table().by_loinc(mass);
    const auto there = lab::plan_units(table(), test, mass, test.mass_unit, si),
               back = lab::plan_units(table(), test, molar, test.molar_unit, conventional);
    for (int i = 0; i < 500; ++i) {
      const decimal sent{std::uniform_int_distribution<int64_t>(100, 999)(dice), 1};
      const auto over = scaled(sent, there.change.scale, there.change.offset, 9);
      BOOST_REQUIRE(over);
      const auto home = scaled(*over, back.change.scale, back.change.offset, 1);
      BOOST_REQUIRE(home);
      BOOST_TEST(home->text() == sent.text(), mass);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
