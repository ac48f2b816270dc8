// MedicationRequest: prescriptions.
#include "engine/fhir/map_parts.hpp"

#include <array>

namespace aorta::fhir {
namespace {

constexpr sv course = "http://terminology.hl7.org/CodeSystem/medicationrequest-course-of-therapy";
constexpr sv abbreviation = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation";

constexpr std::array prescription_states{
  word_pair{"active", "active"},        word_pair{"completed", "completed"},
  word_pair{"discontinued", "stopped"}, word_pair{"cancelled", "cancelled"},
  word_pair{"on_hold", "on-hold"},      word_pair{"expired", "completed"}};
constexpr std::array routes{word_pair{"oral", "26643006"},   word_pair{"sublingual", "37839007"},
                            word_pair{"IV", "47625008"},     word_pair{"IM", "78421000"},
                            word_pair{"SC", "34206005"},     word_pair{"topical", "6064005"},
                            word_pair{"inhaled", ""},        word_pair{"transdermal", "45890007"},
                            word_pair{"rectal", "37161004"}, word_pair{"nasal", "46713006"}};

struct how_often {
  sv word, code; ///< GTS abbreviation, or empty
  int a_day;
  sv when; ///< event timing
};
constexpr std::array often{how_often{"OD", "QD", 1, ""},       how_often{"BD", "BID", 2, ""},
                           how_often{"TDS", "TID", 3, ""},     how_often{"QDS", "QID", 4, ""},
                           how_often{"PRN", "", 0, ""},        how_often{"STAT", "", 0, ""},
                           how_often{"nocte", "", 0, "NIGHT"}, how_often{"mane", "", 0, "MORN"}};

void put_timing(maker& m, node& dosage, const record& row) {
  const auto word = row.text("frequency");
  node* timing = m.d.object();
  node* repeat = m.d.object();
  node* bounds = m.d.object();
  m.day(*bounds, "start", row.text("start_date"));
  m.day(*bounds, "end", row.text("end_date"));
  const bool in_order = row.text("end_date").empty() ||
    row.text("start_date").substr(0, 10) <= row.text("end_date").substr(0, 10);
  if (bounds->size > 0 && in_order) m.d.add(*repeat, "boundsPeriod", bounds);
  sv abbreviated;
  for (const auto& each : often) {
    if (each.word != word) continue;
    abbreviated = each.code;
    if (each.a_day > 0) {
      m.d.add(*repeat, "frequency", m.d.number(int64_t(each.a_day)));
      m.d.add(*repeat, "period", m.d.number(int64_t(1)));
      m.d.add(*repeat, "periodUnit", "d");
    }
    if (!each.when.empty()) m.item(*repeat, "when", m.d.string(each.when));
  }
  if (repeat->size > 0) m.d.add(*timing, "repeat", repeat);
  const auto text = word == "custom" ? row.text("frequency_custom") : word;
  if (node* code = m.codeable({m.coding(abbreviation, abbreviated)}, text)) m.d.add(*timing, "code", code);
  if (timing->size > 0) m.d.add(dosage, "timing", timing);
  if (word == "PRN") m.flag(dosage, "asNeededBoolean", true);
}

/// `1 tablet`, `2.5 mg`: a dose that a program can read. UCUM's `U` is not what people write it for, so that
/// only plain units get their code.
node* dose_of(maker& m, sv text) {
  const auto space = text.find(' ');
  if (space == sv::npos || space + 1 == text.size() || text.find(' ', space + 1) != sv::npos ||
      text.find_first_of("0123456789/(", space) != sv::npos)
    return nullptr;
  const auto number = text.substr(0, space), unit = text.substr(space + 1);
  bool known = false;
  for (const auto each : {sv("mg"), sv("g"), sv("ug"), sv("mL"), sv("L"), sv("mmol")})
    known = known || unit == each;
  return decimal::from_text(number) && number.find_first_of("+-") == sv::npos
    ? m.quantity(number, unit, known ? unit : sv())
    : nullptr;
}

void put_dosage(maker& m, node& to, const record& row) {
  node* dosage = m.d.object();
  m.text(*dosage, "text", row.text("dosage"));
  put_timing(m, *dosage, row);
  const auto route = row.text("route");
  if (node* code = m.codeable({m.coding(system_of::snomed, code_of(routes, route))}, route))
    m.d.add(*dosage, "route", code);
  if (node* quantity = dose_of(m, row.text("dosage"))) {
    node* dose = m.d.object();
    m.d.add(*dose, "doseQuantity", quantity);
    m.item(*dosage, "doseAndRate", dose);
  }
  if (dosage->size > 0) m.item(to, "dosageInstruction", dosage);
}

void put_supply(maker& m, node& to, const record& row) {
  node* supply = m.d.object();
  m.integer(*supply, "numberOfRepeatsAllowed", row.text("refills_allowed"), 0);
  const auto quantity = row.text("quantity");
  if (node* value = m.quantity(quantity, {})) m.d.add(*supply, "quantity", value);
  else m.extend(*supply, "quantity", "valueString", quantity);
  node* days = m.d.object();
  if (m.integer(*days, "value", row.text("duration_days"), 0)) {
    m.d.add(*days, "unit", "d");
    m.d.add(*days, "system", system_of::ucum);
    m.d.add(*days, "code", "d");
    m.d.add(*supply, "expectedSupplyDuration", days);
  }
  if (supply->size > 0) m.d.add(to, "dispenseRequest", supply);
}

std::string read_frequency(const node& dosage, record& row) {
  const auto* timing = dosage.get("timing");
  const auto* needed = dosage.get("asNeededBoolean");
  const bool as_needed = (needed && needed->truth) || dosage.get("asNeededCodeableConcept");
  const auto* code = timing ? timing->get("code") : nullptr;
  const auto* repeat = timing ? timing->get("repeat") : nullptr;
  if (const auto* bounds = repeat ? repeat->get("boundsPeriod") : nullptr) {
    row.set("start_date", day_in(bounds->str("start")));
    row.set("end_date", day_in(bounds->str("end")));
  }
  const bool bounded_only = repeat && repeat->size == 1 && repeat->first->name.starts_with("bounds");
  std::string word;
  for (const auto& each : often) {
    if (code &&
        (code->str("text") == each.word || (!each.code.empty() && has_code(code, abbreviation, each.code))))
      word = each.word;
    const auto *frequency = repeat ? repeat->get("frequency") : nullptr,
               *period = repeat ? repeat->get("period") : nullptr;
    const bool plain = repeat && repeat->size == (repeat->get("boundsPeriod") ? 4u : 3u);
    if (word.empty() && !code && plain && each.a_day > 0 && frequency && period && period->text == "1" &&
        repeat->str("periodUnit") == "d" && frequency->text == std::to_string(each.a_day))
      word = each.word;
  }
  if (word.empty() && as_needed && !code && (!repeat || bounded_only)) word = "PRN";
  if (as_needed && word != "PRN") return "as needed and by a schedule at once";
  if (word.empty() && code && !text_in(code).empty()) {
    word = "custom";
    row.set("frequency_custom", some(text_in(code)));
  }
  if (word.empty() && ((timing && timing->get("event")) || (repeat && !bounded_only)))
    return "a schedule without words";
  row.set("frequency", some(word));
  return {};
}

/// The one dose as text, digits and unit as they stand.
std::string read_dose(const node& dosage, record& row) {
  row.set("dosage", some(dosage.str("text")));
  const auto* list = dosage.get("doseAndRate");
  if (!list || !dosage.str("text").empty()) return {};
  const auto* quantity = list->size == 1 ? list->first->get("doseQuantity") : nullptr;
  const auto* value = quantity ? quantity->get("value") : nullptr;
  if (!value || quantity->get("comparator") || list->first->get("rateRatio") ||
      list->first->get("rateRange") || list->first->get("rateQuantity"))
    return "a dose that is no single quantity";
  const auto unit = quantity->str("unit").empty() ? quantity->str("code") : quantity->str("unit");
  row.set("dosage", std::string(value->text) + (unit.empty() ? "" : " ") + std::string(unit));
  return {};
}

std::string read_dosage(const node& from, record& row) {
  const auto* list = from.get("dosageInstruction");
  if (!list) return {};
  if (list->size != 1) return "several dosages";
  const auto& dosage = *list->first;
  if (dosage.get("modifierExtension") || dosage.get("maxDosePerPeriod"))
    return "a dosage with a limit or a modifier";
  if (auto why = read_dose(dosage, row); !why.empty()) return why;
  const auto* route = dosage.get("route");
  if (const auto* snomed = coding_in(route, system_of::snomed))
    row.set("route", some(word_of(routes, snomed->str("code"))));
  for (const auto& each : routes)
    if (route && route->str("text") == each.word) row.set("route", std::string(each.word));
  return read_frequency(dosage, row);
}

void read_supply(const node& from, record& row) {
  const auto* supply = from.get("dispenseRequest");
  if (!supply) return;
  if (const auto* repeats = supply->get("numberOfRepeatsAllowed"))
    row.set("refills_allowed", std::string(repeats->text));
  const auto* quantity = supply->get("quantity");
  if (const auto* value = quantity ? quantity->get("value") : nullptr;
      value && !quantity->get("comparator") && quantity->str("code").empty()) {
    const auto unit = quantity->str("unit");
    row.set("quantity", std::string(value->text) + (unit.empty() ? "" : " ") + std::string(unit));
  }
  if (const auto* told = extension_of(*supply, "quantity"))
    row.set("quantity", some(told->str("valueString")));
  const auto* days = supply->get("expectedSupplyDuration");
  if (const auto* value = days ? days->get("value") : nullptr)
    if (days->str("code") == "d" && value->text.find_first_not_of("0123456789") == sv::npos &&
        value->text.size() < 6)
      row.set("duration_days", std::string(value->text));
}

/// `5 mg` stands in `Concor 5 mg`, but not in `Concor 25 mg`.
bool holds_words(sv text, sv words) noexcept {
  for (size_t at = text.find(words); at != sv::npos; at = text.find(words, at + 1)) {
    const auto end = at + words.size();
    if ((at == 0 || text[at - 1] == ' ') && (end == text.size() || text[end] == ' ' || text[end] == ','))
      return true;
  }
  return false;
}

/// Strength and form, which belong to what a reader sees of the medicine: ` 5 mg tablet`.
std::string kind_of(const record& row, sv drug) {
  std::string out;
  for (const auto column : {sv("strength"), sv("form")})
    if (const auto text = row.text(column); !is_blank(text) && !holds_words(drug, text)) out += " " + text;
  return out;
}

/// The name without the strength and form behind it.
std::string name_of(sv told, const record& row) {
  for (size_t at = told.find(' '); at != sv::npos; at = told.find(' ', at + 1))
    if (const auto name = told.substr(0, at); told.substr(at) == kind_of(row, name)) return std::string(name);
  return std::string(told);
}

} // namespace

node* prescription_resource(maker& m, const record& row, sv id) {
  node& out = *m.resource("MedicationRequest", id);
  put_state(m, out, "status", prescription_states, row.text("status"), "unknown");
  m.extend(out, "generic-name", "valueString", row.text("generic_name"));
  m.extend(out, "form", "valueString", row.text("form"));
  m.extend(out, "strength", "valueString", row.text("strength"));
  m.extend(out, "discontinued-at", "valueDateTime", row.text("discontinued_at"));
  m.d.add(out, "intent", "order");
  node* code = m.coding(system_of::atc, row.text("atc_code"));
  auto drug = clean(row.text(is_blank(clean(row.text("drug_name"))) ? "generic_name" : "drug_name"));
  if (is_blank(drug)) drug = code ? "" : "Medication that was not named";
  m.d.add(out, "medicationCodeableConcept",
          m.codeable({code}, drug.empty() ? drug : drug + kind_of(row, drug)));
  m.refer_subject(out, row);
  m.refer(out, "encounter", "Encounter", row, "encounter_id");
  m.time(out, "authoredOn", row.text("created_at"));
  m.refer(out, "requester", "Practitioner", row, "prescriber_id");
  m.item(out, "reasonCode", m.codeable({m.coding(system_of::icd10, row.text("linked_diagnosis_icd10"))}));
  if (row.text("is_chronic") == "true")
    m.d.add(out, "courseOfTherapyType",
            m.codeable({m.coding(course, "continuous", "Continuous long term therapy")}));
  put_dosage(m, out, row);
  put_supply(m, out, row);
  return &out;
}

as_row prescription_row(const node& from) {
  const auto status = read_state(from, "status", prescription_states);
  const auto* not_to = from.get("doNotPerform");
  if (has_modifiers(from) || (not_to && not_to->truth))
    return only_fhir("a modifier turns the prescription into something else");
  if (status.empty()) return only_fhir("prescriptions has no such state");
  if (from.str("intent") != "order") return only_fhir("no order");
  const auto* medication = from.get("medicationCodeableConcept");
  if (!medication || text_in(medication).empty())
    return only_fhir("a medicine that is not named in the request");
  record row(model::table::prescriptions);
  row.set("patient_id", number_in(from.get("subject"), "Patient"));
  if (!row[sv("patient_id")]) return only_fhir("not for one of the clinic's patients");
  row.set("status", status);
  if (const auto* atc = coding_in(medication, system_of::atc)) row.set("atc_code", some(atc->str("code")));
  for (const auto& [word, column] : {std::pair{sv("generic-name"), sv("generic_name")},
                                     {sv("form"), sv("form")},
                                     {sv("strength"), sv("strength")}})
    if (const auto* told = extension_of(from, word)) row.set(column, some(told->str("valueString")));
  row.set("drug_name", some(name_of(text_in(medication), row)));
  if (const auto* told = extension_of(from, "discontinued-at"))
    row.set("discontinued_at", column_time(told->str("valueDateTime")));
  row.set("encounter_id", number_in(from.get("encounter"), "Encounter"));
  row.set("prescriber_id", number_in(from.get("requester"), "Practitioner"));
  row.set("created_at", column_time(from.str("authoredOn")));
  const auto* reasons = from.get("reasonCode");
  if (const auto* icd = reasons && reasons->size == 1 ? coding_in(reasons->first, system_of::icd10) : nullptr)
    row.set("linked_diagnosis_icd10", some(icd->str("code")));
  row.set("is_chronic", has_code(from.get("courseOfTherapyType"), course, "continuous") ? "true" : "false");
  if (auto why = read_dosage(from, row); !why.empty()) return only_fhir(std::move(why));
  read_supply(from, row);
  as_row out;
  out.row = std::move(row);
  return out;
}

} // namespace aorta::fhir
