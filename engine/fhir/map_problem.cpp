// Condition: the problem list. ImagingStudy: studies linked to a patient.
#include "engine/fhir/map_parts.hpp"

#include <array>

namespace aorta::fhir {
namespace {

constexpr sv clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical",
             verification = "http://terminology.hl7.org/CodeSystem/condition-ver-status",
             kind = "http://terminology.hl7.org/CodeSystem/condition-category",
             problem_list = "75326-9"; ///< LOINC's, in patient summaries

constexpr std::array problem_states{
  word_pair{"active", "Active"},       word_pair{"recurrence", "Recurrence"},
  word_pair{"relapse", "Relapse"},     word_pair{"inactive", "Inactive"},
  word_pair{"remission", "Remission"}, word_pair{"resolved", "Resolved"}};

constexpr sv oid = "urn:oid:";

bool is_study_oid(sv text) noexcept {
  if (text.size() < 3 || text[0] < '0' || text[0] > '2' || text[1] != '.') return false;
  size_t begin = 0;
  for (size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] != '.') {
      if (text[at] < '0' || text[at] > '9') return false;
      continue;
    }
    if (at == begin || (at - begin > 1 && text[begin] == '0')) return false;
    begin = at + 1;
  }
  return true;
}

} // namespace

node* problem_resource(maker& m, const record& row, sv id) {
  node& out = *m.resource("Condition", id);
  const auto status = row.text("clinical_status");
  const auto display = code_of(problem_states, status);
  // con-4: what has ended is no longer active; a contradicting date is told beside.
  const bool ended = status == "inactive" || status == "remission" || status == "resolved";
  if (!ended) m.extend(out, "resolved-date", "valueDate", row.text("resolved_date"));
  if (!display.empty()) {
    m.d.add(out, "clinicalStatus", m.codeable({m.coding(clinical, status, display)}));
    m.d.add(out, "verificationStatus", m.codeable({m.coding(verification, "confirmed", "Confirmed")}));
  }
  m.item(out, "category", m.codeable({m.coding(kind, "problem-list-item", "Problem List Item")}));
  if (node* code = m.codeable({m.coding(system_of::icd10, row.text("icd10_code"))}, row.text("description")))
    m.d.add(out, "code", code);
  m.refer_subject(out, row);
  m.day(out, "onsetDateTime", row.text("onset_date"));
  if (ended) m.day(out, "abatementDateTime", row.text("resolved_date"));
  m.day(out, "recordedDate", row.text("recorded_date"));
  return &out;
}

as_row problem_row(const node& from) {
  const auto* status = coding_in(from.get("clinicalStatus"), clinical);
  const auto* certainty = coding_in(from.get("verificationStatus"), verification);
  if (has_modifiers(from)) return only_fhir("a modifier extension changes what the condition means");
  if (!status) return only_fhir("the problem list needs a clinical status");
  if (certainty && certainty->str("code") != "confirmed")
    return only_fhir("the problem list holds confirmed problems only");
  const auto* categories = from.get("category");
  const bool listed = has_code(categories, kind, "problem-list-item") ||
    has_code(categories, system_of::loinc, problem_list);
  if (categories && !listed) return only_fhir("no item of the problem list");
  const auto* code = from.get("code");
  const auto* icd = coding_in(code, system_of::icd10);
  if (!icd && text_in(code).empty()) return only_fhir("neither an ICD-10 code nor words");
  record row(model::table::patient_problems);
  row.set("patient_id", number_in(from.get("subject"), "Patient"));
  if (!row[sv("patient_id")]) return only_fhir("not of one of the clinic's patients");
  row.set("clinical_status", some(status->str("code")));
  if (icd) row.set("icd10_code", some(icd->str("code")));
  row.set("description", some(text_in(code)));
  row.set("onset_date", day_in(from.str("onsetDateTime")));
  row.set("resolved_date", day_in(from.str("abatementDateTime")));
  if (const auto* resolved = extension_of(from, "resolved-date"))
    row.set("resolved_date", day_in(resolved->str("valueDate")));
  row.set("recorded_date", day_in(from.str("recordedDate")));
  as_row out;
  out.row = std::move(row);
  return out;
}

node* study_resource(maker& m, const record& row, sv id) {
  node& out = *m.resource("ImagingStudy", id);
  const auto uid = row.text("study_instance_uid");
  m.item(out, "identifier", m.identifier(system_of::study, is_study_oid(uid) ? std::string(oid) + uid : uid));
  m.d.add(out, "status", "available");
  m.item(out, "modality", m.coding(system_of::dicom, row.text("modality")));
  m.refer_subject(out, row);
  m.refer(out, "encounter", "Encounter", row, "encounter_id");
  m.time(out, "started", row.text("study_date"));
  m.text(out, "description", row.text("study_description"));
  return &out;
}

as_row study_row(const node& from) {
  if (has_modifiers(from) || from.str("status") != "available")
    return only_fhir("links are to studies that are available");
  record row(model::table::patient_study_links);
  row.set("patient_id", number_in(from.get("subject"), "Patient"));
  if (!row[sv("patient_id")]) return only_fhir("not of one of the clinic's patients");
  auto uid = identifier_in(from.get("identifier"), system_of::study);
  if (!uid) return only_fhir("no DICOM study instance UID");
  if (uid->starts_with(oid)) uid->erase(0, oid.size());
  row.set("study_instance_uid", std::move(uid));
  row.set("encounter_id", number_in(from.get("encounter"), "Encounter"));
  row.set("study_date", day_in(from.str("started"))); // its column is a day; the time of day stays in what
                                                      // was sent
  row.set("study_description", some(from.str("description")));
  const auto* modalities = from.get("modality");
  const auto* modality = modalities && modalities->size == 1 ? modalities->first : nullptr;
  if (modality && modality->str("system") == system_of::dicom)
    row.set("modality", some(modality->str("code")));
  as_row out;
  out.row = std::move(row);
  return out;
}

} // namespace aorta::fhir
