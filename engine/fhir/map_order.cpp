// ServiceRequest and DiagnosticReport of laboratory orders; DiagnosticReport of imaging studies.
#include "engine/fhir/map_parts.hpp"

#include <array>

namespace aorta::fhir {
namespace {

constexpr sv section = "http://terminology.hl7.org/CodeSystem/v2-0074", laboratory_procedure = "108252007";

constexpr std::array order_states{word_pair{"ordered", "active"},
                                  word_pair{"collected", "active"},
                                  word_pair{"processing", "active"},
                                  word_pair{"resulted", "completed"},
                                  word_pair{"partially_resulted", "active"},
                                  word_pair{"cancelled", "revoked"}};

void put_numbers(maker& m, node& to, const record& row) {
  m.item(to, "identifier", m.identifier(m.systems.order, row.text("order_number")));
  m.item(to, "identifier",
         m.identifier(m.systems.placer, row.text("placer_order_number"), "PLAC", "Placer Identifier"));
  m.item(to, "identifier",
         m.identifier(m.systems.filler, row.text("filler_order_number"), "FILL", "Filler Identifier"));
}

/// A panel is LOINC's when it looks like it, else of the laboratory, else the clinic's.
node* panel(maker& m, const record& row) {
  const auto code = row.text("panel_code");
  const auto own = m.systems.lab_code + row.text("lab_facility_code");
  return m.codeable({m.coding(is_loinc(code) ? system_of::loinc : sv(own), code)}, row.text("panel_name"));
}

struct counted {
  size_t settled = 0, open = 0, changed = 0, wrong = 0;
};
counted count_results(const beside& with) {
  counted out;
  for (const auto& each : with.results) {
    const auto status = each.text("result_status"), letter = each.text("observation_status");
    if (status == "cancelled" && (letter == "D" || letter == "W")) ++out.wrong;
    if (status == "final" || status == "corrected") ++out.settled;
    if (status == "corrected") ++out.changed;
    if (status == "preliminary") ++out.open;
  }
  return out;
}

/// OBR-25 (HL70123) by HL7's v2-to-FHIR guide, as far as the results that stand do not say otherwise.
sv state_of_report(sv sent, const beside& with) {
  const auto results = count_results(with);
  if (results.wrong > 0 && results.wrong == with.results.size()) return "entered-in-error";
  const char letter = sent.empty()            ? ' '
    : sent.find_first_not_of(' ') == sv::npos ? ' '
                                              : char(sent[sent.find_first_not_of(' ')] & ~0x20);
  const bool more = letter == 'A' || letter == 'I' || letter == 'M' || letter == 'O' || letter == 'P' ||
    letter == 'R' || letter == 'S';
  if (results.settled > 0)
    return results.open > 0 || more || letter == 'X' ? "partial"
      : results.changed > 0 || letter == 'C'         ? "corrected"
                                                     : "final";
  if (results.open > 0) return letter == 'X' ? "cancelled" : "preliminary";
  if (!with.results.empty() || letter == 'X') return "cancelled";
  if (letter == 'F') return "final";
  if (letter == 'C') return "corrected";
  return letter == 'P'               ? sv("preliminary")
    : letter == 'R' || letter == 'A' ? sv("partial")
    : more || letter == 'N'          ? sv("registered")
                                     : sv("unknown");
}

/// Of the order's state and what its results say; results that were withdrawn say nothing, unless all of them
/// were.
sv report_status(const record& row, const beside& with) {
  const auto [settled, open, changed, wrong] = count_results(with);
  const auto order = row.text("status");
  if (wrong > 0 && wrong == with.results.size()) return "entered-in-error";
  if (order == "cancelled") return settled > 0 ? "partial" : "cancelled";
  if (settled + open == 0) {
    if (order == "resulted") return with.results.empty() ? "final" : "cancelled";
    return order == "partially_resulted" ? "partial" : "registered";
  }
  if (settled == 0) return "preliminary";
  if (open > 0 || order != "resulted") return "partial";
  return changed > 0 ? "corrected" : "final";
}

std::pair<sv, sv> section_of(sv modality) noexcept {
  if (modality == "US" || modality == "IVUS") return {"CUS", "Cardiac Ultrasound"};
  if (modality == "ECG" || modality == "HD") return {"EC", "Electrocardiac (e.g., EKG,  EEC, Holter)"};
  return {"RAD", "Radiology"};
}

} // namespace

node* order_request(maker& m, const record& row, sv id) {
  node& out = *m.resource("ServiceRequest", id);
  m.extend(out, "collected-at", "valueDateTime", row.text("collected_at"));
  m.extend(out, "resulted-at", "valueDateTime", row.text("resulted_at"));
  put_numbers(m, out, row);
  put_state(m, out, "status", order_states, row.text("status"), "unknown");
  m.d.add(out, "intent", "order");
  m.item(out, "category",
         m.codeable({m.coding(system_of::snomed, laboratory_procedure)}, "Laboratory procedure"));
  const auto priority = row.text("priority");
  if (priority == "routine" || priority == "urgent" || priority == "stat") m.d.add(out, "priority", priority);
  if (node* code = panel(m, row)) m.d.add(out, "code", code);
  m.refer_subject(out, row);
  m.refer(out, "encounter", "Encounter", row, "encounter_id");
  m.time(out, "authoredOn", row.text("order_date"));
  m.refer(out, "requester", "Practitioner", row, "ordering_provider_id");
  m.item(out, "performer", laboratory_reference(m, row.text("lab_facility_code"), row.text("lab_facility")));
  return &out;
}

as_row order_row(const node& from, const identifier_systems& systems) {
  const auto status = read_state(from, "status", order_states);
  const auto* not_to = from.get("doNotPerform");
  if (has_modifiers(from) || (not_to && not_to->truth))
    return only_fhir("a modifier turns the order into something else");
  if (!has_code(from.get("category"), system_of::snomed, laboratory_procedure))
    return only_fhir("no laboratory order");
  if (status.empty() || from.str("intent") != "order")
    return only_fhir("lab_orders has no such state or intent");
  const auto priority = from.str("priority");
  if (priority == "asap") return only_fhir("lab_orders has no such priority");
  record row(model::table::lab_orders);
  row.set("patient_id", number_in(from.get("subject"), "Patient"));
  if (!row[sv("patient_id")]) return only_fhir("not for one of the clinic's patients");
  row.set("status", status);
  row.set("priority", priority.empty() ? "routine" : std::string(priority));
  const auto* ids = from.get("identifier");
  row.set("order_number", identifier_in(ids, systems.order));
  row.set("placer_order_number", identifier_in(ids, systems.placer, "PLAC"));
  row.set("filler_order_number", identifier_in(ids, systems.filler, "FILL"));
  const auto* code = from.get("code");
  const auto* codings = code ? code->get("coding") : nullptr;
  if (codings && codings->first) row.set("panel_code", some(codings->first->str("code")));
  row.set("panel_name", some(text_in(code)));
  row.set("encounter_id", number_in(from.get("encounter"), "Encounter"));
  row.set("order_date", column_time(from.str("authoredOn")));
  row.set("ordering_provider_id", number_in(from.get("requester"), "Practitioner"));
  constexpr sv laboratory = "Organization/lab-";
  const auto* performers = from.get("performer");
  if (const auto* performer = performers && performers->size == 1 ? performers->first : nullptr) {
    if (performer->str("reference").starts_with(laboratory))
      row.set("lab_facility_code", some(performer->str("reference").substr(laboratory.size())));
    row.set("lab_facility", some(performer->str("display")));
  }
  for (const auto& [word, column] :
       {std::pair{sv("collected-at"), sv("collected_at")}, {sv("resulted-at"), sv("resulted_at")}})
    if (const auto* told = extension_of(from, word)) row.set(column, column_time(told->str("valueDateTime")));
  as_row out;
  out.row = std::move(row);
  return out;
}

node* order_report(maker& m, const record& row, sv id, const beside& with) {
  if (with.reported) return nullptr; // what somebody wrote of this order is its report
  node& out = *m.resource("DiagnosticReport", id);
  put_numbers(m, out, row);
  m.item(out, "basedOn", m.reference("ServiceRequest", row.key()));
  m.d.add(out, "status", report_status(row, with));
  m.item(out, "category", m.codeable({m.coding(section, "LAB", "Laboratory")}));
  node* code = panel(m, row);
  m.d.add(out, "code", code ? code : m.codeable({}, "Laboratory report"));
  m.refer(out, "subject", "Patient", row, "patient_id");
  m.refer(out, "encounter", "Encounter", row, "encounter_id");
  m.time(out, "effectiveDateTime", row.text("collected_at"));
  m.instant(out, "issued", row.text("resulted_at"));
  m.item(out, "performer", laboratory_reference(m, row.text("lab_facility_code"), row.text("lab_facility")));
  for (const auto& each : with.results)
    m.item(out, "result", m.reference("Observation", each.key(), each.text("test_name")));
  return &out;
}

node* laboratory_report(maker& m, const record& row, sv id, const beside& with) {
  if (!row.text("lab_order_id").empty()) return nullptr;
  if (with.results.empty() && row.text("results") != "0" && !row.text("results").empty())
    return nullptr; // they are another patient's, or another report's now
  node& out = *m.resource("DiagnosticReport", id);
  node* meta = m.d.object();
  m.instant(*meta, "lastUpdated", row.text("updated_at"));
  if (meta->size > 0) m.d.add(out, "meta", meta);
  m.item(out, "identifier",
         m.identifier(m.systems.placer, row.text("placer_order_number"), "PLAC", "Placer Identifier"));
  m.item(out, "identifier",
         m.identifier(m.systems.filler, row.text("filler_order_number"), "FILL", "Filler Identifier"));
  m.d.add(out, "status", state_of_report(row.text("status"), with));
  m.item(out, "category", m.codeable({m.coding(section, "LAB", "Laboratory")}));
  const auto own = m.systems.lab_code + row.text("performing_lab_code");
  node* code = m.codeable(
    {sent_coding(m, own, row.text("panel_code"), row.text("panel_name"), row.text("panel_system"))},
    row.text("panel_name"));
  m.d.add(out, "code", code ? code : m.codeable({}, "Laboratory report"));
  m.refer(out, "subject", "Patient", row, "patient_id");
  if (const auto time = told_time(row, "collected_at", "collected_offset_minutes", "collected_precision");
      !time.empty())
    m.d.add(out, "effectiveDateTime", time);
  if (const auto time = told_time(row, "issued_at", "issued_offset_minutes", "issued_precision");
      time.size() > 10)
    m.instant(out, "issued", row.text("issued_at"));
  m.item(out, "performer",
         laboratory_reference(m, row.text("performing_lab_code"), row.text("performing_lab")));
  for (const auto& each : with.results)
    m.item(out, "result", m.reference("Observation", each.key(), each.text("test_name")));
  return &out;
}

node* study_report(maker& m, const record& row, sv id) {
  node& out = *m.resource("DiagnosticReport", id);
  const auto [code, display] = section_of(row.text("modality"));
  m.d.add(out, "status", "unknown"); // the link tells of images, not of a report
  m.item(out, "category", m.codeable({m.coding(section, code, display)}));
  node* what = m.codeable({}, row.text("study_description"));
  m.d.add(out, "code", what ? what : m.codeable({}, "Imaging study"));
  m.refer(out, "subject", "Patient", row, "patient_id");
  m.refer(out, "encounter", "Encounter", row, "encounter_id");
  m.time(out, "effectiveDateTime", row.text("study_date"));
  m.item(out, "imagingStudy", m.reference("ImagingStudy", row.key()));
  return &out;
}

} // namespace aorta::fhir
