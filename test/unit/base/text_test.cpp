#include "engine/base/hash.hpp"
#include "engine/base/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(case_is_ascii_s_and_leaves_other_letters_alone) {
  BOOST_TEST(lower("AbZ@[Ω9") == "abz@[Ω9");
  BOOST_TEST(upper("abz`{ω9") == "ABZ`{ω9");
}

BOOST_AUTO_TEST_CASE(what_is_trimmed_is_what_was_named) {
  BOOST_TEST(trimmed(" \ta b\t ", blanks) == "a b");
  BOOST_TEST(trimmed(" a\n", blanks) == "a\n");
  BOOST_TEST(trimmed(" a\r\n", blanks_and_line_ends) == "a");
  BOOST_TEST(trimmed("   ", blanks).empty());
  BOOST_TEST(trimmed("", blanks).empty());
}

/// The test vectors of the FNV specification (draft-eastlake-fnv, appendix C).
BOOST_AUTO_TEST_CASE(fnv1a_has_the_values_of_its_specification) {
  BOOST_TEST(fnv1a_of("") == "cbf29ce484222325");
  BOOST_TEST(fnv1a_of("a") == "af63dc4c8601ec8c");
  BOOST_TEST(fnv1a_of("foobar") == "85944171f73967e8");
}

BOOST_AUTO_TEST_SUITE_END()
