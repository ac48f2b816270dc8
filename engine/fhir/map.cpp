#include "engine/fhir/map.hpp"

#include "engine/fhir/map_parts.hpp"

namespace aorta::fhir {
using model::table;

node* to_resource(document& into, std::string_view type, const model::record& row, std::string_view part,
                  const beside& with, const identifier_systems& systems) {
  maker m(into, systems);
  const auto id = row.key().empty() ? std::string()
                                    : resource_id(type, {row.of, row.key(), std::string(part)});
  switch (row.of) {
    case table::patients: return patient_resource(m, row, id);
    case table::vitals: return vital_resource(m, row, id, part);
    case table::lab_results: return result_resource(m, row, id, with);
    case table::prescriptions: return prescription_resource(m, row, id);
    case table::patient_problems: return problem_resource(m, row, id);
    case table::encounters: return encounter_resource(m, row, id);
    case table::appointments: return appointment_resource(m, row, id);
    case table::lab_orders:
      return type == "ServiceRequest" ? order_request(m, row, id) : order_report(m, row, id, with);
    case table::lab_reports: return laboratory_report(m, row, id, with);
    case table::patient_study_links:
      return type == "ImagingStudy" ? study_resource(m, row, id) : study_report(m, row, id);
    case table::clinical_notes: return note_resource(m, row, id, with);
    case table::lab_result_attachments: return attachment_resource(m, row, id);
    case table::users: return practitioner_resource(m, row, id);
    case table::clinics: return clinic_resource(m, row, id);
    case table::document_contents: break; // told in its document
  }
  return nullptr;
}

as_row to_row(const node& resource, const identifier_systems& systems) {
  const auto type = resource.str("resourceType");
  if (type == "Patient") return patient_row(resource, systems);
  if (type == "Observation") {
    const auto part = vital_part(resource);
    return part.empty() ? result_row(resource, systems) : vital_row(resource, part);
  }
  if (type == "MedicationRequest") return prescription_row(resource);
  if (type == "Condition") return problem_row(resource);
  if (type == "Encounter") return encounter_row(resource);
  if (type == "Appointment") return appointment_row(resource);
  if (type == "ServiceRequest") return order_row(resource, systems);
  if (type == "ImagingStudy") return study_row(resource);
  if (type == "DocumentReference")
    return only_fhir("notes are written and locked in the clinic's own system");
  if (type == "DiagnosticReport")
    return only_fhir("reports follow from orders and studies; they have no table");
  if (type == "Practitioner" || type == "Organization")
    return only_fhir("users and clinics are managed in the clinic's own system");
  return only_fhir("no table for this type");
}

} // namespace aorta::fhir
