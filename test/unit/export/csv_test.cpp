#include "engine/export/csv.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using exports::csv_cell;

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(a_cell_is_quoted_where_RFC_4180_asks_for_it) {
  BOOST_TEST(csv_cell("") == "");
  BOOST_TEST(csv_cell("Κάλιο") == "Κάλιο");
  BOOST_TEST(csv_cell("a,b") == "\"a,b\"");
  BOOST_TEST(csv_cell("say \"no\"") == "\"say \"\"no\"\"\"");
  BOOST_TEST(csv_cell("two\nlines") == "\"two\nlines\"");
  BOOST_TEST(csv_cell(" blank") == "\" blank\"");
}

BOOST_AUTO_TEST_CASE(what_a_spreadsheet_takes_for_a_formula_is_defused) {
  for (const char* text : {"=1+1", "+3", "-", "-x", "--5", "-5-3", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "-.5",
                           "-5.", "-5e", "- 5", "＝1+1", "＋1", "－x", "＠x"})
    BOOST_TEST(csv_cell(text) == "'" + std::string(text));
  BOOST_TEST(csv_cell("=HYPERLINK(\"http://x\",\"y\")") == "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  BOOST_TEST(csv_cell("\t=1") == "'\t=1");
  BOOST_TEST(csv_cell("\r=1") == "\"'\r=1\"");
  BOOST_TEST(csv_cell("\n=1") == "\"'\n=1\"");
}

BOOST_AUTO_TEST_CASE(a_negative_number_stays_a_number) {
  for (const char* text : {"-5", "-0.30", "-1.2e-3", "-12E4", "5", "<5", "3-5", "1:160"})
    BOOST_TEST(csv_cell(text) == text);
}

BOOST_AUTO_TEST_CASE(each_value_is_a_line_and_only_what_is_wanted_is_in_it) {
  exports::chart all;
  exports::reading potassium;
  potassium.is = exports::reading::kind::laboratory;
  potassium.id = "o-1";
  potassium.taken = "2026-11-20T08:20:00+02:00";
  potassium.loinc = "2823-3";
  potassium.code = "K";
  potassium.name = "Κάλιο";
  potassium.value = "4.60";
  potassium.unit = "mmol/L";
  potassium.within = {"3.5", "5.1", "3.5-5.1"};
  potassium.marked = exports::flag::normal;
  potassium.status = "corrected";
  potassium.before = {{"4.40", "mmol/L", "2026-11-20T12:00:00Z"}};
  potassium.laboratory = "=BIO";
  auto excess = potassium;
  excess.id = "o-2";
  excess.value = "-2.5";
  auto pulse = potassium;
  pulse.is = exports::reading::kind::vital_sign;
  pulse.id = "v1-hr";
  auto other = pulse;
  other.is = exports::reading::kind::other;
  all.readings = {potassium, excess, pulse, other};
  const std::string first =
    "laboratory,2026-11-20T08:20:00+02:00,,2823-3,K,Κάλιο,,4.60,mmol/L,,3.5,5.1,3.5-5.1,normal,false,corrected,false,"
    "4.40 mmol/L,'=BIO,,,,,,,o-1\r\n";
  const auto text = exports::csv_of(all, {true, false, true});
  BOOST_TEST(text.starts_with("\xEF\xBB\xBFkind,taken_at,issued_at,"));
  BOOST_TEST(text.find("\r\n" + first) != text.npos);
  BOOST_TEST(text.find(",-2.5,") != text.npos);
  BOOST_TEST(text.find("v1-hr") == text.npos);
  const auto vitals = exports::csv_of(all, {false, true, false});
  BOOST_TEST(vitals.starts_with("kind,"));
  BOOST_TEST(vitals.find("o-1") == vitals.npos);
  BOOST_TEST(vitals.find("vital-sign,") != vitals.npos);
}

BOOST_AUTO_TEST_SUITE_END()
