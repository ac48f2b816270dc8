#include "engine/identity/known_words.hpp"

#include <boost/test/unit_test.hpp>

using aorta::identity::known_words;

BOOST_AUTO_TEST_SUITE(known_words_of_a_person)

known_words anna() {
  known_words out;
  out.add_name("Άννα Μαρία");
  out.add_name("Παπαδοπούλου");
  out.add("812345");
  out.add("12");
  out.add("anna@example.com");
  return out;
}

BOOST_AUTO_TEST_CASE(names_go_in_any_case_accent_and_script) {
  BOOST_TEST(anna().without("Η κα ΠΑΠΑΔΟΠΟΥΛΟΥ (Anna-Maria, παπαδοπουλου) ήρθε") ==
             "Η κα [erased] ([erased]-[erased], [erased]) ήρθε");
  BOOST_TEST(anna().without("Papadopoulou Άννα") == "[erased] [erased]");
  BOOST_TEST(anna().without("A\xCC\x81nna") == "[erased]"); // an accent by itself
}

BOOST_AUTO_TEST_CASE(names_go_however_they_are_inflected) {
  known_words nikos;
  nikos.add_name("Νίκος Παπαδόπουλος");
  BOOST_TEST(nikos.without("του Νίκου Παπαδόπουλου, Παπαδόπουλε, Papadopoulou; Νίκαια, Παπαδοπουλάκης") ==
             "του [erased] [erased], [erased], [erased]; Νίκαια, Παπαδοπουλάκης");
}

BOOST_AUTO_TEST_CASE(parts_of_other_words_stay) {
  BOOST_TEST(anna().without("Annabel, Παπαδοπουλάκη, 8123456, 12 mmol/L") ==
             "Annabel, Παπαδοπουλάκη, 8123456, 12 mmol/L");
  BOOST_TEST(!anna().in("Ιωάννα"));
  BOOST_TEST(anna().in("write to ANNA@EXAMPLE.COM."));
}

BOOST_AUTO_TEST_CASE(json_keeps_its_numbers_and_its_shape) {
  BOOST_TEST(
    anna().without(R"({"value":812345,"note":"No 812345 of \"Anna\"","x":["\u0386\u03bd\u03bd\u03b1"]})") ==
    R"({"value":812345,"note":"No [erased] of \"[erased]\"","x":["[erased]"]})");
  BOOST_TEST(anna().without("{\"a\":\"Anna") == "{\"a\":\"[erased]"); // cut off
  BOOST_TEST(anna().without("[seen] Anna, {so}") == "[seen] [erased], {so}");
  BOOST_TEST(anna().without("{Anna}") == "{[erased]}");
}

BOOST_AUTO_TEST_CASE(what_something_is_stays) {
  known_words odd;
  odd.add("14749");
  odd.add_name("Anna");
  BOOST_TEST(
    odd.without(
      R"({"code":"14749-6","display":"Glucose, Anna","Anna":{"reference":"Patient/14749","url":"a/anna"}})") ==
    R"({"code":"14749-6","display":"Glucose, [erased]","Anna":{"reference":"Patient/14749","url":"a/anna"}})");
  BOOST_TEST(odd.without("14749") == "14749"); // a value
  BOOST_TEST(odd.without("No 14749") == "No [erased]");
  BOOST_TEST(
    odd.without(R"({"contentType":"application/pdf","data":"JVBERi0xLjcKJeLjz9MKNCAwIG9iago8PAo="})") ==
    R"({"contentType":"application/pdf","data":""})");
}

BOOST_AUTO_TEST_CASE(nothing_known_changes_nothing) {
  BOOST_TEST(known_words().without("Anna") == "Anna");
  BOOST_TEST(known_words().empty());
  BOOST_TEST(anna().without("\xFF\xC3") == "\xFF\xC3");
}

BOOST_AUTO_TEST_SUITE_END()
