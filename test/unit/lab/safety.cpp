// What a clinical review found: readings that look right and are not.
#include "engine/lab/value.hpp"
#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace sample;
using model::value_kind;

namespace {

identity::claims claimed(const std::string& birth_date, const std::string& number = "745210^^^CYP^NI") {
  const auto r = map(oru({"PID|1||" + number + "||CONSTANTINOU^MARIA||" + birth_date + "|F", obr}),
                     laboratory("BIO"));
  BOOST_REQUIRE(r.ok());
  return r->who;
}

model::lab_result first(const std::string& obx, const lab::profile& from = laboratory("BIO")) {
  return one(obx, from)->results.at(0);
}

std::string si(const std::string& obx) {
  auto p = laboratory("BIO");
  p.units = lab::unit_system::si;
  for (const auto& [own, loinc] :
       {std::pair{"ALB", "1751-7"}, {"FERR", "2276-4"}, {"BNP", "30934-4"}, {"TROPT", "6598-7"}})
    p.tests[own] = {loinc, "", ""};
  const auto x = first(obx, p);
  return x.value_text.value_or("-") + " " + x.unit.value_or("-") + " " + x.range_text.value_or("-") + " " +
    x.loinc_code.value_or("-");
}

} // namespace

BOOST_AUTO_TEST_SUITE(safety)

BOOST_AUTO_TEST_CASE(part_of_a_birth_date_is_kept) {
  using namespace std::chrono;
  for (const char* sent : {"1966", "19660000", "196600", " 1966 "}) {
    const auto who = claimed(sent);
    BOOST_TEST(!who.birth_date.has_value(), sent);
    BOOST_CHECK_MESSAGE(who.birth_year == year{1966}, sent);
    BOOST_TEST(!who.birth_month.has_value(), sent);
    BOOST_TEST(!who.birth_date_unreadable, sent);
  }
  for (const char* sent : {"196609", "19660900"}) {
    BOOST_CHECK_MESSAGE(claimed(sent).birth_year == year{1966}, sent);
    BOOST_CHECK_MESSAGE(claimed(sent).birth_month == September, sent);
  }
  BOOST_CHECK((claimed("19660917 ").birth_date == year_month_day{year{1966} / 9 / 17}));
  BOOST_CHECK(claimed("20000000").birth_year == year{2000});
}

BOOST_AUTO_TEST_CASE(a_birth_date_that_is_no_date_is_not_silence) {
  for (const char* sent : {"17/09/1966", "1966-09-17", "19661317", "00000000", "UNKNOWN", "170966"}) {
    const auto who = claimed(sent);
    BOOST_TEST(who.birth_date_unreadable, sent);
    BOOST_TEST((!who.birth_date && !who.birth_year), sent);
  }
  for (const char* sent : {"", "\"\"", " "}) BOOST_TEST(!claimed(sent).birth_date_unreadable, sent);
}

BOOST_AUTO_TEST_CASE(a_sex_is_read_however_it_is_written) {
  const auto sex = [](const std::string& sent) {
    const auto r = map(oru({"PID|1||745210^^^CYP^NI||CONSTANTINOU^MARIA||19660917|" + sent, obr}),
                       laboratory("BIO"));
    BOOST_REQUIRE(r.ok());
    return std::pair(r->who.sex, r->who.sex_unreadable);
  };
  using model::gender;
  const std::pair<gender, std::vector<const char*>> all[] = {
    {gender::male,
     {"M", "m", "M ", " M", "Male", "MALE", "ΑΡΡΕΝ", "Άρρεν", "άρρεν ", "Ανδρας", "Α"}}, // the last is a
                                                                                         // Greek alpha
    {gender::female, {"F", "f ", "Female", "ΘΗΛΥ", "Θήλυ", "Θ", "Γυναίκα"}},
    {gender::other, {"O", "Other", "A", "a", "Ambiguous"}},
    {gender::unknown, {"", " ", "U", "Unknown", "N", "-", "?", "\"\""}}};
  for (const auto& [expected, words] : all)
    for (const char* word : words) BOOST_CHECK_MESSAGE(sex(word) == std::pair(expected, false), word);
  for (const char* word : {"1", "Z", "MX", "Herr"})
    BOOST_CHECK_MESSAGE(sex(word) == std::pair(gender::unknown, true), word);
}

BOOST_AUTO_TEST_CASE(a_number_of_another_country_is_no_card) {
  using identity::id_kind;
  const auto kind = [](const char* number) { return claimed("19660917", number).ids.at(0).kind; };
  for (const char* ours :
       {"745210^^^CYP^NI", "745210^^^^NI", "745210^^^MAIN^NI", "745210^^^&2.16.196.1.113883.3.1.1&ISO^NI"})
    BOOST_CHECK_MESSAGE(kind(ours) == id_kind::cyprus_id, ours);
  for (const char* other : {"745210^^^GREECE^NI", "745210^^^NHS^NI",
                            "745210^^^&2.16.840.1.113883.2.1.4.1&ISO^NI", "745210^^^^NI^^^^GRC"})
    BOOST_CHECK_MESSAGE(kind(other) == id_kind::other, other);
}

BOOST_AUTO_TEST_CASE(an_alternate_coding_does_not_meet_the_laboratorys_own_table) {
  const auto code = [](const char* obx3) {
    return first(std::string("OBX|1|NM|") + obx3 + "||7.5|mmol/L|||||F").loinc_code.value_or("-");
  };
  BOOST_TEST(code("UK^Urine K^L^K^K^99X") == "-");
  BOOST_TEST(code("UK^Urine K^L^K^K^L") == "-");
  BOOST_TEST(code("UK^Urine K^L^2823-3^K^LN") == "2823-3");
  BOOST_TEST(code("^^^K^K^L") == "2823-3");
  BOOST_TEST(code("^^^K^K^99BIO") == "2823-3");
  BOOST_TEST(code("^^^K^K") == "2823-3");
  BOOST_TEST(code("^^^K^K^SCT") == "-");
  BOOST_TEST(one("OBX|1|NM|UK^Urine K^L^K^K^99X||7.5|mmol/L|||||F")->unmapped_codes.at(0) == "UK");
}

BOOST_AUTO_TEST_CASE(thousands_or_thousandths_are_for_a_person) {
  BOOST_TEST(lab::maybe_thousands("250.000"));
  BOOST_TEST(lab::maybe_thousands("< 8,200"));
  BOOST_TEST(lab::maybe_thousands("150.000-400.000"));
  for (const char* text :
       {"0.016", "065.880", "2500.000", "8.20", "8.2000", "250", "", ".250", "8.", "1.2.345"})
    BOOST_TEST(!lab::maybe_thousands(text), text);
  const auto unclear = [](const char* obx, const lab::profile& from = laboratory("BIO")) {
    const auto r = one(obx, from);
    const auto& x = r->results.at(0);
    if (reviewed(*r, "unclear-number"))
      BOOST_TEST((x.kind == value_kind::text && !x.value_numeric && x.value_text && !x.flag), obx);
    return reviewed(*r, "unclear-number");
  };
  BOOST_TEST(unclear("OBX|1|NM|PLT^P^L||250.000|/uL|150.000-400.000||||F"));
  BOOST_TEST(unclear("OBX|1|NM|WBC^W^L||8.200|/uL|4.000-10.000||||F"));
  BOOST_TEST(unclear("OBX|1|NM|WBC^W^L||8,200|/uL|||||F"));
  BOOST_TEST(unclear("OBX|1|ST|WBC^W^L||8.200|cells/mm3|||||F"));
  BOOST_TEST(unclear("OBX|1|SN|WBC^W^L||>^8.200|/uL|||||F"));
  BOOST_TEST(unclear("OBX|1|NM|PLT^P^L||250.000||||||F"));
  BOOST_TEST(unclear("OBX|1|NM|NTBNP^N^L||1.250|pg/mL|||||F"));
  BOOST_TEST(unclear("OBX|1|NM|ALT^A^L||1.250|U/L|||||F"));
  for (const char* clear : {"OBX|1|NM|WBC^W^L||8,2|10*3/uL|||||F", "OBX|1|NM|WBC^W^L||8200|/uL|||||F",
                            "OBX|1|NM|TROP_I^T^L||0.016|ng/mL|<0.040||||F",
                            "OBX|1|NM|TSH^T^L||1.250|m[IU]/L|||||F", "OBX|1|NM|K^K^L||7.125|mmol/L|||||F"})
    BOOST_TEST(!unclear(clear), clear);
  auto point = laboratory("YML");
  point.decimal_comma = false;
  BOOST_TEST(!unclear("OBX|1|NM|WBC^W^L||8.200|10*3/uL|||||F", point));
  BOOST_TEST(unclear("OBX|1|NM|WBC^W^L||8.200|/uL|||||F", point)); // no cell comes in thousandths
}

BOOST_AUTO_TEST_CASE(a_range_of_thousands_or_thousandths_says_nothing) {
  const auto x = first("OBX|1|NM|PLT^P^L||250000|/uL|150.000-400.000||||F");
  BOOST_TEST(!x.range_high.has_value());
  BOOST_TEST(!x.flag.has_value());
  BOOST_TEST(*x.range_text == "150.000-400.000");
}

BOOST_AUTO_TEST_CASE(more_units_as_people_write_them) {
  BOOST_TEST(*first("OBX|1|NM|K^K^L||7.5|mM|3.5-5.1||||F").unit == "mmol/L");
  BOOST_TEST(first("OBX|1|NM|K^K^L||7.5|mval/L|3.5-5.1||||F").critical);
  BOOST_TEST(reviewed(*one("OBX|1|NM|MG^M^L||1.6|mval/L|||||F"), "unit-mismatch")); // two charges
  for (const char* unit : {"1", "ratio", "Ratio", "{ratio}", "INR", "{INR}", ""}) {
    const auto x = first(std::string("OBX|1|NM|INR^I^L||5.1|") + unit + "|0.9-1.2||||F");
    BOOST_TEST(x.critical, unit);
    BOOST_TEST(!x.needs_review, unit);
  }
  BOOST_TEST(lab::code_table::built_in().ucum("MM") == "");
}

BOOST_AUTO_TEST_CASE(past_a_limit_without_a_usable_unit_is_seen_first) {
  const auto seen = [](const char* obx) { return reviewed(*one(obx), "maybe-critical"); };
  BOOST_TEST(seen("OBX|1|NM|K^K^L||7.5|foo|||||F"));
  BOOST_TEST(seen("OBX|1|NM|K^K^L||7.5||||||F"));
  BOOST_TEST(seen("OBX|1|NM|K^K^L||7.5|mg/dL|||||F"));
  BOOST_TEST(seen("OBX|1|NM|K^K^L||2,1||||||F"));
  BOOST_TEST(seen("OBX|1|NM|PLT^P^L||20||||||F"));
  BOOST_TEST(seen("OBX|1|NM|PLT^P^L||20000||||||F"));
  BOOST_TEST(seen("OBX|1|NM|PLT^P^L||20.000|/uL|||||F"));
  BOOST_TEST(seen("OBX|1|NM|INR^I^L||7|foo|||||F"));
  for (const char* calm : {"OBX|1|NM|K^K^L||4.5|foo|||||F", "OBX|1|NM|K^K^L||4.5||||||F",
                           "OBX|1|NM|K^K^L||4.5|mmol/L|||||F", "OBX|1|NM|PLT^P^L||250000||||||F",
                           "OBX|1|NM|INR^I^L||2.1|foo|||||F", "OBX|1|NM|NA^N^L||7.5|foo|||||F"})
    BOOST_TEST(!seen(calm), calm);
}

BOOST_AUTO_TEST_CASE(a_flag_that_nobody_knows_is_for_a_person) {
  for (const char* sent : {"CRIT", "PH", "HH*", "**", "PANIC", "N~PANIC"})
    BOOST_TEST(
      reviewed(*one(std::string("OBX|1|NM|NA^Na^L||140|mmol/L|136-145|") + sent + "|||F"), "unknown-flag"),
      sent);
  for (const char* sent : {"N", "hh", "", "\"\"", "U"})
    BOOST_TEST(!reviewed(*one(std::string("OBX|1|NM|NA^Na^L||150|mmol/L||") + sent + "|||F"), "unknown-flag"),
               sent);
  auto p = laboratory("BIO");
  p.flags["PANIC"] = model::abnormal_flag::critical_high;
  BOOST_TEST(!reviewed(*one("OBX|1|NM|NA^Na^L||170|mmol/L|136-145|PANIC|||F", p), "unknown-flag"));
}

BOOST_AUTO_TEST_CASE(si_clinics_read_mass_where_everybody_does) {
  BOOST_TEST(si("OBX|1|NM|HB^H^L||13.5|g/dL|12.0-16.0||||F") == "135 g/L 120-160 718-7");
  BOOST_TEST(si("OBX|1|NM|HB^H^L||135|g/L|120-160||||F") == "135 g/L 120-160 718-7");
  BOOST_TEST(si("OBX|1|NM|HB^H^L||8.7|mmol/L|||||F") == "140 g/L - 718-7");
  BOOST_TEST(si("OBX|1|NM|ALB^A^L||4.25|g/dL|||||F") == "42.5 g/L - 1751-7");
  BOOST_TEST(si("OBX|1|NM|ALB^A^L||42|g/L|||||F") == "42 g/L - 1751-7");
  BOOST_TEST(si("OBX|1|NM|CRP^C^L||0.35|mg/dL|||||F") == "3.5 mg/L - 1988-5");
  BOOST_TEST(si("OBX|1|NM|CRP^C^L||3.5|mg/L|<5||||F") == "3.5 mg/L <5 1988-5");
  BOOST_TEST(si("OBX|1|NM|FERR^F^L||112|ng/mL|||||F") == "112 ug/L - 2276-4");
  BOOST_TEST(si("OBX|1|NM|NTBNP^N^L||412|pg/mL|<125||||F") == "412 ng/L <125 33762-6");
  BOOST_TEST(si("OBX|1|NM|BNP^N^L||10|pmol/L|||||F") == "34.6 ng/L - 30934-4");
  BOOST_TEST(si("OBX|1|NM|TROPT^T^L||0.02|ng/mL|||||F") == "0.02 ug/L - 6598-7");
  BOOST_TEST(si("OBX|1|NM|GLU^G^L||99|mg/dL|||||F") == "5.50 mmol/L - 14749-6");
}

BOOST_AUTO_TEST_CASE(a_range_of_zeros_is_none) {
  for (const char* range : {"0-0", "0.0 - 0.0", "0,00-0,00"}) {
    const auto x = first(std::string("OBX|1|NM|CREAT^C^L||97|umol/L|") + range + "||||F");
    BOOST_TEST(!x.flag.has_value(), range);
    BOOST_TEST(!x.range_high.has_value(), range);
    BOOST_TEST(*x.range_text == range);
    BOOST_TEST(*x.value_text == "1.10", range);
  }
  BOOST_TEST(first("OBX|1|NM|K^K^L||0|mmol/L|0-0|N|||F").range_text.value_or("") == "0-0");
}

BOOST_AUTO_TEST_SUITE_END()
