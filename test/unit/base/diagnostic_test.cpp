#include "engine/base/diagnostic.hpp"
#include "engine/base/result.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <variant>

using namespace aorta;

BOOST_AUTO_TEST_SUITE(diagnostics)

BOOST_AUTO_TEST_CASE(a_complaint_shows_its_place_its_line_and_a_hint) {
  const diagnostic what{"conf/routes/lab-results.toml",
                        4,
                        28,
                        8,
                        diagnostic::severity::error,
                        "stage 'matchr' does not exist",
                        "did you mean 'match-patient'?",
                        "chain = [\"parse\", \"map-lab\", \"matchr\", \"persist\", \"ack\"]"};
  BOOST_TEST(to_text(what) ==
             "conf/routes/lab-results.toml:4:28: error: stage 'matchr' does not exist\n"
             "    4 | chain = [\"parse\", \"map-lab\", \"matchr\", \"persist\", \"ack\"]\n"
             "      |                            ^^^^^^^^ did you mean 'match-patient'?\n");
}

BOOST_AUTO_TEST_CASE(a_tab_before_the_caret_stays_a_tab) {
  const diagnostic what{"a.toml", 12, 2, 1, diagnostic::severity::warning, "odd", "", "\tx = 1"};
  BOOST_TEST(to_text(what) == "a.toml:12:2: warning: odd\n    12 | \tx = 1\n       | \t^\n");
}

BOOST_AUTO_TEST_CASE(a_complaint_about_a_whole_file_has_no_line) {
  const diagnostic what{
    "a.toml", 0, 0, 1, diagnostic::severity::error, "cannot be read", "check its permissions", ""};
  BOOST_TEST(to_text(what) == "a.toml: error: cannot be read\n    check its permissions\n");
}

BOOST_AUTO_TEST_CASE(a_slip_of_the_pen_is_recognised_and_nonsense_is_not) {
  const std::vector<std::string> stages{"parse", "map-lab", "match-patient", "persist", "ack"};
  BOOST_TEST(did_you_mean("matchr", stages) == "match-patient");
  BOOST_TEST(did_you_mean("prase", stages) == "parse");
  BOOST_TEST(did_you_mean("ak", stages) == "ack");
  BOOST_TEST(did_you_mean("zzzzzz", stages) == "");
  BOOST_TEST(did_you_mean("parse", {}) == "");
}

BOOST_AUTO_TEST_CASE(every_error_code_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (int code = 0; code <= int(error_code::internal); ++code)
    BOOST_TEST(names.insert(name(error_code(code))).second);
}

BOOST_AUTO_TEST_CASE(reading_the_side_of_a_result_that_is_not_there_throws) {
  const result<int> good = 7;
  const result<int> bad = error{error_code::invalid, "x", "no"};
  BOOST_TEST(*good == 7);
  BOOST_TEST(!bad.ok());
  BOOST_TEST(bad.error().where == "x");
  BOOST_CHECK_THROW(bad.value(), std::bad_variant_access);
  BOOST_CHECK_THROW(good.error(), std::bad_variant_access);
}

BOOST_AUTO_TEST_SUITE_END()
