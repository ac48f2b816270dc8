#include "engine/base/decimal.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using aorta::decimal;

namespace {

std::string read(std::string_view text) {
  const auto out = decimal::from_text(text);
  return out ? out->text() : "no number";
}

std::string rounded(double value, uint8_t scale) {
  const auto out = decimal::round(value, scale);
  return out ? out->text() : "out of range";
}

} // namespace

BOOST_AUTO_TEST_SUITE(decimal_)

BOOST_AUTO_TEST_CASE(a_number_keeps_the_digits_it_was_written_with) {
  BOOST_TEST(read("7.00") == "7.00");
  BOOST_TEST(read("-0.30") == "-0.30");
  BOOST_TEST(read("5") == "5");
  BOOST_TEST(read("0.016") == "0.016");
  BOOST_TEST(read("999999999999999999") == "999999999999999999");
  BOOST_TEST(read("-0.000000000000000001") == "-0.000000000000000001");
}

BOOST_AUTO_TEST_CASE(signs_leading_zeros_and_lone_points_have_a_stated_reading) {
  BOOST_TEST(read("065.88") == "65.88");
  BOOST_TEST(read("+3") == "3");
  BOOST_TEST(read(".5") == "0.5");
  BOOST_TEST(read("5.") == "5");
  BOOST_TEST(read("-.5") == "-0.5");
  BOOST_TEST(read("-0") == "0");
  BOOST_TEST(read("0000000000000000000000001") == "1");
}

BOOST_AUTO_TEST_CASE(what_is_no_plain_number_is_refused) {
  for (const char* text : {"", ".", "-", "+", "-.", "1.2e3", ".5.", "1,5", "1 000", " 1", "1 ", "--1", "0x10",
                           "<5", "NaN", "inf", "1000000000000000000", "0.0000000000000000001", "\xCE\xB1"})
    BOOST_TEST(read(text) == "no number", text);
}

BOOST_AUTO_TEST_CASE(equal_values_are_equal_whatever_their_digits) {
  BOOST_CHECK(*decimal::from_text("1.0") == *decimal::from_text("1.00"));
  BOOST_CHECK(*decimal::from_text("100") == *decimal::from_text("100.000"));
  BOOST_CHECK(*decimal::from_text("0.00") == *decimal::from_text("-0"));
  BOOST_CHECK(!(*decimal::from_text("1.01") == *decimal::from_text("1.1")));
  BOOST_CHECK(!(*decimal::from_text("-1") == *decimal::from_text("1")));
}

BOOST_AUTO_TEST_CASE(rounding_goes_half_away_from_zero_as_the_decimal_reads) {
  BOOST_TEST(rounded(97 * 0.0113118, 2) == "1.10");
  BOOST_TEST(rounded(5.9 * 38.665, 1) == "228.1");
  BOOST_TEST(rounded(2.1 * 88.54, 1) == "185.9");
  BOOST_TEST(rounded(1.005, 2) == "1.01"); // the double lies below
  BOOST_TEST(rounded(-1.005, 2) == "-1.01");
  BOOST_TEST(rounded(2.5, 0) == "3");
  BOOST_TEST(rounded(0.125, 2) == "0.13");
  BOOST_TEST(rounded(0.1249999, 2) == "0.12");
  BOOST_TEST(rounded(0.0, 3) == "0.000");
}

BOOST_AUTO_TEST_CASE(rounding_does_not_disturb_large_numbers) {
  BOOST_TEST(rounded(123456789012345.0, 2) == "123456789012345.00");
  BOOST_TEST(rounded(100000000000.49, 0) == "100000000000");
  BOOST_TEST(rounded(-999999999999.0, 3) == "-999999999999.000");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_not_rounded) {
  BOOST_TEST(rounded(1e18, 0) == "out of range");
  BOOST_TEST(rounded(1, 18) == "out of range");
  BOOST_TEST(rounded(0.5, 19) == "out of range");
  BOOST_TEST(rounded(std::numeric_limits<double>::infinity(), 0) == "out of range");
  BOOST_TEST(rounded(std::numeric_limits<double>::quiet_NaN(), 0) == "out of range");
}

BOOST_AUTO_TEST_CASE(the_double_is_the_nearest_to_the_decimal) {
  BOOST_TEST(decimal::from_text("0.1")->number() == 0.1);
  BOOST_TEST(decimal::from_text("-228.1")->number() == -228.1);
}

BOOST_AUTO_TEST_CASE(a_number_of_json_keeps_its_digits_whatever_its_exponent) {
  const auto json = [](std::string_view text) {
    const auto out = decimal::from_json(text);
    return out ? out->text() : "no number";
  };
  BOOST_TEST(json("7.2e0") == "7.2");
  BOOST_TEST(json("7.20E+0") == "7.20");
  BOOST_TEST(json("72e-1") == "7.2");
  BOOST_TEST(json("-1.5e3") == "-1500");
  BOOST_TEST(json("1.2345e2") == "123.45");
  BOOST_TEST(json("4.10") == "4.10");
  BOOST_TEST(json("0.1e-17") == "0.000000000000000001");
  BOOST_TEST(json("0e400") == "0");
  for (const auto* none : {"1e18", "123456789012345678e1", "1e-19", "1e400", "1e", "1e+-2", "1e2.5", "e5"})
    BOOST_TEST(json(none) == "no number", none);
}

BOOST_AUTO_TEST_SUITE_END()
