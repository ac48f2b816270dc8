#include "engine/hl7/charset.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using hl7::decoder;

namespace {

std::string decoded(std::string_view charset, std::string_view bytes) {
  const auto made = decoder::make(charset);
  if (!made) return "charset: " + std::string(name(made.error().code)) + " " + made.error().where;
  const auto text = made->decode(bytes);
  return text ? *text : "bytes: " + std::string(name(text.error().code));
}

} // namespace

BOOST_AUTO_TEST_SUITE(charsets)

BOOST_AUTO_TEST_CASE(greek_in_8859_7_and_windows_1253_becomes_utf_8) {
  BOOST_TEST(decoded("8859/7", "\xC3\xEB\xF5\xEA\xFC\xE6\xE7") == "Γλυκόζη");
  BOOST_TEST(decoded("windows-1253", "\xC3\xEB\xF5\xEA\xFC\xE6\xE7") == "Γλυκόζη");
  BOOST_TEST(decoded("8859/7", "\xB6") == "Ά");
  BOOST_TEST(decoded("windows-1253", "\xA2\x80") == "Ά€"); // where the two differ
}

BOOST_AUTO_TEST_CASE(every_name_of_the_hl7_table_that_can_be_read_is_known) {
  for (const char* known : {"", "ASCII", "UNICODE UTF-8", "UNICODE", "UTF-8", "utf-8", " 8859/1 ", "8859/2",
                            "8859/3", "8859/4", "8859/5", "8859/6", "8859/7", "8859/8", "8859/9", "8859/15",
                            "iso-8859-7", "windows-1252", "US-ASCII"})
    BOOST_CHECK_MESSAGE(decoder::make(known), known);
  BOOST_TEST(decoded("8859/1", "caf\xE9") == "café");
  BOOST_TEST(decoded("8859/15", "\xA4") == "€");
  BOOST_TEST(decoder::make("")->name() == "UTF-8");
  BOOST_TEST(decoder::make("8859/7")->name() == "ISO-8859-7");
}

BOOST_AUTO_TEST_CASE(
  names_nobody_knows_and_charsets_whose_characters_hide_delimiters_are_refused_with_their_place) {
  for (const char* name : {"8859/12", "8859/99", "KLINGON", "UNICODE UTF-16", "UTF-16", "UTF-7", "UTF-32",
                           "BIG-5", "Big5", "GB 18030-2000", "gb18030", "ISO IR87", "ISO-2022-JP",
                           "Shift_JIS", "EBCDIC-CP-US", "ibm-37", "UNICODE UTF-8~8859/7"})
    BOOST_TEST(decoded(name, "A") == "charset: table-value MSH-18", name);
  BOOST_TEST(decoded(std::string_view("8859/7\0x", 8), "A") == "charset: table-value MSH-18");
  BOOST_TEST(decoded(std::string(500, 'x'), "A") == "charset: table-value MSH-18");
}

BOOST_AUTO_TEST_CASE(bytes_that_the_charset_does_not_have_are_an_error) {
  BOOST_TEST(decoded("ASCII", "caf\xE9") == "bytes: data-type");
  BOOST_TEST(decoded("8859/7", "\xD2") == "bytes: data-type");
  BOOST_TEST(decoded("8859/7", "\xAE") == "bytes: data-type");
  BOOST_TEST(decoded("8859/7", "\x80") == "bytes: data-type"); // a windows-1253 sender
  BOOST_TEST(decoded("8859/1", "\x93quoted\x94") == "bytes: data-type");
  BOOST_TEST(decoded("windows-1253", "\xD2") == "bytes: data-type");
  BOOST_TEST(decoded("windows-1253", "\x81") == "bytes: data-type");
  BOOST_TEST(decoded("", "\xC3\xEB\xF5") == "bytes: data-type"); // 8859-7 that does not say so
}

BOOST_AUTO_TEST_CASE(an_error_never_tells_the_bytes) {
  const auto wrong = decoder::make("8859/7")->decode("SECRET\xD2");
  BOOST_REQUIRE(!wrong);
  BOOST_TEST(wrong.error().text.find("SECRET") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(ascii_passes_through_every_decoder_unchanged) {
  std::string ascii;
  for (int c = 0; c < 128; ++c) ascii += char(c);
  for (const char* name : {"", "ASCII", "8859/7", "windows-1253", "8859/1"})
    BOOST_CHECK(decoded(name, ascii) == ascii);
}

BOOST_AUTO_TEST_CASE(copies_of_a_decoder_decode_alike) {
  auto original = decoder::make("8859/7");
  const decoder copy = *original;
  BOOST_TEST(*copy.decode("\xC1") == *original->decode("\xC1"));
}

BOOST_AUTO_TEST_CASE(utf_8_is_taken_only_in_its_shortest_forms) {
  for (const char* good : {"", "abc", "Γλυκόζη", "\xF0\x9F\x92\x8A", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xF4\x8F\xBF\xBF", "\xE0\xA0\x80"})
    BOOST_TEST(hl7::is_utf8(good), good);
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xCE", "abc\xE2\x82", "\xE2\x82x",
                          "\xF0\x9F\x92", "\xFF", "\xCE\xB1\xBF"})
    BOOST_CHECK(!hl7::is_utf8(bad));
}

BOOST_AUTO_TEST_SUITE_END()
