#include "engine/export/risk.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using exports::language;
using exports::risk_region;

namespace {

timestamp today() {
  timestamp out;
  BOOST_REQUIRE(from_iso("2026-11-20T08:00:00Z", out));
  return out;
}

exports::reading number(const std::string& loinc, const std::string& value, const std::string& unit,
                        const std::string& taken = "2026-11-01T08:00:00Z") {
  exports::reading out;
  out.loinc = loinc;
  out.value = value;
  out.unit = unit;
  out.taken = taken;
  out.status = "final";
  out.is_number = true;
  return out;
}

/// The man of the paper's abstract, in Cyprus.
exports::chart smoker() {
  exports::chart out;
  out.who.birth_date = "1976-05-17";
  out.who.gender = "male";
  out.readings = {number("8480-6", "140", "mmHg"), number("2093-3", "212.685", "mg/dL"),
                  number("2085-9", "1.3", "mmol/L")};
  out.readings.push_back(number("72166-2", "Current every day smoker", ""));
  out.readings.back().is_number = false;
  return out;
}

exports::score of(const exports::chart& what, size_t which, language in = language::en) {
  return exports::scores_of(what, today(), in).at(which);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(risk)

BOOST_AUTO_TEST_CASE(score2_gives_what_its_paper_does) {
  // Supplementary table 4: women 0.0332, men 0.0541, before calibration.
  exports::score2_inputs one{50, false, true, 140, 6.3, 1.4};
  BOOST_TEST(exports::score2_before_calibration(one) == 0.0332, boost::test_tools::tolerance(0.002));
  one.male = true;
  BOOST_TEST(exports::score2_before_calibration(one) == 0.0541, boost::test_tools::tolerance(0.002));
  // Abstract: 5.9 % and 4.2 % in countries of low risk, 14.0 % and 13.7 % in those of very high risk.
  one = {50, true, true, 140, 5.5, 1.3};
  BOOST_TEST(exports::score2(one, risk_region::low) == 0.059, boost::test_tools::tolerance(0.009));
  BOOST_TEST(exports::score2(one, risk_region::very_high) == 0.140, boost::test_tools::tolerance(0.004));
  one.male = false;
  BOOST_TEST(exports::score2(one, risk_region::low) == 0.042, boost::test_tools::tolerance(0.012));
  BOOST_TEST(exports::score2(one, risk_region::very_high) == 0.137, boost::test_tools::tolerance(0.004));
}

BOOST_AUTO_TEST_CASE(it_is_computed_only_of_all_that_it_needs) {
  BOOST_TEST(of(smoker(), 0).value == "7.6 %");
  BOOST_TEST(has(of(smoker(), 0).why, "moderate risk"));
  for (size_t i = 0; i < 4; ++i) {
    auto less = smoker();
    less.readings.erase(less.readings.begin() + std::ptrdiff_t(i));
    BOOST_TEST(of(less, 0).value == "");
    BOOST_TEST(has(of(less, 0).why, "missing: "));
  }
  auto old = smoker();
  for (auto& each : old.readings) each.taken = "2025-11-01T08:00:00Z";
  BOOST_TEST(has(of(old, 0).why, "within a year"));
  auto preliminary = smoker();
  preliminary.readings[1].status = "preliminary";
  BOOST_TEST(of(preliminary, 0).value == "");
  auto other_unit = smoker();
  other_unit.readings[1].unit = "g/L";
  BOOST_TEST(of(other_unit, 0).value == "");
}

BOOST_AUTO_TEST_CASE(it_is_not_for_everybody) {
  auto one = smoker();
  one.problems = {{"E11.9", "Diabetes", "active", "confirmed", "", ""}};
  BOOST_TEST(has(of(one, 0).why, "diabetes"));
  one = smoker();
  one.who.birth_date = "1950-05-17";
  BOOST_TEST(has(of(one, 0).why, "40 to 69"));
  one.who.birth_date = "1956-11-21"; // 69 until tomorrow
  BOOST_TEST(of(one, 0).value != "");
  one.who.birth_date = "";
  BOOST_TEST(has(of(one, 0).why, "age"));
}

BOOST_AUTO_TEST_CASE(a_problem_list_does_not_say_what_somebody_has_not) {
  auto one = smoker();
  BOOST_TEST(has(of(one, 1).why, "I48"));
  one.problems = {{"I48", "", "active", "confirmed", "", ""}, {"I10", "", "active", "confirmed", "", ""}};
  one.who.birth_date = "1950-05-17";
  one.who.gender = "female";
  BOOST_TEST(of(one, 1).value == "");
  BOOST_TEST(has(of(one, 1).why, "at least 4 (hypertension, age 76, female)")); // 1 + 2 + 1
  BOOST_TEST(has(of(one, 1).why, "no information on: heart failure, diabetes"));
  for (const char* code : {"I50.9", "E119", "I63.5", "I25.2"})
    one.problems.push_back({code, "", "active", "confirmed", "", ""});
  BOOST_TEST(of(one, 1).value == "9"); // all of it
  one.problems.back().certainty = "differential";
  BOOST_TEST(of(one, 1).value == "");
}

BOOST_AUTO_TEST_SUITE_END()
