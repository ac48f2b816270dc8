// What a code may be: by its name in two languages, its units, its specimen and its values; nothing without a
// name.
#include "engine/lab/suggest.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta::lab;

namespace {

std::vector<suggestion> of(const sent_test& what) {
  static const profile from = [] {
    profile out;
    out.decimal_comma = true;
    out.unit_aliases["pieces"] = "10*3/uL";
    return out;
  }();
  return suggest_tests(code_table::built_in(), from, what);
}

std::string best(const sent_test& what) {
  const auto all = of(what);
  return all.empty() ? std::string() : all.front().loinc;
}

} // namespace

BOOST_AUTO_TEST_SUITE(suggestions)

BOOST_AUTO_TEST_CASE(names_in_both_languages_and_short_codes) {
  BOOST_TEST(best({"17", "ΓΛΥΚΟΖΗ", {{"mg/dl", 3}}, {}}) == "2345-7");
  BOOST_TEST(best({"17", "Glucose", {{"mmol/L", 3}}, {}}) == "2345-7");
  BOOST_TEST(best({"glu", "", {}, {}}) == "2345-7");
  BOOST_TEST(best({"", "Κρεατινίνη ορού", {{"umol/L", 1}}, {}}) == "2160-0");
  BOOST_TEST(best({"HGB", "Αιμοσφαιρίνη", {{"g/dL", 1}}, {}}) == "718-7");
  BOOST_TEST(best({"x", "Serum Potassium (ISE)", {{"mmol/L", 1}}, {}}) == "2823-3");
  BOOST_TEST(best({"PLT", "Αιμοπετάλια", {{"pieces", 1}}, {}}) == "777-3");
}

BOOST_AUTO_TEST_CASE(the_unit_tells_a_count_from_a_share) {
  BOOST_TEST(best({"NEUT", "Neutrophils", {{"%", 9}}, {}}) == "770-8");
  BOOST_TEST(best({"NEUT", "Neutrophils", {{"10^9/L", 9}}, {}}) == "751-8");
  const auto all = of({"NEUT", "Neutrophils", {{"%", 9}}, {}});
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST(all[0].contradictions.empty());
  BOOST_TEST(all[1].contradictions.at(0) == "'%' is no unit of it");
}

BOOST_AUTO_TEST_CASE(urine_is_not_serum) {
  BOOST_TEST(best({"UK", "Urine potassium", {{"mmol/L", 1}}, {}}) == "2828-2");
  BOOST_TEST(best({"UK", "Κάλιο ούρων", {{"mmol/L", 1}}, {}}) == "2828-2");
  BOOST_TEST(best({"K", "Κάλιο", {{"mmol/L", 1}}, {}}) == "2823-3");
  for (const auto& each : of({"UNA", "Νάτριο ούρων", {{"mmol/L", 1}}, {}}))
    BOOST_TEST((each.loinc == "2955-3" || !each.contradictions.empty()), each.loinc);
}

BOOST_AUTO_TEST_CASE(values_that_nobody_ever_had_speak_against) {
  const auto sound = of({"K", "Potassium", {{"mmol/L", 1}}, {{"4,1", "mmol/L"}}});
  BOOST_TEST(sound.front().contradictions.empty());
  const auto odd = of({"K", "Potassium", {{"mmol/L", 1}}, {{"64", "mmol/L"}}});
  BOOST_TEST((odd.empty() || odd.front().weight < sound.front().weight));
  for (const auto& each : odd) BOOST_TEST(!each.contradictions.empty(), each.loinc);
}

BOOST_AUTO_TEST_CASE(without_a_name_in_common_nothing_is_suggested) {
  BOOST_TEST(of({"ZZZ", "Nobody knows", {{"mmol/L", 1}}, {}}).empty());
  BOOST_TEST(of({"", "", {{"mg/dL", 1}}, {}}).empty());
  BOOST_TEST(of({"CAT", "Catheter tip", {}, {}}).empty());         // no calcium
  BOOST_TEST(of({"1", "Calcitonin", {{"pg/mL", 1}}, {}}).empty()); // likewise
}

BOOST_AUTO_TEST_CASE(every_analyte_has_names) {
  for (const auto& test : code_table::built_in().tests())
    BOOST_TEST(!code_table::built_in().names_of(test.analyte).empty(), test.analyte);
}

BOOST_AUTO_TEST_SUITE_END()
