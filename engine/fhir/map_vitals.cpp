// Observation of vital signs (R4's vital signs profile): one a measured column, and blood pressure as a
// panel.
#include "engine/fhir/map_parts.hpp"

#include <array>

namespace aorta::fhir {
namespace {

constexpr sv body_position = "http://hl7.org/fhir/StructureDefinition/observation-bodyPosition";

struct sign {
  sv part, loinc, display, column, unit, code;
  bool whole;
};
constexpr std::array signs{
  sign{"bp", "85354-9", "Blood pressure panel with all children optional", "", "", "", false},
  sign{"sbp", "8480-6", "Systolic blood pressure", "systolic_bp", "mmHg", "mm[Hg]", true},
  sign{"dbp", "8462-4", "Diastolic blood pressure", "diastolic_bp", "mmHg", "mm[Hg]", true},
  sign{"hr", "8867-4", "Heart rate", "heart_rate", "/min", "/min", true},
  sign{"rr", "9279-1", "Respiratory rate", "respiratory_rate", "/min", "/min", true},
  sign{"spo2", "2708-6", "Oxygen saturation in Arterial blood", "oxygen_saturation", "%", "%", true},
  sign{"temp", "8310-5", "Body temperature", "temperature", "Cel", "Cel", false},
  sign{"weight", "29463-7", "Body weight", "weight", "kg", "kg", false},
  sign{"height", "8302-2", "Body height", "height", "cm", "cm", false},
  sign{"bmi", "39156-5", "Body mass index (BMI) [Ratio]", "bmi", "kg/m2", "kg/m2", false}};
constexpr sv oximetry = "59408-5";

constexpr std::array positions{word_pair{"sitting", "33586001"}, word_pair{"standing", "10904000"},
                               word_pair{"supine", "40199007"}, word_pair{"prone", "1240000"},
                               word_pair{"lateral", ""}};

const sign* sign_of(sv part) noexcept {
  for (const auto& each : signs)
    if (each.part == part) return &each;
  return nullptr;
}

node* code_of_sign(maker& m, const sign& what) {
  node* code = m.codeable({m.coding(system_of::loinc, what.loinc, what.display)});
  if (what.part == "spo2")
    m.item(*code, "coding",
           m.coding(system_of::loinc, oximetry, "Oxygen saturation in Arterial blood by Pulse oximetry"));
  m.text(*code, "text", what.display);
  return code;
}

void put_sign_value(maker& m, node& to, const sign& what, const record& row) {
  if (node* value = m.quantity(row.text(what.column), what.unit, what.code))
    m.d.add(to, "valueQuantity", value);
  else
    m.d.add(to, "dataAbsentReason", m.codeable({m.coding(system_of::absent_reason, "unknown", "Unknown")}));
}

void put_position(maker& m, node& to, sv position) {
  if (is_blank(position)) return;
  node* out = m.d.object();
  m.d.add(*out, "url", body_position);
  m.d.add(*out, "valueCodeableConcept",
          m.codeable({m.coding(system_of::snomed, code_of(positions, position))}, position));
  m.item(to, "extension", out);
}

std::string read_position(const node& from) {
  const auto* list = from.get("extension");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) {
    if (each->str("url") != body_position) continue;
    const auto* value = each->get("valueCodeableConcept");
    if (const auto* snomed = coding_in(value, system_of::snomed))
      if (const auto word = word_of(positions, snomed->str("code")); !word.empty()) return std::string(word);
    for (const auto& known : positions)
      if (value && value->str("text") == known.word) return std::string(known.word);
  }
  return {};
}

/// The digits, when the column can hold them: a whole number where it is an int, at most 15 digits, no
/// exponent.
std::optional<std::string> exact_value(const node* quantity, const sign& what) {
  if (!quantity || quantity->str("system") != system_of::ucum || quantity->str("code") != what.code ||
      quantity->get("comparator"))
    return std::nullopt;
  const auto* value = quantity->get("value");
  if (!value || value->is != node::kind::number || has_modifiers(*quantity) || quantity->get("extension"))
    return std::nullopt;
  const auto text = value->text;
  const bool plain = text.find_first_not_of("-0123456789.") == sv::npos && text.size() <= 15;
  if (!plain || (what.whole && (text.find('.') != sv::npos || text.size() > 9))) return std::nullopt;
  return std::string(text);
}

std::string read_panel(const node& from, record& row) {
  if (!from.get("component")) return "the panel has no components";
  for (const auto* each = from.get("component")->first; each; each = each->next) {
    const auto part = vital_part(*each);
    if (part != "sbp" && part != "dbp") return "a component that is no column of vitals";
    const auto& what = *sign_of(part);
    const auto value = exact_value(each->get("valueQuantity"), what);
    if (!value) return "a pressure that the integer column in mm[Hg] cannot say";
    if (row[what.column]) return "a pressure is told twice";
    row.set(what.column, value);
  }
  return row[sv("systolic_bp")] && row[sv("diastolic_bp")] ? "" : "one of the two pressures is missing";
}

} // namespace

bool tells_other_loinc(const node* code) noexcept {
  const auto* list = code ? code->get("coding") : nullptr;
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (looks_like_loinc(each->str("code")) && !is_vital_code(each->str("code"))) return true;
  return false;
}

bool looks_like_loinc(sv code) noexcept {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return code.size() > 2 && code[code.size() - 2] == '-' && digit(code.back()) &&
    std::all_of(code.begin(), code.end() - 2, digit);
}

bool is_vital_code(sv code) noexcept {
  return code == oximetry ||
    std::any_of(std::begin(signs), std::end(signs), [&](const auto& each) { return each.loinc == code; });
}

sv vital_part(const node& observation) noexcept {
  const auto* code = observation.get("code");
  for (const auto& each : signs)
    if (has_code(code, system_of::loinc, each.loinc)) return each.part;
  return has_code(code, system_of::loinc, oximetry) ? sv("spo2") : sv();
}

node* vital_resource(maker& m, const record& row, sv id, sv part) {
  const auto* what = sign_of(part);
  if (!what) return nullptr;
  node& out = *m.resource("Observation", id);
  put_position(m, out, row.text("position"));
  m.d.add(out, "status", "final");
  m.item(out, "category", m.codeable({m.coding(system_of::category, "vital-signs", "Vital Signs")}));
  m.d.add(out, "code", code_of_sign(m, *what));
  m.refer(out, "subject", "Patient", row, "patient_id");
  m.refer(out, "encounter", "Encounter", row, "encounter_id");
  m.time(out, "effectiveDateTime", row.text("recorded_at"));
  m.item(out, "performer", m.reference("Practitioner", row.text("recorded_by")));
  if (part != "bp") {
    put_sign_value(m, out, *what, row);
    return &out;
  }
  for (const auto each : {sv("sbp"), sv("dbp")}) {
    node* component = m.d.object();
    m.d.add(*component, "code", code_of_sign(m, *sign_of(each)));
    put_sign_value(m, *component, *sign_of(each), row);
    m.item(out, "component", component);
  }
  return &out;
}

as_row vital_row(const node& from, sv part) {
  const auto status = from.str("status");
  if (has_modifiers(from)) return only_fhir("a modifier extension changes what the measurement means");
  if (status != "final" && status != "amended" && status != "corrected")
    return only_fhir("vitals hold only settled measurements");
  if (tells_other_loinc(from.get("code"))) return only_fhir("another code of LOINC stands beside");
  record row(model::table::vitals);
  row.set("patient_id", number_in(from.get("subject"), "Patient"));
  if (!row[sv("patient_id")]) return only_fhir("not of one of the clinic's patients");
  row.set("recorded_at", instant_in(from.str("effectiveDateTime")));
  if (!row[sv("recorded_at")]) row.set("recorded_at", instant_in(from.str("effectiveInstant")));
  if (!row[sv("recorded_at")]) return only_fhir("recorded_at is an instant, the measurement tells none");
  if (part == "bp") {
    if (auto why = read_panel(from, row); !why.empty()) {
      auto out = only_fhir(std::move(why));
      if (const auto* parts = from.get("component"); parts && parts->size == 1) out.rest = std::move(row);
      return out;
    }
  } else {
    const auto& what = *sign_of(part);
    const auto value = exact_value(from.get("valueQuantity"), what);
    if (!value || from.get("component"))
      return only_fhir("the column holds " + std::string(what.code) +
                       (what.whole ? " in whole numbers" : "") + " only");
    row.set(what.column, value);
  }
  row.set("encounter_id", number_in(from.get("encounter"), "Encounter"));
  const auto* performers = from.get("performer");
  if (performers && performers->size == 1)
    row.set("recorded_by", number_in(performers->first, "Practitioner"));
  row.set("position", some(read_position(from)));
  as_row out;
  out.row = std::move(row);
  out.part = std::string(part);
  return out;
}

} // namespace aorta::fhir
