// What a code may be: by its name in two languages, its units, its specimen and its values; nothing without a
// name.
#include "engine/lab/suggest.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

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

BOOST_AUTO_TEST_CASE(of_alike_tests_one_has_nothing_against_it) {
  for (const char* name : {"Glucose", "Γλυκόζη", "Potassium", "Sodium"}) {
    const auto all = of({"1", name, {{"mmol/L", 1}}, {{"5", "mmol/L"}}});
    const auto plain = std::count_if(all.begin(), all.end(),
                                     [](const auto& each) { return each.contradictions.empty(); });
    BOOST_TEST(plain <= 1, name);
  }
  BOOST_TEST(best({"1", "Σάκχαρο αίματος", {{"mg/dL", 1}}, {}}) == "2345-7");
}

/// The first one has nothing against it only where what was sent says all that tells it from its neighbours.
BOOST_AUTO_TEST_CASE(what_tells_a_test_from_its_neighbours_is_heard) {
  struct sent {
    const char *code, *name, *unit, *loinc;
  };
  for (const auto& each :
       {sent{"1", "Calcium, ionized", "mmol/L", "17863-2"},
        sent{"1", "Ασβέστιο ιονισμένο", "mmol/L", "17863-2"},
        sent{"1", "Χολερυθρίνη άμεση", "mg/dL", "1968-7"}, sent{"1", "Thyroxine free", "ng/dL", "3024-7"},
        sent{"1", "Θυροξίνη ελεύθερη", "ng/dL", "3024-7"}, sent{"1", "Creatine kinase MB", "U/L", "32673-6"},
        sent{"1", "LDL cholesterol", "mg/dL", "2089-1"}, sent{"1", "Creatinine, urine", "mg/dL", "2161-8"},
        sent{"1", "Neutrophils %", "", "770-8"}, sent{"1", "Troponin T", "ug/L", "6598-7"},
        sent{"1", "Prothrombin time INR", "", "6301-6"}}) {
    sent_test what{each.code, each.name, {}, {}};
    if (*each.unit != 0) what.units.emplace_back(each.unit, 1);
    if (*each.unit == 0) what.values.emplace_back("1,1", "");
    BOOST_TEST(best(what) == each.loinc, each.name);
  }
}

BOOST_AUTO_TEST_CASE(what_the_table_does_not_have_is_never_without_a_contradiction) {
  for (const auto& [name, unit] : {std::pair("Free PSA", "ng/mL"),
                                   {"Free testosterone", "ng/dL"},
                                   {"Unsaturated iron binding capacity", "ug/dL"},
                                   {"TSH receptor antibodies", "m[IU]/L"},
                                   {"Insulin antibodies", "u[IU]/mL"},
                                   {"Creatinine clearance", ""},
                                   {"Glucose CSF", "mg/dL"},
                                   {"Albumin ascites", "g/dL"},
                                   {"LDH pleural fluid", "U/L"},
                                   {"Sodium U24h", "mmol/L"},
                                   {"D-dimer", "ng/mL"},
                                   {"Καλίο 24ωρου", "mmol/L"}}) {
    sent_test what{"1", name, {}, {}};
    if (*unit != 0) what.units.emplace_back(unit, 1);
    for (const auto& each : of(what)) BOOST_TEST(!each.contradictions.empty(), name << ": " << each.loinc);
  }
  for (const char* name : {"CA 125", "CA 19-9", "Protein S", "Cancer antigen"})
    BOOST_TEST(of({"1", name, {}, {}}).empty(), name);
}

BOOST_AUTO_TEST_CASE(units_that_differ_are_told) {
  const auto all = of({"NEUT", "Neutrophils", {{"%", 9}, {"10^9/L", 3}}, {}});
  for (const auto& each : all) BOOST_TEST(!each.contradictions.empty(), each.loinc);
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
