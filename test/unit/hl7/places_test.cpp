#include "engine/hl7/charset.hpp"
#include "engine/hl7/known_fields.hpp"
#include "engine/hl7/places.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace aorta::hl7;

BOOST_AUTO_TEST_SUITE(places_in_a_message)

BOOST_AUTO_TEST_CASE(a_place_is_written_as_it_was_read) {
  for (const char* text :
       {"PID", "OBX[*]", "OBX[2]-5", "OBX[*]-5[*].1.2", "PID-3[1]", "PID-3[*]", "ZPD-700.1"}) {
    const auto read = parse_places(text);
    BOOST_REQUIRE_MESSAGE(read, text);
    BOOST_TEST(to_text(*read) == text);
  }
  for (const char* no : {"", "PI", "pid-3", "PID-", "PID-0", "PID-3[", "PID-3[0]", "PID-3[**]", "PID[*",
                         "PID-3.1.2.3", "PID-3 ", "1ID-3"})
    BOOST_TEST(!parse_places(no), no);
}

BOOST_AUTO_TEST_CASE(what_is_not_said_is_not_the_first) {
  BOOST_TEST(parse_places("PID-3")->whole_field());
  BOOST_TEST(!parse_places("PID-3[1]")->whole_field());
  BOOST_TEST(!parse_places("PID-3.1")->whole_field());
  BOOST_TEST(parse_places("PID-3[*].1")->several());
}

BOOST_AUTO_TEST_CASE(segments_have_the_fields_of_the_version_that_gives_them_most) {
  BOOST_TEST(most_fields("PID") == 40);
  BOOST_TEST(most_fields("PV1") == 54);
  BOOST_TEST(most_fields("ZPD") == 65535);
  BOOST_TEST(most_fields("PIX") == 0);
}

BOOST_AUTO_TEST_CASE(a_text_is_encoded_in_a_charset_that_has_its_letters) {
  const auto greek = decoder::make("8859/7");
  BOOST_TEST(*greek->encode("aΩ") == "a\xD9");
  BOOST_TEST(!greek->encode("Ж"));
  BOOST_TEST(*decoder::make("")->encode("Ж") == "Ж");
  BOOST_TEST(!decoder::make("ASCII")->encode("Ω"));
  BOOST_TEST(*decoder::make("windows-1253")->encode("Ά") == "\xA2");
}

BOOST_AUTO_TEST_SUITE_END()
