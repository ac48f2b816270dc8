// Documents in OBX-5: types, pieces, base64 in a text, paths.
#include "engine/lab/attachment.hpp"
#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

using namespace sample;
using model::value_kind;

namespace {

const std::string pdf = "%PDF-1.4\n" + std::string(600, 'x') + "\n%%EOF\n";
std::string ed(int set, std::string_view code, std::string_view sub, std::string_view kind,
               std::string_view data) {
  return "OBX|" + std::to_string(set) + "|ED|" + std::string(code) + "^Report^L|" + std::string(sub) +
    "|LAB^" + std::string(kind) + "^" + std::string(data) + "||||||F";
}

} // namespace

BOOST_AUTO_TEST_SUITE(document)

BOOST_AUTO_TEST_CASE(what_it_is_decides_how_it_is_called) {
  for (const auto* kind : {"application^pdf^Base64", "TEXT^PDF^Base64", "AP^PDF^Base64", "text^plain^base64",
                           "^^Base64", "^^", "PDF^PDF^ BASE64 ", "IM^^Base64"}) {
    const auto r = one(ed(1, "PDF", "", kind, base64::encode(pdf)));
    BOOST_REQUIRE_EQUAL(r->results.size(), 1u);
    BOOST_TEST(*r->results[0].value_text == "application/pdf, " + std::to_string(pdf.size()) + " bytes",
               kind);
    BOOST_TEST(r->results[0].attachments.at(0).content == pdf, kind);
    BOOST_TEST(r->reviews.empty(), kind);
  }
  BOOST_TEST(lab::content_type("TEXT", "PDF") == "application/pdf");
  BOOST_TEST(lab::content_type("TEXT", "JPEG") == "image/jpeg");
  BOOST_TEST(lab::content_type("TEXT", "html") == "text/html");
  BOOST_TEST(reviewed(*one(ed(1, "PDF", "", "^^", base64::encode("no document at all"))), "bad-attachment"));
}

BOOST_AUTO_TEST_CASE(pieces_over_several_obx_are_one_document) {
  const auto whole = base64::encode(pdf);
  for (const size_t size : {100u, 101u, 102u, 103u, 400u}) {
    std::vector<std::string> parts{pid, obr};
    for (size_t at = 0; at < whole.size(); at += size)
      parts.push_back(ed(int(at / size) + 1, "PDFREP", std::to_string(at / size + 1), "PDF^PDF^Base64",
                         whole.substr(at, size)));
    parts.push_back("OBX|99|NM|K^K^L||4.1|mmol/L|||||F");
    std::string bytes = oru({});
    for (const auto& part : parts) bytes += part + "\r";
    const auto r = map(bytes, laboratory("BIO"));
    BOOST_REQUIRE(r);
    BOOST_REQUIRE_EQUAL(r->results.size(), 2u);
    BOOST_TEST((r->results[0].attachments.at(0).content == pdf), size);
    BOOST_TEST(*r->results[0].value_text == "application/pdf, " + std::to_string(pdf.size()) + " bytes",
               size);
    BOOST_TEST(r->results[1].set_id == parts.size() - 2);
    BOOST_TEST(r->reviews.empty(), size);
  }
}

BOOST_AUTO_TEST_CASE(a_document_without_its_end_is_shown_to_a_person) {
  const auto half = base64::encode(pdf.substr(0, 300));
  const auto r = one(ed(1, "PDF", "", "application^pdf^Base64", half));
  BOOST_TEST(reviewed(*r, "bad-attachment"));
  BOOST_TEST(r->results.at(0).needs_review);
  BOOST_TEST(r->results[0].attachments.at(0).content.size() == 300u);
  // Another test's document is no piece of it, and two whole ones are two.
  const auto two = map(oru({pid, obr, ed(1, "A", "", "application^pdf^Base64", base64::encode(pdf)),
                            ed(2, "A", "", "application^pdf^Base64", base64::encode(pdf))}),
                       laboratory("BIO"));
  BOOST_TEST(two->results.size() == 2u);
  BOOST_TEST(two->reviews.empty());
  const auto other = map(oru({pid, obr, ed(1, "A", "", "application^pdf^Base64", half),
                              ed(2, "B", "", "application^pdf^Base64", base64::encode(pdf.substr(300)))}),
                         laboratory("BIO"));
  BOOST_TEST(other->results.size() == 2u);
  BOOST_TEST(reviewed(*other, "bad-attachment"));
}

BOOST_AUTO_TEST_CASE(base64_in_a_text_is_the_document_that_it_is) {
  const auto r = one("OBX|1|TX|REP^Report^L||" + base64::encode(pdf) + "||||||F");
  BOOST_TEST((r->results.at(0).kind == value_kind::attachment));
  BOOST_TEST(r->results[0].attachments.at(0).content == pdf);
  BOOST_TEST(r->results[0].sent.value == "application/pdf, " + std::to_string(pdf.size()) + " bytes");
  const auto whole = base64::encode(pdf);
  std::string bytes = oru({pid, obr});
  for (size_t at = 0, n = 1; at < whole.size(); at += 76, ++n)
    bytes += "OBX|" + std::to_string(n) + "|TX|REP^Report^L|" + std::to_string(n) + "|" +
      whole.substr(at, 76) + "||||||F\r";
  const auto lines = map(bytes, laboratory("BIO"));
  BOOST_REQUIRE_EQUAL(lines->results.size(), 1u);
  BOOST_TEST(lines->results[0].attachments.at(0).content == pdf);
  for (const auto* text :
       {"Normal", "JVBERi0x",
        "the patient is well and the heart sounds are pure and clear without any murmurs at all"})
    BOOST_TEST((one(std::string("OBX|1|TX|REP^Report^L||") + text + "||||||F")->results.at(0).kind ==
                value_kind::text),
               text);
}

BOOST_AUTO_TEST_CASE(paths_whose_backslashes_nobody_escaped_stay_readable) {
  const auto path = [](const std::string& obx5) {
    return *one("OBX|1|RP|DOC^Report file^L||" + obx5 + "^LAB^AP^PDF||||||F")->results.at(0).value_text;
  };
  BOOST_TEST(path("\\\\SRV\\H\\2026\\r118.pdf") == "\\\\SRV\\H\\2026\\r118.pdf");
  BOOST_TEST(path("C:\\N\\r118.pdf") == "C:\\N\\r118.pdf");
  BOOST_TEST(path("\\E\\\\E\\SRV\\E\\H\\E\\r118.pdf") == "\\\\SRV\\H\\r118.pdf");
  BOOST_TEST(path("https://lab.example.org/r118.pdf") == "https://lab.example.org/r118.pdf");
}

BOOST_AUTO_TEST_SUITE_END()
