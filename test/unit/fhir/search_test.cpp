// Matching. Examples of dates, numbers and tokens are those of R4 3.1.1.5.
#include "search_rig.hpp"

using namespace aorta;
using namespace aorta::fhir;
using namespace aorta::fhir::test;

namespace {

std::string observed(std::string_view effective) {
  return R"({"resourceType":"Observation",)" + std::string(effective) + "}";
}
std::string observed_at(std::string_view when) {
  return observed(R"("effectiveDateTime":")" + std::string(when) + "\"");
}

std::string measured(std::string_view quantity) {
  return R"({"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"2345-7"}]},"valueQuantity":)" +
    std::string(quantity) + "}";
}
std::string measured_number(std::string_view number) {
  return measured(R"({"value":)" + std::string(number) + "}");
}

constexpr std::string_view maria =
  R"({"resourceType":"Patient","id":"7","active":true,"gender":"female","birthDate":"1974-12-25",
  "identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}],"text":"Record number"},
    "system":"urn:mrn","value":"446053"},{"value":"A|9"}],
  "name":[{"use":"official","family":"Χριστοδούλου","given":["Μαρία","Ελένη"]}],
  "telecom":[{"system":"phone","use":"mobile","value":"+357 99-123456"},{"system":"email","value":"Maria@Example.org"}],
  "address":[{"use":"home","line":["12 Οδός Μακαρίου"],"city":"Λευκωσία","postalCode":"1065","country":"CY"}],
  "generalPractitioner":[{"reference":"Practitioner/3"}],
  "managingOrganization":{"identifier":{"system":"urn:clinics","value":"BIO"}}})";

constexpr std::string_view pressure = R"({"resourceType":"Observation","id":"v1-bp","status":"final",
  "code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure panel"}],"text":"Pressure"},
  "subject":{"reference":"Patient/7"},"effectiveDateTime":"2026-11-20T09:00:00+02:00",
  "component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
                "valueQuantity":{"value":120,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
               {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},
                "valueQuantity":{"value":80,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]})";

} // namespace

BOOST_AUTO_TEST_SUITE(search_dates)

BOOST_AUTO_TEST_CASE(a_day_means_all_its_times_and_no_other) {
  BOOST_TEST(hit(observed_at("2013-01-14T00:00:00Z"), "date", "2013-01-14"));
  BOOST_TEST(hit(observed_at("2013-01-14T10:00:00Z"), "date", "eq2013-01-14"));
  BOOST_TEST(!hit(observed_at("2013-01-15T00:00:00Z"), "date", "eq2013-01-14"));
  BOOST_TEST(hit(observed_at("2013-01-15T00:00:00Z"), "date", "ne2013-01-14"));
  BOOST_TEST(!hit(observed_at("2013-01-14T10:00:00Z"), "date", "ne2013-01-14"));
}

BOOST_AUTO_TEST_CASE(a_value_less_precise_than_the_search_is_not_equal_to_it) {
  BOOST_TEST(!hit(observed_at("2013-01"), "date", "2013-01-14"));
  BOOST_TEST(hit(observed_at("2013-01"), "date", "2013"));
  BOOST_TEST(hit(observed_at("2013-01"), "date", "ap2013-01-14"));
}

BOOST_AUTO_TEST_CASE(a_day_is_before_and_after_an_hour_of_its_own) {
  BOOST_TEST(hit(observed_at("2013-01-14"), "date", "lt2013-01-14T10:00"));
  BOOST_TEST(hit(observed_at("2013-01-14"), "date", "gt2013-01-14T10:00"));
  BOOST_TEST(!hit(observed_at("2013-01-14"), "date", "sa2013-01-14T10:00"));
  BOOST_TEST(!hit(observed_at("2013-01-14"), "date", "eb2013-01-14T10:00"));
}

BOOST_AUTO_TEST_CASE(a_period_without_end_lasts_for_ever) {
  const auto open = observed(R"("effectivePeriod":{"start":"2013-01-21"})");
  BOOST_TEST(hit(open, "date", "gt2013-03-14"));
  BOOST_TEST(hit(open, "date", "ge2013-03-14"));
  BOOST_TEST(!hit(open, "date", "sa2013-03-14"));
  BOOST_TEST(hit(open, "date", "le2013-02-14"));
  BOOST_TEST(!hit(open, "date", "eb2013-02-14"));
  BOOST_TEST(!hit(open, "date", "2013"));
  BOOST_TEST(hit(observed(R"("effectivePeriod":{"start":"2013-03-15"})"), "date", "sa2013-03-14"));
}

BOOST_AUTO_TEST_CASE(greater_or_equal_takes_what_lies_within) {
  BOOST_TEST(hit(observed_at("2013-03-14"), "date", "ge2013-03-14"));
  BOOST_TEST(hit(observed_at("2013-03-14T23:59:59Z"), "date", "le2013-03-14"));
  BOOST_TEST(!hit(observed_at("2013-03-14T23:59:59Z"), "date", "gt2013-03-14"));
  BOOST_TEST(hit(observed_at("2013-03-15T00:00:00Z"), "date", "sa2013-03-14"));
  BOOST_TEST(hit(observed_at("2013-03-13T23:59:59.999Z"), "date", "eb2013-03-14"));
}

BOOST_AUTO_TEST_CASE(offsets_count) {
  BOOST_TEST(hit(observed_at("2013-01-15T01:00:00+02:00"), "date", "2013-01-14"));
  BOOST_TEST(hit(observed_at("2013-01-14T10:00:00.25Z"), "date", "2013-01-14T12:00:00+02:00"));
  BOOST_TEST(!hit(observed_at("2013-01-14T10:00:01Z"), "date", "2013-01-14T12:00:00+02:00"));
}

BOOST_AUTO_TEST_CASE(approximately_is_a_tenth_of_the_way_to_now) {
  BOOST_TEST(hit(observed_at("2026-11-14"), "date", "ap2026-11-15")); // ten days away: one day on each side
  BOOST_TEST(!hit(observed_at("2026-11-12"), "date", "ap2026-11-15"));
}

BOOST_AUTO_TEST_CASE(of_a_timing_only_the_outer_limits_count) {
  const std::string timing = R"({"resourceType":"ServiceRequest","occurrenceTiming":{"repeat":{
    "boundsPeriod":{"start":"2013-01-31","end":"2013-03-24"},"frequency":1,"period":2,"periodUnit":"d"}}})";
  BOOST_TEST(hit(timing, "occurrence", "ap2013-02-01"));
  BOOST_TEST(hit(timing, "occurrence", "ge2013-02-01"));
  BOOST_TEST(!hit(timing, "occurrence", "sa2013-03-25"));
  BOOST_TEST(
    hit(R"({"resourceType":"ServiceRequest","occurrenceTiming":{"event":["2013-02-01","2013-02-03"]}})",
        "occurrence", "2013-02"));
  BOOST_TEST(
    hit(R"({"resourceType":"MedicationRequest","dosageInstruction":[{"timing":{"event":["2013-02-01"]}}]})",
        "date", "2013-02-01"));
}

BOOST_AUTO_TEST_CASE(last_updated_is_asked_as_a_date) {
  BOOST_TEST(hit(R"({"resourceType":"Patient","meta":{"lastUpdated":"2010-10-01T12:00:00Z"}})",
                 "_lastUpdated", "gt2010-09-30"));
  BOOST_TEST(!hit(R"({"resourceType":"Patient"})", "_lastUpdated", "gt2010-09-30"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(search_numbers)

BOOST_AUTO_TEST_CASE(the_digits_written_tell_the_precision) {
  for (const auto in : {"99.5", "100", "100.00", "100.4999"})
    BOOST_TEST(hit(measured_number(in), "value-quantity", "100"), in);
  for (const auto out : {"99.49", "100.5", "-100"})
    BOOST_TEST(!hit(measured_number(out), "value-quantity", "100"), out);
  for (const auto in : {"99.995", "100.004"})
    BOOST_TEST(hit(measured_number(in), "value-quantity", "100.00"), in);
  for (const auto out : {"99.994", "100.005"})
    BOOST_TEST(!hit(measured_number(out), "value-quantity", "100.00"), out);
  for (const auto in : {"95", "104.9"}) BOOST_TEST(hit(measured_number(in), "value-quantity", "1e2"), in);
  BOOST_TEST(!hit(measured_number("105"), "value-quantity", "1e2"));
  BOOST_TEST(hit(measured_number("105"), "value-quantity", "ne100"));
  BOOST_TEST(hit(measured_number("5.35"), "value-quantity", "5.4"));
  BOOST_TEST(!hit(measured_number("5.45"), "value-quantity", "5.4"));
}

BOOST_AUTO_TEST_CASE(the_other_comparisons_are_exact) {
  BOOST_TEST(!hit(measured_number("100"), "value-quantity", "lt100"));
  BOOST_TEST(hit(measured_number("99.999"), "value-quantity", "lt100"));
  BOOST_TEST(hit(measured_number("100.000"), "value-quantity", "le100"));
  BOOST_TEST(hit(measured_number("100.001"), "value-quantity", "gt100"));
  BOOST_TEST(hit(measured_number("100"), "value-quantity", "ge100.0"));
  BOOST_TEST(hit(measured_number("109"), "value-quantity", "ap100"));
  BOOST_TEST(!hit(measured_number("111"), "value-quantity", "ap100"));
  BOOST_TEST(hit(measured_number("-95"), "value-quantity", "ap-100"));
  BOOST_TEST(hit(measured_number("1e3"), "value-quantity", "gt999"));
}

BOOST_AUTO_TEST_CASE(a_comparator_of_the_result_makes_it_a_range) {
  const auto below = measured(R"({"value":5,"comparator":"<"})");
  BOOST_TEST(hit(below, "value-quantity", "lt3"));
  BOOST_TEST(hit(below, "value-quantity", "eb5"));
  BOOST_TEST(!hit(below, "value-quantity", "ge5"));
  BOOST_TEST(!hit(below, "value-quantity", "5"));
  const auto from = measured(R"({"value":5,"comparator":">="})");
  BOOST_TEST(hit(from, "value-quantity", "gt100"));
  BOOST_TEST(!hit(from, "value-quantity", "sa5"));
  BOOST_TEST(hit(measured(R"({"value":5,"comparator":">"})"), "value-quantity", "sa5"));
}

BOOST_AUTO_TEST_CASE(units_are_asked_with_their_system_or_by_code_or_name) {
  const auto sugar = measured(
    R"({"value":5.40,"unit":"mmol per litre","system":"http://unitsofmeasure.org","code":"mmol/L"})");
  BOOST_TEST(hit(sugar, "value-quantity", "5.4|http://unitsofmeasure.org|mmol/L"));
  BOOST_TEST(hit(sugar, "value-quantity", "5.4||mmol/L"));
  BOOST_TEST(hit(sugar, "value-quantity", "5.4||mmol per litre"));
  BOOST_TEST(hit(sugar, "value-quantity", "5.4"));
  BOOST_TEST(!hit(sugar, "value-quantity", "5.4|http://unitsofmeasure.org|mg/dL"));
  BOOST_TEST(!hit(sugar, "value-quantity", "5.4||MMOL/L"));
}

BOOST_AUTO_TEST_CASE(a_range_is_asked_by_its_ends) {
  const std::string onset =
    R"({"resourceType":"Condition","onsetRange":{"low":{"value":40,"code":"a"},"high":{"value":50,"code":"a"}}})";
  BOOST_TEST(hit(onset, "onset-age", "gt45||a"));
  BOOST_TEST(hit(onset, "onset-age", "lt45"));
  BOOST_TEST(!hit(onset, "onset-age", "gt50"));
  BOOST_TEST(!hit(onset, "onset-age", "gt45||mo"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(search_tokens)

BOOST_AUTO_TEST_CASE(a_token_is_asked_with_system_without_or_only_by_system) {
  BOOST_TEST(hit(maria, "identifier", "urn:mrn|446053"));
  BOOST_TEST(hit(maria, "identifier", "446053"));
  BOOST_TEST(hit(maria, "identifier", "urn:mrn|"));
  BOOST_TEST(!hit(maria, "identifier", "|446053"));
  BOOST_TEST(hit(maria, "identifier", "|A\\|9"));
  BOOST_TEST(!hit(maria, "identifier", "urn:other|446053"));
  BOOST_TEST(!hit(maria, "identifier", "urn:mrn|A\\|9"));
}

BOOST_AUTO_TEST_CASE(codes_have_their_case_and_the_system_their_element_implies) {
  BOOST_TEST(hit(maria, "gender", "female"));
  BOOST_TEST(!hit(maria, "gender", "Female"));
  BOOST_TEST(hit(maria, "gender", "male,female"));
  BOOST_TEST(!hit(maria, "gender:not", "male,female"));
  BOOST_TEST(hit(maria, "gender:not", "male"));
  BOOST_TEST(hit(R"({"resourceType":"Patient"})", "gender:not", "male"));
  BOOST_TEST(hit(maria, "gender", "http://hl7.org/fhir/administrative-gender|female"));
  BOOST_TEST(!hit(maria, "gender", "http://loinc.org|female"));
  BOOST_TEST(hit(maria, "active", "true"));
  BOOST_TEST(hit(maria, "_id", "7"));
  BOOST_TEST(hit(maria, "_id", "6,7"));
}

BOOST_AUTO_TEST_CASE(who_died_is_known_by_a_truth_or_a_time) {
  BOOST_TEST(hit(maria, "deceased", "false"));
  BOOST_TEST(hit(R"({"resourceType":"Patient","deceasedDateTime":"2020-02-01"})", "deceased", "true"));
  BOOST_TEST(hit(R"({"resourceType":"Patient","deceasedBoolean":true})", "deceased", "true"));
  BOOST_TEST(hit(R"({"resourceType":"Patient","deceasedBoolean":false})", "deceased", "false"));
  BOOST_TEST(hit(R"({"resourceType":"Patient","deceasedDateTime":"2020-02-01"})", "death-date", "2020"));
}

BOOST_AUTO_TEST_CASE(modifiers_ask_by_text_type_and_absence) {
  BOOST_TEST(hit(pressure, "code:text", "blood"));
  BOOST_TEST(hit(pressure, "code:text", "PRESS"));
  BOOST_TEST(!hit(pressure, "code:text", "panel"));
  BOOST_TEST(hit(maria, "identifier:of-type", "http://terminology.hl7.org/CodeSystem/v2-0203|MR|446053"));
  BOOST_TEST(!hit(maria, "identifier:of-type", "http://terminology.hl7.org/CodeSystem/v2-0203|NI|446053"));
  BOOST_TEST(hit(maria, "death-date:missing", "true"));
  BOOST_TEST(!hit(maria, "gender:missing", "true"));
  BOOST_TEST(hit(maria, "gender:missing", "false"));
}

BOOST_AUTO_TEST_CASE(telephone_numbers_and_mail_addresses_are_asked_as_people_write_them) {
  BOOST_TEST(hit(maria, "phone", "+35799123456"));
  BOOST_TEST(hit(maria, "telecom", "+357 99 123456"));
  BOOST_TEST(hit(maria, "email", "maria@example.org"));
  BOOST_TEST(!hit(maria, "email", "+35799123456"));
  BOOST_TEST(!hit(maria, "phone", "99123456"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(search_strings)

BOOST_AUTO_TEST_CASE(a_name_is_found_by_its_beginning_in_either_script) {
  for (const auto asked : {"Χριστοδούλου", "ΧΡΙΣΤΟ", "christodoulou", "Christo", "Hristodo", "Hristodoulou"})
    BOOST_TEST(hit(maria, "family", asked), asked);
  for (const auto asked : {"Μαρία", "maria", "Ελε", "Eleni", "Χρι"})
    BOOST_TEST(hit(maria, "name", asked), asked);
  for (const auto asked : {"aria", "doulou", "Christos"}) BOOST_TEST(!hit(maria, "name", asked), asked);
  BOOST_TEST(hit(maria, "name:contains", "doulou"));
  BOOST_TEST(!hit(maria, "name", "official"));
}

BOOST_AUTO_TEST_CASE(every_beginning_of_a_name_finds_it) {
  for (const std::string name :
       {"Evaggelia", "Lambros", "Charalampos", "Xenofontas", "Ntinos", "Georgiou", "Psaras"}) {
    const auto person = R"({"resourceType":"Patient","name":[{"family":")" + name + "\"}]}";
    for (size_t n = 1; n <= name.size(); ++n)
      BOOST_TEST(hit(person, "family", name.substr(0, n)), name << " by " << n);
  }
}

BOOST_AUTO_TEST_CASE(exact_means_every_accent_and_the_whole) {
  BOOST_TEST(hit(maria, "family:exact", "Χριστοδούλου"));
  BOOST_TEST(!hit(maria, "family:exact", "Χριστοδουλου"));
  BOOST_TEST(!hit(maria, "family:exact", "Χριστο"));
}

BOOST_AUTO_TEST_CASE(an_address_is_asked_by_any_of_its_parts_and_words) {
  for (const auto asked : {"makariou", "Lefkosia", "Λευκωσία", "1065", "12 Οδός"})
    BOOST_TEST(hit(maria, "address", asked), asked);
  BOOST_TEST(!hit(maria, "address", "home"));
  BOOST_TEST(hit(maria, "address-city", "Λευκ"));
  BOOST_TEST(hit(maria, "address-use", "home"));
}

BOOST_AUTO_TEST_CASE(what_is_no_letter_compares_as_it_is) {
  BOOST_TEST(hit(R"({"resourceType":"DocumentReference","description":"--- page"})", "description", "---"));
  BOOST_TEST(!hit(R"({"resourceType":"DocumentReference","description":"page"})", "description", "---"));
  BOOST_TEST(
    hit(R"({"resourceType":"DocumentReference","description":"a,b"})", "description:exact", "a\\,b"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(search_references_and_composites)

BOOST_AUTO_TEST_CASE(a_reference_is_asked_by_type_and_id_by_id_or_by_url) {
  for (const auto asked : {"Patient/7", "7", "https://clinic.example/fhir/r4/Patient/7"})
    BOOST_TEST(hit(pressure, "subject", asked), asked);
  for (const auto asked : {"Patient/8", "Group/7", "https://other.example/fhir/Patient/7", "77"})
    BOOST_TEST(!hit(pressure, "subject", asked), asked);
  BOOST_TEST(hit(pressure, "subject:Patient", "7"));
  BOOST_TEST(!hit(pressure, "subject:Group", "7"));
  BOOST_TEST(hit(pressure, "patient", "7"));
  BOOST_TEST(!hit(R"({"resourceType":"Observation","subject":{"reference":"Group/7"}})", "patient", "7"));
  const std::string elsewhere =
    R"({"resourceType":"Observation","subject":{"reference":"https://other.example/fhir/Patient/7"}})";
  BOOST_TEST(hit(elsewhere, "subject", "https://other.example/fhir/Patient/7"));
  BOOST_TEST(!hit(elsewhere, "subject", "7"));
  BOOST_TEST(hit(
    R"({"resourceType":"Observation","subject":{"reference":"https://clinic.example/fhir/r4/Patient/7/_history/2"}})",
    "patient", "Patient/7"));
}

BOOST_AUTO_TEST_CASE(a_reference_without_address_is_asked_by_identifier) {
  BOOST_TEST(hit(maria, "organization:identifier", "urn:clinics|BIO"));
  BOOST_TEST(!hit(maria, "organization:identifier", "urn:other|BIO"));
  BOOST_TEST(!hit(maria, "organization", "BIO"));
}

BOOST_AUTO_TEST_CASE(addresses_are_asked_above_and_below) {
  const std::string held =
    R"({"resourceType":"DocumentReference","content":[{"attachment":{"url":"http://acme.org/fhir/ValueSet/123"}}]})";
  BOOST_TEST(hit(held, "location", "http://acme.org/fhir/ValueSet/123"));
  BOOST_TEST(!hit(held, "location", "http://acme.org/fhir"));
  BOOST_TEST(hit(held, "location:below", "http://acme.org/fhir/"));
  BOOST_TEST(!hit(held, "location:below", "http://acme.org/fh"));
  BOOST_TEST(hit(held, "location:above", "http://acme.org/fhir/ValueSet/123/_history/5"));
}

BOOST_AUTO_TEST_CASE(the_parts_of_a_composite_stand_together) {
  BOOST_TEST(hit(pressure, "component-code-value-quantity", "http://loinc.org|8480-6$gt100||mm[Hg]"));
  BOOST_TEST(!hit(pressure, "component-code-value-quantity", "http://loinc.org|8462-4$gt100"));
  BOOST_TEST(hit(pressure, "combo-code-value-quantity", "8462-4$lt90"));
  BOOST_TEST(!hit(pressure, "code-value-quantity", "8462-4$lt90"));
  BOOST_TEST(hit(measured_number("5.4"), "code-value-quantity", "2345-7$5.4"));
  BOOST_TEST(hit(measured_number("5.4"), "combo-code-value-quantity", "1-1$5,2345-7$5.4"));
  BOOST_TEST(hit(pressure, "combo-code", "8480-6"));
  BOOST_TEST(hit(pressure, "combo-value-quantity", "80"));
  BOOST_TEST(!hit(pressure, "value-quantity", "80"));
  BOOST_TEST(hit(
    R"({"resourceType":"Observation","code":{"coding":[{"code":"883-9"}]},"valueCodeableConcept":{"coding":[{"code":"A"}]}})",
    "code-value-concept", "883-9$A"));
}

BOOST_AUTO_TEST_SUITE_END()
