// One OBX: its code, value, unit, range, flag and state.
#include "engine/lab/version.hpp"
#include "test/unit/lab/only.hpp"

using namespace sample;
using model::abnormal_flag;
using model::result_status;
using model::value_kind;

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(critical_limits_apply_whatever_the_laboratory_says) {
  BOOST_TEST(flag(only("OBX|1|NM|K^K^L||6.1|mmol/L|3.5-5.1|N|||F")) == "critical_high!");
  BOOST_TEST(flag(only("OBX|1|NM|K^K^L||6.0|mmol/L|3.5-5.1|H|||F")) == "high");
  BOOST_TEST(flag(only("OBX|1|NM|K^K^L||6.1|mEq/L|3.5-5.1||||F")) == "critical_high!");
  BOOST_TEST(flag(only("OBX|1|NM|K^K^L||2.4|mmol/L|3.5-5.1||||F")) == "critical_low!");
  BOOST_TEST(flag(only("OBX|1|NM|K^K^L||<2.5|mmol/L|3.5-5.1||||F")) == "critical_low!");
  BOOST_TEST(flag(only("OBX|1|NM|K^K^L||<2.6|mmol/L|3.5-5.1||||F")) == "low");
  BOOST_TEST(flag(only("OBX|1|NM|K^K^L||4.0|mmol/L|3.5-5.1|LL|||F")) == "critical_low!");
  BOOST_TEST(flag(only("OBX|1|NM|INR^INR^L||5.1||0.9-1.2||||F")) == "critical_high!");
  BOOST_TEST(flag(only("OBX|1|NM|PLT^PLT^L||49|K/uL|150-400||||F")) == "critical_low!");
  BOOST_TEST(flag(only("OBX|1|NM|PLT^PLT^L||49000|/uL|150000-400000||||F")) == "critical_low!");
  BOOST_TEST(flag(only("OBX|1|NM|TROP_I^T^L||0.2|ng/mL|<0.04||||F")) == "high");
  BOOST_TEST(flag(only("OBX|1|NM|TROP_I^T^L||0.21|ng/mL|<0.04||||F")) == "critical_high!");
  BOOST_TEST(flag(only("OBX|1|NM|K^K^L||6.8|mmol/L|3.5-5.1|HH|||W")) == "-");
}

BOOST_AUTO_TEST_CASE(limits_are_compared_before_rounding_and_in_their_own_unit) {
  const std::vector<lab::critical_limit> limits{{"2345-7", 46, 484, "", {}}};
  const auto at = [&](const char* value) {
    return flag(
      one(std::string("OBX|1|NM|GLU^G^L||") + value + "|mmol/L|3.9-5.6||||F", laboratory("BIO"), &limits)
        ->results[0]);
  };
  BOOST_TEST(at("26.86") == "high");            // 483.9
  BOOST_TEST(at("26.866") == "critical_high!"); // 484.02, which rounds to 484.0
  BOOST_TEST(at("2.5") == "critical_low!");
  const std::vector<lab::critical_limit> molar{{"14749-6", {}, 26.9, "mmol/L", {}}};
  const auto r = one("OBX|1|NM|GLU^G^L||485|mg/dL|70-100||||F", laboratory("BIO"), &molar);
  BOOST_TEST(flag(r->results[0]) == "critical_high!");
}

BOOST_AUTO_TEST_CASE(flags_of_every_kind) {
  BOOST_TEST(flag(only("OBX|1|NM|NA^Na^L||150|mmol/L|136-145||||F")) == "high");
  BOOST_TEST(flag(only("OBX|1|NM|NA^Na^L||150|mmol/L|136-145|\"\"|||F")) == "high");
  BOOST_TEST(flag(only("OBX|1|ST|X^X^L||pos|||A~N|||F")) == "abnormal");
  BOOST_TEST(flag(only("OBX|1|ST|X^X^L||pos|||N~HH|||F")) == "critical_high!");
  BOOST_TEST(flag(only("OBX|1|ST|X^X^L||pos|||A^Abnormal^HL70078|||F")) == "abnormal");
  auto p = laboratory("BIO");
  p.flags["**"] = abnormal_flag::critical_high;
  BOOST_TEST(flag(one("OBX|1|NM|NA^Na^L||150|mmol/L|136-145|**|||F", p)->results[0]) == "critical_high!");
  const auto odd = one("OBX|1|NM|NA^Na^L||150|mmol/L|136-145|N|||F");
  BOOST_TEST(flag(odd->results[0]) == "normal");
  BOOST_TEST(noted(*odd, "flag-contradiction"));
}

BOOST_AUTO_TEST_CASE(codes_by_profile_by_loinc_and_by_the_alternate_coding) {
  BOOST_TEST(*only("OBX|1|NM|718-7^Hb^LN||13.5|g/dL|||||F").loinc_code == "718-7");
  BOOST_TEST(*only("OBX|1|NM|X1^Hb^L^718-7^Haemoglobin^LN||13.5|g/dL|||||F").loinc_code == "718-7");
  BOOST_TEST(*only("OBX|1|NM|718-7^Hb^LN^GLU^G^L||13.5|g/dL|||||F").loinc_code == "718-7");
  BOOST_TEST(*only("OBX|1|NM|30180-4^Basophils^LN||1|%|||||F").loinc_code == "30180-4");
  BOOST_TEST(!only("OBX|1|NM|30180-5^wrong check digit^LN||1|%|||||F").loinc_code);
  auto p = laboratory("BIO");
  p.loinc_direct = false;
  BOOST_TEST(!one("OBX|1|NM|718-7^Hb^LN||13.5|g/dL|||||F", p)->results[0].loinc_code);
  const auto r = map(oru({pid, obr, "OBX|1|NM|Q^q^L||1|g/dL|||||F", "OBX|2|NM|Q^q^L||2|g/dL|||||F"}), p);
  BOOST_TEST(r->unmapped_codes.size() == 1u);
  BOOST_TEST(r->results[0].ordinal == 1);
  BOOST_TEST(r->results[1].ordinal == 2);
  BOOST_TEST(*r->results[0].unit == "g/dL");
}

BOOST_AUTO_TEST_CASE(a_loinc_that_contradicts_its_unit_follows_the_unit) {
  const auto r = one("OBX|1|NM|14682-9^Creatinine^LN||1.1|mg/dL|0.7-1.2||||F");
  BOOST_TEST(*r->results[0].loinc_code == "2160-0");
  BOOST_TEST(*r->results[0].value_text == "1.1");
  BOOST_TEST(noted(*r, "code"));
}

BOOST_AUTO_TEST_CASE(value_range_unit_and_code_convert_together_or_not_at_all) {
  const auto unknown_sex = "PID|1||812345^^^CYP^NI||P^G||19580412|U";
  const auto r = map(oru({unknown_sex, obr, "OBX|1|NM|CREAT^C^L||97|umol/L|62-106 (M) 44-80 (F)||||F"}),
                     laboratory("BIO"));
  const auto& x = r->results[0];
  BOOST_TEST(*x.loinc_code == "14682-9");
  BOOST_TEST(*x.value_text == "97");
  BOOST_TEST(*x.unit == "umol/L");
  BOOST_TEST(*x.range_text == "62-106 (M) 44-80 (F)");
  const auto man = only("OBX|1|NM|CREAT^C^L||97|umol/L|62-106 (M) 44-80 (F)||||F");
  BOOST_TEST(*man.loinc_code == "2160-0");
  BOOST_TEST(*man.range_text == "0.70-1.20");
  BOOST_TEST(flag(man) == "normal");
  const auto words = only("OBX|1|NM|CREAT^C^L||97|umol/L|see note||||F");
  BOOST_TEST(*words.loinc_code == "2160-0");
  BOOST_TEST(*words.range_text == "see note");
}

BOOST_AUTO_TEST_CASE(another_assays_unit_is_held_for_a_person) {
  const auto r = one("OBX|1|NM|TROP_I^T^L||12|ng/L|<26||||F");
  const auto& x = r->results[0];
  BOOST_TEST(x.needs_review);
  BOOST_TEST(*x.value_text == "12");
  BOOST_TEST(*x.unit == "ng/L");
  BOOST_TEST(*x.loinc_code == "49563-0");
  BOOST_TEST(reviewed(*r, "assay-mismatch"));
}

BOOST_AUTO_TEST_CASE(missing_units) {
  BOOST_TEST(reviewed(*one("OBX|1|NM|CREAT^C^L||97||||||F"), "missing-unit"));
  BOOST_TEST(!reviewed(*one("OBX|1|NM|INR^C^L||2.1||||||F"), "missing-unit"));
  BOOST_TEST(!reviewed(*one("OBX|1|ST|CREAT^C^L||haemolysed||||||F"), "missing-unit"));
  auto p = laboratory("BIO");
  p.tests["CREAT"].unit_if_missing = "umol/L";
  BOOST_TEST(*one("OBX|1|NM|CREAT^C^L||97||||||F", p)->results[0].value_text == "1.10");
  p.unit_aliases["mg%"] = "mg/dL";
  BOOST_TEST(*one("OBX|1|NM|CREAT^C^L||1.1|mg%|||||F", p)->results[0].unit == "mg/dL");
}

BOOST_AUTO_TEST_CASE(non_numbers_in_a_numeric_result_stay_as_text) {
  const auto r = one("OBX|1|NM|CREAT^C^L||haemolysed|umol/L|||||F");
  const auto& x = r->results[0];
  BOOST_TEST((x.kind == value_kind::text));
  BOOST_TEST(*x.value_text == "haemolysed");
  BOOST_TEST(!x.value_numeric.has_value());
  BOOST_TEST(*x.unit == "umol/L");
  BOOST_TEST(*x.loinc_code == "14682-9");
  BOOST_TEST(x.needs_review);
  BOOST_TEST(reviewed(*r, "not-a-number"));
  BOOST_TEST(reviewed(*one("OBX|1|NM|CREAT^C^L||1~2|mg/dL|||||F"), "several-values"));
  BOOST_TEST(reviewed(*one("OBX|1|NM|CREAT^C^L|||mg/dL|||||F"), "empty-value"));
  BOOST_TEST(!reviewed(*one("OBX|1|NM|CREAT^C^L|||mg/dL|||||I"), "empty-value"));
}

BOOST_AUTO_TEST_CASE(a_range_of_values_converts_at_both_ends) {
  const auto x = only("OBX|1|SN|CHOL_T^C^L||^4^-^6|mmol/L|<5,0||||F");
  BOOST_TEST(*x.value_text == "154.7-232.0");
  BOOST_TEST(!x.value_numeric.has_value());
  BOOST_TEST(flag(x) == "-");
  const auto y = only("OBX|1|SN|CHOL_T^C^L||>^10|mmol/L|<5,0||||F");
  BOOST_TEST(*y.value_text == ">386.7");
  BOOST_TEST(y.value_numeric->text() == "386.7");
  BOOST_TEST(flag(y) == "high");
}

BOOST_AUTO_TEST_CASE(states) {
  const auto state = [](const char* s) { return only(std::string("OBX|1|NM|K^K^L||4|mmol/L|||||") + s); };
  for (const auto s : {"F", "U", "V"}) BOOST_TEST((state(s).status == result_status::final), s);
  for (const auto s : {"C", "A", "B"}) BOOST_TEST((state(s).status == result_status::corrected), s);
  for (const auto s : {"P", "R", "S", "I", "O"})
    BOOST_TEST((state(s).status == result_status::preliminary), s);
  for (const auto s : {"X", "N", "D", "W"}) BOOST_TEST((state(s).status == result_status::cancelled), s);
  for (const auto s : {"D", "W"}) BOOST_TEST(state(s).retracts, s);
  BOOST_TEST(!state("X").value_text.has_value());
  BOOST_TEST(state("D").value_text.has_value());
  BOOST_TEST((state("").status == result_status::final)); // OBR-25
  BOOST_TEST((state("Q").status == result_status::preliminary));
  BOOST_TEST(state("Q").needs_review);
  BOOST_TEST(reviewed(*one("OBX|1|NM|K^K^L|||mmol/L|||||U"), "status-only"));
}

// What must not be missed: found by crafted messages (2026-11).

BOOST_AUTO_TEST_CASE(a_flag_is_understood_in_small_letters_and_with_blanks) {
  for (const char* sent : {"hh", "HH ", " HH", "Hh"})
    BOOST_TEST(flag(only(std::string("OBX|1|NM|K^K^L||5.5|mmol/L|3.5-5.1|") + sent + "|||F")) ==
                 "critical_high!",
               sent);
  BOOST_TEST(flag(only("OBX|1|NM|K^K^L||3.0|mmol/L|3.5-5.1|ll|||F")) == "critical_low!");
}

BOOST_AUTO_TEST_CASE(padding_is_no_part_of_a_code_or_a_state) {
  const auto r = one("OBX|1|NM|K ^K^L||7.5|mmol/L|3.5-5.1||||F ");
  BOOST_TEST(*r->results[0].loinc_code == "2823-3");
  BOOST_TEST(r->results[0].test_code == "K");
  BOOST_TEST(r->results[0].sent.code == "K ");
  BOOST_CHECK(r->results[0].status == result_status::final);
  BOOST_TEST(flag(r->results[0]) == "critical_high!");
  BOOST_TEST(r->reviews.empty());
}

BOOST_AUTO_TEST_CASE(a_unit_with_an_unescaped_caret_is_still_that_unit) {
  for (const char* unit : {"10^9/L", "10^3/uL", "x10^9/L", "\u00d710^3/\u00b5L"}) {
    const auto r = only(std::string("OBX|1|NM|PLT^P^L||20|") + unit + "|150-400||||F");
    BOOST_TEST(flag(r) == "critical_low!", unit);
    BOOST_TEST(r.sent.unit == unit);
    BOOST_TEST(*r.unit == "10*3/uL");
  }
  BOOST_TEST(only("OBX|1|NM|GLU^G^L||99|mg/dL^milligram^UCUM|70-100||||F").sent.unit == "mg/dL");
}

BOOST_AUTO_TEST_CASE(the_unit_after_a_range_may_be_spelt_otherwise) {
  BOOST_TEST(flag(only("OBX|1|NM|TROP_I^T^L||0.9|ng/mL|<0.04 ng/ml||||F")) == "critical_high!");
  BOOST_TEST(*only("OBX|1|NM|GLU^G^L||5.5|mmol/L|3.9-6.1 mmol/l||||F").range_text == "70.3-109.9");
  BOOST_TEST(!only("OBX|1|NM|GLU^G^L||5.5|mmol/L|70-100 mg/dL||||F").range_high.has_value());
  BOOST_TEST(!only("OBX|1|NM|WBC^W^L||8|10*3/uL|0-11000/uL||||F").range_high.has_value());
}

BOOST_AUTO_TEST_CASE(what_may_be_critical_and_cannot_be_told_is_for_a_person) {
  const auto seen = [](const char* obx, const char* rule) { return reviewed(*one(obx), rule); };
  BOOST_TEST(seen("OBX|1|NM|TROP_I^T^L||0.9|ng/mL|||||F", "not-compared"));
  BOOST_TEST(seen("OBX|1|NM|TROP_I^T^L||0.9|ng/mL|<0.04 (99th)||||F", "not-compared"));
  for (const char* type : {"ST", "FT", "TX"})
    BOOST_TEST(seen((std::string("OBX|1|") + type + "|K^K^L||7.5 H|mmol/L|||||F").c_str(), "not-compared"),
               type);
  BOOST_TEST(seen("OBX|1|CE|K^K^L||7.5^7.5|mmol/L|||||F", "not-compared"));
  BOOST_TEST(!seen("OBX|1|ST|K^K^L||haemolysed|mmol/L|||||F", "not-compared"));
  BOOST_TEST(seen("OBX|1|NM|INR^I^L||>4.5||0.9-1.2||||F", "maybe-critical"));
  BOOST_TEST(seen("OBX|1|NM|K^K^L||<3|mmol/L|3.5-5.1||||F", "maybe-critical"));
  BOOST_TEST(!seen("OBX|1|NM|K^K^L||>4|mmol/L|3.5-5.1|HH|||F", "maybe-critical"));
  BOOST_TEST(!seen("OBX|1|NM|TROP_I^T^L||<0.01|ng/mL|<0.04||||F", "maybe-critical"));
  BOOST_TEST(!seen("OBX|1|NM|K^K^L||6.0|mmol/L|3.5-5.1||||F", "maybe-critical"));
}

BOOST_AUTO_TEST_CASE(a_flag_that_denies_its_range_is_for_a_person) {
  BOOST_TEST(reviewed(*one("OBX|1|NM|K^K^L||5.9|mmol/L|3.5-5.1|N|||F"), "flag-contradiction"));
  BOOST_TEST(reviewed(*one("OBX|1|NM|K^K^L||3.0|mmol/L|3.5-5.1|H|||F"), "flag-contradiction"));
  // the edge is a matter of taste
  BOOST_TEST(!reviewed(*one("OBX|1|NM|K^K^L||5.1|mmol/L|<5.1|N|||F"), "flag-contradiction"));
}

BOOST_AUTO_TEST_CASE(a_time_after_the_message_is_for_a_person) {
  const auto r = one("OBX|1|NM|K^K^L||4.5|mmol/L|3.5-5.1||||F|||261011");
  BOOST_TEST(reviewed(*r, "future-time"));
  BOOST_TEST(!reviewed(*one("OBX|1|NM|K^K^L||4.5|mmol/L|3.5-5.1||||F|||20261120083100"), "future-time"));
}

BOOST_AUTO_TEST_CASE(a_day_of_report_is_not_its_midnight) {
  const auto r = map(oru({pid, "OBR|1|PO-1|F-1|P^Panel^L|||20261120080000|||||||||||||||20261120||CH|F",
                          "OBX|1|NM|K^K^L||4.5|mmol/L|||||C"}),
                     laboratory("BIO"));
  const auto before = one("OBX|1|NM|K^K^L||7.5|mmol/L|||||F"); // reported at 08:25 of that day
  BOOST_CHECK(lab::compare_versions(before->results[0], r->results[0]) == lab::version_action::replace);
}

BOOST_AUTO_TEST_CASE(one_order_number_counts_its_repeats_over_all_its_segments) {
  const auto r = map(
    oru({pid, obr, "OBX|1|NM|K^K^L||7.5|mmol/L|||||F", obr, "OBX|2|NM|K^K^L||4.5|mmol/L|||||F",
         "OBR|3|PO-2|F-2|P", "OBX|3|NM|K^K^L||4.6|mmol/L|||||F"}),
    laboratory("BIO"));
  BOOST_TEST(r->results[0].ordinal == 1);
  BOOST_TEST(r->results[1].ordinal == 2);
  BOOST_TEST(r->results[2].ordinal == 1);
}

BOOST_AUTO_TEST_CASE(a_settled_null_is_for_a_person) {
  BOOST_TEST(reviewed(*one("OBX|1|NM|K^K^L||\"\"|mmol/L|||||F"), "empty-value"));
}

BOOST_AUTO_TEST_SUITE_END()
