// A patient with something of everything, for tests of what leaves the house.
#pragma once

#include "engine/export/gather.hpp"
#include "engine/export/parcel.hpp"
#include "test/unit/rest/fixture.hpp"

namespace aorta::test {

inline exports::rules rules_of(house& at) {
  return {at.around.base, at.around.systems, "1.2.3", &at.clock, &at.ids};
}
inline exports::parcel_label label_of(house& at) {
  const auto now = at.clock.now();
  return {at.ids.next(now), now};
}

inline std::string observation_of(const std::string& who, const std::string& category,
                                  const std::string& code, const std::string& members) {
  return R"({"resourceType":"Observation","status":"final","category":[{"coding":[{"system":)"
         R"("http://terminology.hl7.org/CodeSystem/observation-category","code":")" +
    category + R"("}]}],"subject":{"reference":"Patient/)" + who +
    R"("},"code":{"coding":[{"system":"http://loinc.org","code":")" + code + R"("}]},)" + members + "}";
}
inline std::string quantity(const std::string& value, const std::string& unit) {
  return R"({"value":)" + value + R"(,"unit":")" + unit +
    R"(","system":"http://unitsofmeasure.org","code":")" + unit + "\"}";
}

/// The id of a patient whose record has problems, medicines, vital signs, results and one that was withdrawn.
inline model::patient_id some_record(house& at) {
  const auto who = at.create(
    "Patient",
    R"({"resourceType":"Patient","identifier":[{"system":"urn:aorta:mrn","value":"M-77"},{"system":"urn:oid:2.16.196.1.113883.3.1.1","value":"812399"}],)"
    R"("name":[{"use":"official","family":"Νικολάου","given":["Ελένη","Μαρία"]}],"gender":"female","birthDate":"1958-05-09"})");
  const std::string when = R"("effectiveDateTime":"2026-11-20T08:00:00Z",)";
  at.create(
    "Observation",
    observation_of(
      who, "vital-signs", "85354-9",
      when +
        R"("component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":)" +
        quantity("142", "mm[Hg]") +
        R"(},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":)" +
        quantity("88", "mm[Hg]") + "}]"));
  at.create(
    "Observation",
    observation_of(who, "laboratory", "2823-3",
                   R"("effectiveDateTime":"2026-11-20","valueQuantity":)" + quantity("4.40", "mmol/L")));
  const auto wrong = at.create(
    "Observation",
    observation_of(who, "laboratory", "2951-2",
                   R"("effectiveDateTime":"2026-11-19","valueQuantity":)" + quantity("140", "mmol/L")));
  auto withdrawn = at.get("Observation/" + wrong).body;
  withdrawn.replace(withdrawn.find("\"final\""), 7, "\"entered-in-error\"");
  BOOST_REQUIRE(at.ask("PUT", "Observation/" + wrong, withdrawn).status == 200);
  at.create(
    "Condition",
    R"({"resourceType":"Condition","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},)"
    R"("code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"I10"}],"text":"Υπέρταση"},"subject":{"reference":"Patient/)" +
      who + R"("}})");
  at.create(
    "MedicationRequest",
    R"({"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"C07AB07"}],"text":"Bisoprolol 5 mg"},"subject":{"reference":"Patient/)" +
      who + R"("}})");
  return std::stoll(who);
}

inline exports::gathered gathered_of(house& at, model::patient_id who, const exports::rules& by) {
  auto found = must(exports::gather(*at.session, {at.clinic, who, at.who.scopes, "tester"}, by));
  BOOST_REQUIRE(std::holds_alternative<exports::gathered>(found));
  return std::move(std::get<exports::gathered>(found));
}

} // namespace aorta::test
