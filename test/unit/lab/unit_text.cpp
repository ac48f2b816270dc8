// Units as people write them: every way to write each part, put together.
#include "engine/lab/unit.hpp"
#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

using namespace sample;

namespace {

std::string_view ucum(std::string_view sent) { return lab::code_table::built_in().ucum(sent); }

struct written {
  std::string ucum;
  std::vector<std::string> ways;
};

std::string in_capitals(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = char(c - 32);
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(unit_text)

BOOST_AUTO_TEST_CASE(counts_however_the_power_and_the_volume_are_written) {
  const std::vector<std::string> tens = {"10^",    "10*",  "10**",  "10e",       "10E",  "x10e",
                                         "x10E",   "x10^", "x 10^", "\u00d710^", "*10^", "1x10^",
                                         "x10exp", "10E0", "x10E+", "\u03c710^"};
  const std::vector<written> volumes = {{"/uL",
                                         {"/uL", "/\u00b5L", "/\u03bcl", "/mcL", "/mm3", "/mm\u00b3", "/mm^3",
                                          "/cumm", "/cmm", "/mmc", " / ul", "/MCL"}},
                                        {"/L", {"/L", "/l", "/lt", "/Lt", "/ltr", "/liter"}}};
  for (const auto& volume : volumes)
    for (const int zeros : {3, 6, 9, 12}) {
      const auto wanted = "10*" + std::to_string(zeros) + volume.ucum;
      const bool known = ucum(wanted) == wanted;
      for (const auto& ten : tens)
        for (const auto& per : volume.ways) {
          const auto sent = ten + std::to_string(zeros) + per;
          BOOST_TEST(ucum(sent) == (known ? wanted : ""), sent);
        }
    }
  for (const auto thousand :
       {"Thousand/uL", "thousands/\u00b5l", "THOU/UL", "thous/mcL", "K/mcL", "K/uL", "k/\u03bcl",
        "\u039a/\u03bcL", "\u039a/\u03bcl", "1000/uL", "x1000/ul", "x10(3)/mcL", "x10E3/uL",
        "10\u00b3/\u00b5L", "x10\u00b3/\u03bcL", "E3/uL", "x10e3cells/uL", "10*3 cells/uL", "Tsd/\u00b5l"})
    BOOST_TEST(ucum(thousand) == "10*3/uL", thousand);
  for (const auto million :
       {"M/\u03bcl", "\u039c/\u03bcL", "\u039c/\u03bcl", "M/uL", "Million/uL", "millions/mcL", "mill/mm3",
        "Mio/\u00b5l", "x10(6)/mcL", "x10E6/uL", "10\u2076/\u03bcL"})
    BOOST_TEST(ucum(million) == "10*6/uL", million);
  for (const auto other : {"m/ul", "\u03bc/l", "103/", "10^5/uL", "10^-3/uL", "10.3/uL", "x10/uL", "K",
                           "\u039c\u03bcL", "Billion/uL", "\u039cG/DL", "10^3", "/u", "x/uL"})
    BOOST_TEST(ucum(other) == "", other);
}

BOOST_AUTO_TEST_CASE(amounts_however_prefix_base_and_volume_are_written) {
  const std::vector<written> tops = {
    {"mg", {"mg", "mgr", "mgm", "milligram", "milligrams"}},
    {"ug", {"ug", "\u00b5g", "\u03bcg", "mcg", "mcgr", "microgram", "\u03bcgr"}},
    {"ng", {"ng", "ngr", "nanogram"}},
    {"pg", {"pg", "pgr", "picogram"}},
    {"g", {"g", "gr", "gm", "gram", "grams", "\u03b3\u03c1"}},
    {"mmol", {"mmol", "mmole", "mmoles", "mmols", "millimol"}},
    {"umol", {"umol", "\u00b5mol", "\u03bcmol", "mcmol", "micromol"}},
    {"nmol", {"nmol", "nmoles"}},
    {"pmol", {"pmol"}},
    {"meq", {"meq", "mEq", "mval", "mequiv"}},
    {"U", {"U", "u", "units", "unit"}},
    {"[IU]", {"IU", "UI", "iu", "ui", "I.U.", "U.I.", "IE"}},
    {"m[IU]", {"mIU", "mUI", "miu"}},
    {"u[IU]", {"uIU", "\u00b5UI", "\u03bcIU", "mcIU"}},
    {"k[IU]", {"kIU", "kUI"}},
    {"mU", {"mU"}},
    {"ukat", {"\u00b5kat", "ukat", "mckat"}}};
  const std::vector<written> volumes = {
    {"L", {"/L", "/l", "/lt", "/ltr", ".l-1", " L-1", "*L^-1", " per liter", "/ L"}},
    {"dL", {"/dL", "/dl", "/DL", "/100ml", "/100 mL", "/dl."}},
    {"mL", {"/mL", "/ml", "/cc"}}};
  size_t known = 0;
  for (const auto& top : tops)
    for (const auto& volume : volumes) {
      const auto wanted = top.ucum + "/" + volume.ucum;
      const bool there = ucum(wanted) == wanted;
      known += there;
      for (const auto& amount : top.ways)
        for (const auto& per : volume.ways)
          for (const auto& end : {"", " (calc)", " calc", " calculated"})
            if (const auto sent = amount + per + end;
                ucum(sent) != (there ? wanted : "") || ucum(in_capitals(sent)) != ucum(sent))
              // G/L and M/L in capitals are counts: case is all that tells them apart.
              if (!(amount == "g" && volume.ucum == "L"))
                BOOST_ERROR(sent << " is " << ucum(sent) << " and " << ucum(in_capitals(sent)) << ", not "
                                 << wanted);
    }
  BOOST_TEST(known >= 24u);
}

BOOST_AUTO_TEST_CASE(percent_of_a_mass_is_in_100_ml) {
  BOOST_TEST(ucum("mg%") == "mg/dL");
  BOOST_TEST(ucum("mg %") == "mg/dL");
  BOOST_TEST(ucum("gr%") == "g/dL");
  BOOST_TEST(ucum("g%") == "g/dL");
  BOOST_TEST(ucum("\u03bcg%") == "ug/dL");
  for (const auto sent : {"%", "% of total Hgb", "%Hb", "% (NGSP)", "% NGSP", "%HbA1c", "pct"})
    BOOST_TEST(ucum(sent) == "%", sent);
  for (const auto sent : {"mmol/mol Hb", "mmol/mol", "mmol/mol (IFCC)", "mmol/molHb", "mmol/mol HbA1c"})
    BOOST_TEST(ucum(sent) == "mmol/mol", sent);
  for (const auto other : {"U%", "mmol%", "x%", "% of predicted", "vol%"})
    BOOST_TEST(ucum(other) == "", other);
}

BOOST_AUTO_TEST_CASE(annotations_that_belong_to_the_measurand_stay) {
  for (const auto sent :
       {"ug/mL FEU", "\u00b5g/ml (FEU)", "mcg/mL FEU", "ug FEU/mL", "ug/mL{FEU}", "mcgFEU/mL"})
    BOOST_TEST(ucum(sent) == "ug/mL{FEU}", sent);
  for (const auto sent : {"ng/mL DDU", "ng/ml(DDU)", "ng DDU/mL"})
    BOOST_TEST(ucum(sent) == "ng/mL{DDU}", sent);
  for (const auto sent :
       {"mg/g creat", "mg/g crea", "mg/gCr", "mg/g{creat}", "mg/g creatinine", "mg/gr creat."})
    BOOST_TEST(ucum(sent) == "mg/g{creat}", sent);
  for (const auto sent : {"mg/mmol creat", "mg/mmol{creat}"})
    BOOST_TEST(ucum(sent) == "mg/mmol{creat}", sent);
}

BOOST_AUTO_TEST_CASE(filtration_however_its_surface_is_written) {
  for (const auto sent : {"mL/min/1,73m2", "ml/min/1.73m2", "mL/min/1.73 m\u00b2", "mL/min/1.73m^2",
                          "ml/min/1.73", "mL/min/{1.73_m2}", "ml/min/1,73 m2", "mL/min/1.73 sq m",
                          "mL/min per 1.73 m2", "mL/min/1.73m*2", "ML/MIN/1.73M2", "ml/min/1.73 (m2)"})
    BOOST_TEST(ucum(sent) == "mL/min/{1.73_m2}", sent);
  BOOST_TEST(ucum("mL/min") == "mL/min");
  for (const auto other : {"ml/min/1.37m2", "ml/min/kg", "ml/min/2m2"}) BOOST_TEST(ucum(other) == "", other);
}

BOOST_AUTO_TEST_CASE(a_unit_cut_in_two_by_its_own_caret_is_one_unit) {
  const auto unit = [](const char* obx6) {
    return *one(std::string("OBX|1|NM|WBC^W^L||6.1|") + obx6 + "|4.0-10.0|N|||F")->results.at(0).unit;
  };
  BOOST_TEST(unit("10^9/L^^UCUM") == "10*3/uL");
  BOOST_TEST(unit("10^9/L") == "10*3/uL");
  BOOST_TEST(unit("x10^3/uL^^L") == "10*3/uL");
  BOOST_TEST(unit("10*9/L^10*9/L^UCUM") == "10*3/uL");
  BOOST_TEST(unit("GPTL^Gpt/L^L") == "10*3/uL");
  BOOST_TEST(unit(" K/uL ") == "10*3/uL");
  BOOST_TEST(unit("foo^bar^99X") == "foo");
}

BOOST_AUTO_TEST_CASE(a_blank_unit_is_none_and_ucum_has_other_names) {
  const auto inr = one("OBX|1|NM|INR^INR^L||5.6| |0.9-1.2|H|||F")->results.at(0);
  BOOST_TEST(inr.critical);
  BOOST_TEST(!inr.needs_review);
  for (const auto system : {"UCUM", "ucum", " UCUM", "2.16.840.1.113883.6.8", "http://unitsofmeasure.org"})
    BOOST_TEST(*one(std::string("OBX|1|NM|X9^X^L||5|[foo_us]^^") + system + "||||F")->results.at(0).unit ==
                 "[foo_us]",
               system);
  BOOST_TEST(reviewed(*one("OBX|1|NM|CREAT^C^L||97|^^UCUM|62-106|N|||F"), "missing-unit"));
}

BOOST_AUTO_TEST_CASE(the_unit_of_a_test_that_nobody_mapped_is_no_review) {
  for (const auto obx :
       {"OBX|1|NM|GALT^G^L||55|enzyme units|>50|N|||F", "OBX|1|NM|BIOT^B^L||12|ERU|>10|N|||F",
        "OBX|1|NM|TREC^T^L||70|copies/\u00b5L|>18|N|||F"}) {
    const auto r = one(obx);
    BOOST_TEST(r->reviews.empty(), obx);
    BOOST_TEST(!r->results.at(0).needs_review, obx);
  }
  BOOST_TEST(reviewed(*one("OBX|1|NM|CREAT^C^L||1.1|foo|||||F"), "unknown-unit"));
}

BOOST_AUTO_TEST_SUITE_END()
