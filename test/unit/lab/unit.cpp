#include "engine/lab/flag.hpp"
#include "engine/lab/range.hpp"
#include "engine/lab/unit.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>

using namespace aorta;

namespace {

const lab::code_table& table() { return lab::code_table::built_in(); }

double factor(std::string_view from, std::string_view to, std::string_view loinc = "") {
  const auto f = table().same_kind_factor(from, to, loinc);
  return f ? f->number() : 0;
}
std::string converted(std::string_view loinc, std::string_view from, std::string_view number,
                      lab::unit_system system = lab::unit_system::conventional) {
  const auto plan = lab::plan_units(table(), *table().by_loinc(loinc), loinc, from, system);
  if (!plan.trouble.empty()) return std::string(plan.trouble);
  return lab::convert(plan.change, *decimal::from_text(number), plan.decimals)->text() + " " +
    std::string(plan.unit) + " " + std::string(plan.loinc);
}
std::string range(std::string_view text, bool comma = true, model::gender sex = model::gender::unknown) {
  const auto r = lab::read_range(text, comma, "mg/dL", sex);
  return r ? lab::to_text(*r) : "-";
}

} // namespace

BOOST_AUTO_TEST_SUITE(unit)

BOOST_AUTO_TEST_CASE(units_as_people_write_them) {
  const std::pair<const char*, const char*> spellings[] = {{"mg/dl", "mg/dL"},
                                                           {"gm/dL", "g/dL"},
                                                           {"MG/DL", "mg/dL"},
                                                           {"\u00b5mol/l", "umol/L"},
                                                           {"\u03bcmol/L", "umol/L"},
                                                           {"mcg/L", "ug/L"},
                                                           {"x10^9/L", "10*9/L"},
                                                           {"10^9/l", "10*9/L"},
                                                           {"K/uL", "10*3/uL"},
                                                           {"\u00d710\u00b3/\u00b5L", "10*3/uL"},
                                                           {"x 10\u2079/L", "10*9/L"},
                                                           {"giga.l-1", "10*9/L"},
                                                           {"G/L", "10*9/L"},
                                                           {"g/L", "g/L"},
                                                           {"G/DL", "g/dL"},
                                                           {"uIU/mL", "u[IU]/mL"},
                                                           {"mIU/L", "m[IU]/L"},
                                                           {"IU/L", "[IU]/L"},
                                                           {"mEq/L", "meq/L"},
                                                           {"INR", "{INR}"},
                                                           {"ng/mL FEU", "ng/mL{FEU}"},
                                                           {"{cells}/uL", "/uL"},
                                                           {"mL/min/1.73m2", "mL/min/{1.73_m2}"},
                                                           {"T/L", "10*12/L"}};
  for (const auto& [sent, ucum] : spellings) BOOST_TEST(table().ucum(sent) == ucum, sent);
  for (const auto sent : {"g/mL", "", "\u00b5/L", "foo", "t/l", "m", "mg/", "g/l-1"})
    BOOST_TEST(table().ucum(sent) == "", sent);
}

BOOST_AUTO_TEST_CASE(only_the_same_kind_of_quantity_converts) {
  BOOST_TEST(factor("g/L", "g/dL") == 0.1);
  BOOST_TEST(factor("ug/L", "ng/mL") == 1.0);
  BOOST_TEST(factor("mg/dL", "mg/L") == 10.0);
  BOOST_TEST(factor("10*9/L", "10*3/uL") == 1.0);
  BOOST_TEST(factor("/uL", "10*3/uL") == 0.001);
  BOOST_TEST(factor("u[IU]/mL", "m[IU]/L") == 1.0);
  BOOST_TEST(factor("[IU]/L", "U/L") == 1.0);
  BOOST_TEST(factor("ukat/L", "U/L") == 60.0);
  BOOST_TEST(factor("ukat/L", "m[IU]/L") == 0.0);
  BOOST_TEST(factor("g/L", "10*9/L") == 0.0);
  BOOST_TEST(factor("mg/dL", "mmol/L") == 0.0);
  BOOST_TEST(factor("meq/L", "mmol/L", "2823-3") == 1.0);
  BOOST_TEST(factor("meq/L", "mmol/L", "2601-3") == 0.0);
  BOOST_TEST(factor("meq/L", "mmol/L") == 0.0);
  BOOST_TEST(factor("mg/L{FEU}", "ng/mL{FEU}") == 1000.0);
  BOOST_TEST(factor("ng/mL{DDU}", "ng/mL{FEU}") == 0.0);
  BOOST_TEST(factor("ng/mL", "ng/mL{FEU}") == 1.0);
  BOOST_TEST(factor("ng/mL{FEU}", "ng/mL") == 0.0);
  BOOST_TEST(factor("%", "mmol/mol") == 0.0);
}

BOOST_AUTO_TEST_CASE(results_come_to_their_normal_form) {
  using enum lab::unit_system;
  BOOST_TEST(converted("2160-0", "umol/L", "97") == "1.10 mg/dL 2160-0");
  BOOST_TEST(converted("14682-9", "umol/L", "97") == "1.10 mg/dL 2160-0");
  BOOST_TEST(converted("14682-9", "mg/dL", "1.1") == "1.1 mg/dL 2160-0");
  BOOST_TEST(converted("2160-0", "umol/L", "97", si) == "97 umol/L 14682-9");
  BOOST_TEST(converted("2160-0", "mg/dL", "1.10", si) == "97.2 umol/L 14682-9");
  BOOST_TEST(converted("2571-8", "mmol/L", "2.1") == "185.9 mg/dL 2571-8");
  BOOST_TEST(converted("4548-4", "mmol/mol", "48") == "6.5 % 4548-4");
  BOOST_TEST(converted("4548-4", "%", "6.5", si) == "48 mmol/mol 59261-8");
  BOOST_TEST(converted("718-7", "g/L", "135") == "13.5 g/dL 718-7");
  BOOST_TEST(converted("718-7", "g/L", "140") == "14.0 g/dL 718-7");
  BOOST_TEST(converted("718-7", "mmol/L", "8.7") == "14.0 g/dL 718-7");
  BOOST_TEST(converted("1988-5", "mg/dL", "0.35") == "3.5 mg/L 1988-5");
  BOOST_TEST(converted("26464-8", "/uL", "105600") == "105.60 10*3/uL 26464-8");
  BOOST_TEST(converted("3094-0", "mmol/L", "5.0") == "14.0 mg/dL 3094-0");
  BOOST_TEST(converted("3091-6", "mmol/L", "5.0") == "30.0 mg/dL 3091-6");
  BOOST_TEST(converted("2823-3", "meq/L", "4.1") == "4.1 mmol/L 2823-3");
  BOOST_TEST(converted("1742-6", "ukat/L", "0.5") == "30 U/L 1742-6");
  BOOST_TEST(converted("3016-3", "u[IU]/mL", "2.50") == "2.50 m[IU]/L 3016-3");
  BOOST_TEST(converted("2160-0", "umol/L", "0.1") == "0.0011 mg/dL 2160-0"); // not 0.00
}

BOOST_AUTO_TEST_CASE(other_assays_and_other_kinds_are_held) {
  BOOST_TEST(converted("49563-0", "ng/L", "12") == "assay-mismatch");
  BOOST_TEST(converted("49563-0", "pg/mL", "12") == "assay-mismatch");
  BOOST_TEST(converted("89579-7", "ng/mL", "0.01") == "assay-mismatch");
  BOOST_TEST(converted("49563-0", "ug/L", "0.01") == "0.01 ng/mL 49563-0");
  BOOST_TEST(converted("89579-7", "pg/mL", "12") == "12 ng/L 89579-7");
  BOOST_TEST(converted("13969-1", "U/L", "12") == "unit-mismatch");
  BOOST_TEST(converted("48065-7", "ng/mL{DDU}", "12") == "unit-mismatch");
  BOOST_TEST(converted("2160-0", "U/L", "12") == "unit-mismatch");
  BOOST_TEST(converted("2601-3", "meq/L", "1.6") == "unit-mismatch");
}

BOOST_AUTO_TEST_CASE(every_code_of_the_table_has_a_right_check_digit_and_known_units) {
  for (const auto loinc : {"2160-0", "14682-9", "718-7", "49563-0", "6301-6", "30522-7", "15074-8"})
    BOOST_TEST(lab::is_loinc(loinc), loinc);
  for (const auto other : {"2160-1", "", "-0", "2160", "21a0-0", "2160-00", "CREAT"})
    BOOST_TEST(!lab::is_loinc(other), other);
  for (const auto loinc : {"2160-0", "4548-4", "718-7", "2823-3", "89579-7", "48066-5", "3016-3"}) {
    const auto* test = table().by_loinc(loinc);
    BOOST_REQUIRE(test);
    for (const auto& unit : {test->mass_unit, test->molar_unit})
      if (!unit.empty()) BOOST_TEST(table().ucum(unit) == unit);
  }
}

BOOST_AUTO_TEST_CASE(every_row_of_the_table_is_sound) {
  std::ifstream in(std::string(AORTA_SOURCE) + "/schema/codes/loinc_ucum.csv");
  size_t rows = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#') || line.starts_with("test,")) continue;
    std::vector<std::string> cells;
    std::istringstream cut(line);
    for (std::string cell; std::getline(cut, cell, ',');) cells.push_back(cell);
    for (const size_t at : {1, 4}) {
      if (cells.at(at).empty()) continue;
      BOOST_TEST(lab::is_loinc(cells[at]), line);
      const auto* test = table().by_loinc(cells[at]);
      BOOST_REQUIRE_MESSAGE(test, line);
      BOOST_TEST(table().ucum(cells.at(at + 1)) == cells[at + 1], line);
    }
    BOOST_TEST((cells.at(1).empty() || cells.at(4).empty() || std::stod(cells.at(7)) > 0), line);
    ++rows;
  }
  BOOST_TEST(rows >= 50u);
}

BOOST_AUTO_TEST_CASE(ranges_as_laboratories_write_them) {
  BOOST_TEST(range("3.5-5.1") == "3.5-5.1");
  BOOST_TEST(range("3,5 - 5,1") == "3.5-5.1");
  BOOST_TEST(range("3,5 - 5,1", false) == "-");
  BOOST_TEST(range("4.3 to 6.2") == "4.3-6.2");
  BOOST_TEST(range("70_105") == "70-105");
  BOOST_TEST(range("70 \u2013 105") == "70-105");
  BOOST_TEST(range("(70-105)") == "70-105");
  BOOST_TEST(range("70-105 mg/dL") == "70-105");
  BOOST_TEST(range("70-105 mmol/L") == "-");
  BOOST_TEST(range("-2-3") == "-2-3");
  BOOST_TEST(range("-3--1") == "-3--1");
  BOOST_TEST(range("<200") == "<200");
  BOOST_TEST(range("<=200") == "<=200");
  BOOST_TEST(range("\u2264 200") == "<=200");
  BOOST_TEST(range(">40") == ">40");
  BOOST_TEST(range("Up to 200") == "<=200");
  BOOST_TEST(range("\u03ad\u03c9\u03c2 200") == "<=200");
  for (const auto text : {"Neg", "<1:80", "", "5", "5-", "-5", "5.1-3.5", "1-2-3", "3.5-5.1-", "a-b", "<",
                          "1.0-1.2 (M) 0.8-1.0 (F)"})
    BOOST_TEST(range(text) == "-", text);
  BOOST_TEST(range("1.0-1.2 (M) 0.8-1.0 (F)", true, model::gender::male) == "1.0-1.2");
  BOOST_TEST(range("1.0-1.2 (M), 0.8-1.0 (F)", true, model::gender::female) == "0.8-1.0");
  BOOST_TEST(range("1.0-1.2 (M) 0.8-1.0 (child)", true, model::gender::male) == "-");
  BOOST_TEST(lab::to_text(*lab::read_range("4,4 11,3", true)) == "4.4-11.3");
  BOOST_TEST(lab::to_text(*lab::read_range("10 50", false)) == "10-50");
  for (const auto* unclear : {"1 200", "150 400", "4.4 11", "11.3 4.4", "1 2 3", "0 0"})
    BOOST_TEST(!lab::read_range(unclear, false).has_value(), unclear);
  BOOST_TEST(!lab::read_range("<200", false)->high_inclusive);
  BOOST_TEST(lab::read_range("70-105", false)->high_inclusive);
}

BOOST_AUTO_TEST_CASE(flags_follow_from_value_and_range) {
  const auto flag = [](std::string_view value, std::string_view range) {
    const auto f = lab::flag_from_range(*lab::interval_of(lab::read_numeric(value, true)),
                                        *lab::read_range(range, true));
    return f ? std::string(model::name(*f)) : "-";
  };
  BOOST_TEST(flag("5", "5-10") == "normal");
  BOOST_TEST(flag("4.9", "5-10") == "low");
  BOOST_TEST(flag("10.1", "5-10") == "high");
  BOOST_TEST(flag("10", "5-10") == "normal");
  BOOST_TEST(flag("5", "<5") == "high");
  BOOST_TEST(flag("5", "<=5") == "normal");
  BOOST_TEST(flag("40", ">40") == "low");
  BOOST_TEST(flag("<0.5", "<5") == "normal");
  BOOST_TEST(flag("<0.5", "0-5") == "normal");
  BOOST_TEST(flag("<5", "2-9") == "-");
  BOOST_TEST(flag("<2", "2-9") == "low");
  BOOST_TEST(flag("<=2", "2-9") == "-");
  BOOST_TEST(flag(">50", "<0.04") == "high");
  BOOST_TEST(flag(">9", "2-9") == "high");
  BOOST_TEST(flag(">8", "2-9") == "-");
}

BOOST_AUTO_TEST_SUITE_END()
