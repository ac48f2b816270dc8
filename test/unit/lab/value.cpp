#include "engine/lab/attachment.hpp"
#include "engine/lab/value.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using model::value_kind;

namespace {

std::string number(std::string_view text, bool comma = false) {
  const auto d = lab::read_number(text, comma);
  return d ? d->text() : "-";
}
std::string numeric(std::string_view text, bool comma = false) {
  const auto v = lab::read_numeric(text, comma);
  return std::string(model::name(v.kind)) + "|" + v.comparator + "|" + (v.number ? v.number->text() : "-") +
    "|" + std::string(v.trouble);
}
std::string structured(std::array<std::string, 4> parts) {
  const auto v = lab::read_structured(parts, true);
  return std::string(model::name(v.kind)) + "|" + v.text + "|" + (v.number ? v.number->text() : "-") + "|" +
    (v.upper ? v.upper->text() : "-");
}

} // namespace

BOOST_AUTO_TEST_SUITE(value)

BOOST_AUTO_TEST_CASE(numbers_are_read_and_nothing_is_guessed) {
  BOOST_TEST(number("065.88") == "65.88");
  BOOST_TEST(number("+3") == "3");
  BOOST_TEST(number("-0.50") == "-0.50");
  BOOST_TEST(number("\u22120.5") == "-0.5");
  BOOST_TEST(number("5.4 ") == "5.4");
  BOOST_TEST(number("\u00a05.4") == "5.4");
  BOOST_TEST(number("7.00") == "7.00");
  BOOST_TEST(number("5,4") == "-");
  BOOST_TEST(number("5,4", true) == "5.4");
  BOOST_TEST(number("1,234.5", true) == "-");
  BOOST_TEST(number("1.234,5", true) == "-");
  for (const auto text : {"1.2e3", "-", ".", "", " ", "1 234,5", "1 234.5", "5.4.3", "+-3", "--3", "\u2212-3",
                          "\uff15", "\u20133", "5.4 mg", "NaN", "inf", "0x10", "1234567890123456789", "5'4"})
    BOOST_TEST(number(text, true) == "-", text);
}

BOOST_AUTO_TEST_CASE(comparators_are_read_in_every_spelling) {
  BOOST_TEST(numeric("> 50") == "comparator|>|50|");
  BOOST_TEST(numeric("<=5") == "comparator|<=|5|");
  BOOST_TEST(numeric("=<5") == "comparator|<=|5|");
  BOOST_TEST(numeric("\u2265 5") == "comparator|>=|5|");
  BOOST_TEST(numeric("\u22645") == "comparator|<=|5|");
  BOOST_TEST(numeric("<0,5", true) == "comparator|<|0.5|");
  BOOST_TEST(numeric("<>5") == "text||-|not-a-number");
  BOOST_TEST(numeric("<") == "text||-|not-a-number");
  BOOST_TEST(numeric("haemolysed") == "text||-|not-a-number");
}

BOOST_AUTO_TEST_CASE(structured_numbers) {
  BOOST_TEST(structured({"<", "0.5", "", ""}) == "comparator|<0.5|0.5|-");
  BOOST_TEST(structured({"", "182", "", ""}) == "number|182|182|-");
  BOOST_TEST(structured({"=", "182", "", ""}) == "number|182|182|-");
  BOOST_TEST(structured({"182", "", "", ""}) == "number|182|182|-");
  BOOST_TEST(structured({"", "3", "-", "5"}) == "range|3-5|3|5");
  BOOST_TEST(structured({"3", "-", "5", ""}) == "range|3-5|3|5");
  BOOST_TEST(structured({"", "1", ":", "160"}) == "titre|1:160|-|-");
  BOOST_TEST(structured({"1", ":", "160", ""}) == "titre|1:160|-|-");
  BOOST_TEST(structured({"", "2", ":", "3"}) == "ratio|2:3|-|-");
  BOOST_TEST(structured({"", "1", "/", "2"}) == "ratio|1/2|-|-");
  BOOST_TEST(structured({"", "2", "+", ""}) == "text|2+|-|-");
  BOOST_TEST(structured({"<>", "5", "", ""}) == "text|<>5|-|-");
  BOOST_TEST(structured({">", "1", ":", "640"}) == "text|>1:640|-|-");
  BOOST_TEST(lab::read_structured({"", "many", "", ""}, false).trouble == "not-a-number");
}

BOOST_AUTO_TEST_CASE(text_counts_as_a_number_only_where_it_may) {
  const auto kind = [](std::string_view text, bool numbers) {
    return lab::read_text(text, true, numbers).kind;
  };
  BOOST_TEST((kind("5,4", true) == value_kind::number));
  BOOST_TEST((kind("<0.5", true) == value_kind::comparator));
  BOOST_TEST((kind("5.4", false) == value_kind::text));
  BOOST_TEST((kind("+3", true) == value_kind::text));
  BOOST_TEST((kind("007", true) == value_kind::text));
  BOOST_TEST((kind("0.7", true) == value_kind::number));
  BOOST_TEST((kind("1:160", false) == value_kind::titre));
  BOOST_TEST((kind("12:30", true) == value_kind::text));
  BOOST_TEST((kind("Neg", true) == value_kind::text));
  BOOST_TEST(lab::read_text("haemolysed", false, true).trouble == "");
}

BOOST_AUTO_TEST_CASE(times_as_values) {
  BOOST_TEST((lab::read_time_value("DT", "20261120").kind == value_kind::datetime));
  BOOST_TEST((lab::read_time_value("TM", "1015").kind == value_kind::datetime));
  BOOST_TEST((lab::read_time_value("TM", "10:15").kind == value_kind::text));
  BOOST_TEST((lab::read_time_value("TM", "2515").trouble == "not-a-time"));
  BOOST_TEST((lab::read_time_value("DTM", "20261320").trouble == "not-a-time"));
}

BOOST_AUTO_TEST_CASE(base64_is_strict_but_for_blanks_and_padding) {
  BOOST_TEST(*base64::decode("VGhpcyBpcyBhIEJhc2U2NCBzdHJpbmc=", lab::as_sent) == "This is a Base64 string");
  BOOST_TEST(*base64::decode("TWE=", lab::as_sent) == "Ma");
  BOOST_TEST(*base64::decode("TWE", lab::as_sent) == "Ma");
  BOOST_TEST(*base64::decode("TQ\r\n==", lab::as_sent) == "M");
  for (const auto text : {"T", "TWE==", "T=WE", "TW-_", "====", "TQ="})
    BOOST_TEST(!base64::decode(text, lab::as_sent).has_value(), text);
  BOOST_TEST(*lab::from_hex("4d 61") == "Ma");
  BOOST_TEST(!lab::from_hex("4d6").has_value());
}

BOOST_AUTO_TEST_CASE(attachment_types) {
  BOOST_TEST(lab::content_type("application", "PDF") == "application/pdf");
  BOOST_TEST(lab::content_type("IM", "JPEG") == "image/jpeg");
  BOOST_TEST(lab::content_type("", "pdf") == "application/pdf");
  BOOST_TEST(lab::content_type("TEXT", "") == "text/plain");
  BOOST_TEST(lab::content_type("", "x\r\ny") == "application/octet-stream");
  BOOST_TEST(!lab::read_attachment("application", "pdf", "Base64", "").has_value());
  BOOST_TEST(!lab::read_attachment("application", "pdf", "uuencode", "abc").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
