// Reports in JSON: what a map makes of them, as a message of HL7.
#include "engine/pipeline/json_report.hpp"
#include "engine/pipeline/webhook_mail.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace aorta::pipeline;

namespace {

config::webhook_map usual() {
  config::webhook_map out;
  out.mrn = "/patient/number";
  out.cyprus_id = "/patient/id~1card";
  out.family = "/patient/name/0";
  out.given = "/patient/name/1";
  out.birth_date = "/patient/born";
  out.sex = "/patient/sex";
  out.order_number = "/order";
  out.panel_code = "POCT";
  out.reported_at = "/at";
  out.results = "/results";
  out.code = "/test";
  out.value = "/value";
  out.unit = "/unit";
  out.status = "/state";
  out.observed_at = "/at";
  return out;
}

result<std::string> made(std::string_view json, const config::webhook_map& map = usual()) {
  const auto said = fhir::document::parse(json);
  BOOST_REQUIRE(said.ok());
  const auto read = report_of_json(*said, map);
  if (!read) return read.error();
  return lab::oru_text(*read, {"BIO", "MAIN", "msg_1", "20261120083000+0000"});
}

std::string one(std::string_view members) {
  return R"({"patient": {"number": "M-1"}, "results": [{"test": "K", "value": 4.10, "state": "final")" +
    std::string(members) + "}]}";
}

bool holds(const result<std::string>& text, std::string_view line) {
  return text.ok() && ("\r" + *text).find("\r" + std::string(line) + "\r") != std::string::npos;
}

std::string place(const result<std::string>& of) { return of.ok() ? "none" : of.error().where; }

} // namespace

BOOST_AUTO_TEST_CASE(what_the_map_finds_stands_where_hl7_has_it) {
  const auto text = made(R"({"patient": {"number": "M-1", "id/card": 812345, "name": ["Χρίστου", "Anna & Co"],
    "born": "1980-05-04", "sex": "female"}, "order": "F-9", "at": "2026-11-20T09:00:00.25+02:00",
    "results": [{"test": "K", "value": 4.10, "unit": "mmol/L", "state": "final", "at": "2026-11-20T09:00Z"},
                {"test": "NOTE", "value": "4.10", "state": "C", "at": null}]})");
  BOOST_REQUIRE(text.ok());
  BOOST_TEST(text->starts_with(
    "MSH|^~\\&|BIO|BIO||MAIN|20261120083000+0000||ORU^R01^ORU_R01|msg_1|P|2.5.1|||||||UNICODE UTF-8\r"));
  BOOST_TEST(holds(text, "PID|1||M-1^^^MAIN^MR~812345^^^CYP^NI||Χρίστου^Anna \\T\\ Co||19800504|female"));
  BOOST_TEST(holds(text, "OBR|1||F-9|POCT^^L||||||||||||||||||20261120090000.25+0200"));
  BOOST_TEST(holds(text, "OBX|1|NM|K^^L||4.10|mmol/L|||||F|||202611200900+0000"));
  BOOST_TEST(holds(text, "OBX|2|ST|NOTE^^L||4.10||||||C"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_refused_at_its_place) {
  BOOST_TEST(place(made(R"({"patient": {"number": "M-1"}})")) == "/results");
  BOOST_TEST(place(made(R"({"results": []})")) == "/results");
  BOOST_TEST(place(made(R"({"results": {"test": "K"}})")) == "/results");
  BOOST_TEST(place(made(one(R"(, "at": "yesterday")"))) == "/results/0/at");
  BOOST_TEST(place(made(one(R"(, "unit": {"code": "mmol/L"})"))) == "/results/0/unit");
  BOOST_TEST(place(made(one(R"(, "unit": true)"))) == "/results/0/unit");
  BOOST_TEST(
    place(
      made(R"({"results": [{"test": "K", "value": 4, "state": "final"}, {"value": 4, "state": "F"}]})")) ==
    "/results/1/test");
  BOOST_TEST(place(made(R"({"results": [{"test": "K", "value": 4}]})")) == "/results/0/state");
  BOOST_TEST(made(one(R"(, "unit": null)")).ok());
}

// Some programs write every number so: no double is between what was sent and what is filed.
BOOST_AUTO_TEST_CASE(numbers_with_exponents_are_the_numbers_that_they_are) {
  const auto value = [](const std::string& json) {
    return made(R"({"patient": {"number": 8.12345E5}, "results": [{"test": "K", "state": "F", "value": )" +
                json + "}]}");
  };
  BOOST_TEST(holds(value("7.2e0"), "OBX|1|NM|K^^L||7.2||||||F"));
  BOOST_TEST(holds(value("7.20E+0"), "OBX|1|NM|K^^L||7.20||||||F"));
  BOOST_TEST(holds(value("72e-1"), "OBX|1|NM|K^^L||7.2||||||F"));
  BOOST_TEST(holds(value("1.2345e3"), "OBX|1|NM|K^^L||1234.5||||||F"));
  BOOST_TEST(holds(value("\"7.2e0\""), "OBX|1|ST|K^^L||7.2e0||||||F")); // a text stays one
  BOOST_TEST(holds(value("7.2"), "PID|1||812345^^^MAIN^MR"));
  BOOST_TEST(place(value("7.2e400")) == "/results/0/value");
}

BOOST_AUTO_TEST_CASE(times_keep_the_precision_with_which_they_are_told) {
  const auto at = [](const std::string& time) {
    const auto text = made(one(R"(, "at": ")" + time + "\""));
    return text.ok() ? text->substr(text->rfind('|') + 1) : "none\r";
  };
  BOOST_TEST(at("2026") == "2026\r");
  BOOST_TEST(at("2026-11") == "202611\r");
  BOOST_TEST(at("2026-11-20") == "20261120\r");
  BOOST_TEST(at("2026-11-20 09:00:01") == "20261120090001\r");
  BOOST_TEST(at("2026-11-20T09:00:01.123456Z") == "20261120090001.1234+0000\r");
  BOOST_TEST(at("20261120090001+0200") == "20261120090001+0200\r");
  for (const char* none : {"2026-11-20T", "2026-11-20T09", "2026-1-2", "2026-11-20T09:00:01+2", "20.11.2026",
                           "2026-11-20T09:00Zx"})
    BOOST_TEST(at(none) == "none\r", none);
}

BOOST_AUTO_TEST_CASE(nothing_that_is_sent_becomes_a_segment_of_its_own) {
  const auto text = made(one(R"(, "unit": "a|b^c\rPID|2||X~d\\")"));
  BOOST_REQUIRE(text.ok());
  const auto parsed = hl7::parse(*text);
  BOOST_REQUIRE(parsed.ok());
  BOOST_TEST(parsed->segments() == 4u);
}

BOOST_AUTO_TEST_CASE(pointers_are_those_of_rfc_6901) {
  const auto said = fhir::document::parse(R"({"a": [{"b": 1}], "": 2, "m~n": 3, "c/d": 4, "0": 5})");
  BOOST_REQUIRE(said.ok());
  const auto at = [&](std::string_view pointer) {
    const auto* found = at_pointer(*said->root, pointer);
    return found == nullptr ? std::string("none") : std::string(found->text);
  };
  BOOST_TEST(at("/a/0/b") == "1");
  BOOST_TEST(at("/") == "2");
  BOOST_TEST(at("/m~0n") == "3");
  BOOST_TEST(at("/c~1d") == "4");
  BOOST_TEST(at("/0") == "5");
  for (const char* none : {"/a/1", "/a/00", "/a/-", "/a/b", "/x", "/0/0"})
    BOOST_TEST(at(none) == "none", none);
}

BOOST_AUTO_TEST_CASE(the_bytes_of_a_request_are_its_id_and_its_body) {
  const auto bytes = webhook_bytes("msg_1", "{\r\n\r\n}");
  const auto parts = parts_of_webhook(bytes);
  BOOST_REQUIRE(parts.has_value());
  BOOST_TEST((parts->id == "msg_1" && parts->body == "{\r\n\r\n}"));
  BOOST_TEST(!parts_of_webhook("MSH|^~\\&|"));
}
