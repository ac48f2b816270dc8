#include "engine/gesy/claim.hpp"
#include "engine/gesy/wire.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace aorta;

namespace {

const std::string today = "2026-11-27";

std::string claim_text(
  const std::string& line =
    R"({"line_number":1,"procedure_code":"93306","quantity":2,"unit_price":60.55,"total_price":121.10})",
  const std::string& more = "") {
  return R"({"beneficiary_id":"0000000001","referral_id":"R-000001","service_date":"2026-11-20",)"
         R"("diagnosis_codes":["I25.1","E11.9"],"line_items":[)" +
    line + "]" + more + "}";
}

/// `where` of what is wrong, in its order.
std::string wrong_in(const std::string& text) {
  std::string out;
  for (const auto& each : gesy::read(text, today).findings)
    if (each.is == gesy::finding::weight::wrong) out += (out.empty() ? "" : " ") + each.where;
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(claims)

BOOST_AUTO_TEST_CASE(a_claim_is_read) {
  const auto read = gesy::read(claim_text(), today);
  BOOST_TEST(read.may_be_sent());
  BOOST_TEST(read.what.total_cents == 12110);
  BOOST_TEST(read.what.primary_diagnosis_code == "I25.1");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named_with_its_place) {
  BOOST_TEST(wrong_in("[]") == "");
  BOOST_TEST(!gesy::read("[]", today).may_be_sent());
  BOOST_TEST(wrong_in("{}") == "beneficiary_id service_date diagnosis_codes line_items");
  const auto line = [](const std::string& text) { return wrong_in(claim_text(text)); };
  BOOST_TEST(line(R"({"procedure_code":"93306","quantity":2,"unit_price":60.55,"total_price":121.11})") ==
             "line_items[0].total_price");
  BOOST_TEST(line(R"({"procedure_code":"93306","quantity":0,"unit_price":60,"total_price":0})") ==
             "line_items[0].quantity");
  BOOST_TEST(line(R"({"procedure_code":"93306","quantity":1.5,"unit_price":60,"total_price":90})") ==
             "line_items[0].quantity");
  BOOST_TEST(line(R"({"procedure_code":"echo","quantity":1,"unit_price":60,"total_price":60})") ==
             "line_items[0].procedure_code");
  BOOST_TEST(line(R"({"procedure_code":"93306","quantity":1,"unit_price":60.555,"total_price":60.555})") ==
             "line_items[0].unit_price line_items[0].total_price");
  BOOST_TEST(line(R"({"procedure_code":"93306","quantity":1,"unit_price":-1,"total_price":-1})") ==
             "line_items[0].unit_price line_items[0].total_price");
  BOOST_TEST(line(R"({"procedure_code":"93306","quantity":1,"unit_price":"60","total_price":60})") ==
             "line_items[0].unit_price");
  BOOST_TEST(line("7") == "line_items[0]");
  const auto one = R"({"procedure_code":"93306","quantity":1,"unit_price":60,"total_price":60})";
  BOOST_TEST(wrong_in(claim_text(one, R"(,"total_claimed":61)")) == "total_claimed");
  BOOST_TEST(wrong_in(claim_text(one, R"(,"total_claimed":60.00)")) == "");
  BOOST_TEST(wrong_in(claim_text(one, R"(,"primary_diagnosis_code":"I10")")) == "primary_diagnosis_code");
  auto tomorrow = claim_text(one);
  tomorrow.replace(tomorrow.find("2026-11-20"), 10, "2026-11-28");
  BOOST_TEST(wrong_in(tomorrow) == "service_date");
  tomorrow.replace(tomorrow.find("2026-11-28"), 10, "2026-02-30");
  BOOST_TEST(wrong_in(tomorrow) == "service_date");
}

BOOST_AUTO_TEST_CASE(two_claims_are_alike_when_they_are_for_the_same) {
  const std::string a = R"({"procedure_code":"93306","quantity":1,"unit_price":60,"total_price":60})";
  const std::string b = R"({"procedure_code":"93000","quantity":1,"unit_price":20.5,"total_price":20.50})";
  BOOST_TEST(gesy::likeness(claim_text(a + "," + b)).value() ==
             gesy::likeness(claim_text(b + "," + a)).value());
  BOOST_TEST(gesy::likeness(claim_text(a)).value() != gesy::likeness(claim_text(b)).value());
  BOOST_TEST(gesy::likeness(claim_text(a)).value() != gesy::likeness(claim_text(a + "," + a)).value());
  BOOST_TEST(!gesy::likeness("{}").has_value());
}

BOOST_AUTO_TEST_CASE(a_referral_covers_its_days) {
  const std::string of = R"({"valid_from":"2026-10-01","valid_until":"2026-11-20","status":"approved"})";
  BOOST_TEST(gesy::referral_fault(of, "2026-11-20") == "");
  BOOST_TEST(gesy::referral_fault(of, "2026-10-01") == "");
  BOOST_TEST(gesy::referral_fault(of, "2026-11-21") == "referral-expired");
  BOOST_TEST(gesy::referral_fault(of, "2026-09-30") == "referral-not-yet-valid");
  BOOST_TEST(gesy::referral_fault(R"({"status":"cancelled"})", "2026-09-30") == "referral-cancelled");
  BOOST_TEST(gesy::referral_fault("<html>", "2026-09-30") == "referral-unreadable");
}

BOOST_AUTO_TEST_CASE(names_of_theirs_are_configuration) {
  auto by = gesy::specified();
  by.objects[gesy::kind::claim].fields = {{"claim_id", "claimNo"}, {"line_items", "lines"}};
  by.objects[gesy::kind::claim].words = {{"PENDING", "under_review"}};
  by.objects[gesy::kind::line].fields = {{"procedure_code", "cpt"}};
  const auto ours = gesy::as_ours(
    by, gesy::kind::claim, R"({"claimNo":"7","status":"PENDING","lines":[{"cpt":"93306","δ":1}],"x":2})");
  BOOST_REQUIRE(ours.has_value());
  BOOST_TEST(ours->starts_with(R"({"claim_id":"7","referral_id":null)"));
  BOOST_TEST(ours->find(R"("status":"under_review")") != std::string::npos);
  BOOST_TEST(ours->find(R"("procedure_code":"93306")") != std::string::npos);
  BOOST_TEST(ours->find("\"x\"") == std::string::npos);
  const auto theirs = gesy::as_theirs(
    by, gesy::kind::claim,
    R"({"claim_id":null,"service_date":"2026-11-27","line_items":[{"procedure_code":"93306"}],"y":1})",
    "our-id");
  BOOST_TEST(theirs.value() ==
             R"({"service_date":"2026-11-27","lines":[{"cpt":"93306"}],"client_reference":"our-id"})");
  BOOST_TEST(gesy::path_of(by, gesy::operation::beneficiary, {{"id", "a/b ?"}}) ==
             "/beneficiaries/a%2Fb%20%3F");
  BOOST_TEST(gesy::path_of(by, gesy::operation::claims, {{"provider_id", "P1"}}) ==
             "/claims?provider_id=P1&service_date=");
  BOOST_TEST(!gesy::as_ours(by, gesy::kind::claim, "<html>").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
