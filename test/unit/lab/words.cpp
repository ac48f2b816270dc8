#include "engine/lab/words.hpp"

#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace sample;

namespace {

result<lab::report> with(const std::string& bytes, const std::vector<lab::word>& words) {
  const auto msg = hl7::parse(bytes);
  if (!msg) return msg.error();
  static const auto own = clinic_limits();
  static const auto from = laboratory("BIO");
  return lab::map_report(*msg, {&from, &own, "MAIN"}, words);
}

const std::string two = oru({pid, obr, "OBX|1|NM|CREAT^Creatinine^L||1.1|mg%|0.6-1.2|N|||F",
                             "OBX|2|NM|K^Potassium^L||4.4|mmol/L|3.5-5.1|N|||F"});

} // namespace

BOOST_AUTO_TEST_SUITE(words)

BOOST_AUTO_TEST_CASE(a_correction_is_mapped_like_a_value_and_keeps_what_was_sent) {
  const auto r = with(two, {{1, false, "97", "umol/L", "by telephone"}});
  BOOST_REQUIRE(r);
  const auto& creatinine = r->results.at(0);
  BOOST_TEST(creatinine.value_text.value() == "1.10");
  BOOST_TEST(creatinine.unit.value() == "mg/dL");
  BOOST_TEST((creatinine.status == model::result_status::corrected));
  BOOST_TEST(creatinine.sent.value == "1.1");
  BOOST_TEST(creatinine.sent.unit == "mg%");
  BOOST_TEST(creatinine.comments == "Corrected in the clinic: by telephone");
  BOOST_TEST(!reviewed(*r, "unknown-unit"));
  BOOST_TEST(noted(*r, "corrected-by-person"));
  BOOST_TEST((r->results.at(1).status == model::result_status::final));
}

BOOST_AUTO_TEST_CASE(limits_hold_for_a_corrected_value_and_its_old_flag_does_not) {
  const auto r = with(two, {{2, false, "6.8", std::nullopt, "read again"}});
  BOOST_REQUIRE(r);
  BOOST_TEST(r->results.at(1).critical);
  BOOST_TEST((r->results.at(1).flag == model::abnormal_flag::critical_high));
  BOOST_TEST(r->results.at(1).unit.value() == "mmol/L");
}

BOOST_AUTO_TEST_CASE(a_value_may_hold_delimiters_and_letters_of_the_charset_alone) {
  const std::string text = oru({pid, obr, "OBX|1|ST|REM^Remark^L||x||||||F"});
  const auto r = with(text, {{1, false, "a|b^c & Γ", std::nullopt, "why"}});
  BOOST_REQUIRE(r);
  BOOST_TEST(r->results.at(0).value_text.value() == "a|b^c & Γ");
  const auto refused = with(oru({pid, obr, "OBX|1|ST|REM^Remark^L||x||||||F"}, "8859/1"),
                            {{1, false, "Γ", std::nullopt, "why"}});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == error_code::data_type));
}

BOOST_AUTO_TEST_CASE(what_is_rejected_retracts_and_is_no_doubt_any_more) {
  const auto r = with(two, {{1, true, std::nullopt, std::nullopt, "another tube"}});
  BOOST_REQUIRE(r);
  BOOST_TEST(r->results.at(0).retracts);
  BOOST_TEST((r->results.at(0).status == model::result_status::cancelled));
  BOOST_TEST(!reviewed(*r, "unknown-unit"));
  BOOST_TEST(!r->results.at(1).retracts);
}

BOOST_AUTO_TEST_CASE(a_word_about_no_result_is_an_error) {
  const auto r = with(two, {{3, false, "1", std::nullopt, "why"}});
  BOOST_REQUIRE(!r);
  BOOST_TEST((r.error().code == error_code::unknown_key));
}

BOOST_AUTO_TEST_SUITE_END()
