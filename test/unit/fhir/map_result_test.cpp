// Laboratory results and reports as Observation and DiagnosticReport.
#include "map_rig.hpp"

using namespace aorta;
using namespace aorta::test;

BOOST_AUTO_TEST_SUITE(map_result)

BOOST_AUTO_TEST_CASE(decimals_keep_their_digits) {
  check_has(
    json_of(
      "Observation",
      result_with(
        {{"value_kind", "number"}, {"value_numeric", "7.4"}, {"value_decimals", "2"}, {"unit", "mg/dL"}})),
    R"("value":7.40,"unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL")");
  const auto back = row_of(
    lab +
    R"("valueQuantity":{"value":7.40,"unit":"mg/dl","system":"http://unitsofmeasure.org","code":"mg/dL"}})");
  BOOST_REQUIRE(back.row);
  BOOST_TEST(back.row->text("value_numeric") == "7.40");
  BOOST_TEST(back.row->text("value_decimals") == "2");
  BOOST_TEST(back.row->text("unit") == "mg/dL");
  BOOST_TEST(back.row->text("sent_unit") == "mg/dl");
}

BOOST_AUTO_TEST_CASE(a_unit_that_is_not_ucum_is_shown_without_a_code) {
  const auto json = json_of(
    "Observation", result_with({{"value_kind", "number"}, {"value_numeric", "250"}, {"unit", "x10^9/L"}}));
  check_has(json, R"("unit":"x10^9/L")");
  check_lacks(json, "unitsofmeasure");
  for (const auto good : {"mg/dL", "10*9/L", "10*3/uL", "mm[Hg]", "m[IU]/L", "mL/min/{1.73_m2}", "%", "/uL",
                          "{INR}", "mmol/mol", "ug/g{creat}", "mm/h", "fL"})
    BOOST_CHECK_MESSAGE(is_ucum(good), good);
  for (const auto bad : {"G/L", "K/uL", "mg/dL ", "giga.l-1", "IU/mL", "mEq/L", "sec", "", "/", "mg//dL",
                         "ratio", "[", "x10^9/L", "µmol/L"})
    BOOST_CHECK_MESSAGE(!is_ucum(bad), bad);
}

BOOST_AUTO_TEST_CASE(each_kind_of_value_has_its_form) {
  check_has(
    json_of(
      "Observation",
      result_with(
        {{"value_kind", "comparator"}, {"value_numeric", "0.5"}, {"comparator", "<"}, {"unit", "ng/L"}})),
    R"("comparator":"<")");
  check_has(json_of("Observation", result_with({{"value_kind", "titre"}, {"value_text", "1:160"}})),
            R"("valueRatio":{"numerator":{"value":1},"denominator":{"value":160}})");
  check_has(
    json_of("Observation", result_with({{"value_kind", "range"}, {"value_text", "3-5"}, {"unit", "/[HPF]"}})),
    R"("valueRange":{"low":{"value":3,)");
  check_has(json_of("Observation",
                    result_with({{"value_kind", "code"}, {"value_text", "Αρνητικό"}, {"value_code", "NEG"}})),
            R"("valueCodeableConcept":{"coding":[{"code":"NEG"}],"text":"Αρνητικό"})");
  check_has(json_of("Observation", result_with({{"value_kind", "text"}, {"value_text", "see note"}})),
            R"("valueString":"see note")");
  check_has(json_of("Observation", result_with({{"value_kind", "none"}})), R"("dataAbsentReason")");
  check_has(
    json_of("Observation", result_with({{"result_status", "cancelled"}, {"observation_status", "X"}})),
    "not-performed");
}

BOOST_AUTO_TEST_CASE(states_follow_the_column_and_the_letter_says_more) {
  const std::pair<std::pair<sv, sv>, sv> cases[] = {{{"final", "F"}, "final"},
                                                    {{"preliminary", "P"}, "preliminary"},
                                                    {{"preliminary", "I"}, "registered"},
                                                    {{"corrected", "C"}, "corrected"},
                                                    {{"corrected", "A"}, "amended"},
                                                    {{"cancelled", "X"}, "cancelled"},
                                                    {{"cancelled", "D"}, "entered-in-error"},
                                                    {{"cancelled", "W"}, "entered-in-error"},
                                                    {{"final", "P"}, "final"}};
  for (const auto& [told, status] : cases)
    check_has(json_of("Observation",
                      result_with({{"result_status", told.first}, {"observation_status", told.second}})),
              "\"status\":\"" + std::string(status) + "\"");
}

BOOST_AUTO_TEST_CASE(ranges_keep_bounds_digits_and_the_text_as_sent) {
  const auto json = json_of("Observation",
                            result_with({{"reference_range_high", "200"},
                                         {"range_high_decimals", "1"},
                                         {"range_high_inclusive", "false"},
                                         {"reference_range_text", "<200.0"},
                                         {"unit", "mg/dL"}}));
  check_has(json, R"("value":200.0)");
  check_has(json, R"("url":"urn:aorta:extension:exclusive","valueBoolean":true)");
  check_has(json, R"("text":"<200.0")");
}

BOOST_AUTO_TEST_CASE(times_keep_offset_and_precision) {
  const auto told = [](sv precision, sv offset) {
    return json_of("Observation",
                   result_with({{"result_datetime", "2026-11-19T22:00:00Z"},
                                {"result_precision", precision},
                                {"result_offset_minutes", offset}}));
  };
  check_has(told("2", "120"), R"("effectiveDateTime":"2026-11-20")");
  check_has(told("1", "120"), R"("effectiveDateTime":"2026-11")");
  check_has(told("0", "120"), R"("effectiveDateTime":"2026")");
  check_has(told("5", "120"), R"("effectiveDateTime":"2026-11-20T00:00:00+02:00")");
  check_has(told("5", "0"), R"("effectiveDateTime":"2026-11-19T22:00:00Z")");
  for (const auto time :
       {"2026", "2026-11", "2026-11-20", "2026-11-20T09:00:00+02:00", "2026-11-20T09:00:00-03:30",
        "2026-11-20T09:00:00Z", "2026-11-20T09:00:00.250000Z"}) {
    const auto row = row_of(lab + R"("valueString":"x","effectiveDateTime":")" + time + "\"}");
    BOOST_REQUIRE(row.row);
    check_has(json_of("Observation", *row.row), "\"effectiveDateTime\":\"" + std::string(time) + "\"");
  }
}

BOOST_AUTO_TEST_CASE(what_was_sent_is_seen_where_it_differs) {
  const auto json = json_of("Observation",
                            result_with({{"value_kind", "number"},
                                         {"value_numeric", "1.02"},
                                         {"unit", "mg/dL"},
                                         {"value_text", "1.02"},
                                         {"sent_value", "90"},
                                         {"sent_unit", "umol/L"},
                                         {"sent_code", "CREA"},
                                         {"loinc_code", "2160-0"},
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
    for (const auto* each = list ? list->first : nullptr; each; each = each->next)
      out += std::string(each->get("coding")->first->str("code")) + " ";
    return out;
  };
  BOOST_TEST(codes({{"abnormal_flag", "abnormal"}, {"sent_flag", "POS"}}) == "A POS ");
  BOOST_TEST(codes({{"abnormal_flag", "abnormal"}, {"sent_flag", "AA"}}) == "AA ");
  BOOST_TEST(codes({{"abnormal_flag", "high"}, {"sent_flag", "H~D"}}) == "H D ");
  BOOST_TEST(codes({{"abnormal_flag", "normal"}, {"sent_flag", "POS"}}) == "N "); // a person gave it another
                                                                                  // flag
  BOOST_TEST(codes({{"abnormal_flag", "critical_high"}, {"sent_flag", "H"}, {"critical_value", "true"}}) ==
             "HH ");
}

BOOST_AUTO_TEST_CASE(a_value_that_is_shown_in_another_form_is_also_shown_as_it_came) {
  const auto number = json_of("Observation",
                              result_with({{"value_kind", "number"},
                                           {"value_numeric", "65.88"},
                                           {"value_decimals", "2"},
                                           {"value_text", "065.88"},
                                           {"sent_value", "065.88"},
                                           {"unit", "ng/mL"},
                                           {"sent_unit", "ng/mL"}}));
  check_has(number, R"("valueQuantity":{"value":65.88,)");
  check_has(number, R"({"url":"value","valueString":"065.88"})");
  check_lacks(number, R"({"url":"unit")");
  const auto titre = json_of("Observation",
                             result_with({{"value_kind", "titre"},
                                          {"value_text", "1:160"},
                                          {"sent_value", "1^:^160"},
                                          {"unit", "{titer}"},
                                          {"sent_unit", "titre"},
                                          {"sent_flag", "N"}}));
  check_has(titre, R"({"url":"unit","valueString":"titre"})"); // no other place says it
  const auto coded = json_of("Observation",
                             result_with({{"value_kind", "code"},
                                          {"value_code", "260373001"},
                                          {"value_text", "Detected"},
                                          {"sent_value", "260373001^Detected^SCT"},
                                          {"sent_value_type", "CWE"}}));
  check_has(
    coded,
    R"("valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"260373001"}],"text":"Detected"})");
  const auto time = json_of(
    "Observation",
    result_with(
      {{"value_kind", "datetime"}, {"value_text", "20261119083000+0200"}, {"sent_value_type", "TS"}}));
  check_has(time, R"("valueDateTime":"2026-11-19T08:30:00+02:00")");
  BOOST_TEST(row_of(time).row->text("value_text") == "20261119083000+0200");
}

BOOST_AUTO_TEST_CASE(a_comparator_that_fhir_does_not_have_never_vanishes) {
  const auto json = json_of(
    "Observation",
    result_with(
      {{"value_kind", "comparator"}, {"comparator", "~"}, {"value_numeric", "5"}, {"value_text", "~5"}}));
  check_has(json, R"("valueString":"~5")");
  check_lacks(json, "valueQuantity");
}

BOOST_AUTO_TEST_CASE(flags_of_table_0078_stand_as_the_v2_to_fhir_map_has_them) {
  for (const auto& [sent, word, display] :
       {std::tuple<sv, sv, sv>{"SDD", "indeterminate", "Susceptible-dose dependent"},
        {"MS", "indeterminate", "moderately susceptible"},
        {"VS", "normal", "very susceptible"},
        {"EX", "abnormal", "outside threshold"},
        {"CAR", "abnormal", "Carrier"},
        {"IE", "indeterminate", "Insufficient evidence"},
        {"NCL", "indeterminate", "No CLSI defined breakpoint"},
        {"EXP", "normal", "Expected"},
        {"UNE", "abnormal", "Unexpected"},
        {"SYN-R", "abnormal", "Synergy - resistant"}}) {
    const auto json = json_of(
      "Observation",
      result_with({{"abnormal_flag", word}, {"sent_flag", " " + std::string(sent) + "^x^HL70078~"}}));
    check_has(json, "\"code\":\"" + std::string(sent) + "\",\"display\":\"" + std::string(display) + "\"");
  }
}

BOOST_AUTO_TEST_CASE(what_was_not_asked_for_says_so_and_what_could_not_be_had_too) {
  check_has(
    json_of("Observation", result_with({{"result_status", "cancelled"}, {"observation_status", "N"}})),
    R"("code":"not-asked","display":"Not Asked")");
  check_has(
    json_of("Observation", result_with({{"result_status", "cancelled"}, {"observation_status", "X"}})),
    R"("code":"not-performed")");
}

BOOST_AUTO_TEST_CASE(a_code_that_loinc_cannot_have_is_not_published_as_one) {
  const auto wrong = json_of(
    "Observation",
    result_with({{"loinc_code", "2160-9"}, {"test_code", "CREA"}, {"performing_lab_code", "BIO"}}));
  BOOST_TEST(wrong.find("http://loinc.org") == std::string::npos);
  check_has(wrong, R"({"system":"urn:aorta:lab:BIO","code":"CREA"})");
  const auto sent = json_of("Observation",
                            result_with({{"test_code", "2160-9"},
                                         {"sent_code", "2160-9"},
                                         {"sent_code_system", "LN"},
                                         {"performing_lab_code", "BIO"}}));
  BOOST_TEST(sent.find("http://loinc.org") == std::string::npos);
  check_has(sent, R"({"system":"urn:aorta:lab:BIO","code":"2160-9"})");
  check_has(
    json_of("Observation",
            result_with({{"test_code", "2160-0"}, {"sent_code", "2160-0"}, {"sent_code_system", "LN"}})),
    R"({"system":"http://loinc.org","code":"2160-0"})");
  record order(table::lab_orders);
  order.set("panel_code", "24331-2");
  order.set("lab_facility_code", "BIO");
  BOOST_TEST(json_of("ServiceRequest", order).find("http://loinc.org") == std::string::npos);
  order.set("panel_code", "24331-1");
  check_has(json_of("ServiceRequest", order), R"({"system":"http://loinc.org","code":"24331-1"})");
}

BOOST_AUTO_TEST_CASE(a_second_coding_of_a_value_is_kept) {
  const auto json = json_of("Observation",
                            result_with({{"value_kind", "code"},
                                         {"value_code", "260385009"},
                                         {"value_text", "Negative"},
                                         {"sent_value_type", "CWE"},
                                         {"performing_lab_code", "BIO"},
                                         {"sent_value", "260385009^Negative^SCT^NEG^Αρνητικό^L"}}));
  check_has(
    json,
    R"("valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"260385009"},{"system":"urn:aorta:lab:BIO","code":"NEG","display":"Αρνητικό"}])");
  const auto table_0136 = json_of("Observation",
                                  result_with({{"value_kind", "code"},
                                               {"value_code", "Y"},
                                               {"value_text", "Yes"},
                                               {"sent_value_type", "CE"},
                                               {"sent_value", "Y^Yes^HL70136"}}));
  check_has(table_0136, R"({"system":"http://terminology.hl7.org/CodeSystem/v2-0136","code":"Y"})");
}

BOOST_AUTO_TEST_CASE(times_of_day_periods_ranges_and_quantities_have_their_types) {
  const auto with = [](sv kind, sv type, sv text, sv unit = {}) {
    auto row = result_with(
      {{"value_kind", kind}, {"value_text", text}, {"sent_value", text}, {"sent_value_type", type}});
    if (!unit.empty()) row.set("unit", std::string(unit));
    const auto json = json_of("Observation", row);
    for (const auto& fault : validate(*parsed(json).root))
      BOOST_CHECK_MESSAGE(fault.level > issue::severity::error,
                          fault.path + " " + fault.text + " in " + json);
    return json;
  };
  check_has(with("datetime", "TM", "1030"), R"("valueTime":"10:30:00")");
  check_has(with("datetime", "TM", "103015.25"), R"("valueTime":"10:30:15.25")");
  check_has(with("datetime", "TM", "10"), R"("valueString":"10")"); // minutes that were not told are not made
  check_has(with("datetime", "TM", "1030+0200"), R"("valueString":"1030+0200")"); // FHIR's time has no offset
  check_has(with("text", "DR", "20261101^20261103"),
            R"("valuePeriod":{"start":"2026-11-01","end":"2026-11-03"})");
  check_has(with("text", "DR", "20261101080000+0200^"),
            R"("valuePeriod":{"start":"2026-11-01T08:00:00+02:00"})");
  check_has(with("text", "DR", "20261103^20261101"), R"("valueString":"20261103^20261101")");
  check_has(with("text", "NR", "3.50^5.2", "mmol/L"), R"("valueRange":{"low":{"value":3.50,"unit":"mmol/L")");
  check_has(with("text", "NR", "5^3"), R"("valueString":"5^3")");
  check_has(with("text", "CQ", "5.0^mL&millilitre&UCUM"),
            R"("valueQuantity":{"value":5.0,"unit":"mL","system":"http://unitsofmeasure.org","code":"mL"})");
  check_has(with("text", "CQ", "some^mL"), R"("valueString":"some^mL")");
  check_has(with("range", "SN", "5-3"), R"("valueString":"5-3")");
}

BOOST_AUTO_TEST_CASE(typed_values_come_back_to_the_row) {
  for (const auto& [kind, type, text] :
       {std::tuple<sv, sv, sv>{"datetime", "TM", "103000"}, {"text", "DR", "20261101^20261103"}}) {
    const auto again = row_of(json_of("Observation",
                                      result_with({{"patient_id", "7"},
                                                   {"value_kind", kind},
                                                   {"value_text", text},
                                                   {"sent_value", text},
                                                   {"sent_value_type", type}})));
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
  with.results = {result_with({{"result_status", "cancelled"}, {"observation_status", "W"}}),
                  result_with({{"result_status", "cancelled"}, {"observation_status", "D"}})};
  check_has(json_of("DiagnosticReport", order, {}, with), R"("status":"entered-in-error")");
  with.results.back().set("observation_status", "X");
  check_has(json_of("DiagnosticReport", order, {}, with), R"("status":"cancelled")");
}

BOOST_AUTO_TEST_CASE(who_observed_how_with_what_and_of_which_specimen_is_told) {
  const auto row = result_with({{"performing_lab_code", "BIO"},
                                {"sent_observer", "D7^Γεωργίου&von^Άννα^^^Δρ~^Papas^Nikos"},
                                {"sent_method", "ECLIA^Electrochemiluminescence^L"},
                                {"sent_device", "C501-7^Cobas^1.2.840.9^ISO"},
                                {"specimen_id", "S-1&OH^A-77&LIS&1.2.3&ISO"},
                                {"specimen_type", "119364003^Serum^SCT^SER^Serum^HL70487"},
                                {"specimen_site", "LA^Left arm^HL70163"},
                                {"collected_at", "2026-11-20T07:00:00Z"}});
  const auto json = json_of("Observation", row);
  for (const auto& fault : validate(*parsed(json).root))
    BOOST_CHECK_MESSAGE(fault.level > issue::severity::error, fault.path + " " + fault.text + " in " + json);
  check_has(
    json,
    R"({"type":"Practitioner","identifier":{"system":"urn:aorta:lab:BIO:staff","value":"D7"},"display":"Δρ Άννα Γεωργίου"},{"type":"Practitioner","display":"Nikos Papas"})");
  check_has(
    json,
    R"("method":{"coding":[{"system":"urn:aorta:lab:BIO","code":"ECLIA","display":"Electrochemiluminescence"}],"text":"Electrochemiluminescence"})");
  check_has(
    json,
    R"("device":{"type":"Device","identifier":{"system":"urn:oid:1.2.840.9","value":"C501-7"},"display":"Cobas C501-7"})");
  check_has(json, R"("identifier":[{"value":"S-1"},{"system":"urn:oid:1.2.3","value":"A-77"}])");
  check_has(
    json,
    R"("type":{"coding":[{"system":"http://snomed.info/sct","code":"119364003","display":"Serum"},{"system":"http://terminology.hl7.org/CodeSystem/v2-0487","code":"SER","display":"Serum"}])");
  check_has(json,
            R"("bodySite":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0163","code":"LA")");
  check_has(json, R"("specimen":{"reference":"#specimen"})");
  const auto again = row_of(json);
  BOOST_REQUIRE(again.row);
  for (const auto* column :
       {"sent_observer", "sent_method", "sent_device", "specimen_id", "specimen_type", "specimen_site"})
    BOOST_TEST(again.row->text(column) == row.text(column), column);
  check_lacks(json_of("Observation", result_with({})), "contained");
  const auto referred = json_of("Observation",
                                result_with({{"performing_lab_code", "BIO"},
                                             {"performing_lab", "Bioanalytica"},
                                             {"performer", "Reference Lab"},
                                             {"performer_code", "REF"}}));
  check_has(
    referred,
    R"({"reference":"Organization/lab-BIO","display":"Bioanalytica"},{"type":"Organization","identifier":{"system":"urn:aorta:lab:BIO:performer","value":"REF"},"display":"Reference Lab"})");
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
    for (const auto& [status, state] : results)
      with.results.push_back(result_with({{"result_status", status}, {"observation_status", state}}));
    report.set("status", std::string(letter));
    report.set("results", std::to_string(results.size()));
    const auto json = json_of("DiagnosticReport", report, {}, with);
    for (const auto& fault : validate(*parsed(json).root))
      BOOST_CHECK_MESSAGE(fault.level > issue::severity::error,
                          fault.path + " " + fault.text + " in " + json);
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
  check_has(
    json,
    R"("code":{"coding":[{"system":"http://loinc.org","code":"24323-8","display":"CMP"}],"text":"CMP"})");
  check_has(json, R"("effectiveDateTime":"2026-11-20")");
  check_has(json, R"("result":[{"reference":"Observation/01890a5d-ac96-774b-bcce-b302099a8057")");
  document d;
  report.set("results", "1");
  BOOST_TEST(to_resource(d, "DiagnosticReport", report, {}, {}, systems) == nullptr); // its results are
                                                                                      // another patient's now
  report.set("lab_order_id", "01890a5d-ac96-774b-bcce-b302099a8057");
  BOOST_TEST(to_resource(d, "DiagnosticReport", report, {}, with, systems) == nullptr); // told with its order
}

BOOST_AUTO_TEST_SUITE_END()
