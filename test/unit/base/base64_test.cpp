#include "engine/base/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace aorta;
using namespace aorta::base64;

namespace {

constexpr form strict{}, of_tokens{.letters = alphabet::url, .pad = padding::refused},
  of_mail{.pad = padding::optional, .between = spaces::skipped, .spare = spare_bits::any};

std::string shown(const std::optional<std::string>& bytes) { return bytes ? *bytes : "refused"; }

} // namespace

BOOST_AUTO_TEST_SUITE(base64_of_rfc_4648)

BOOST_AUTO_TEST_CASE(the_standards_own_examples) { // RFC 4648, section 10
  for (const auto& [bytes, text] :
       {std::pair{"", ""}, std::pair{"f", "Zg=="}, std::pair{"fo", "Zm8="}, std::pair{"foo", "Zm9v"},
        std::pair{"foob", "Zm9vYg=="}, std::pair{"fooba", "Zm9vYmE="}, std::pair{"foobar", "Zm9vYmFy"}}) {
    BOOST_TEST(encode(bytes) == text);
    BOOST_TEST(shown(decode(text, strict)) == bytes);
    BOOST_TEST(is(text, strict));
  }
}

BOOST_AUTO_TEST_CASE(two_letters_tell_the_alphabets_apart) {
  const std::string bytes = "\xfb\xff";
  BOOST_TEST(encode(bytes) == "+/8=");
  BOOST_TEST(encode(bytes, alphabet::url) == "-_8=");
  BOOST_TEST(shown(decode("-_8", of_tokens)) == bytes);
  BOOST_TEST(!decode("+/8", of_tokens));
  BOOST_TEST(!decode("-_8=", strict));
  for (const char* text : {"+/8=", "-_8=", "-/8="})
    BOOST_TEST(shown(decode(text, {.letters = alphabet::either})) == bytes, text);
}

BOOST_AUTO_TEST_CASE(padding_is_as_the_form_says) {
  BOOST_TEST(!decode("Zg", strict));
  BOOST_TEST(!decode("Zg=", strict));
  BOOST_TEST(!decode("Zg===", strict));
  BOOST_TEST(!decode("Zm9v=", strict));
  BOOST_TEST(!decode("====", strict));
  BOOST_TEST(!decode("=", of_mail));
  BOOST_TEST(!decode("Z", of_mail));
  BOOST_TEST(!decode("Zg==Zg==", of_mail)); // nothing stands behind it
  BOOST_TEST(!decode("Zg=", of_mail));
  BOOST_TEST(shown(decode("Zg", of_mail)) == "f");
  BOOST_TEST(shown(decode("Zg==", of_mail)) == "f");
  BOOST_TEST(!decode("Zg==", of_tokens));
}

BOOST_AUTO_TEST_CASE(spare_bits_are_zero_where_each_text_shall_mean_other_bytes) {
  BOOST_TEST(!decode("Zh==", strict));
  BOOST_TEST(!decode("Zm9=", strict));
  BOOST_TEST(shown(decode("Zh==", of_mail)) == "f");
  BOOST_TEST(!decode("-_9", of_tokens));
}

BOOST_AUTO_TEST_CASE(spaces_are_skipped_where_they_may_be) {
  BOOST_TEST(!decode("Zm9v\r\nYmFy", strict));
  BOOST_TEST(shown(decode(" Zm9v\r\n\tYmFy\n", of_mail)) == "foobar");
  BOOST_TEST(shown(decode("Zg=\r\n=", of_mail)) == "f");
  for (const char* text : {"Zm9v\vYmFy", "Zm9v\fYmFy", "Zm9v.YmFy", "Zm9v\xc2\xa0YmFy"})
    BOOST_TEST(!decode(text, of_mail), text);
}

BOOST_AUTO_TEST_CASE(a_beginning_gives_its_whole_bytes) {
  const std::string text = "Zm9vYmFy";
  for (size_t size = 0; size <= text.size(); ++size)
    BOOST_TEST(shown(decode_beginning(text.substr(0, size), of_mail)) ==
               std::string("foobar").substr(0, size * 6 / 8));
  BOOST_TEST(!decode_beginning("Zm9v!", of_mail));
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_by_every_form_that_takes_it) {
  std::mt19937 dice(4648);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(dice() % 50, '\0');
    for (auto& c : bytes) c = char(dice());
    BOOST_TEST_REQUIRE((decode(encode(bytes), strict) == bytes));
    BOOST_TEST_REQUIRE((decode(encode(bytes), of_mail) == bytes));
    auto token = encode(bytes, alphabet::url);
    token.erase(std::min(token.find('='), token.size()));
    BOOST_TEST_REQUIRE((decode(token, of_tokens) == bytes));
    std::string noise(dice() % 9, '\0');
    for (auto& c : noise) c = "Ag+/-_= \n!"[dice() % 10];
    for (const auto& how : {strict, of_tokens, of_mail})
      BOOST_TEST_REQUIRE(is(noise, how) == decode(noise, how).has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()
