#include "some_rows.hpp"
#include "test/support/foreign.hpp"

#include "engine/fhir/map_parts.hpp"
#include "engine/fhir/validate.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace aorta;
using namespace aorta::fhir;
using model::table;

namespace {

const identifier_systems systems;

std::string json_of(sv type, const record& row, sv part = {}, const beside& with = {}) {
  document d;
  return write(*to_resource(d, type, row, part, with, systems));
}

document parsed(const std::string& json) {
  auto out = document::parse(json);
  BOOST_REQUIRE_MESSAGE(out.ok(), json);
  return std::move(*out);
}

as_row row_of(const std::string& json) {
  const auto d = parsed(json);
  return to_row(*d.root, systems);
}

record result_with(std::initializer_list<std::pair<sv, sv>> cells) {
  record row(table::lab_results);
  row.set("id", "01890a5d-ac96-774b-bcce-b302099a8057");
  row.set("patient_id", "7");
  row.set("result_status", "final");
  row.set("test_code", "CREA");
  for (const auto& [column, value] : cells) row.set(column, std::string(value));
  return row;
}

void check_has(const std::string& json, sv piece) { BOOST_CHECK_MESSAGE(json.find(piece) != std::string::npos, std::string(piece) + " is not in " + json); }
void check_lacks(const std::string& json, sv piece) { BOOST_CHECK_MESSAGE(json.find(piece) == std::string::npos, std::string(piece) + " is in " + json); }

/// Every type that a row serves, with its parts.
void each_resource(const record& row, const std::function<void(sv type, const std::string& part)>& visit) {
  for (const auto type : served_types())
    for (const auto of : tables_of(type))
      if (of == row.of)
        for (const auto& part : parts_of(type, row)) visit(type, part);
}

beside some_beside(std::mt19937& dice, bool odd) {
  beside out;
  for (size_t i = dice() % 3; i > 0; --i) out.results.push_back(test::some_row(table::lab_results, dice, odd));
  for (size_t i = dice() % 2; i > 0; --i) out.attachments.push_back(test::some_row(table::lab_result_attachments, dice, odd));
  return out;
}

/// A result as the engine files it: what was sent is always there. A visit that is planned has not begun; a name
/// after the first needs a first.
record as_filed(record row) {
  if (row.of == table::patients && !row[sv("first_name")]) row.set("middle_name", std::nullopt);
  if (row.of == table::encounters && row.text("status") == "planned") row.set("actual_start", std::nullopt), row.set("actual_end", std::nullopt);
  if (row.of != table::lab_results) return row;
  for (const auto& [column, otherwise] : {std::pair<sv, sv>{"test_code", "CREA"}, {"test_name", "Κρεατινίνη"}, {"sent_name", "CREA"}, {"sent_value", "7,40"},
                                          {"sent_value_type", "NM"}, {"sent_unit", "mg/dl"}, {"sent_range", "3-5"}, {"sent_flag", "N"}, {"value_text", "7.40"}})
    if (!row[column]) row.set(column, std::string(otherwise));
  if (row.text("sent_code_system") != "LN" || !row[sv("loinc_code")]) row.set("sent_code_system", "L");
  if (row.text("sent_code_system") == "LN") row.set("test_code", "14682-9");
  row.set("sent_code", row[sv("test_code")]);
  return row;
}

const std::string vital = R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},)"
                          R"("subject":{"reference":"Patient/7"},"effectiveDateTime":"2026-11-20T09:00:00+02:00","valueQuantity":)";
const std::string lab = R"({"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category",)"
                        R"("code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"2160-0"}]},"subject":{"reference":"Patient/7"},)";

} // namespace

BOOST_AUTO_TEST_SUITE(map)

// With AORTA_FHIR_DUMP=file the resources are written there, a line each, for a validator from elsewhere.
BOOST_AUTO_TEST_CASE(every_row_becomes_a_resource_that_reads_as_json) {
  const char* path = std::getenv("AORTA_FHIR_DUMP");
  std::ofstream dump;
  if (path) dump.open(path);
  std::mt19937 dice(1);
  for (size_t t = 0; t < model::tables; ++t)
    for (int i = 0; i < 300; ++i) {
      const bool odd = i % 2 == 1;
      const auto row = test::some_row(table(t), dice, odd);
      const auto with = some_beside(dice, odd);
      each_resource(row, [&](sv type, const std::string& part) {
        const auto json = json_of(type, row, part, with);
        const auto read = parsed(json);
        BOOST_TEST(read.root->str("resourceType") == type);
        const auto at = place_of(type, read.root->str("id"));
        BOOST_REQUIRE_MESSAGE(at, json);
        BOOST_CHECK(*at == (place{row.of, row.key(), part}));
        for (const auto& fault : validate(*read.root)) BOOST_CHECK_MESSAGE(fault.level > issue::severity::error, fault.path + " " + fault.text + " in " + json);
        if (path) dump << json << '\n';
      });
    }
}

BOOST_AUTO_TEST_CASE(what_a_row_tells_comes_back_as_the_same_cells) {
  std::mt19937 dice(2);
  size_t back = 0;
  for (size_t t = 0; t < model::tables; ++t)
    for (int i = 0; i < 300; ++i) {
      const auto row = as_filed(test::some_row(table(t), dice, false));
      each_resource(row, [&](sv type, const std::string& part) {
        const auto json = json_of(type, row, part);
        const auto again = row_of(json);
        if (!again.row) return;
        ++back;
        const auto told = json_of(type, [&] {
          auto whole = row;
          for (size_t c = 0; c < whole.cells.size(); ++c)
            if (again.row->cells[c]) whole.cells[c] = again.row->cells[c];
          return whole;
        }(), part);
        BOOST_CHECK_MESSAGE(told == json, told + "\n" + json);
      });
    }
  BOOST_TEST(back > 2000u);
}

BOOST_AUTO_TEST_CASE(a_second_reading_of_plain_rows_gives_the_cells_themselves) {
  record row(table::patients);
  row.set("patient_id", "7");
  for (const auto& [column, value] : {std::pair<sv, sv>{"mrn", "A1"}, {"birth_date", "1951-12-31"}, {"gender", "female"}, {"status", "inactive"},
                                      {"first_name", "Μαρία"}, {"last_name", "Παπαδοπούλου"}, {"middle_name", "Άννα Ελένη"}, {"cyprus_id", "712345"},
                                      {"arc_number", "6812345"}, {"gesy_beneficiary_id", "0012345"}, {"phone", "+35799123456"}, {"email", "m@example.org"},
                                      {"address", R"({"street":"Λήδρας 5","city":"Λευκωσία","country":"CY"})"},
                                      {"emergency_contact", R"({"name":"Νίκος","phone":"+35799","relationship":"brother"})"}})
    row.set(column, std::string(value));
  const auto json = json_of("Patient", row);
  check_has(json, R"("family":"Παπαδοπούλου")");
  const auto again = row_of(json);
  BOOST_REQUIRE(again.row);
  row.cells[0].reset();
  BOOST_CHECK(again.row->cells == row.cells);
}

BOOST_AUTO_TEST_CASE(decimals_keep_their_digits) {
  check_has(json_of("Observation", result_with({{"value_kind", "number"}, {"value_numeric", "7.4"}, {"value_decimals", "2"}, {"unit", "mg/dL"}})),
            R"("value":7.40,"unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL")");
  const auto back = row_of(lab + R"("valueQuantity":{"value":7.40,"unit":"mg/dl","system":"http://unitsofmeasure.org","code":"mg/dL"}})");
  BOOST_REQUIRE(back.row);
  BOOST_TEST(back.row->text("value_numeric") == "7.40");
  BOOST_TEST(back.row->text("value_decimals") == "2");
  BOOST_TEST(back.row->text("unit") == "mg/dL");
  BOOST_TEST(back.row->text("sent_unit") == "mg/dl");
}

BOOST_AUTO_TEST_CASE(a_unit_that_is_not_ucum_is_shown_without_a_code) {
  const auto json = json_of("Observation", result_with({{"value_kind", "number"}, {"value_numeric", "250"}, {"unit", "x10^9/L"}}));
  check_has(json, R"("unit":"x10^9/L")");
  check_lacks(json, "unitsofmeasure");
  for (const auto good : {"mg/dL", "10*9/L", "10*3/uL", "mm[Hg]", "m[IU]/L", "mL/min/{1.73_m2}", "%", "/uL", "{INR}", "mmol/mol", "ug/g{creat}", "mm/h", "fL"})
    BOOST_CHECK_MESSAGE(is_ucum(good), good);
  for (const auto bad : {"G/L", "K/uL", "mg/dL ", "giga.l-1", "IU/mL", "mEq/L", "sec", "", "/", "mg//dL", "ratio", "[", "x10^9/L", "µmol/L"})
    BOOST_CHECK_MESSAGE(!is_ucum(bad), bad);
}

BOOST_AUTO_TEST_CASE(each_kind_of_value_has_its_form) {
  check_has(json_of("Observation", result_with({{"value_kind", "comparator"}, {"value_numeric", "0.5"}, {"comparator", "<"}, {"unit", "ng/L"}})), R"("comparator":"<")");
  check_has(json_of("Observation", result_with({{"value_kind", "titre"}, {"value_text", "1:160"}})),
            R"("valueRatio":{"numerator":{"value":1},"denominator":{"value":160}})");
  check_has(json_of("Observation", result_with({{"value_kind", "range"}, {"value_text", "3-5"}, {"unit", "/[HPF]"}})), R"("valueRange":{"low":{"value":3,)");
  check_has(json_of("Observation", result_with({{"value_kind", "code"}, {"value_text", "Αρνητικό"}, {"value_code", "NEG"}})),
            R"("valueCodeableConcept":{"coding":[{"code":"NEG"}],"text":"Αρνητικό"})");
  check_has(json_of("Observation", result_with({{"value_kind", "text"}, {"value_text", "see note"}})), R"("valueString":"see note")");
  check_has(json_of("Observation", result_with({{"value_kind", "none"}})), R"("dataAbsentReason")");
  check_has(json_of("Observation", result_with({{"result_status", "cancelled"}, {"observation_status", "X"}})), "not-performed");
}

BOOST_AUTO_TEST_CASE(states_follow_the_column_and_the_letter_says_more) {
  const std::pair<std::pair<sv, sv>, sv> cases[] = {{{"final", "F"}, "final"}, {{"preliminary", "P"}, "preliminary"}, {{"preliminary", "I"}, "registered"},
                                                    {{"corrected", "C"}, "corrected"}, {{"corrected", "A"}, "amended"}, {{"cancelled", "X"}, "cancelled"},
                                                    {{"cancelled", "D"}, "entered-in-error"}, {{"cancelled", "W"}, "entered-in-error"}, {{"final", "P"}, "final"}};
  for (const auto& [told, status] : cases)
    check_has(json_of("Observation", result_with({{"result_status", told.first}, {"observation_status", told.second}})), "\"status\":\"" + std::string(status) + "\"");
}

BOOST_AUTO_TEST_CASE(ranges_keep_bounds_digits_and_the_text_as_sent) {
  const auto json = json_of("Observation", result_with({{"reference_range_high", "200"}, {"range_high_decimals", "1"}, {"range_high_inclusive", "false"},
                                                   {"reference_range_text", "<200.0"}, {"unit", "mg/dL"}}));
  check_has(json, R"("value":200.0)");
  check_has(json, R"("url":"urn:aorta:extension:exclusive","valueBoolean":true)");
  check_has(json, R"("text":"<200.0")");
}

BOOST_AUTO_TEST_CASE(times_keep_offset_and_precision) {
  const auto told = [](sv precision, sv offset) {
    return json_of("Observation", result_with({{"result_datetime", "2026-11-19T22:00:00Z"}, {"result_precision", precision}, {"result_offset_minutes", offset}}));
  };
  check_has(told("2", "120"), R"("effectiveDateTime":"2026-11-20")");
  check_has(told("1", "120"), R"("effectiveDateTime":"2026-11")");
  check_has(told("0", "120"), R"("effectiveDateTime":"2026")");
  check_has(told("5", "120"), R"("effectiveDateTime":"2026-11-20T00:00:00+02:00")");
  check_has(told("5", "0"), R"("effectiveDateTime":"2026-11-19T22:00:00Z")");
  for (const auto time : {"2026", "2026-11", "2026-11-20", "2026-11-20T09:00:00+02:00", "2026-11-20T09:00:00-03:30", "2026-11-20T09:00:00Z", "2026-11-20T09:00:00.250000Z"}) {
    const auto row = row_of(lab + R"("valueString":"x","effectiveDateTime":")" + time + "\"}");
    BOOST_REQUIRE(row.row);
    check_has(json_of("Observation", *row.row), "\"effectiveDateTime\":\"" + std::string(time) + "\"");
  }
}

BOOST_AUTO_TEST_CASE(what_was_sent_is_seen_where_it_differs) {
  const auto json = json_of("Observation", result_with({{"value_kind", "number"}, {"value_numeric", "1.02"}, {"unit", "mg/dL"}, {"value_text", "1.02"},
                                                   {"sent_value", "90"}, {"sent_unit", "umol/L"}, {"sent_code", "CREA"}, {"loinc_code", "2160-0"},
                                                   {"performing_lab_code", "BIO"}}));
  check_has(json, R"({"url":"value","valueString":"90"})");
  check_has(json, R"({"url":"unit","valueString":"umol/L"})");
  check_has(json, R"({"system":"urn:aorta:lab:BIO","code":"CREA"})");
  check_has(json, R"({"reference":"Organization/lab-BIO","display":"BIO"})");
}

BOOST_AUTO_TEST_CASE(what_a_flag_says_beyond_the_column_stands_beside_it) {
  const auto codes = [](std::initializer_list<std::pair<sv, sv>> cells) {
    std::string out;
    const auto read = parsed(json_of("Observation", result_with(cells)));
    const auto* list = read.root->get("interpretation");
    for (const auto* each = list ? list->first : nullptr; each; each = each->next) out += std::string(each->get("coding")->first->str("code")) + " ";
    return out;
  };
  BOOST_TEST(codes({{"abnormal_flag", "abnormal"}, {"sent_flag", "POS"}}) == "A POS ");
  BOOST_TEST(codes({{"abnormal_flag", "abnormal"}, {"sent_flag", "AA"}}) == "AA ");
  BOOST_TEST(codes({{"abnormal_flag", "high"}, {"sent_flag", "H~D"}}) == "H D ");
  BOOST_TEST(codes({{"abnormal_flag", "normal"}, {"sent_flag", "POS"}}) == "N "); // a person gave it another flag
  BOOST_TEST(codes({{"abnormal_flag", "critical_high"}, {"sent_flag", "H"}, {"critical_value", "true"}}) == "HH ");
}

BOOST_AUTO_TEST_CASE(a_value_that_is_shown_in_another_form_is_also_shown_as_it_came) {
  const auto number = json_of("Observation", result_with({{"value_kind", "number"}, {"value_numeric", "65.88"}, {"value_decimals", "2"}, {"value_text", "065.88"},
                                                          {"sent_value", "065.88"}, {"unit", "ng/mL"}, {"sent_unit", "ng/mL"}}));
  check_has(number, R"("valueQuantity":{"value":65.88,)");
  check_has(number, R"({"url":"value","valueString":"065.88"})");
  check_lacks(number, R"({"url":"unit")");
  const auto titre = json_of("Observation", result_with({{"value_kind", "titre"}, {"value_text", "1:160"}, {"sent_value", "1^:^160"}, {"unit", "{titer}"}, {"sent_unit", "titre"},
                                                         {"sent_flag", "N"}}));
  check_has(titre, R"({"url":"unit","valueString":"titre"})"); // no other place says it
  const auto coded = json_of("Observation", result_with({{"value_kind", "code"}, {"value_code", "260373001"}, {"value_text", "Detected"},
                                                         {"sent_value", "260373001^Detected^SCT"}, {"sent_value_type", "CWE"}}));
  check_has(coded, R"("valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"260373001"}],"text":"Detected"})");
  const auto time = json_of("Observation", result_with({{"value_kind", "datetime"}, {"value_text", "20261119083000+0200"}, {"sent_value_type", "TS"}}));
  check_has(time, R"("valueDateTime":"2026-11-19T08:30:00+02:00")");
  BOOST_TEST(row_of(time).row->text("value_text") == "20261119083000+0200");
}

BOOST_AUTO_TEST_CASE(a_comparator_that_fhir_does_not_have_never_vanishes) {
  const auto json = json_of("Observation", result_with({{"value_kind", "comparator"}, {"comparator", "~"}, {"value_numeric", "5"}, {"value_text", "~5"}}));
  check_has(json, R"("valueString":"~5")");
  check_lacks(json, "valueQuantity");
}

BOOST_AUTO_TEST_CASE(flags_of_table_0078_stand_as_the_v2_to_fhir_map_has_them) {
  for (const auto& [sent, word, display] : {std::tuple<sv, sv, sv>{"SDD", "indeterminate", "Susceptible-dose dependent"}, {"MS", "indeterminate", "moderately susceptible"},
                                            {"VS", "normal", "very susceptible"}, {"EX", "abnormal", "outside threshold"}, {"CAR", "abnormal", "Carrier"},
                                            {"IE", "indeterminate", "Insufficient evidence"}, {"NCL", "indeterminate", "No CLSI defined breakpoint"},
                                            {"EXP", "normal", "Expected"}, {"UNE", "abnormal", "Unexpected"}, {"SYN-R", "abnormal", "Synergy - resistant"}}) {
    const auto json = json_of("Observation", result_with({{"abnormal_flag", word}, {"sent_flag", " " + std::string(sent) + "^x^HL70078~"}}));
    check_has(json, "\"code\":\"" + std::string(sent) + "\",\"display\":\"" + std::string(display) + "\"");
  }
}

BOOST_AUTO_TEST_CASE(what_was_not_asked_for_says_so_and_what_could_not_be_had_too) {
  check_has(json_of("Observation", result_with({{"result_status", "cancelled"}, {"observation_status", "N"}})), R"("code":"not-asked","display":"Not Asked")");
  check_has(json_of("Observation", result_with({{"result_status", "cancelled"}, {"observation_status", "X"}})), R"("code":"not-performed")");
}

BOOST_AUTO_TEST_CASE(a_code_that_loinc_cannot_have_is_not_published_as_one) {
  const auto wrong = json_of("Observation", result_with({{"loinc_code", "2160-9"}, {"test_code", "CREA"}, {"performing_lab_code", "BIO"}}));
  BOOST_TEST(wrong.find("http://loinc.org") == std::string::npos);
  check_has(wrong, R"({"system":"urn:aorta:lab:BIO","code":"CREA"})");
  const auto sent = json_of("Observation", result_with({{"test_code", "2160-9"}, {"sent_code", "2160-9"}, {"sent_code_system", "LN"}, {"performing_lab_code", "BIO"}}));
  BOOST_TEST(sent.find("http://loinc.org") == std::string::npos);
  check_has(sent, R"({"system":"urn:aorta:lab:BIO","code":"2160-9"})");
  check_has(json_of("Observation", result_with({{"test_code", "2160-0"}, {"sent_code", "2160-0"}, {"sent_code_system", "LN"}})), R"({"system":"http://loinc.org","code":"2160-0"})");
  record order(table::lab_orders);
  order.set("panel_code", "24331-2");
  order.set("lab_facility_code", "BIO");
  BOOST_TEST(json_of("ServiceRequest", order).find("http://loinc.org") == std::string::npos);
  order.set("panel_code", "24331-1");
  check_has(json_of("ServiceRequest", order), R"({"system":"http://loinc.org","code":"24331-1"})");
}

BOOST_AUTO_TEST_CASE(a_second_coding_of_a_value_is_kept) {
  const auto json = json_of("Observation", result_with({{"value_kind", "code"}, {"value_code", "260385009"}, {"value_text", "Negative"}, {"sent_value_type", "CWE"},
                                                        {"performing_lab_code", "BIO"}, {"sent_value", "260385009^Negative^SCT^NEG^Αρνητικό^L"}}));
  check_has(json, R"("valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"260385009"},{"system":"urn:aorta:lab:BIO","code":"NEG","display":"Αρνητικό"}])");
  const auto table_0136 = json_of("Observation", result_with({{"value_kind", "code"}, {"value_code", "Y"}, {"value_text", "Yes"}, {"sent_value_type", "CE"}, {"sent_value", "Y^Yes^HL70136"}}));
  check_has(table_0136, R"({"system":"http://terminology.hl7.org/CodeSystem/v2-0136","code":"Y"})");
}

BOOST_AUTO_TEST_CASE(times_of_day_periods_ranges_and_quantities_have_their_types) {
  const auto with = [](sv kind, sv type, sv text, sv unit = {}) {
    auto row = result_with({{"value_kind", kind}, {"value_text", text}, {"sent_value", text}, {"sent_value_type", type}});
    if (!unit.empty()) row.set("unit", std::string(unit));
    const auto json = json_of("Observation", row);
    for (const auto& fault : validate(*parsed(json).root)) BOOST_CHECK_MESSAGE(fault.level > issue::severity::error, fault.path + " " + fault.text + " in " + json);
    return json;
  };
  check_has(with("datetime", "TM", "1030"), R"("valueTime":"10:30:00")");
  check_has(with("datetime", "TM", "103015.25"), R"("valueTime":"10:30:15.25")");
  check_has(with("datetime", "TM", "10"), R"("valueString":"10")");          // minutes that were not told are not made
  check_has(with("datetime", "TM", "1030+0200"), R"("valueString":"1030+0200")"); // FHIR's time has no offset
  check_has(with("text", "DR", "20261101^20261103"), R"("valuePeriod":{"start":"2026-11-01","end":"2026-11-03"})");
  check_has(with("text", "DR", "20261101080000+0200^"), R"("valuePeriod":{"start":"2026-11-01T08:00:00+02:00"})");
  check_has(with("text", "DR", "20261103^20261101"), R"("valueString":"20261103^20261101")");
  check_has(with("text", "NR", "3.50^5.2", "mmol/L"), R"("valueRange":{"low":{"value":3.50,"unit":"mmol/L")");
  check_has(with("text", "NR", "5^3"), R"("valueString":"5^3")");
  check_has(with("text", "CQ", "5.0^mL&millilitre&UCUM"), R"("valueQuantity":{"value":5.0,"unit":"mL","system":"http://unitsofmeasure.org","code":"mL"})");
  check_has(with("text", "CQ", "some^mL"), R"("valueString":"some^mL")");
  check_has(with("range", "SN", "5-3"), R"("valueString":"5-3")");
}

BOOST_AUTO_TEST_CASE(typed_values_come_back_to_the_row) {
  for (const auto& [kind, type, text] : {std::tuple<sv, sv, sv>{"datetime", "TM", "103000"}, {"text", "DR", "20261101^20261103"}}) {
    const auto again = row_of(json_of("Observation", result_with({{"patient_id", "7"}, {"value_kind", kind}, {"value_text", text}, {"sent_value", text}, {"sent_value_type", type}})));
    BOOST_REQUIRE(again.row);
    BOOST_TEST(again.row->text("value_kind") == kind);
    BOOST_TEST(again.row->text("value_text") == text);
    BOOST_TEST(again.row->text("sent_value_type") == type);
  }
}

BOOST_AUTO_TEST_CASE(a_report_whose_results_were_all_withdrawn_is_entered_in_error) {
  record order(table::lab_orders);
  order.set("id", "01890a5d-ac96-774b-bcce-b302099a8057");
  order.set("status", "resulted");
  beside with;
  with.results = {result_with({{"result_status", "cancelled"}, {"observation_status", "W"}}), result_with({{"result_status", "cancelled"}, {"observation_status", "D"}})};
  check_has(json_of("DiagnosticReport", order, {}, with), R"("status":"entered-in-error")");
  with.results.back().set("observation_status", "X");
  check_has(json_of("DiagnosticReport", order, {}, with), R"("status":"cancelled")");
}

BOOST_AUTO_TEST_CASE(who_observed_how_with_what_and_of_which_specimen_is_told) {
  const auto row = result_with({{"performing_lab_code", "BIO"}, {"sent_observer", "D7^Γεωργίου&von^Άννα^^^Δρ~^Papas^Nikos"}, {"sent_method", "ECLIA^Electrochemiluminescence^L"},
                                {"sent_device", "C501-7^Cobas^1.2.840.9^ISO"}, {"specimen_id", "S-1&OH^A-77&LIS&1.2.3&ISO"}, {"specimen_type", "119364003^Serum^SCT^SER^Serum^HL70487"},
                                {"specimen_site", "LA^Left arm^HL70163"}, {"collected_at", "2026-11-20T07:00:00Z"}});
  const auto json = json_of("Observation", row);
  for (const auto& fault : validate(*parsed(json).root)) BOOST_CHECK_MESSAGE(fault.level > issue::severity::error, fault.path + " " + fault.text + " in " + json);
  check_has(json, R"({"type":"Practitioner","identifier":{"system":"urn:aorta:lab:BIO:staff","value":"D7"},"display":"Δρ Άννα Γεωργίου"},{"type":"Practitioner","display":"Nikos Papas"})");
  check_has(json, R"("method":{"coding":[{"system":"urn:aorta:lab:BIO","code":"ECLIA","display":"Electrochemiluminescence"}],"text":"Electrochemiluminescence"})");
  check_has(json, R"("device":{"type":"Device","identifier":{"system":"urn:oid:1.2.840.9","value":"C501-7"},"display":"Cobas C501-7"})");
  check_has(json, R"("identifier":[{"value":"S-1"},{"system":"urn:oid:1.2.3","value":"A-77"}])");
  check_has(json, R"("type":{"coding":[{"system":"http://snomed.info/sct","code":"119364003","display":"Serum"},{"system":"http://terminology.hl7.org/CodeSystem/v2-0487","code":"SER","display":"Serum"}])");
  check_has(json, R"("bodySite":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0163","code":"LA")");
  check_has(json, R"("specimen":{"reference":"#specimen"})");
  const auto again = row_of(json);
  BOOST_REQUIRE(again.row);
  for (const auto* column : {"sent_observer", "sent_method", "sent_device", "specimen_id", "specimen_type", "specimen_site"})
    BOOST_TEST(again.row->text(column) == row.text(column), column);
  check_lacks(json_of("Observation", result_with({})), "contained");
  const auto referred = json_of("Observation", result_with({{"performing_lab_code", "BIO"}, {"performing_lab", "Bioanalytica"}, {"performer", "Reference Lab"}, {"performer_code", "REF"}}));
  check_has(referred, R"({"reference":"Organization/lab-BIO","display":"Bioanalytica"},{"type":"Organization","identifier":{"system":"urn:aorta:lab:BIO:performer","value":"REF"},"display":"Reference Lab"})");
  BOOST_TEST(row_of(referred).row->text("performing_lab") == "Bioanalytica");
  BOOST_TEST(row_of(referred).row->text("performer") == "Reference Lab");
}

BOOST_AUTO_TEST_CASE(a_report_of_an_obr_says_what_obr_25_and_its_results_say) {
  record report(table::lab_reports);
  report.set("id", "01890a5d-ac96-874b-bcce-b302099a8057");
  report.set("patient_id", "7");
  report.set("results", "1");
  report.set("panel_code", "24323-8");
  report.set("panel_name", "CMP");
  report.set("panel_system", "LN");
  report.set("performing_lab_code", "BIO");
  report.set("collected_at", "2026-11-19T22:00:00Z");
  report.set("collected_offset_minutes", "120");
  report.set("collected_precision", "2");
  const auto told = [&](sv letter, std::initializer_list<std::pair<sv, sv>> results) {
    beside with;
    for (const auto& [status, state] : results) with.results.push_back(result_with({{"result_status", status}, {"observation_status", state}}));
    report.set("status", std::string(letter));
    report.set("results", std::to_string(results.size()));
    const auto json = json_of("DiagnosticReport", report, {}, with);
    for (const auto& fault : validate(*parsed(json).root)) BOOST_CHECK_MESSAGE(fault.level > issue::severity::error, fault.path + " " + fault.text + " in " + json);
    return std::string(parsed(json).root->str("status"));
  };
  BOOST_TEST(told("F", {{"final", "F"}}) == "final");
  BOOST_TEST(told("C", {{"final", "F"}}) == "corrected");
  BOOST_TEST(told("F", {{"corrected", "C"}, {"final", "F"}}) == "corrected");
  BOOST_TEST(told("P", {{"preliminary", "P"}}) == "preliminary");
  BOOST_TEST(told("F", {{"preliminary", "P"}, {"final", "F"}}) == "partial");
  BOOST_TEST(told("A", {{"final", "F"}}) == "partial");
  BOOST_TEST(told("X", {}) == "cancelled");
  BOOST_TEST(told("x ", {{"cancelled", "X"}}) == "cancelled");
  BOOST_TEST(told("F", {{"cancelled", "W"}}) == "entered-in-error");
  for (const auto* early : {"O", "I", "S", "N"}) BOOST_TEST(told(early, {}) == "registered");
  beside with;
  with.results.push_back(result_with({}));
  const auto json = json_of("DiagnosticReport", report, {}, with);
  check_has(json, R"("id":"report-01890a5d-ac96-874b-bcce-b302099a8057")");
  check_has(json, R"("code":{"coding":[{"system":"http://loinc.org","code":"24323-8","display":"CMP"}],"text":"CMP"})");
  check_has(json, R"("effectiveDateTime":"2026-11-20")");
  check_has(json, R"("result":[{"reference":"Observation/01890a5d-ac96-774b-bcce-b302099a8057")");
  document d;
  report.set("results", "1");
  BOOST_TEST(to_resource(d, "DiagnosticReport", report, {}, {}, systems) == nullptr); // its results are another patient's now
  report.set("lab_order_id", "01890a5d-ac96-774b-bcce-b302099a8057");
  BOOST_TEST(to_resource(d, "DiagnosticReport", report, {}, with, systems) == nullptr); // told with its order
}

BOOST_AUTO_TEST_CASE(a_prescription_shows_strength_form_and_dose_where_readers_look) {
  record row(table::prescriptions);
  for (const auto& [column, value] : {std::pair<sv, sv>{"id", "01890a5d-ac96-774b-bcce-b302099a8057"}, {"patient_id", "7"}, {"status", "active"}, {"drug_name", "Concor"},
                                      {"strength", "5 mg"}, {"form", "tablet"}, {"dosage", "0.5 tablet"}})
    row.set(column, std::string(value));
  const auto json = json_of("MedicationRequest", row);
  check_has(json, R"("medicationCodeableConcept":{"text":"Concor 5 mg tablet"})");
  check_has(json, R"("doseAndRate":[{"doseQuantity":{"value":0.5,"unit":"tablet"}}])");
  BOOST_TEST(row_of(json).row->text("drug_name") == "Concor");
  row.set("drug_name", "Concor 5 mg");
  check_has(json_of("MedicationRequest", row), R"({"text":"Concor 5 mg tablet"})");
  row.set("drug_name", "Concor 25 mg");
  check_has(json_of("MedicationRequest", row), R"({"text":"Concor 25 mg 5 mg tablet"})"); // a contradiction is seen
  for (const auto unclear : {"1-2 tablets", "10 U", "one", "5 mg twice", "1 tab/day"}) {
    row.set("dosage", unclear);
    BOOST_CHECK_EQUAL(json_of("MedicationRequest", row).find("doseQuantity") != std::string::npos, sv(unclear) == "10 U"); // U has no code of UCUM
    check_lacks(json_of("MedicationRequest", row), R"("code":"U")");
  }
}

BOOST_AUTO_TEST_CASE(diagnoses_of_an_encounter_are_conditions_and_not_identifiers) {
  record row(table::encounters);
  for (const auto& [column, value] : {std::pair<sv, sv>{"encounter_id", "4"}, {"patient_id", "7"}, {"status", "completed"},
                                      {"diagnoses", R"([{"code":"I10","description":"Hypertension"},"I25.1"])"}})
    row.set(column, std::string(value));
  const auto json = json_of("Encounter", row);
  check_has(json, R"({"condition":{"reference":"#diagnosis-2","display":"I25.1"}})");
  check_has(json, R"("code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"I10"}],"text":"Hypertension"})");
  BOOST_TEST(validate(*parsed(json).root).empty());
}

BOOST_AUTO_TEST_CASE(a_visit_without_an_end_does_not_become_a_proposal) {
  record row(table::appointments);
  for (const auto& [column, value] : {std::pair<sv, sv>{"appointment_id", "4"}, {"patient_id", "7"}, {"status", "completed"}, {"start_time", "2026-11-20T08:00:00Z"}})
    row.set(column, std::string(value));
  const auto json = json_of("Appointment", row);
  check_has(json, R"("status":"fulfilled","start":"2026-11-20T08:00:00Z","_end":)");
  BOOST_TEST(validate(*parsed(json).root).empty());
}

BOOST_AUTO_TEST_CASE(a_vital_sign_goes_to_the_row_only_when_the_column_can_say_it) {
  const auto value = [](const std::string& quantity) { return row_of(vital + quantity + "}"); };
  const auto good = value(R"({"value":72,"unit":"bpm","system":"http://unitsofmeasure.org","code":"/min"})");
  BOOST_REQUIRE(good.row);
  BOOST_TEST(good.part == "hr");
  BOOST_TEST(good.row->text("heart_rate") == "72");
  BOOST_TEST(good.row->text("recorded_at") == "2026-11-20T07:00:00Z");
  for (const auto bad : {R"({"value":72.5,"system":"http://unitsofmeasure.org","code":"/min"})", R"({"value":72.0,"system":"http://unitsofmeasure.org","code":"/min"})",
                         R"({"value":7.2e1,"system":"http://unitsofmeasure.org","code":"/min"})", R"({"value":1,"system":"http://unitsofmeasure.org","code":"/s"})",
                         R"({"value":72,"unit":"/min"})", R"({"value":72,"comparator":"<","system":"http://unitsofmeasure.org","code":"/min"})"}) {
    const auto refused = value(bad);
    BOOST_TEST(!refused.row);
    BOOST_TEST(!refused.why.empty());
    BOOST_TEST(refused.faults.empty());
  }
}

BOOST_AUTO_TEST_CASE(what_would_be_rounded_or_lost_stays_with_fhir) {
  BOOST_TEST(!row_of(lab + R"("valueQuantity":{"value":1.5e3}})").row);
  BOOST_TEST(!row_of(lab + R"("valueQuantity":{"value":1234567890123456}})").row);
  BOOST_TEST(!row_of(lab + R"("valueBoolean":true})").row);
  BOOST_TEST(!row_of(lab + R"("effectivePeriod":{"start":"2026"},"valueString":"x"})").row);
  BOOST_TEST(!row_of(R"({"resourceType":"Condition","subject":{"reference":"Patient/7"},"code":{"text":"x"}})").row);
  const auto partial = row_of(R"({"resourceType":"Patient","birthDate":"1970-05"})");
  BOOST_REQUIRE(partial.row);
  BOOST_TEST(!(*partial.row)["birth_date"]);
}

BOOST_AUTO_TEST_CASE(ids_name_their_rows) {
  BOOST_CHECK(*place_of("Observation", "v12-hr") == (place{table::vitals, "12", "hr"}));
  BOOST_CHECK(*place_of("DiagnosticReport", "study-5") == (place{table::patient_study_links, "5", ""}));
  BOOST_CHECK(*place_of("DocumentReference", "note-7") == (place{table::clinical_notes, "7", ""}));
  BOOST_CHECK(*place_of("Patient", "7") == (place{table::patients, "7", ""}));
  for (const auto bad : {"v12", "v12-xx", "v012-hr", "12", "v-hr", "01890A5D-AC96-774B-BCCE-B302099A8057"}) BOOST_CHECK_MESSAGE(!place_of("Observation", bad), bad);
  for (const auto bad : {"07", "0", "-1", "", "99999999999999999999"}) BOOST_CHECK_MESSAGE(!place_of("Patient", bad), bad);
  BOOST_CHECK(!place_of("Location", "7"));
}

BOOST_AUTO_TEST_CASE(a_patient_is_found_in_each_types_own_reference) {
  const auto who = [](const std::string& json) { return patient_of(*parsed(json).root); };
  BOOST_CHECK(who(R"({"resourceType":"Observation","subject":{"reference":"Patient/7"}})") == 7);
  BOOST_CHECK(who(R"({"resourceType":"Patient","id":"9"})") == 9);
  BOOST_CHECK(who(R"({"resourceType":"Appointment","participant":[{"actor":{"reference":"Practitioner/1"}},{"actor":{"reference":"Patient/3"}}]})") == 3);
  BOOST_CHECK(!who(R"({"resourceType":"Observation","subject":{"reference":"Group/7"},"performer":[{"reference":"Patient/8"}]})"));
}

BOOST_AUTO_TEST_CASE(references_are_visited_at_any_depth) {
  auto d = parsed(R"({"a":{"reference":"x/1"},"contained":[{"b":[{"reference":"x/2"}]}],"reference":{"reference":"x/3"}})");
  std::string all;
  each_reference(*d.root, [&](node& text) { all += std::string(text.text) + " "; });
  BOOST_TEST(all == "x/1 x/2 x/3 ");
}

// What the standard's own examples become, as if they were about our patient 7; AORTA_FHIR_ROWS=file shows it.
BOOST_AUTO_TEST_CASE(examples_of_the_standard_become_rows_whose_resources_keep_what_columns_hold, *boost::unit_test::precondition(foreign::is_there)) {
  std::ofstream shown;
  if (const char* path = std::getenv("AORTA_FHIR_ROWS")) shown.open(path);
  size_t rows = 0;
  const auto take = [&](document& d, node& resource) {
    each_reference(resource, [&](node& text) {
      if (text.text.find("Patient/") != sv::npos) text.text = d.keep("Patient/7");
    });
    const auto out = to_row(resource, systems);
    shown << resource.str("resourceType") << ' ' << resource.str("id") << ' ' << out.why << '\n';
    BOOST_CHECK(out.faults.empty());
    BOOST_CHECK_MESSAGE(out.row.has_value() != !out.why.empty(), resource.str("id"));
    if (!out.row) return;
    ++rows;
    auto row = *out.row;
    row.cells[0] = model::shape(row.of).integer_key ? "12" : "01890a5d-ac96-774b-bcce-b302099a8057";
    const auto type = resource.str("resourceType");
    const auto json = json_of(type, row, out.part);
    shown << json << '\n';
    const auto again = row_of(json);
    BOOST_REQUIRE_MESSAGE(again.row, json);
    for (const auto column : model::shape(row.of).columns.subspan(1))
      if (!column.starts_with("sent_") && column != "address") BOOST_CHECK_MESSAGE((*again.row)[column] == row[column], std::string(column) + " in " + json);
  };
  for (const auto& file : std::filesystem::recursive_directory_iterator(AORTA_SHARED "/corpus/fhir")) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path());
    auto d = parsed({std::istreambuf_iterator<char>(in), {}});
    node* entries = d.root->get("entry");
    if (!entries) take(d, *d.root);
    for (node* each = entries ? entries->first : nullptr; each; each = each->next)
      if (node* resource = each->get("resource")) take(d, *resource);
  }
  BOOST_TEST(rows > 10u);
}

BOOST_AUTO_TEST_SUITE_END()
