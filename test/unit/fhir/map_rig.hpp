// Rows, resources of them, and what is asked of both, for tests.
#pragma once

#include "some_rows.hpp"

#include "engine/fhir/map_parts.hpp"
#include "engine/fhir/validate.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <initializer_list>
#include <random>
#include <string>
#include <utility>

namespace aorta::test {

using namespace aorta::fhir;
using model::table;

inline const identifier_systems systems;

inline std::string json_of(sv type, const record& row, sv part = {}, const beside& with = {}) {
  document d;
  return write(*to_resource(d, type, row, part, with, systems));
}

inline document parsed(const std::string& json) {
  auto out = document::parse(json);
  BOOST_REQUIRE_MESSAGE(out.ok(), json);
  return std::move(*out);
}

inline as_row row_of(const std::string& json) {
  const auto d = parsed(json);
  return to_row(*d.root, systems);
}

inline record result_with(std::initializer_list<std::pair<sv, sv>> cells) {
  record row(table::lab_results);
  row.set("id", "01890a5d-ac96-774b-bcce-b302099a8057");
  row.set("patient_id", "7");
  row.set("result_status", "final");
  row.set("test_code", "CREA");
  for (const auto& [column, value] : cells) row.set(column, std::string(value));
  return row;
}

inline void check_has(const std::string& json, sv piece) {
  BOOST_CHECK_MESSAGE(json.find(piece) != std::string::npos, std::string(piece) + " is not in " + json);
}
inline void check_lacks(const std::string& json, sv piece) {
  BOOST_CHECK_MESSAGE(json.find(piece) == std::string::npos, std::string(piece) + " is in " + json);
}

/// Every type that a row serves, with its parts.
inline void each_resource(const record& row,
                          const std::function<void(sv type, const std::string& part)>& visit) {
  for (const auto type : served_types())
    for (const auto of : tables_of(type))
      if (of == row.of)
        for (const auto& part : parts_of(type, row)) visit(type, part);
}

inline beside some_beside(std::mt19937& dice, bool odd) {
  beside out;
  for (size_t i = dice() % 3; i > 0; --i)
    out.results.push_back(test::some_row(table::lab_results, dice, odd));
  for (size_t i = dice() % 2; i > 0; --i)
    out.attachments.push_back(test::some_row(table::lab_result_attachments, dice, odd));
  return out;
}

/// A result as the engine files it: what was sent is always there. A visit that is planned has not begun; a
/// name after the first needs a first.
inline record as_filed(record row) {
  if (row.of == table::patients && !row[sv("first_name")]) row.set("middle_name", std::nullopt);
  if (row.of == table::encounters && row.text("status") == "planned")
    row.set("actual_start", std::nullopt), row.set("actual_end", std::nullopt);
  if (row.of != table::lab_results) return row;
  for (const auto& [column, otherwise] : {std::pair<sv, sv>{"test_code", "CREA"},
                                          {"test_name", "Κρεατινίνη"},
                                          {"sent_name", "CREA"},
                                          {"sent_value", "7,40"},
                                          {"sent_value_type", "NM"},
                                          {"sent_unit", "mg/dl"},
                                          {"sent_range", "3-5"},
                                          {"sent_flag", "N"},
                                          {"value_text", "7.40"}})
    if (!row[column]) row.set(column, std::string(otherwise));
  if (row.text("sent_code_system") != "LN" || !row[sv("loinc_code")]) row.set("sent_code_system", "L");
  if (row.text("sent_code_system") == "LN") row.set("test_code", "14682-9");
  row.set("sent_code", row[sv("test_code")]);
  return row;
}

inline const std::string vital =
  R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},)"
  R"("subject":{"reference":"Patient/7"},"effectiveDateTime":"2026-11-20T09:00:00+02:00","valueQuantity":)";
inline const std::string lab =
  R"({"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category",)"
  R"("code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"2160-0"}]},"subject":{"reference":"Patient/7"},)";

} // namespace aorta::test
