#include "engine/fhir/document.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace aorta;
using namespace aorta::fhir;

namespace {

std::string place(std::string_view json, const json_limits& limits = {}) {
  const auto out = document::parse(json, limits);
  if (out) return "read";
  BOOST_TEST((out.error().code == error_code::data_type));
  return out.error().where;
}

std::string round(std::string_view json) {
  const auto out = document::parse(json);
  return out ? write(*out->root) : out.error().where + ": " + out.error().text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(fhir_document)

BOOST_AUTO_TEST_CASE(numbers_keep_their_digits_and_members_their_order) {
  const std::string json =
    R"({"z":7.00,"a":-0.10e-3,"m":[1E5,12345678901234567890.5],"t":true,"f":false,"n":[null,"x"],"o":{},"e":[]})";
  BOOST_TEST(round(json) == json);
}

BOOST_AUTO_TEST_CASE(escapes_are_decoded_and_only_the_needed_ones_written) {
  const auto read = document::parse(R"({"a":"\u0041\n\t\"\\\/\u03a0\ud83d\ude00\u0001"})");
  BOOST_REQUIRE(read.ok());
  BOOST_TEST(read->root->str("a") == "A\n\t\"\\/Π\xf0\x9f\x98\x80\x01");
  BOOST_TEST(write(*read->root) == "{\"a\":\"A\\n\\t\\\"\\\\/Π\xf0\x9f\x98\x80\\u0001\"}");
}

BOOST_AUTO_TEST_CASE(a_name_may_hold_escapes_too) {
  const auto read = document::parse(R"({"\u0061b":1})");
  BOOST_REQUIRE(read.ok());
  BOOST_TEST(read->root->get("ab") != nullptr);
}

BOOST_AUTO_TEST_CASE(what_is_no_strict_json_is_refused_with_its_place) {
  BOOST_TEST(place("{\"a\":1,}") == "line 1, column 8");
  BOOST_TEST(place("{\n \"a\" 1}") == "line 2, column 6");
  BOOST_TEST(place("{\"a\":01}") == "line 1, column 6");
  BOOST_TEST(place("{\"a\":1.}") == "line 1, column 6");
  BOOST_TEST(place("{\"a\":+1}") == "line 1, column 6");
  BOOST_TEST(place("{\"a\":tru}") == "line 1, column 6");
  BOOST_TEST(place("{\"a\":NaN}") == "line 1, column 6");
  BOOST_TEST(place("{\"a\":'x'}") == "line 1, column 6");
  BOOST_TEST(place("{\"a\":[1 2]}") == "line 1, column 9");
  BOOST_TEST(place("{\"a\":[1,]}") == "line 1, column 9");
  BOOST_TEST(place("{\"a\":{]}") == "line 1, column 7");
  BOOST_TEST(place("{\"a\":\"\\x\"}") == "line 1, column 6");
  BOOST_TEST(place("{\"a\":\"\\ud800\"}") == "line 1, column 6");
  BOOST_TEST(place("{\"a\":\"b\"c}") == "line 1, column 9");
  BOOST_TEST(place("{\"a\":1}{") == "line 1, column 8");
  BOOST_TEST(place("{\"a\":1} x") == "line 1, column 9");
  BOOST_TEST(place("[1]") == "line 1, column 1");
  BOOST_TEST(place("{1:2}") == "line 1, column 2");
  BOOST_TEST(place("") == "line 1, column 1");
  BOOST_TEST(place("  \n ") == "line 1, column 1");
  BOOST_TEST(place("\xef\xbb\xbf{}") == "line 1, column 1");
  BOOST_TEST(place("// a\n{}") == "line 1, column 1");
}

BOOST_AUTO_TEST_CASE(broken_bytes_are_refused_at_their_place) {
  BOOST_TEST(place("{\"Π\":\"a\xff\"}") == "line 1, column 8");
  BOOST_TEST(place("{\n\"a\":\"\xc3\"}") == "line 2, column 6");
  BOOST_TEST(place("{\"a\":\"b\nc\"}") == "line 1, column 8");
  BOOST_TEST(place("{\"a\":\"b") == "line 1, column 6");
  BOOST_TEST(place(std::string_view("{\"a\":\"\0\"}", 9)) == "line 1, column 7");
}

BOOST_AUTO_TEST_CASE(a_member_named_twice_is_refused_in_small_and_large_objects) {
  BOOST_TEST(place("{\"a\":\"\\n\",\"b\":{\"c\":1,\"d\":2,\"c\":3}}") == "line 1, column 28");
  std::string large = "{";
  for (int i = 0; i < 5000; ++i) large += "\"m" + std::to_string(i) + "\":1,\n";
  BOOST_TEST(place(large + "\"last\":1}") == "read");
  BOOST_TEST(place(large + "\"m77\":1}") == "line 5001, column 1");
  json_limits loose;
  loose.refuse_duplicates = false;
  BOOST_TEST(place("{\"a\":1,\"a\":2}", loose) == "read");
}

BOOST_AUTO_TEST_CASE(nesting_has_a_limit_and_ends_before_the_stack_does) {
  const std::string open = "{\"a\":";
  std::string nested;
  for (int i = 0; i < 99; ++i) nested += open;
  BOOST_TEST(place(nested + "{}" + std::string(99, '}')) == "read");
  BOOST_TEST(place(nested + "{\"a\":{}}" + std::string(99, '}')) == "line 1, column 501");
  BOOST_TEST(place("{\"a\":" + std::string(2'000'000, '[')).starts_with("line 1, column"));
}

BOOST_AUTO_TEST_CASE(json_that_is_cut_anywhere_is_refused) {
  const std::string whole =
    R"({"resourceType":"Patient","name":[{"given":["A\u0042",null],"x":-1.5e3}],"t":true})";
  BOOST_TEST(place(whole) == "read");
  for (size_t at = 0; at < whole.size(); ++at) BOOST_TEST(place(whole.substr(0, at)) != "read");
}

BOOST_AUTO_TEST_CASE(an_error_never_quotes_the_input) {
  const auto out = document::parse(R"({"name":Papadopoulos})");
  BOOST_REQUIRE(!out.ok());
  BOOST_TEST(out.error().text.find("Papa") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(nodes_are_added_replaced_and_removed) {
  document into;
  node* root = into.object();
  into.add(*root, "b", "2");
  into.add(*root, "c", into.number(-3));
  into.set(*root, "b", into.boolean(true));
  into.set(*root, "d", into.array());
  into.set_first(*root, "a", into.literal("1"));
  into.push(*root->get("d"), into.number("1.50"));
  BOOST_TEST(write(*root) == R"({"a":"1","b":true,"c":-3,"d":[1.50]})");
  BOOST_TEST(document::remove(*root, "d"));
  BOOST_TEST(!document::remove(*root, "d"));
  into.add(*root, "e", "5");
  BOOST_TEST(document::remove(*root, "a"));
  BOOST_TEST(write(*root) == R"({"b":true,"c":-3,"e":"5"})");
  BOOST_TEST(root->size == 3U);
}

BOOST_AUTO_TEST_CASE(a_copy_outlives_what_it_was_copied_from) {
  document into;
  {
    const auto from = document::parse(
      R"({"a":[{"b":"long enough to live on the heap of somebody"}],"n":1.0})");
    into.root = into.copy(*from->root);
    BOOST_TEST(equal(*into.root, *from->root));
  }
  BOOST_TEST(write(*into.root) == R"({"a":[{"b":"long enough to live on the heap of somebody"}],"n":1.0})");
}

BOOST_AUTO_TEST_CASE(equal_minds_digits_and_the_order_of_items_but_not_of_members) {
  const auto same = [](std::string_view a, std::string_view b) {
    return equal(*document::parse(a)->root, *document::parse(b)->root);
  };
  BOOST_TEST(same(R"({"a":1,"b":[1,2]})", R"({"b":[1,2],"a":1})"));
  BOOST_TEST(!same(R"({"a":1.0})", R"({"a":1})"));
  BOOST_TEST(!same(R"({"a":[1,2]})", R"({"a":[2,1]})"));
  BOOST_TEST(!same(R"({"a":"1"})", R"({"a":1})"));
  BOOST_TEST(!same(R"({"a":1})", R"({"b":1})"));
  BOOST_TEST(!same(R"({"a":true})", R"({"a":false})"));
}

BOOST_AUTO_TEST_CASE(pretty_writing_indents_and_reads_back) {
  const auto read = document::parse(R"({"a":[{"b":1}],"c":{}})");
  BOOST_TEST(write(*read->root, true) == "{\n  \"a\": [\n    {\n      \"b\": 1\n    }\n  ],\n  \"c\": {}\n}");
}

BOOST_AUTO_TEST_CASE(text_of_a_column_that_is_no_utf8_is_mended_when_written) {
  document into;
  node* root = into.object();
  into.add(*root, "a", "Π\"\xff\xce");
  const std::string out = write(*root);
  BOOST_TEST(out == "{\"a\":\"Π\\\"\xef\xbf\xbd\xef\xbf\xbd\"}");
  BOOST_TEST(document::parse(out).ok());
}

BOOST_AUTO_TEST_SUITE_END()
