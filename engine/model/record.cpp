#include "engine/model/record.hpp"

#include <array>
#include <cassert>

// Tables, a row a line:
// clang-format off

namespace aorta::model {
namespace {

using sv = std::string_view;

constexpr std::array clinics{sv("clinic_id"), sv("name"), sv("code"), sv("gesy_provider_id"), sv("is_active")};
constexpr std::array users{sv("user_id"), sv("email"), sv("first_name"), sv("last_name"), sv("title"), sv("specialty"), sv("license_number")};
constexpr std::array patients{sv("patient_id"),  sv("clinic_id"),  sv("mrn"),        sv("birth_date"), sv("gender"), sv("status"),
                              sv("gesy_beneficiary_id"), sv("is_deleted"), sv("first_name"), sv("last_name"), sv("middle_name"), sv("cyprus_id"),
                              sv("arc_number"),  sv("phone"),      sv("email"),      sv("address"),    sv("emergency_contact")};
constexpr std::array encounters{sv("encounter_id"),  sv("patient_id"), sv("clinic_id"),  sv("encounter_type"), sv("status"), sv("scheduled_start"),
                                sv("actual_start"),  sv("actual_end"), sv("chief_complaint"), sv("visit_reason_code"), sv("attending_physician_id"),
                                sv("location"),      sv("gesy_referral_id"), sv("diagnoses"), sv("gesy_claim_id"), sv("visit_number"), sv("visit_authority")};
constexpr std::array vitals{sv("vital_id"), sv("encounter_id"), sv("patient_id"), sv("clinic_id"), sv("heart_rate"), sv("systolic_bp"), sv("diastolic_bp"),
                            sv("respiratory_rate"), sv("oxygen_saturation"), sv("temperature"), sv("weight"), sv("height"), sv("bmi"),
                            sv("recorded_at"), sv("recorded_by"), sv("position")};
constexpr std::array notes{sv("note_id"), sv("patient_id"), sv("encounter_id"), sv("clinic_id"), sv("note_type"), sv("title"), sv("current_version"),
                           sv("is_locked"), sv("created_at"), sv("content_text"), sv("content_html"), sv("structured_data"), sv("document_number"),
                           sv("document_authority"), sv("document_type"), sv("document_status"), sv("completion_status"), sv("confidentiality"),
                           sv("availability"), sv("activity_at"), sv("author_id"), sv("author_name"), sv("authenticator_name"), sv("authenticated_at"),
                           sv("placer_order_number"), sv("filler_order_number"), sv("parent_note_id"), sv("parent_relation")};
constexpr std::array appointments{sv("appointment_id"), sv("clinic_id"), sv("patient_id"), sv("provider_id"), sv("start_time"), sv("end_time"),
                                  sv("duration_minutes"), sv("appointment_type"), sv("status"), sv("reason"), sv("location"), sv("cancelled_at"),
                                  sv("cancellation_reason"), sv("placer_appointment_number"), sv("placer_appointment_authority"),
                                  sv("filler_appointment_number"), sv("filler_appointment_authority")};
constexpr std::array studies{sv("id"), sv("study_instance_uid"), sv("patient_id"), sv("encounter_id"), sv("clinic_id"), sv("study_date"),
                             sv("study_description"), sv("modality")};
constexpr std::array prescriptions{sv("id"), sv("patient_id"), sv("encounter_id"), sv("prescriber_id"), sv("clinic_id"), sv("drug_name"), sv("atc_code"),
                                   sv("generic_name"), sv("form"), sv("strength"), sv("dosage"), sv("quantity"), sv("frequency"), sv("frequency_custom"),
                                   sv("route"), sv("duration_days"), sv("start_date"), sv("end_date"), sv("refills_allowed"), sv("status"),
                                   sv("is_chronic"), sv("linked_diagnosis_icd10"), sv("discontinued_at"), sv("created_at")};
constexpr std::array problems{sv("id"), sv("patient_id"), sv("clinic_id"), sv("icd10_code"), sv("description"), sv("clinical_status"), sv("onset_date"),
                              sv("resolved_date"), sv("recorded_date")};
constexpr std::array orders{sv("id"), sv("patient_id"), sv("encounter_id"), sv("clinic_id"), sv("ordering_provider_id"), sv("order_number"),
                            sv("placer_order_number"), sv("filler_order_number"), sv("panel_code"), sv("panel_name"), sv("order_date"), sv("priority"),
                            sv("lab_facility"), sv("lab_facility_code"), sv("status"), sv("collected_at"), sv("resulted_at"),
                            sv("placer_authority")};
constexpr std::array results{
  sv("id"), sv("lab_order_id"), sv("patient_id"), sv("clinic_id"), sv("loinc_code"), sv("test_code"), sv("test_name"), sv("value_text"),
  sv("value_numeric"), sv("unit"), sv("reference_range_low"), sv("reference_range_high"), sv("reference_range_text"), sv("abnormal_flag"),
  sv("critical_value"), sv("result_status"), sv("result_datetime"), sv("performing_lab"), sv("performing_lab_code"), sv("entry_method"),
  sv("source_document_id"), sv("comments"), sv("verified_by"), sv("verified_at"), sv("created_at"), sv("message_id"), sv("placer_order_number"),
  sv("filler_order_number"), sv("sub_id"), sv("version"), sv("value_kind"), sv("value_decimals"), sv("comparator"), sv("value_code"),
  sv("range_low_decimals"), sv("range_high_decimals"), sv("range_low_inclusive"), sv("range_high_inclusive"), sv("result_offset_minutes"),
  sv("result_precision"), sv("reported_at"), sv("collected_at"), sv("observation_status"), sv("needs_review"), sv("sent_code"), sv("sent_code_system"),
  sv("sent_name"), sv("sent_value"), sv("sent_value_type"), sv("sent_unit"), sv("sent_range"), sv("sent_flag"), sv("issued_at"),
  sv("issued_offset_minutes"), sv("issued_precision"), sv("collected_offset_minutes"), sv("collected_precision"), sv("performer"), sv("performer_code"),
  sv("organism"), sv("organism_code"), sv("parent_code"), sv("parent_sub_id"), sv("parent_text"), sv("parent_placer_number"),
  sv("parent_filler_number"), sv("sent_other_code"), sv("sent_other_system"), sv("sent_other_name"),
  sv("report_id"), sv("sent_observer"), sv("sent_method"), sv("sent_device"), sv("specimen_id"), sv("specimen_type"), sv("specimen_site")};
constexpr std::array attachments{sv("id"), sv("result_id"), sv("message_id"), sv("clinic_id"), sv("patient_id"), sv("content_type"), sv("size"),
                                 sv("created_at"), sv("content")};

constexpr std::array reports{sv("id"), sv("patient_id"), sv("clinic_id"), sv("lab_order_id"), sv("placer_order_number"), sv("filler_order_number"),
                             sv("panel_code"), sv("panel_name"), sv("panel_system"), sv("status"), sv("performing_lab"), sv("performing_lab_code"),
                             sv("collected_at"), sv("collected_offset_minutes"), sv("collected_precision"), sv("issued_at"), sv("issued_offset_minutes"),
                             sv("issued_precision"), sv("results"), sv("message_id"), sv("created_at"), sv("updated_at")};

constexpr std::array contents{sv("id"), sv("clinic_id"), sv("content_type"), sv("size"), sv("sha1"), sv("content"), sv("created_at")};

constexpr std::span<const sv> none;
constexpr std::array clinic_numbers{sv("code"), sv("gesy_provider_id")};
constexpr std::array user_numbers{sv("license_number")};
constexpr std::array encounter_numbers{sv("gesy_claim_id"), sv("visit_number")};
constexpr std::array note_numbers{sv("document_number")};
constexpr std::array study_numbers{sv("study_instance_uid")};
constexpr std::array order_numbers{sv("order_number"), sv("placer_order_number"), sv("filler_order_number")};
constexpr std::array prescription_codes{sv("atc_code")};
constexpr std::array problem_codes{sv("icd10_code")};
constexpr std::array order_codes{sv("panel_code")};
constexpr std::array report_numbers{sv("placer_order_number"), sv("filler_order_number")};
constexpr std::array result_codes{sv("loinc_code"), sv("test_code"), sv("sent_code"), sv("sent_other_code")};

constexpr std::array<table_shape, tables> shapes{{
  {table::clinics, "clinics", "clinic_id", clinics, none, clinic_numbers, "", false, true},
  {table::users, "users", "user_id", users, none, user_numbers, "", false, true},
  {table::patients, "patients", "patient_id", patients, none, none, "birth_date", true, true},
  {table::encounters, "encounters", "encounter_id", encounters, none, encounter_numbers, "actual_start", true, true},
  {table::vitals, "vitals", "vital_id", vitals, none, none, "recorded_at", true, true},
  {table::clinical_notes, "clinical_notes", "note_id", notes, none, note_numbers, "created_at", true, true},
  {table::appointments, "appointments", "appointment_id", appointments, none, none, "start_time", true, true},
  {table::patient_study_links, "patient_study_links", "id", studies, none, study_numbers, "study_date", true, true},
  {table::prescriptions, "prescriptions", "id", prescriptions, prescription_codes, none, "start_date", true, false},
  {table::patient_problems, "patient_problems", "id", problems, problem_codes, none, "onset_date", true, true},
  {table::lab_orders, "lab_orders", "id", orders, order_codes, order_numbers, "order_date", true, false},
  {table::lab_results, "lab_results", "id", results, result_codes, none, "result_datetime", true, false},
  {table::lab_result_attachments, "lab_result_attachments", "id", attachments, none, none, "created_at", true, false},
  {table::lab_reports, "lab_reports", "id", reports, order_codes, report_numbers, "collected_at", true, false},
  {table::document_contents, "document_contents", "id", contents, none, none, "", false, false},
}};

} // namespace

const table_shape& shape(table of) noexcept { return shapes[size_t(of)]; }

std::optional<table> table_from(std::string_view name) noexcept {
  for (const auto& each : shapes)
    if (each.name == name) return each.which;
  return std::nullopt;
}

const std::optional<std::string>& record::operator[](std::string_view column) const noexcept {
  static const std::optional<std::string> nothing;
  const auto& columns = shape(of).columns;
  for (size_t i = 0; i < columns.size() && i < cells.size(); ++i)
    if (columns[i] == column) return cells[i];
  return nothing;
}

std::string record::text(std::string_view column) const { return (*this)[column].value_or(""); }

void record::set(std::string_view column, std::optional<std::string> value) {
  const auto& columns = shape(of).columns;
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i] == column) {
      cells[i] = std::move(value);
      return;
    }
  assert(false && "no such column");
}

} // namespace aorta::model
