#include "engine/hl7/message.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace aorta::hl7;

namespace {

const delimiters standard{};
const delimiters odd{'#', '*', '!', '?', '@', 0};
const delimiters without_escape{'|', '^', '~', 0, 0, 0};

} // namespace

BOOST_AUTO_TEST_SUITE(escapes)

BOOST_AUTO_TEST_CASE(delimiter_escapes_give_the_messages_own_delimiters) {
  BOOST_TEST(unescape(R"(a\F\b\S\c\T\d\R\e\E\f)", standard) == R"(a|b^c&d~e\f)");
  BOOST_TEST(unescape("A?F?B ?S? ?T? ?E? ?X41?", odd) == "A#B * @ ? A");
}

BOOST_AUTO_TEST_CASE(hexadecimal_escapes_give_bytes) {
  BOOST_TEST(unescape(R"(a\X0D0A\b\Xe9\)", standard) == "a\r\nb\xE9");
  BOOST_TEST(unescape(R"(a\X000d\b)", standard) == "a\rb");
  BOOST_TEST(unescape(R"(\X00410042\)", standard) == "AB");
  BOOST_TEST(unescape(R"(\X00\)", standard) == std::string(1, '\0'));
}

BOOST_AUTO_TEST_CASE(formatting_commands_become_line_feeds_or_nothing) {
  BOOST_TEST(unescape(R"(one\.br\two\.sp\three\.sp2\four\.ce\five)", standard) ==
             "one\ntwo\nthree\n\nfour\nfive");
  BOOST_TEST(unescape(R"(\H\bold\N\ \.in+4\in\.ti-2\ti\.nf\nf\.fi\fi\.sk3\sk)", standard) ==
             "bold intinffi   sk");
  BOOST_TEST(unescape(R"(\.BR\)", standard) == "\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_known_escape_stays_as_it_is) {
  for (const char* text :
       {R"(\)", R"(\\)", R"(a\b)", R"(\Q\)", R"(\X\)", R"(\X4\)", R"(\X4G\)", R"(\C2842\)", R"(\M8592D7\)",
        R"(\Zab\)", R"(\.sp999999999\)", R"(\.xx\)", R"(\P\)", R"(\X41)", R"(C:\temp\x)"})
    BOOST_TEST(unescape(text, standard) == text);
}

BOOST_AUTO_TEST_CASE(a_lone_escape_character_does_not_swallow_the_escape_behind_it) {
  BOOST_TEST(unescape(R"(C:\temp\T\x)", standard) == R"(C:\temp&x)");
  BOOST_TEST(unescape(R"(\Zab\F\)", standard) == R"(\Zab\F\)");
}

BOOST_AUTO_TEST_CASE(without_an_escape_character_nothing_is_resolved_and_delimiters_become_blanks) {
  BOOST_TEST(unescape(R"(a\F\b)", without_escape) == R"(a\F\b)");
  BOOST_TEST(escape("a|b^c\rd&", without_escape) == "a b c d&");
}

BOOST_AUTO_TEST_CASE(text_is_escaped_in_the_messages_own_delimiters) {
  BOOST_TEST(escape(R"(a|b^c&d~e\f)", standard) == R"(a\F\b\S\c\T\d\R\e\E\f)");
  BOOST_TEST(escape("A#B * @ ? | A", odd) == "A?F?B ?S? ?T? ?E? | A");
  BOOST_TEST(escape("a\r\nb\x0b\x1c", standard) == R"(a\X0D\\X0A\b\X0B\\X1C\)");
  const delimiters v27{'|', '^', '~', '\\', '&', '#'};
  BOOST_TEST(escape("a#", v27) == R"(a\P\)");
  BOOST_TEST(unescape(R"(a\P\)", v27) == "a#");
}

BOOST_AUTO_TEST_CASE(a_text_of_two_quotes_does_not_become_null) {
  BOOST_TEST(escape("\"\"", standard) == R"(\X22\\X22\)");
  BOOST_TEST(escape("say \"\"", standard) == "say \"\"");
}

BOOST_AUTO_TEST_CASE(any_text_survives_escape_and_unescape_in_any_delimiters) {
  std::mt19937 random(7);
  const std::string alphabet = "ab|^~\\&#*!?@\r\n\t\"XFSTRE.0\x0b\x1c\xCE\xB1" + std::string(1, '\0');
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (size_t i = random() % 20; i > 0; --i) text += alphabet[random() % alphabet.size()];
    for (const auto& marks : {standard, odd}) {
      const auto wire = escape(text, marks);
      BOOST_REQUIRE(wire.find_first_of({marks.field, marks.component, marks.repetition, marks.subcomponent,
                                        '\r', '\n'}) == std::string::npos);
      BOOST_REQUIRE(unescape(wire, marks) == text);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
