// The numbered golden cases as this room maps them; what must come of the whole way stands beside each.
#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

using namespace sample;
using model::abnormal_flag;
using model::result_status;
using model::value_kind;

namespace {

lab::report mapped(const std::string& name, const std::string& laboratory_code = "BIO") {
  auto out = map(golden(name), laboratory(laboratory_code));
  BOOST_REQUIRE_MESSAGE(out.ok(), name << (out.ok() ? "" : ": " + out.error().text));
  return std::move(*out);
}

std::string number(const std::optional<decimal>& d) { return d ? d->text() : "-"; }
std::string shown(const model::lab_result& r) {
  return r.loinc_code.value_or("-") + "|" + r.value_text.value_or("-") + "|" + number(r.value_numeric) + "|" +
    r.unit.value_or("-") + "|" + r.range_text.value_or("-") + "|" +
    (r.flag ? std::string(model::name(*r.flag)) : "-");
}

} // namespace

BOOST_AUTO_TEST_SUITE(cyprus)

BOOST_AUTO_TEST_CASE(a_final_panel_is_brought_to_conventional_units) {
  const auto r = mapped("01-final-panel/in.hl7");
  BOOST_REQUIRE_EQUAL(r.results.size(), 5u);
  BOOST_TEST(shown(r.results[0]) == "2160-0|1.10|1.10|mg/dL|0.70-1.20|normal");
  BOOST_TEST(shown(r.results[1]) == "2093-3|228.1|228.1|mg/dL|<193.3|high");
  BOOST_TEST(shown(r.results[2]) == "2085-9|46.4|46.4|mg/dL|>38.7|normal");
  BOOST_TEST(shown(r.results[3]) == "2571-8|185.9|185.9|mg/dL|<150.5|high");
  BOOST_TEST(shown(r.results[4]) == "2823-3|4.4|4.4|mmol/L|3.5-5.1|normal");
  BOOST_TEST(r.results[1].sent.value == "5,9");
  BOOST_TEST(r.results[1].sent.unit == "mmol/L");
  BOOST_TEST(r.results[1].sent.range == "<5,0");
  BOOST_TEST(!r.results[1].range_high_inclusive);
  BOOST_TEST(r.results[4].comments == "Δείγμα ελαφρώς αιμολυμένο\nΕπανάληψη αν χρειαστεί");
  BOOST_TEST(r.results[0].comments == "");
  BOOST_REQUIRE_EQUAL(r.orders.size(), 1u);
  BOOST_TEST(r.orders[0].placer_number == "PO-77");
  BOOST_TEST(r.orders[0].filler_number == "F-9001");
  BOOST_TEST(r.orders[0].status == "F");
  BOOST_TEST(r.results[0].order == 0u);
  BOOST_TEST((r.results[0].status == result_status::final));
  BOOST_TEST(r.results[0].performing_lab_code == "BIO");
  BOOST_TEST(
    to_iso(r.results[0].observed_at->at, std::chrono::minutes(r.results[0].observed_at->offset_minutes)) ==
    "2026-11-20T08:20:00+02:00");
  BOOST_TEST(to_iso(r.results[0].reported_at->at) == "2026-11-20T06:25:00Z");
  BOOST_REQUIRE_EQUAL(r.who.ids.size(), 2u);
  BOOST_TEST((r.who.ids[0].kind == identity::id_kind::cyprus_id));
  BOOST_TEST(r.who.ids[0].value == "812345");
  BOOST_TEST((r.who.ids[1].kind == identity::id_kind::mrn));
  BOOST_TEST(r.who.names.at(0).family == "ΠΑΠΑΔΟΠΟΥΛΟΣ");
  BOOST_TEST((r.who.birth_date == std::chrono::year_month_day{std::chrono::year{1958} / 4 / 12}));
  BOOST_TEST((r.who.sex == model::gender::male));
  BOOST_TEST(r.reviews.empty());
  BOOST_TEST(r.unmapped_codes.empty());
  BOOST_TEST(r.rules.at(1).where == "OBX[1]-6");
  BOOST_TEST(r.rules.at(1).detail == "umol/L -> mg/dL x 0.0113118 (2160-0)");
}

BOOST_AUTO_TEST_CASE(si_clinics_get_molar_units_and_codes) {
  auto p = laboratory("BIO");
  p.units = lab::unit_system::si;
  const auto r = map(golden("01-final-panel/in.hl7"), p);
  BOOST_REQUIRE(r.ok());
  BOOST_TEST(shown(r->results[0]) == "14682-9|97|97|umol/L|62-106|normal");
  BOOST_TEST(shown(r->results[1]) == "14647-2|5,9|5.9|mmol/L|<5,0|high");
}

BOOST_AUTO_TEST_CASE(a_critical_potassium_is_critical) {
  const auto r = mapped("02-critical-potassium/in.hl7");
  BOOST_REQUIRE_EQUAL(r.results.size(), 1u);
  BOOST_TEST(shown(r.results[0]) == "2823-3|6.8|6.8|mmol/L|3.5-5.1|critical_high");
  BOOST_TEST(r.results[0].critical);
}

BOOST_AUTO_TEST_CASE(a_corrected_troponin_stands_over_its_versions) {
  const auto p = mapped("03-troponin-versions/1-in.hl7").results.at(0),
             f = mapped("03-troponin-versions/2-in.hl7").results.at(0),
             c = mapped("03-troponin-versions/3-in.hl7").results.at(0);
  BOOST_TEST((p.status == result_status::preliminary));
  BOOST_TEST((f.status == result_status::final));
  BOOST_TEST((c.status == result_status::corrected));
  BOOST_TEST(shown(c) == "49563-0|0.016|0.016|ng/mL|<0.04|normal");
  BOOST_TEST(!f.critical);
}

BOOST_AUTO_TEST_CASE(greek_in_8859_7_is_read_as_greek) {
  const auto r = mapped("04-greek-8859-7-name-only/in.hl7", "YML");
  BOOST_REQUIRE_EQUAL(r.results.size(), 1u);
  const auto& x = r.results[0];
  BOOST_TEST(shown(x) == "2345-7|99|99|mg/dL|70 - 100|normal");
  BOOST_TEST(x.test_name == "Γλυκόζη");
  BOOST_TEST(number(x.range_low) == "70");
  BOOST_TEST(to_iso(x.observed_at->at, std::chrono::minutes(x.observed_at->offset_minutes)) ==
             "2026-11-20T08:00:00+02:00"); // OBR-7, not OBR-22
  BOOST_TEST((x.observed_at->told == model::moment::precision::minute));
  BOOST_TEST(!r.who.names.at(0).family.empty());
}

BOOST_AUTO_TEST_CASE(an_inr_needs_no_unit) {
  const auto r = mapped("05-ambiguous-name/in.hl7");
  BOOST_TEST(shown(r.results.at(0)) == "6301-6|2.6|2.6|-|0.9-1.2|high");
  BOOST_TEST(r.reviews.empty());
}

BOOST_AUTO_TEST_CASE(values_of_every_shape_are_read) {
  const auto r = mapped("06-value-shapes/in.hl7");
  BOOST_REQUIRE_EQUAL(r.results.size(), 8u);
  const auto& x = r.results;
  BOOST_TEST(shown(x[0]) == "1988-5|<0.5|0.5|mg/L|<5.0|normal");
  BOOST_TEST(x[0].comparator == "<");
  BOOST_TEST((x[0].kind == value_kind::comparator));
  BOOST_TEST(shown(x[1]) == "-|Αρνητικό|-|-|Αρνητικό|normal");
  BOOST_TEST(shown(x[2]) == "-|1:160|-|-|<1:80|abnormal");
  BOOST_TEST((x[2].kind == value_kind::titre));
  BOOST_TEST(shown(x[3]) == "49563-0|>50|50|ng/mL|<0.04|critical_high");
  BOOST_TEST(x[3].critical);
  BOOST_TEST(shown(x[4]) == "48065-7|065.88|65.88|ng/mL{FEU}|<500|normal");
  BOOST_TEST(x[5].value_code == "A");
  BOOST_TEST(*x[5].value_text == "A positive");
  BOOST_TEST((x[5].kind == value_kind::code));
  BOOST_TEST(*x[6].value_text == "Line one\nLine two");
  BOOST_TEST((x[7].status == result_status::cancelled));
  BOOST_TEST(shown(x[7]) == "2951-2|-|-|-|136-145|-");
  BOOST_TEST((x[7].kind == value_kind::none));
  BOOST_TEST(r.reviews.empty());
}

BOOST_AUTO_TEST_CASE(line_feeds_as_segment_ends_and_a_result_without_an_order_number) {
  const auto r = mapped("07-arc-lf-line-ends/in.hl7", "NIPD");
  BOOST_TEST(shown(r.results.at(0)) == "33762-6|412|412|pg/mL|<125|high");
  BOOST_TEST((r.results[0].observed_at->told == model::moment::precision::day));
  BOOST_TEST((r.who.ids.at(0).kind == identity::id_kind::arc));
}

BOOST_AUTO_TEST_CASE(an_unknown_code_stays_as_sent_and_mg_percent_is_mg_in_100_ml) {
  const auto r = mapped("08-unknown-code-and-unit/in.hl7");
  BOOST_REQUIRE_EQUAL(r.results.size(), 2u);
  BOOST_TEST(shown(r.results[0]) == "-|17.8|17.8|ng/mL|<17.8|normal");
  BOOST_TEST(shown(r.results[1]) == "2160-0|1.1|1.1|mg/dL|0.6-1.2|normal");
  BOOST_TEST(!r.results[0].needs_review);
  BOOST_TEST(!r.results[1].needs_review);
  BOOST_TEST(r.results[1].sent.unit == "mg%");
  BOOST_REQUIRE_EQUAL(r.unmapped_codes.size(), 1u);
  BOOST_TEST(r.unmapped_codes[0] == "GAL3");
  BOOST_TEST(noted(r, "flag-contradiction") == true); // 17.8 is not below 17.8, and the laboratory says N
}

BOOST_AUTO_TEST_CASE(other_patients_are_read_too) {
  for (const auto name : {"09-unknown-patient/in.hl7", "10-contradiction/in.hl7"}) {
    const auto r = mapped(name);
    BOOST_TEST(r.results.size() == 1u);
    BOOST_TEST(r.who.ids.size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(foreign_delimiters_escapes_and_a_pdf) {
  const auto r = mapped("11-delimiters-escapes-pdf/in.hl7");
  BOOST_REQUIRE_EQUAL(r.results.size(), 2u);
  const auto& pdf = r.results[0];
  BOOST_TEST((pdf.kind == value_kind::attachment));
  BOOST_REQUIRE_EQUAL(pdf.attachments.size(), 1u);
  BOOST_TEST(pdf.attachments[0].content.size() == 60'021u);
  BOOST_TEST(pdf.attachments[0].content_type == "application/pdf");
  BOOST_TEST(pdf.attachments[0].content.starts_with("%PDF-1.4"));
  BOOST_TEST(pdf.sent.value == "application/pdf, 60021 bytes");
  BOOST_TEST(*r.results[1].value_text == "A#B * @ ? A");
}

BOOST_AUTO_TEST_CASE(without_a_patient_there_is_no_report) {
  const auto r = map(golden("14-no-pid/in.hl7"), laboratory("BIO"));
  BOOST_REQUIRE(!r.ok());
  BOOST_TEST((r.error().code == error_code::segment_missing));
  BOOST_TEST(r.error().where == "PID");
}

BOOST_AUTO_TEST_SUITE_END()
