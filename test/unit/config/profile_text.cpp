// One line more in a profile: where it goes, and that everything else stays as it was written.
#include "engine/config/profile_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using config::with_test;
using config::with_unit;

namespace {

constexpr const char* profile = R"(# Ours.
[lab]
name = "B"   # as it is

[tests]
K = "2823-3"   # potassium
INR = { loinc = "6301-6", unit = "{INR}" }
# behind the last one

[units]
"mg%" = "mg/dL"
)";

std::string without_line(const config::edited_text& of) {
  auto out = of.text;
  const auto at = out.find(of.line);
  return out.erase(at, of.line.size() + 1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(profile_texts)

BOOST_AUTO_TEST_CASE(it_stands_behind_the_last_one_of_its_table) {
  const auto made = with_test(profile, "GLU", {"2345-7", "", ""}, "2026-11-27 anna@clinic.example");
  BOOST_REQUIRE(made.ok());
  BOOST_TEST(made->line == "GLU = \"2345-7\"  # 2026-11-27 anna@clinic.example");
  BOOST_TEST(made->at == 8u);
  BOOST_TEST(without_line(*made) == profile);
  const auto unit = with_unit(profile, "gr/dl", "g/dL", "");
  BOOST_REQUIRE(unit.ok());
  BOOST_TEST(unit->line == "\"gr/dl\" = \"g/dL\"");
  BOOST_TEST(without_line(*unit) == profile);
}

BOOST_AUTO_TEST_CASE(codes_are_whatever_laboratories_write) {
  for (const auto& [code, key] : {std::pair<std::string, std::string>{"A b", "\"A b\""},
                                  {"Γλυκόζη", "\"Γλυκόζη\""},
                                  {"a\"b\\", "\"a\\\"b\\\\\""},
                                  {"a.b", "\"a.b\""},
                                  {"a]#=", "\"a]#=\""},
                                  {"17", "17"}}) {
    const auto made = with_test(profile, code, {"2345-7", "mg/dL", "Gl \"u\""}, "");
    BOOST_REQUIRE_MESSAGE(made.ok(), code);
    BOOST_TEST(made->line == key + " = { loinc = \"2345-7\", unit = \"mg/dL\", name = \"Gl \\\"u\\\"\" }");
    BOOST_TEST(without_line(*made) == profile);
  }
  BOOST_TEST(!with_test(profile, "a\nb = \"1\"", {"2345-7", "", ""}, "").ok());
}

BOOST_AUTO_TEST_CASE(a_note_is_of_one_line) {
  const auto made = with_test(profile, "GLU", {"2345-7", "", ""}, "a\nNA = \"2951-2\"");
  BOOST_REQUIRE(made.ok());
  BOOST_TEST(made->line == "GLU = \"2345-7\"  # a NA = \"2951-2\"");
}

BOOST_AUTO_TEST_CASE(a_file_without_the_table_gets_it) {
  const auto made = with_test("[lab]\nname = \"B\"", "K", {"2823-3", "", ""}, "");
  BOOST_REQUIRE(made.ok());
  BOOST_TEST(made->text == "[lab]\nname = \"B\"\n\n[tests]\nK = \"2823-3\"\n");
  BOOST_TEST(made->at == 5u);
  const auto empty = with_test("[tests]\n[units]\n", "K", {"2823-3", "", ""}, "");
  BOOST_REQUIRE(empty.ok());
  BOOST_TEST(empty->text == "[tests]\nK = \"2823-3\"\n[units]\n");
}

BOOST_AUTO_TEST_CASE(line_ends_stay_as_they_are) {
  const auto made = with_test("[tests]\r\nK = \"2823-3\"\r\n[units]\r\n", "NA", {"2951-2", "", ""}, "");
  BOOST_REQUIRE(made.ok());
  BOOST_TEST(made->text == "[tests]\r\nK = \"2823-3\"\r\nNA = \"2951-2\"\r\n[units]\r\n");
}

BOOST_AUTO_TEST_CASE(what_stands_there_is_not_changed) {
  const auto there = with_test(profile, "INR", {"2345-7", "", ""}, "");
  BOOST_REQUIRE(!there.ok());
  BOOST_TEST((there.error().code == error_code::conflict));
  BOOST_TEST(there.error().where == "line 7");
}

BOOST_AUTO_TEST_CASE(a_table_that_no_line_can_be_added_to_is_refused) {
  for (const char* text : {"tests = { K = \"2823-3\" }\n[units]\n", "tests.K = \"2823-3\"\n[units]\n",
                           "[tests]\nK = \"2823-3\"\n[tests.INR]\nloinc = \"6301-6\"\n", "[tests\n"}) {
    const auto made = with_test(text, "GLU", {"2345-7", "", ""}, "");
    BOOST_TEST((!made.ok() && made.error().code == error_code::invalid), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
