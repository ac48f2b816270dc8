// What the message itself says of code, specimen, unit and number counts over the profile's table.
#include "engine/lab/specimen.hpp"
#include "engine/lab/value.hpp"
#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace sample;
using model::value_kind;

namespace {

lab::profile with(std::initializer_list<std::pair<const char*, const char*>> tests) {
  auto p = laboratory("BIO");
  for (const auto& [own, loinc] : tests) p.tests[own] = {loinc, "", ""};
  return p;
}
const lab::profile& wide() {
  static const auto p = with(
    {{"FERR", "2276-4"}, {"CA", "17861-6"}, {"UK", "2828-2"}, {"RBC", "789-8"}, {"ALB", "1751-7"}});
  return p;
}
std::string loinc(const lab::report& r, size_t at = 0) { return r.results.at(at).loinc_code.value_or("-"); }

} // namespace

BOOST_AUTO_TEST_SUITE(statements)

BOOST_AUTO_TEST_CASE(a_loinc_beside_the_local_code_that_is_another_test_is_for_a_person) {
  const auto r = one("OBX|1|NM|K^Potassium^L^2828-2^Potassium Ur^LN||64|mmol/L|25-125|N|||F");
  BOOST_TEST(loinc(*r) == "-");
  BOOST_TEST(!r->results[0].critical);
  BOOST_TEST(r->results[0].needs_review);
  BOOST_TEST(reviewed(*r, "code-conflict"));
  BOOST_TEST(!reviewed(*r, "maybe-critical")); // it is urine for certain
  BOOST_TEST(*r->results[0].value_text == "64");
  BOOST_TEST((*r->results[0].flag == model::abnormal_flag::normal));
  const auto calcium = one("OBX|1|NM|CA^Calcium^L^1995-0^Ionised^LN||1.2|mmol/L|||||F", wide());
  BOOST_TEST(loinc(*calcium) == "-");
  BOOST_TEST(reviewed(*calcium, "code-conflict"));
  // Mass and molar code are one test, and so is the mapped code itself.
  for (const auto* same : {"CREAT^C^L^14682-9^C^LN", "CREAT^C^L^2160-0^C^LN", "CREAT^C^L^2160-0^C^LOINC",
                           "2160-0^C^LN^CREAT^C^L"}) {
    const auto x = one(std::string("OBX|1|NM|") + same + "||97|umol/L|62-106||||F");
    BOOST_TEST(loinc(*x) == "2160-0", same);
    BOOST_TEST(x->reviews.empty(), same);
  }
  // Another specimen of the same analyte is in doubt, and critical all the same.
  const auto blood = one("OBX|1|NM|K^Potassium^L^6298-4^Potassium Bld^LN||7.1|mmol/L|3.5-5.1|H|||F");
  BOOST_TEST(loinc(*blood) == "-");
  BOOST_TEST(blood->results[0].critical);
  // A LOINC with a wrong check digit says nothing.
  BOOST_TEST(loinc(*one("OBX|1|NM|K^Potassium^L^2828-9^x^LN||4.1|mmol/L|||||F")) == "2823-3");
  auto deaf = laboratory("BIO");
  deaf.loinc_direct = false; // its LOINC codes are known to be wrong
  BOOST_TEST(loinc(*one("OBX|1|NM|K^Potassium^L^2828-2^x^LN||4.1|mmol/L|||||F", deaf)) == "2823-3");
}

BOOST_AUTO_TEST_CASE(loinc_by_its_other_names) {
  for (const auto* system : {"LN", "ln", "LOINC", "LNC", " LN ", "2.16.840.1.113883.6.1",
                             "urn:oid:2.16.840.1.113883.6.1", "http://loinc.org"}) {
    const auto r = one(std::string("OBX|1|NM|2823-3^Potassium^") + system + "||7.1|mmol/L|3.5-5.1|H|||F");
    BOOST_TEST(loinc(*r) == "2823-3", system);
    BOOST_TEST(r->results[0].critical, system);
    BOOST_TEST(r->results[0].sent.code_system == "LN", system);
  }
  BOOST_TEST(loinc(*one("OBX|1|NM|2823-3^Potassium^SCT||7.1|mmol/L|||||F")) == "-");
}

BOOST_AUTO_TEST_CASE(a_loinc_without_a_system_is_suggested_and_a_critical_one_is_seen) {
  const auto high = one("OBX|1|NM|5421^Potassium^^2823-3^Potassium SerPl||7.1|mmol/L|3.5-5.1|H|||F");
  BOOST_TEST(loinc(*high) == "-");
  BOOST_TEST(noted(*high, "code-suggested"));
  BOOST_TEST(reviewed(*high, "maybe-critical"));
  BOOST_TEST(!high->results[0].critical);
  BOOST_TEST(high->unmapped_codes.at(0) == "5421");
  const auto calm = one("OBX|1|NM|5421^Potassium^^2823-3^Potassium SerPl||4.1|mmol/L|3.5-5.1|N|||F");
  BOOST_TEST(noted(*calm, "code-suggested"));
  BOOST_TEST(calm->reviews.empty());
}

BOOST_AUTO_TEST_CASE(specimens_in_codes_and_words_of_two_languages) {
  using namespace lab::specimen;
  for (const auto* text :
       {"UR", "ur", "URC", "Urine", "Spot urine", "24h Urine", "URINE, RANDOM", "122575003",
        "\u039f\u03cd\u03c1\u03b1", "\u03bf\u03cd\u03c1\u03b1 24\u03ce\u03c1\u03bf\u03c5",
        "\u0394\u03b5\u03af\u03b3\u03bc\u03b1 \u03bf\u03cd\u03c1\u03c9\u03bd", "RANDU", "258574006"})
    BOOST_TEST(lab::specimens_in(text) == urine, text);
  for (const auto* text :
       {"SER", "PLAS", "BLD", "BLDV", "Serum", "Serum or Plasma", "Whole blood", "EDTA plasma", "119364003",
        "\u039f\u03c1\u03cc\u03c2", "\u039f\u03a1\u039f\u03a3", "\u03b1\u03af\u03bc\u03b1",
        "\u03c0\u03bb\u03ac\u03c3\u03bc\u03b1", "Venous blood", "122555007"})
    BOOST_TEST(lab::specimens_in(text) == blood, text);
  for (
    const auto* text :
    {"CSF", "Cerebrospinal fluid", "Liquor", "258450006",
     "\u0395\u03b3\u03ba\u03b5\u03c6\u03b1\u03bb\u03bf\u03bd\u03c9\u03c4\u03b9\u03b1\u03af\u03bf \u03c5\u03b3\u03c1\u03cc"})
    BOOST_TEST(lab::specimens_in(text) == csf, text);
  for (const auto* text :
       {"STL", "Stool", "Sputum", "Pleural fluid", "\u039a\u03cc\u03c0\u03c1\u03b1\u03bd\u03b1", "119339001"})
    BOOST_TEST(lab::specimens_in(text) == other, text);
  for (const auto* text : {"", "XYZ", "Left arm", "Tube 3", "URGENT", "\u039f\u03c5\u03c1\u03af\u03b1"})
    BOOST_TEST(lab::specimens_in(text) == 0, text);
  BOOST_TEST(lab::specimens_in("Serum and urine") == (blood | urine));
}

BOOST_AUTO_TEST_CASE(a_specimen_that_the_code_is_not_for_is_for_a_person) {
  const auto order = [](const std::string& obr15) {
    return "OBR|1|PO-1|F-1|P^Panel^L|||20261120080000||||||||" + obr15 + "|||||||20261120082500||CH|F";
  };
  const std::string k = "OBX|1|NM|K^K^L||64|mmol/L|25-125|N|||F",
                    creatinine = "OBX|2|NM|CREAT^C^L||8800|umol/L|||||F";
  for (const auto* obr15 :
       {"UR", "UR^Urine", "UR&Urine&HL70070", "&Urine", "^Urine", "URC&Urine clean catch&HL70487",
        "122575003&Urine specimen&SCT", "\u039f\u03cd\u03c1\u03b1",
        "&\u039f\u03cd\u03c1\u03b1 24\u03c9\u03c1\u03bf\u03c5", "L1&&L&UR&Urine&HL70070"}) {
    const auto r = map(oru({pid, order(obr15), k, creatinine}), laboratory("BIO"));
    BOOST_REQUIRE(r);
    BOOST_TEST((loinc(*r, 0) == "-" && loinc(*r, 1) == "-"), obr15);
    BOOST_TEST(!r->results[0].critical, obr15);
    BOOST_TEST(reviewed(*r, "specimen-conflict"), obr15);
    BOOST_TEST(r->reviews.at(0).where == "OBX[1]-3", obr15); // the result that a person answers for
    BOOST_TEST(r->reviews.at(0).detail.find("OBR[1]-15") != std::string::npos, obr15);
    BOOST_TEST(!reviewed(*r, "maybe-critical"), obr15);
  }
  for (const auto* obr15 :
       {"", "BLD", "SER^Serum", "PLAS&Plasma&HL70070", "^^^Left arm", "XYZ", "\u039f\u03c1\u03cc\u03c2"}) {
    const auto r = map(oru({pid, order(obr15), "OBX|1|NM|K^K^L||4.1|mmol/L|||||F"}), laboratory("BIO"));
    BOOST_TEST(loinc(*r) == "2823-3", obr15);
    BOOST_TEST(r->reviews.empty(), obr15);
  }
  // A urine code in urine is right, in blood it is not.
  BOOST_TEST(loinc(*map(oru({pid, order("UR"), "OBX|1|NM|UK^K^L||64|mmol/L|||||F"}), wide())) == "2828-2");
  BOOST_TEST(loinc(*map(oru({pid, order("SER"), "OBX|1|NM|UK^K^L||64|mmol/L|||||F"}), wide())) == "-");
  // The sender's own LOINC too.
  BOOST_TEST(
    loinc(*map(oru({pid, order("UR"), "OBX|1|NM|2823-3^K^LN||64|mmol/L|||||F"}), laboratory("BIO"))) == "-");
}

BOOST_AUTO_TEST_CASE(the_specimen_segment_stands_behind_its_results_or_before_its_orders) {
  const std::string k = "OBX|1|NM|K^K^L||64|mmol/L|||||F",
                    second = "OBR|2|PO-2|F-2|P^Panel^L|||20261120080000|||||||||||||||20261120082500||CH|F";
  const auto spm = [](const std::string& type) {
    return "SPM|1|S1||" + type + "|||||||||||||20261120080000";
  };
  const auto oru_of = map(
    oru({pid, obr, k, spm("UR^Urine^HL70487"), second, "OBX|1|NM|K^K^L||4.1|mmol/L|||||F"}),
    laboratory("BIO"));
  BOOST_TEST(loinc(*oru_of, 0) == "-");
  BOOST_TEST(oru_of->reviews.at(0).detail.find("SPM[1]-4") != std::string::npos);
  BOOST_TEST(loinc(*oru_of, 1) == "2823-3");
  for (const auto* type :
       {"122575003^Urine specimen^SCT", "^Urine", "^^^UR^Urine^HL70070", "^^^^^^^^\u039f\u03cd\u03c1\u03b1"})
    BOOST_TEST(loinc(*map(oru({pid, obr, k, spm(type)}), laboratory("BIO"))) == "-", type);
  // Two specimens under one order: its results may be of either.
  BOOST_TEST(loinc(*map(oru({pid, obr, "OBX|1|NM|K^K^L||4.1|mmol/L|||||F", spm("SER"), spm("UR")}),
                        laboratory("BIO"))) == "2823-3");
  std::string oul =
    "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||OUL^R22^OUL_R22|T-1|P|2.5.1|||||CYP|UNICODE UTF-8\r" +
    pid + "\r" + spm("UR") + "\r" + obr + "\r" + k + "\r" + spm("SER") + "\r" + second +
    "\rOBX|1|NM|K^K^L||4.1|mmol/L|||||F\r";
  const auto r22 = map(oul, laboratory("BIO"));
  BOOST_REQUIRE(r22);
  BOOST_TEST(loinc(*r22, 0) == "-");
  BOOST_TEST(loinc(*r22, 1) == "2823-3");
}

BOOST_AUTO_TEST_CASE(three_digits_behind_a_point_are_unclear_for_every_test_and_spelling) {
  const auto held = [](const std::string& obx, const lab::profile& from = wide()) {
    const auto r = one(obx, from);
    const auto& x = r->results.at(0);
    const bool unclear = reviewed(*r, "unclear-number");
    if (unclear)
      BOOST_TEST((!x.value_numeric && !x.flag && x.kind == value_kind::text && x.needs_review), obx);
    return unclear;
  };
  for (const auto* obx :
       {"OBX|1|NM|FERR^F^L||1.250|ng/mL|15-150||||F", "OBX|1|NM|FERR^F^L||1.250|\u03bcg/L|15-150||||F",
        "OBX|1|NM|FERR^F^L||1.250|mcg/L|||||F", "OBX|1|NM|TG^T^L||1.150|mg/dL|<150||||F",
        "OBX|1|NM|TG^T^L||1.150|mg%|<150||||F", "OBX|1|NM|DDIM^D^L||1.250|ng/mL FEU|<500||||F",
        "OBX|1|NM|DDIM^D^L||1.250|ug/L|<500||||F", "OBX|1|NM|NTBNP^N^L||1.250|pg/mL|<125||||F",
        "OBX|1|NM|NTBNP^N^L||1.250|pg/ml|0-125||||F", "OBX|1|NM|GLU^G^L||1.250|mg/dL|||||F",
        "OBX|1|NM|TROPHS^T^L||1.250|ng/L|<14||||F", "OBX|1|ST|FERR^F^L||1.250|ng/mL|||||F",
        "OBX|1|SN|FERR^F^L||>^1.250|ng/mL|||||F", "OBX|1|NM|FERR^F^L||>1.250|ng/mL|||||F",
        "OBX|1|NM|X99^unmapped^L||1.250|foo|||||F", "OBX|1|NM|FERR^F^L||1.250|ng/mL|1.000-2.000.000||||F",
        "OBX|1|NM|ALT^A^L||1.250|UI/L|<41||||F"})
    BOOST_TEST(held(obx), obx);
  for (const auto* obx :
       {"OBX|1|NM|FERR^F^L||1,250|ng/mL|15-150||||F", "OBX|1|NM|TSH^T^L||1.250|uUI/mL|0.400-4.000||||F",
        "OBX|1|NM|K^K^L||4.125|mmol/L|||||F", "OBX|1|NM|CREAT^C^L||1.250|mg/dL|||||F",
        "OBX|1|NM|X99^unmapped^L||1.250|foo|0.850-1.350||||F",
        "OBX|1|NM|X99^unmapped^L||1.250|foo|1.000-2.000||||F",
        "OBX|1|NM|X99^unmapped^L||1.250|foo|0,70-1,20||||F", "OBX|1|NM|INR^I^L||2.500||||||F",
        "OBX|1|NM|WBC^W^L||8.200|10*3/uL|4.0-10.0||||F", "OBX|1|NM|RBC^R^L||4.520|M/\u03bcl|||||F",
        "OBX|1|NM|FERR^F^L||0.250|ng/mL|||||F", "OBX|1|NM|FERR^F^L||1250.5|ng/mL|||||F",
        "OBX|1|NM|FERR^F^L||12.5|ng/mL|||||F"})
    BOOST_TEST(!held(obx), obx);
  // As a thousand it lies in the range, as a decimal nowhere near.
  const auto platelets = one("OBX|1|NM|PLT^P^L||250.000|/uL|150000-400000||||F")->results.at(0);
  BOOST_TEST(platelets.value_numeric->text() == "250");
  BOOST_TEST(*platelets.unit == "10*3/uL");
  BOOST_TEST((platelets.flag == model::abnormal_flag::normal));
  BOOST_TEST(platelets.sent.value == "250.000");
  // Where decimals have a point there is no doubt.
  auto point = wide();
  point.decimal_comma = false;
  BOOST_TEST(!held("OBX|1|NM|FERR^F^L||1.250|ng/mL|15-150||||F", point));
}

BOOST_AUTO_TEST_CASE(limits_of_life_and_units_far_apart_keep_what_was_sent) {
  const auto shown = [](const std::string& obx) {
    const auto r = one(obx, wide());
    const auto& x = r->results.at(0);
    return x.value_text.value_or("-") + " " + x.unit.value_or("-") +
      (reviewed(*r, "beyond-life") ? " beyond" : "") + (reviewed(*r, "unit-scale") ? " far" : "");
  };
  BOOST_TEST(shown("OBX|1|NM|FERR^F^L||150|g/L|15-300|N|||F") == "150 g/L far");
  BOOST_TEST(shown("OBX|1|NM|TSH^T^L||2.5|IU/mL|||||F") == "2.5 [IU]/mL far");
  BOOST_TEST(shown("OBX|1|NM|TSH^T^L||2.5|kIU/L|||||F") == "2.5 k[IU]/L far");
  BOOST_TEST(shown("OBX|1|NM|K^K^L||41|mmol/L|||||F") == "41 mmol/L beyond");
  BOOST_TEST(shown("OBX|1|NM|K^K^L||0|mmol/L|||||F") == "0 mmol/L beyond");
  BOOST_TEST(shown("OBX|1|NM|HB^H^L||135|g/dL|||||F") == "135 g/dL beyond");
  BOOST_TEST(shown("OBX|1|NM|HB^H^L||0.5|g/dL|||||F") == "0.5 g/dL beyond");
  BOOST_TEST(shown("OBX|1|NM|GLU^G^L||95|mmol/L|||||F") == "1711.5 mg/dL");
  BOOST_TEST(shown("OBX|1|NM|GLU^G^L||950|mmol/L|||||F") == "950 mmol/L beyond");
  BOOST_TEST(shown("OBX|1|NM|CREAT^C^L||97|mg/dL|||||F") == "97 mg/dL beyond");
  BOOST_TEST(shown("OBX|1|NM|INR^I^L||260||||||F") == "260 - beyond");
  BOOST_TEST(shown("OBX|1|NM|HBA1C^H^L||48|%|||||F") == "48 % beyond");
  BOOST_TEST(shown("OBX|1|NM|HBA1C^H^L||48|mmol/mol|||||F") == "6.5 %");
  BOOST_TEST(shown("OBX|1|NM|RBC^R^L||4500000|/uL|||||F") == "4.50 10*6/uL");
  BOOST_TEST(shown("OBX|1|NM|RBC^R^L||4.5|/uL|||||F") == "4.5 /uL beyond");
  BOOST_TEST(shown("OBX|1|NM|TSH^T^L||<0.005|mIU/L|||||F") == "<0.005 m[IU]/L");
  BOOST_TEST(shown("OBX|1|NM|DDIM^D^L||>20000|ng/mL|||||F") == ">20000 ng/mL{FEU}");
  // What cannot be believed may be critical all the same.
  BOOST_TEST(one("OBX|1|NM|K^K^L||41|mmol/L|||||F")->results.at(0).critical);
}

BOOST_AUTO_TEST_CASE(every_test_of_the_table_has_limits_that_hold_a_healthy_value) {
  const auto& codes = lab::code_table::built_in();
  std::ifstream in(std::string(AORTA_SOURCE) + "/schema/codes/loinc_ucum.csv");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#') || line.starts_with("test,")) continue;
    const size_t a = line.find(','), b = line.find(',', a + 1);
    const auto mass = line.substr(a + 1, b - a - 1);
    const auto* test = codes.by_loinc(mass.empty() ? std::string_view() : std::string_view(mass));
    if (test == nullptr) continue;
    BOOST_TEST(test->life_low.number() < test->life_high.number(), line);
    BOOST_TEST((test->specimen == "blood" || test->specimen == "urine"), line);
    BOOST_TEST(codes.has_analyte(test->analyte), line);
  }
}

BOOST_AUTO_TEST_CASE(padding_and_case_of_coded_fields) {
  const auto r = one("OBX|1|nm |K^K^L||7.1| mmol/L |3.5-5.1| hh |||f ");
  const auto& x = r->results.at(0);
  BOOST_TEST((x.kind == value_kind::number));
  BOOST_TEST(x.critical);
  BOOST_TEST((x.status == model::result_status::final));
  BOOST_TEST(x.sent.value_type == "NM");
  BOOST_TEST(r->reviews.empty());
  const auto blank = one("OBX|1|NM |K^K^L| |4.1|mmol/L|3.5-5.1| ||| ");
  BOOST_TEST((blank->results.at(0).flag == model::abnormal_flag::normal));
  BOOST_TEST((blank->results.at(0).status == model::result_status::final)); // OBR-25
  BOOST_TEST(blank->results.at(0).sub_id == "");
  BOOST_TEST(blank->reviews.empty());
}

BOOST_AUTO_TEST_CASE(structured_numbers_in_one_component) {
  const auto read = [](const char* text) {
    const auto x = one(std::string("OBX|1|SN|CRP^C^L||") + text + "|mg/L|||||F")->results.at(0);
    return std::string(model::name(x.kind)) + " " + x.comparator +
      (x.value_numeric ? x.value_numeric->text() : "-");
  };
  BOOST_TEST(read("<0.5") == "comparator <0.5");
  BOOST_TEST(read(">1000") == "comparator >1000");
  BOOST_TEST(read("\u2264 0,5") == "comparator <=0.5");
  BOOST_TEST(read("12.5") == "number 12.5");
  BOOST_TEST(read("3-5") == "range -");
  BOOST_TEST(read("1:160") == "titre -");
  BOOST_TEST(read("<^0.5") == "comparator <0.5");
  BOOST_TEST(reviewed(*one("OBX|1|SN|CRP^C^L||5x|mg/L|||||F"), "not-a-number"));
}

BOOST_AUTO_TEST_CASE(an_obx_that_says_nothing_leaves_nothing) {
  const auto r = map(oru({pid, obr, "OBX|1|ST|IMG^Image file^L||ch1.bmp||||||F", "OBX||||||||||||",
                          "OBX|3|ST|^^^||||||||F", "NTE|1||said of the image", "OBX|4|ST|A^A^L||||||||F"}),
                     laboratory("BIO"));
  BOOST_REQUIRE(r);
  BOOST_REQUIRE_EQUAL(r->results.size(), 2u);
  BOOST_TEST(r->results[0].comments == "said of the image");
  BOOST_TEST(r->results[1].test_code == "A");
  BOOST_TEST(r->reviews.empty());
}

BOOST_AUTO_TEST_SUITE_END()
