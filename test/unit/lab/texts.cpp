// Bytes that are no characters of the message's charset: the text is doubted, the number beside it is filed.
#include "engine/lab/version.hpp"
#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

using namespace sample;

namespace {

const std::string critical_k = "OBX|1|NM|K^K^L||7.1|mmol/L|3.5-5.1|HH|||F";

result<lab::report> read(const std::string& charset, std::initializer_list<std::string> more) {
  std::string bytes = oru({pid, obr, critical_k}, charset);
  for (const auto& each : more) bytes += each + "\r";
  return map(bytes, laboratory("BIO"));
}
void potassium_is_filed(const result<lab::report>& r) {
  BOOST_REQUIRE(r);
  BOOST_TEST(r->results.at(0).value_numeric->text() == "7.1");
  BOOST_TEST(r->results[0].critical);
}

} // namespace

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(windows_bytes_of_an_iso_charset_are_read_as_windows) {
  // `'Anthras - elegchthike` in windows-1253, with its capital alpha with tonos (A2) and a bullet (95)
  const auto r = read("8859/7",
                      {"NTE|1|L|\xa2\xed\xe4\xf1\xe1\xf2 \x95 \xe5\xeb\xdd\xe3\xf7\xe8\xe7\xea\xe5"});
  potassium_is_filed(r);
  BOOST_TEST(
    r->results[0].comments ==
    "\u0386\u03bd\u03b4\u03c1\u03b1\u03c2 \u2022 \u03b5\u03bb\u03ad\u03b3\u03c7\u03b8\u03b7\u03ba\u03b5");
  BOOST_REQUIRE(reviewed(*r, "doubtful-text"));
  BOOST_TEST(r->reviews[0].where == "NTE[1]-3");
  const auto western = read("8859/1", {"OBX|2|ST|X^x^L||5 \x80||||||F"});
  potassium_is_filed(western);
  BOOST_TEST(*western->results.at(1).value_text == "5 \u20ac");
  BOOST_TEST(western->results[1].needs_review);
  BOOST_TEST(!western->results[0].needs_review);
  // What the charset has is not doubted.
  const auto plain = read("8859/7", {"NTE|1|L|\xc1\xe9\xec\xfc\xeb\xf5\xf3\xe7"});
  BOOST_TEST(plain->reviews.empty());
  BOOST_TEST(plain->results[0].comments == "\u0391\u03b9\u03bc\u03cc\u03bb\u03c5\u03c3\u03b7");
}

BOOST_AUTO_TEST_CASE(where_no_reading_exists_the_text_has_holes) {
  for (const auto* charset : {"", "UNICODE UTF-8"}) {
    const auto r = read(charset, {"NTE|1|L|\xb9\xf0\xe9\xe1 ok"});
    potassium_is_filed(r);
    BOOST_TEST(r->results[0].comments == "\ufffd\ufffd\ufffd\ufffd ok");
    BOOST_TEST(reviewed(*r, "unreadable-text"));
  }
  const auto value = read("UNICODE UTF-8", {"OBX|2|NM|CREAT^C^L||97|\xb5mol/L|62-106||||F"});
  potassium_is_filed(value);
  BOOST_TEST(*value->results.at(1).unit == "\ufffdmol/L");
  BOOST_TEST(value->results[1].needs_review);
  BOOST_TEST(value->results[1].value_numeric->text() == "97");
  // 0xD2 is no character of 8859/7, nor of windows-1253.
  const auto hole = read("8859/7", {"NTE|1|L|a\xd2z"});
  potassium_is_filed(hole);
  BOOST_TEST(hole->results[0].comments == "a\ufffdz");
}

BOOST_AUTO_TEST_CASE(utf8_under_the_name_of_ascii_is_read_as_what_it_is) {
  const auto r = read("ASCII", {"OBX|2|NM|CREAT^C^L||97|\u00b5mol/L|62-106||||F"});
  potassium_is_filed(r);
  BOOST_TEST(r->results.at(1).value_numeric->text() == "1.10");
  BOOST_TEST(reviewed(*r, "doubtful-text"));
}

BOOST_AUTO_TEST_CASE(what_identifies_is_never_read_with_holes) {
  const auto refused = [](const std::string& bytes) {
    const auto r = map(bytes, laboratory("BIO"));
    return r ? std::string("filed") : r.error().where;
  };
  BOOST_TEST(refused(oru({"PID|1||1^^^CYP^NI||\xd0\xc1^\xc3\xc5||19580412|M", obr, critical_k})) ==
             "PID[1]-5");
  BOOST_TEST(refused(oru({pid, "OBR|1|PO-\xe1|F-1|P^Panel^L", critical_k})) == "OBR[1]-2");
  BOOST_TEST(refused(oru({pid, obr, "OBX|1|NM|K\xe1^K^L||4|mmol/L|||||F"})) == "OBX[1]-3");
  BOOST_TEST(refused(oru({pid, obr, "OBX|1|NM|K^K\xe1^L||4|mmol/L|||||F"})) == "filed");
}

BOOST_AUTO_TEST_CASE(a_charset_that_nobody_knows_does_no_harm_to_ascii) {
  for (const auto* charset : {"8859", "EL", "KLINGON"}) {
    const auto r = read(charset, {});
    potassium_is_filed(r);
    BOOST_TEST(r->reviews.empty(), charset);
    BOOST_TEST(noted(*r, "charset"), charset);
  }
  BOOST_TEST(!read("8859", {"NTE|1|L|\xe1"}).ok());
}

// A text without some of its letters is another text. What was sent stands beside it, no byte lost.
BOOST_AUTO_TEST_CASE(a_text_value_that_cannot_be_read_is_no_value_and_the_number_beside_it_is_filed) {
  for (const auto* type : {"ST", "TX", "FT", "CWE", ""}) {
    const auto r = read("UNICODE UTF-8",
                        {"OBX|2|" + std::string(type) + "|RX^Report^L||Pleuraerg\xfcsse \xce\xb1||||||F"});
    potassium_is_filed(r);
    const auto& text = r->results.at(1);
    BOOST_TEST((text.kind == model::value_kind::none), type);
    BOOST_TEST(!text.value_text.has_value(), type);
    BOOST_TEST(text.value_code == "", type);
    BOOST_TEST(text.sent.value == "Pleuraerg\\XFC\\sse \u03b1", type);
    BOOST_TEST(text.needs_review);
    BOOST_TEST(!r->results[0].needs_review);
    BOOST_TEST(reviewed(*r, "unreadable-text"));
    BOOST_TEST(std::count_if(r->reviews.begin(), r->reviews.end(),
                             [](const auto& each) { return each.where == "OBX[2]-5"; }) == 1);
  }
  // 0xD2 is no character of windows-1253; the letters around it are.
  const auto greek = read("8859/7", {"OBX|2|ST|RX^Report^L||\xe1\xd2||||||F"});
  potassium_is_filed(greek);
  BOOST_TEST(greek->results.at(1).sent.value == "\u03b1\\XD2\\");
}

BOOST_AUTO_TEST_CASE(a_code_whose_name_cannot_be_read_is_still_that_code) {
  const auto r = read("UNICODE UTF-8", {"OBX|2|CWE|ORG^Organism^L||112283007^Escherichia \xe9^SCT||||||F"});
  potassium_is_filed(r);
  BOOST_TEST(r->results.at(1).value_code == "112283007");
  BOOST_TEST(r->results[1].value_text.value_or("") == "112283007");
  BOOST_TEST(r->results[1].needs_review);
}

BOOST_AUTO_TEST_CASE(a_report_of_which_no_value_can_be_read_is_refused_until_its_charset_is_named) {
  const auto bytes = oru(
    {pid, obr, "OBX|1|ST|RX^Report^L||Pleuraerg\xfcsse||||||F", "OBX|2|TX|RY^Report^L||\xe4||||||F"});
  const auto refused = map(bytes, laboratory("BIO"));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == error_code::table_value));
  BOOST_TEST(refused.error().where == "OBX[1]-5");
  auto western = laboratory("BIO");
  western.charset = "windows-1252";
  const auto filed = map(bytes, western);
  BOOST_REQUIRE(filed);
  BOOST_TEST(filed->results.at(0).value_text.value_or("") == "Pleuraerg\u00fcsse");
  BOOST_TEST(filed->reviews.empty());
  // What alarms or withdraws says enough.
  const auto alarming = map(oru({pid, obr, "OBX|1|ST|RX^Report^L||Pleuraerg\xfcsse|||AA|||F"}),
                            laboratory("BIO"));
  BOOST_REQUIRE(alarming);
  BOOST_TEST(alarming->results.at(0).critical);
  BOOST_TEST(bool(map(oru({pid, obr, "OBX|1|ST|RX^Report^L||Pleuraerg\xfcsse||||||D"}), laboratory("BIO"))));
}

// The first of several codes is not what was found.
BOOST_AUTO_TEST_CASE(several_codes_of_which_one_cannot_be_read_are_no_value) {
  const auto r = read("UNICODE UTF-8",
                      {"OBX|2|CWE|ORG^Organism^L||ECO^E. coli^L~STA^S. \xfc"
                       "ber^L||||||F"});
  potassium_is_filed(r);
  const auto& organisms = r->results.at(1);
  BOOST_TEST((organisms.kind == model::value_kind::none));
  BOOST_TEST(organisms.value_code == "");
  BOOST_TEST(!organisms.value_text.has_value());
  BOOST_TEST(organisms.sent.value == "ECO^E. coli^L~STA^S. \\XFC\\ber^L");
  BOOST_TEST(organisms.needs_review);
  BOOST_TEST(reviewed(*r, "unreadable-text"));
}

BOOST_AUTO_TEST_CASE(a_text_that_cannot_be_read_hides_none_that_can) {
  for (const auto* type : {"ST", "TX", "FT"}) {
    const auto line = [&](const std::string& text) {
      return read("UNICODE UTF-8", {"OBX|2|" + std::string(type) + "|RX^Report^L||" + text + "||||||F"})
        ->results.at(1);
    };
    const auto good = line("pleural effusion"), bad = line("Pleuraerg\xfcsse"), blank = line("\"\"");
    BOOST_TEST(lab::says_nothing(bad), type);
    BOOST_TEST((lab::compare_versions(good, bad) == lab::version_action::history), type);
    BOOST_TEST((lab::compare_versions(bad, good) == lab::version_action::replace), type);
    // A line that its laboratory empties is a statement.
    BOOST_TEST(lab::says_nothing(blank) == (std::string_view(type) == "ST"), type);
  }
}

BOOST_AUTO_TEST_SUITE_END()
