// The search parameters of our types, from R4's own definitions (hl7.fhir.r4.examples 4.0.1,
// SearchParameter). Left out: those that compare by sound (phonetic), by distance (near), and those of
// extensions and examples.
#include "engine/fhir/path_values.hpp"

#include <array>

// Tables, a row a line:
// clang-format off

namespace aorta::fhir {
namespace {

using enum parameter_type;

// All types have these.
constexpr search_parameter resource[] = {
  {"_id", token, "http://hl7.org/fhir/SearchParameter/Resource-id", "id", ""},
  {"_lastUpdated", date, "http://hl7.org/fhir/SearchParameter/Resource-lastUpdated", "meta.lastUpdated", ""},
};

constexpr search_parameter appointment[] = {
  {"actor", reference, "http://hl7.org/fhir/SearchParameter/Appointment-actor",
   "participant.actor", "Practitioner,Device,Patient,HealthcareService,PractitionerRole,RelatedPerson,Location"},
  {"appointment-type", token, "http://hl7.org/fhir/SearchParameter/Appointment-appointment-type", "appointmentType", ""},
  {"based-on", reference, "http://hl7.org/fhir/SearchParameter/Appointment-based-on", "basedOn", "ServiceRequest"},
  {"date", date, "http://hl7.org/fhir/SearchParameter/Appointment-date", "start", ""},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/Appointment-identifier", "identifier", ""},
  {"location", reference, "http://hl7.org/fhir/SearchParameter/Appointment-location", "participant.actor[Location]", "Location"},
  {"part-status", token, "http://hl7.org/fhir/SearchParameter/Appointment-part-status", "participant.status in http://hl7.org/fhir/participationstatus", ""},
  {"patient", reference, "http://hl7.org/fhir/SearchParameter/Appointment-patient", "participant.actor[Patient]", "Patient"},
  {"practitioner", reference, "http://hl7.org/fhir/SearchParameter/Appointment-practitioner", "participant.actor[Practitioner]", "Practitioner"},
  {"reason-code", token, "http://hl7.org/fhir/SearchParameter/Appointment-reason-code", "reasonCode", ""},
  {"reason-reference", reference, "http://hl7.org/fhir/SearchParameter/Appointment-reason-reference",
   "reasonReference", "Condition,Observation,Procedure,ImmunizationRecommendation"},
  {"service-category", token, "http://hl7.org/fhir/SearchParameter/Appointment-service-category", "serviceCategory", ""},
  {"service-type", token, "http://hl7.org/fhir/SearchParameter/Appointment-service-type", "serviceType", ""},
  {"slot", reference, "http://hl7.org/fhir/SearchParameter/Appointment-slot", "slot", "Slot"},
  {"specialty", token, "http://hl7.org/fhir/SearchParameter/Appointment-specialty", "specialty", ""},
  {"status", token, "http://hl7.org/fhir/SearchParameter/Appointment-status", "status in http://hl7.org/fhir/appointmentstatus", ""},
  {"supporting-info", reference, "http://hl7.org/fhir/SearchParameter/Appointment-supporting-info", "supportingInformation", ""},
};

constexpr search_parameter audit_event[] = {
  {"action", token, "http://hl7.org/fhir/SearchParameter/AuditEvent-action", "action in http://hl7.org/fhir/audit-event-action", ""},
  {"address", string, "http://hl7.org/fhir/SearchParameter/AuditEvent-address", "agent.network.address", ""},
  {"agent", reference, "http://hl7.org/fhir/SearchParameter/AuditEvent-agent",
   "agent.who", "Practitioner,Organization,Device,Patient,PractitionerRole,RelatedPerson"},
  {"agent-name", string, "http://hl7.org/fhir/SearchParameter/AuditEvent-agent-name", "agent.name", ""},
  {"agent-role", token, "http://hl7.org/fhir/SearchParameter/AuditEvent-agent-role", "agent.role", ""},
  {"altid", token, "http://hl7.org/fhir/SearchParameter/AuditEvent-altid", "agent.altId", ""},
  {"date", date, "http://hl7.org/fhir/SearchParameter/AuditEvent-date", "recorded", ""},
  {"entity", reference, "http://hl7.org/fhir/SearchParameter/AuditEvent-entity", "entity.what", ""},
  {"entity-name", string, "http://hl7.org/fhir/SearchParameter/AuditEvent-entity-name", "entity.name", ""},
  {"entity-role", token, "http://hl7.org/fhir/SearchParameter/AuditEvent-entity-role", "entity.role", ""},
  {"entity-type", token, "http://hl7.org/fhir/SearchParameter/AuditEvent-entity-type", "entity.type", ""},
  {"outcome", token, "http://hl7.org/fhir/SearchParameter/AuditEvent-outcome", "outcome in http://hl7.org/fhir/audit-event-outcome", ""},
  {"patient", reference, "http://hl7.org/fhir/SearchParameter/AuditEvent-patient", "agent.who[Patient] | entity.what[Patient]", "Patient"},
  {"policy", uri, "http://hl7.org/fhir/SearchParameter/AuditEvent-policy", "agent.policy", ""},
  {"site", token, "http://hl7.org/fhir/SearchParameter/AuditEvent-site", "source.site", ""},
  {"source", reference, "http://hl7.org/fhir/SearchParameter/AuditEvent-source",
   "source.observer", "Practitioner,Organization,Device,Patient,PractitionerRole,RelatedPerson"},
  {"subtype", token, "http://hl7.org/fhir/SearchParameter/AuditEvent-subtype", "subtype", ""},
  {"type", token, "http://hl7.org/fhir/SearchParameter/AuditEvent-type", "type", ""},
};

constexpr search_parameter condition[] = {
  {"abatement-age", quantity, "http://hl7.org/fhir/SearchParameter/Condition-abatement-age", "abatement.ofType(Age) | abatement.ofType(Range)", ""},
  {"abatement-date", date, "http://hl7.org/fhir/SearchParameter/Condition-abatement-date", "abatement.ofType(dateTime) | abatement.ofType(Period)", ""},
  {"abatement-string", string, "http://hl7.org/fhir/SearchParameter/Condition-abatement-string", "abatement.ofType(string)", ""},
  {"asserter", reference, "http://hl7.org/fhir/SearchParameter/Condition-asserter", "asserter", "Practitioner,Patient,PractitionerRole,RelatedPerson"},
  {"body-site", token, "http://hl7.org/fhir/SearchParameter/Condition-body-site", "bodySite", ""},
  {"category", token, "http://hl7.org/fhir/SearchParameter/Condition-category", "category", ""},
  {"clinical-status", token, "http://hl7.org/fhir/SearchParameter/Condition-clinical-status", "clinicalStatus", ""},
  {"code", token, "http://hl7.org/fhir/SearchParameter/clinical-code", "code", ""},
  {"encounter", reference, "http://hl7.org/fhir/SearchParameter/Condition-encounter", "encounter", "Encounter"},
  {"evidence", token, "http://hl7.org/fhir/SearchParameter/Condition-evidence", "evidence.code", ""},
  {"evidence-detail", reference, "http://hl7.org/fhir/SearchParameter/Condition-evidence-detail", "evidence.detail", ""},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/clinical-identifier", "identifier", ""},
  {"onset-age", quantity, "http://hl7.org/fhir/SearchParameter/Condition-onset-age", "onset.ofType(Age) | onset.ofType(Range)", ""},
  {"onset-date", date, "http://hl7.org/fhir/SearchParameter/Condition-onset-date", "onset.ofType(dateTime) | onset.ofType(Period)", ""},
  {"onset-info", string, "http://hl7.org/fhir/SearchParameter/Condition-onset-info", "onset.ofType(string)", ""},
  {"patient", reference, "http://hl7.org/fhir/SearchParameter/clinical-patient", "subject[Patient]", "Patient"},
  {"recorded-date", date, "http://hl7.org/fhir/SearchParameter/Condition-recorded-date", "recordedDate", ""},
  {"severity", token, "http://hl7.org/fhir/SearchParameter/Condition-severity", "severity", ""},
  {"stage", token, "http://hl7.org/fhir/SearchParameter/Condition-stage", "stage.summary", ""},
  {"subject", reference, "http://hl7.org/fhir/SearchParameter/Condition-subject", "subject", "Group,Patient"},
  {"verification-status", token, "http://hl7.org/fhir/SearchParameter/Condition-verification-status", "verificationStatus", ""},
};

constexpr search_parameter diagnostic_report[] = {
  {"based-on", reference, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-based-on",
   "basedOn", "CarePlan,MedicationRequest,NutritionOrder,ServiceRequest,ImmunizationRecommendation"},
  {"category", token, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-category", "category", ""},
  {"code", token, "http://hl7.org/fhir/SearchParameter/clinical-code", "code", ""},
  {"conclusion", token, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-conclusion", "conclusionCode", ""},
  {"date", date, "http://hl7.org/fhir/SearchParameter/clinical-date", "effective[x]", ""},
  {"encounter", reference, "http://hl7.org/fhir/SearchParameter/clinical-encounter", "encounter", "Encounter,EpisodeOfCare"},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/clinical-identifier", "identifier", ""},
  {"issued", date, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-issued", "issued", ""},
  {"media", reference, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-media", "media.link", "Media"},
  {"patient", reference, "http://hl7.org/fhir/SearchParameter/clinical-patient", "subject[Patient]", "Patient"},
  {"performer", reference, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-performer",
   "performer", "Practitioner,Organization,CareTeam,PractitionerRole"},
  {"result", reference, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-result", "result", "Observation"},
  {"results-interpreter", reference, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-results-interpreter",
   "resultsInterpreter", "Practitioner,Organization,CareTeam,PractitionerRole"},
  {"specimen", reference, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-specimen", "specimen", "Specimen"},
  {"status", token, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-status", "status in http://hl7.org/fhir/diagnostic-report-status", ""},
  {"subject", reference, "http://hl7.org/fhir/SearchParameter/DiagnosticReport-subject", "subject", "Group,Device,Patient,Location"},
};

constexpr search_parameter document_reference[] = {
  {"authenticator", reference, "http://hl7.org/fhir/SearchParameter/DocumentReference-authenticator",
   "authenticator", "Practitioner,Organization,PractitionerRole"},
  {"author", reference, "http://hl7.org/fhir/SearchParameter/DocumentReference-author",
   "author", "Practitioner,Organization,Device,Patient,PractitionerRole,RelatedPerson"},
  {"category", token, "http://hl7.org/fhir/SearchParameter/DocumentReference-category", "category", ""},
  {"contenttype", token, "http://hl7.org/fhir/SearchParameter/DocumentReference-contenttype", "content.attachment.contentType in urn:ietf:bcp:13", ""},
  {"custodian", reference, "http://hl7.org/fhir/SearchParameter/DocumentReference-custodian", "custodian", "Organization"},
  {"date", date, "http://hl7.org/fhir/SearchParameter/DocumentReference-date", "date", ""},
  {"description", string, "http://hl7.org/fhir/SearchParameter/DocumentReference-description", "description", ""},
  {"encounter", reference, "http://hl7.org/fhir/SearchParameter/clinical-encounter", "context.encounter", "Encounter,EpisodeOfCare"},
  {"event", token, "http://hl7.org/fhir/SearchParameter/DocumentReference-event", "context.event", ""},
  {"facility", token, "http://hl7.org/fhir/SearchParameter/DocumentReference-facility", "context.facilityType", ""},
  {"format", token, "http://hl7.org/fhir/SearchParameter/DocumentReference-format", "content.format", ""},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/clinical-identifier", "masterIdentifier | identifier", ""},
  {"language", token, "http://hl7.org/fhir/SearchParameter/DocumentReference-language", "content.attachment.language in urn:ietf:bcp:47", ""},
  {"location", uri, "http://hl7.org/fhir/SearchParameter/DocumentReference-location", "content.attachment.url", ""},
  {"patient", reference, "http://hl7.org/fhir/SearchParameter/clinical-patient", "subject[Patient]", "Patient"},
  {"period", date, "http://hl7.org/fhir/SearchParameter/DocumentReference-period", "context.period", ""},
  {"related", reference, "http://hl7.org/fhir/SearchParameter/DocumentReference-related", "context.related", ""},
  {"relatesto", reference, "http://hl7.org/fhir/SearchParameter/DocumentReference-relatesto", "relatesTo.target", "DocumentReference"},
  {"relation", token, "http://hl7.org/fhir/SearchParameter/DocumentReference-relation", "relatesTo.code in http://hl7.org/fhir/document-relationship-type", ""},
  {"security-label", token, "http://hl7.org/fhir/SearchParameter/DocumentReference-security-label", "securityLabel", ""},
  {"setting", token, "http://hl7.org/fhir/SearchParameter/DocumentReference-setting", "context.practiceSetting", ""},
  {"status", token, "http://hl7.org/fhir/SearchParameter/DocumentReference-status", "status in http://hl7.org/fhir/document-reference-status", ""},
  {"subject", reference, "http://hl7.org/fhir/SearchParameter/DocumentReference-subject", "subject", "Practitioner,Group,Device,Patient"},
  {"type", token, "http://hl7.org/fhir/SearchParameter/clinical-type", "type", ""},
};

constexpr search_parameter encounter[] = {
  {"account", reference, "http://hl7.org/fhir/SearchParameter/Encounter-account", "account", "Account"},
  {"appointment", reference, "http://hl7.org/fhir/SearchParameter/Encounter-appointment", "appointment", "Appointment"},
  {"based-on", reference, "http://hl7.org/fhir/SearchParameter/Encounter-based-on", "basedOn", "ServiceRequest"},
  {"class", token, "http://hl7.org/fhir/SearchParameter/Encounter-class", "class", ""},
  {"date", date, "http://hl7.org/fhir/SearchParameter/clinical-date", "period", ""},
  {"diagnosis", reference, "http://hl7.org/fhir/SearchParameter/Encounter-diagnosis", "diagnosis.condition", "Condition,Procedure"},
  {"episode-of-care", reference, "http://hl7.org/fhir/SearchParameter/Encounter-episode-of-care", "episodeOfCare", "EpisodeOfCare"},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/clinical-identifier", "identifier", ""},
  {"length", quantity, "http://hl7.org/fhir/SearchParameter/Encounter-length", "length", ""},
  {"location", reference, "http://hl7.org/fhir/SearchParameter/Encounter-location", "location.location", "Location"},
  {"location-period", date, "http://hl7.org/fhir/SearchParameter/Encounter-location-period", "location.period", ""},
  {"part-of", reference, "http://hl7.org/fhir/SearchParameter/Encounter-part-of", "partOf", "Encounter"},
  {"participant", reference, "http://hl7.org/fhir/SearchParameter/Encounter-participant",
   "participant.individual", "Practitioner,PractitionerRole,RelatedPerson"},
  {"participant-type", token, "http://hl7.org/fhir/SearchParameter/Encounter-participant-type", "participant.type", ""},
  {"patient", reference, "http://hl7.org/fhir/SearchParameter/clinical-patient", "subject[Patient]", "Patient"},
  {"practitioner", reference, "http://hl7.org/fhir/SearchParameter/Encounter-practitioner", "participant.individual[Practitioner]", "Practitioner"},
  {"reason-code", token, "http://hl7.org/fhir/SearchParameter/Encounter-reason-code", "reasonCode", ""},
  {"reason-reference", reference, "http://hl7.org/fhir/SearchParameter/Encounter-reason-reference",
   "reasonReference", "Condition,Observation,Procedure,ImmunizationRecommendation"},
  {"service-provider", reference, "http://hl7.org/fhir/SearchParameter/Encounter-service-provider", "serviceProvider", "Organization"},
  {"special-arrangement", token, "http://hl7.org/fhir/SearchParameter/Encounter-special-arrangement", "hospitalization.specialArrangement", ""},
  {"status", token, "http://hl7.org/fhir/SearchParameter/Encounter-status", "status in http://hl7.org/fhir/encounter-status", ""},
  {"subject", reference, "http://hl7.org/fhir/SearchParameter/Encounter-subject", "subject", "Group,Patient"},
  {"type", token, "http://hl7.org/fhir/SearchParameter/clinical-type", "type", ""},
};

constexpr search_parameter imaging_study[] = {
  {"basedon", reference, "http://hl7.org/fhir/SearchParameter/ImagingStudy-basedon", "basedOn", "Appointment,AppointmentResponse,CarePlan,Task,ServiceRequest"},
  {"bodysite", token, "http://hl7.org/fhir/SearchParameter/ImagingStudy-bodysite", "series.bodySite", ""},
  {"dicom-class", token, "http://hl7.org/fhir/SearchParameter/ImagingStudy-dicom-class", "series.instance.sopClass", ""},
  {"encounter", reference, "http://hl7.org/fhir/SearchParameter/ImagingStudy-encounter", "encounter", "Encounter"},
  {"endpoint", reference, "http://hl7.org/fhir/SearchParameter/ImagingStudy-endpoint", "endpoint | series.endpoint", "Endpoint"},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/clinical-identifier", "identifier", ""},
  {"instance", token, "http://hl7.org/fhir/SearchParameter/ImagingStudy-instance", "series.instance.uid", ""},
  {"interpreter", reference, "http://hl7.org/fhir/SearchParameter/ImagingStudy-interpreter", "interpreter", "Practitioner,PractitionerRole"},
  {"modality", token, "http://hl7.org/fhir/SearchParameter/ImagingStudy-modality", "series.modality", ""},
  {"patient", reference, "http://hl7.org/fhir/SearchParameter/clinical-patient", "subject[Patient]", "Patient"},
  {"performer", reference, "http://hl7.org/fhir/SearchParameter/ImagingStudy-performer",
   "series.performer.actor", "Practitioner,Organization,CareTeam,Device,Patient,PractitionerRole,RelatedPerson"},
  {"reason", token, "http://hl7.org/fhir/SearchParameter/ImagingStudy-reason", "reasonCode", ""},
  {"referrer", reference, "http://hl7.org/fhir/SearchParameter/ImagingStudy-referrer", "referrer", "Practitioner,PractitionerRole"},
  {"series", token, "http://hl7.org/fhir/SearchParameter/ImagingStudy-series", "series.uid", ""},
  {"started", date, "http://hl7.org/fhir/SearchParameter/ImagingStudy-started", "started", ""},
  {"status", token, "http://hl7.org/fhir/SearchParameter/ImagingStudy-status", "status in http://hl7.org/fhir/imagingstudy-status", ""},
  {"subject", reference, "http://hl7.org/fhir/SearchParameter/ImagingStudy-subject", "subject", "Group,Device,Patient"},
};

constexpr search_parameter location[] = {
  {"address", string, "http://hl7.org/fhir/SearchParameter/Location-address", "address", ""},
  {"address-city", string, "http://hl7.org/fhir/SearchParameter/Location-address-city", "address.city", ""},
  {"address-country", string, "http://hl7.org/fhir/SearchParameter/Location-address-country", "address.country", ""},
  {"address-postalcode", string, "http://hl7.org/fhir/SearchParameter/Location-address-postalcode", "address.postalCode", ""},
  {"address-state", string, "http://hl7.org/fhir/SearchParameter/Location-address-state", "address.state", ""},
  {"address-use", token, "http://hl7.org/fhir/SearchParameter/Location-address-use", "address.use in http://hl7.org/fhir/address-use", ""},
  {"endpoint", reference, "http://hl7.org/fhir/SearchParameter/Location-endpoint", "endpoint", "Endpoint"},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/Location-identifier", "identifier", ""},
  {"name", string, "http://hl7.org/fhir/SearchParameter/Location-name", "name | alias", ""},
  {"operational-status", token, "http://hl7.org/fhir/SearchParameter/Location-operational-status", "operationalStatus", ""},
  {"organization", reference, "http://hl7.org/fhir/SearchParameter/Location-organization", "managingOrganization", "Organization"},
  {"partof", reference, "http://hl7.org/fhir/SearchParameter/Location-partof", "partOf", "Location"},
  {"status", token, "http://hl7.org/fhir/SearchParameter/Location-status", "status in http://hl7.org/fhir/location-status", ""},
  {"type", token, "http://hl7.org/fhir/SearchParameter/Location-type", "type", ""},
};

constexpr search_parameter medication_request[] = {
  {"authoredon", date, "http://hl7.org/fhir/SearchParameter/MedicationRequest-authoredon", "authoredOn", ""},
  {"category", token, "http://hl7.org/fhir/SearchParameter/MedicationRequest-category", "category", ""},
  {"code", token, "http://hl7.org/fhir/SearchParameter/clinical-code", "medication.ofType(CodeableConcept)", ""},
  {"date", date, "http://hl7.org/fhir/SearchParameter/medications-date", "dosageInstruction.timing.event", ""},
  {"encounter", reference, "http://hl7.org/fhir/SearchParameter/medications-encounter", "encounter", "Encounter"},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/clinical-identifier", "identifier", ""},
  {"intended-dispenser", reference, "http://hl7.org/fhir/SearchParameter/MedicationRequest-intended-dispenser", "dispenseRequest.performer", "Organization"},
  {"intended-performer", reference, "http://hl7.org/fhir/SearchParameter/MedicationRequest-intended-performer",
   "performer", "Practitioner,Organization,CareTeam,Device,Patient,PractitionerRole,RelatedPerson"},
  {"intended-performertype", token, "http://hl7.org/fhir/SearchParameter/MedicationRequest-intended-performertype", "performerType", ""},
  {"intent", token, "http://hl7.org/fhir/SearchParameter/MedicationRequest-intent", "intent in http://hl7.org/fhir/CodeSystem/medicationrequest-intent", ""},
  {"medication", reference, "http://hl7.org/fhir/SearchParameter/medications-medication", "medication.ofType(Reference)", "Medication"},
  {"patient", reference, "http://hl7.org/fhir/SearchParameter/clinical-patient", "subject[Patient]", "Patient"},
  {"priority", token, "http://hl7.org/fhir/SearchParameter/MedicationRequest-priority", "priority in http://hl7.org/fhir/request-priority", ""},
  {"requester", reference, "http://hl7.org/fhir/SearchParameter/MedicationRequest-requester",
   "requester", "Practitioner,Organization,Device,Patient,PractitionerRole,RelatedPerson"},
  {"status", token, "http://hl7.org/fhir/SearchParameter/medications-status", "status in http://hl7.org/fhir/CodeSystem/medicationrequest-status", ""},
  {"subject", reference, "http://hl7.org/fhir/SearchParameter/MedicationRequest-subject", "subject", "Group,Patient"},
};

constexpr search_parameter observation[] = {
  {"based-on", reference, "http://hl7.org/fhir/SearchParameter/Observation-based-on",
   "basedOn", "CarePlan,MedicationRequest,NutritionOrder,DeviceRequest,ServiceRequest,ImmunizationRecommendation"},
  {"category", token, "http://hl7.org/fhir/SearchParameter/Observation-category", "category", ""},
  {"code", token, "http://hl7.org/fhir/SearchParameter/clinical-code", "code", ""},
  {"code-value-concept", composite, "http://hl7.org/fhir/SearchParameter/Observation-code-value-concept",
   "$this > token:code $ token:value.ofType(CodeableConcept)", ""},
  {"code-value-date", composite, "http://hl7.org/fhir/SearchParameter/Observation-code-value-date",
   "$this > token:code $ date:value.ofType(dateTime)|value.ofType(Period)", ""},
  {"code-value-quantity", composite, "http://hl7.org/fhir/SearchParameter/Observation-code-value-quantity",
   "$this > token:code $ quantity:value.ofType(Quantity)", ""},
  {"code-value-string", composite, "http://hl7.org/fhir/SearchParameter/Observation-code-value-string", "$this > token:code $ string:value.ofType(string)", ""},
  {"combo-code", token, "http://hl7.org/fhir/SearchParameter/Observation-combo-code", "code | component.code", ""},
  {"combo-code-value-concept", composite, "http://hl7.org/fhir/SearchParameter/Observation-combo-code-value-concept",
   "$this|component > token:code $ token:value.ofType(CodeableConcept)", ""},
  {"combo-code-value-quantity", composite, "http://hl7.org/fhir/SearchParameter/Observation-combo-code-value-quantity",
   "$this|component > token:code $ quantity:value.ofType(Quantity)", ""},
  {"combo-data-absent-reason", token, "http://hl7.org/fhir/SearchParameter/Observation-combo-data-absent-reason",
   "dataAbsentReason | component.dataAbsentReason", ""},
  {"combo-value-concept", token, "http://hl7.org/fhir/SearchParameter/Observation-combo-value-concept",
   "value.ofType(CodeableConcept) | component.value.ofType(CodeableConcept)", ""},
  {"combo-value-quantity", quantity, "http://hl7.org/fhir/SearchParameter/Observation-combo-value-quantity",
   "value.ofType(Quantity) | component.value.ofType(Quantity)", ""},
  {"component-code", token, "http://hl7.org/fhir/SearchParameter/Observation-component-code", "component.code", ""},
  {"component-code-value-concept", composite, "http://hl7.org/fhir/SearchParameter/Observation-component-code-value-concept",
   "component > token:code $ token:value.ofType(CodeableConcept)", ""},
  {"component-code-value-quantity", composite, "http://hl7.org/fhir/SearchParameter/Observation-component-code-value-quantity",
   "component > token:code $ quantity:value.ofType(Quantity)", ""},
  {"component-data-absent-reason", token, "http://hl7.org/fhir/SearchParameter/Observation-component-data-absent-reason", "component.dataAbsentReason", ""},
  {"component-value-concept", token, "http://hl7.org/fhir/SearchParameter/Observation-component-value-concept", "component.value.ofType(CodeableConcept)", ""},
  {"component-value-quantity", quantity, "http://hl7.org/fhir/SearchParameter/Observation-component-value-quantity", "component.value.ofType(Quantity)", ""},
  {"data-absent-reason", token, "http://hl7.org/fhir/SearchParameter/Observation-data-absent-reason", "dataAbsentReason", ""},
  {"date", date, "http://hl7.org/fhir/SearchParameter/clinical-date", "effective[x]", ""},
  {"derived-from", reference, "http://hl7.org/fhir/SearchParameter/Observation-derived-from",
   "derivedFrom", "Media,Observation,ImagingStudy,MolecularSequence,QuestionnaireResponse,DocumentReference"},
  {"device", reference, "http://hl7.org/fhir/SearchParameter/Observation-device", "device", "Device,DeviceMetric"},
  {"encounter", reference, "http://hl7.org/fhir/SearchParameter/clinical-encounter", "encounter", "Encounter,EpisodeOfCare"},
  {"focus", reference, "http://hl7.org/fhir/SearchParameter/Observation-focus", "focus", ""},
  {"has-member", reference, "http://hl7.org/fhir/SearchParameter/Observation-has-member", "hasMember", "Observation,MolecularSequence,QuestionnaireResponse"},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/clinical-identifier", "identifier", ""},
  {"method", token, "http://hl7.org/fhir/SearchParameter/Observation-method", "method", ""},
  {"part-of", reference, "http://hl7.org/fhir/SearchParameter/Observation-part-of",
   "partOf", "Immunization,MedicationDispense,MedicationAdministration,Procedure,ImagingStudy,MedicationStatement"},
  {"patient", reference, "http://hl7.org/fhir/SearchParameter/clinical-patient", "subject[Patient]", "Patient"},
  {"performer", reference, "http://hl7.org/fhir/SearchParameter/Observation-performer",
   "performer", "Practitioner,Organization,CareTeam,Patient,PractitionerRole,RelatedPerson"},
  {"specimen", reference, "http://hl7.org/fhir/SearchParameter/Observation-specimen", "specimen", "Specimen"},
  {"status", token, "http://hl7.org/fhir/SearchParameter/Observation-status", "status in http://hl7.org/fhir/observation-status", ""},
  {"subject", reference, "http://hl7.org/fhir/SearchParameter/Observation-subject", "subject", "Group,Device,Patient,Location"},
  {"value-concept", token, "http://hl7.org/fhir/SearchParameter/Observation-value-concept", "value.ofType(CodeableConcept)", ""},
  {"value-date", date, "http://hl7.org/fhir/SearchParameter/Observation-value-date", "value.ofType(dateTime) | value.ofType(Period)", ""},
  {"value-quantity", quantity, "http://hl7.org/fhir/SearchParameter/Observation-value-quantity", "value.ofType(Quantity)", ""},
  {"value-string", string, "http://hl7.org/fhir/SearchParameter/Observation-value-string", "value.ofType(string) | value.ofType(CodeableConcept).text", ""},
};

constexpr search_parameter organization[] = {
  {"active", token, "http://hl7.org/fhir/SearchParameter/Organization-active", "active", ""},
  {"address", string, "http://hl7.org/fhir/SearchParameter/Organization-address", "address", ""},
  {"address-city", string, "http://hl7.org/fhir/SearchParameter/Organization-address-city", "address.city", ""},
  {"address-country", string, "http://hl7.org/fhir/SearchParameter/Organization-address-country", "address.country", ""},
  {"address-postalcode", string, "http://hl7.org/fhir/SearchParameter/Organization-address-postalcode", "address.postalCode", ""},
  {"address-state", string, "http://hl7.org/fhir/SearchParameter/Organization-address-state", "address.state", ""},
  {"address-use", token, "http://hl7.org/fhir/SearchParameter/Organization-address-use", "address.use in http://hl7.org/fhir/address-use", ""},
  {"endpoint", reference, "http://hl7.org/fhir/SearchParameter/Organization-endpoint", "endpoint", "Endpoint"},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/Organization-identifier", "identifier", ""},
  {"name", string, "http://hl7.org/fhir/SearchParameter/Organization-name", "name | alias", ""},
  {"partof", reference, "http://hl7.org/fhir/SearchParameter/Organization-partof", "partOf", "Organization"},
  {"type", token, "http://hl7.org/fhir/SearchParameter/Organization-type", "type", ""},
};

constexpr search_parameter patient[] = {
  {"active", token, "http://hl7.org/fhir/SearchParameter/Patient-active", "active", ""},
  {"address", string, "http://hl7.org/fhir/SearchParameter/individual-address", "address", ""},
  {"address-city", string, "http://hl7.org/fhir/SearchParameter/individual-address-city", "address.city", ""},
  {"address-country", string, "http://hl7.org/fhir/SearchParameter/individual-address-country", "address.country", ""},
  {"address-postalcode", string, "http://hl7.org/fhir/SearchParameter/individual-address-postalcode", "address.postalCode", ""},
  {"address-state", string, "http://hl7.org/fhir/SearchParameter/individual-address-state", "address.state", ""},
  {"address-use", token, "http://hl7.org/fhir/SearchParameter/individual-address-use", "address.use in http://hl7.org/fhir/address-use", ""},
  {"birthdate", date, "http://hl7.org/fhir/SearchParameter/individual-birthdate", "birthDate", ""},
  {"death-date", date, "http://hl7.org/fhir/SearchParameter/Patient-death-date", "deceased.ofType(dateTime)", ""},
  {"deceased", token, "http://hl7.org/fhir/SearchParameter/Patient-deceased", "exists(deceased[x])", ""},
  {"email", token, "http://hl7.org/fhir/SearchParameter/individual-email", "telecom[system=email]", ""},
  {"family", string, "http://hl7.org/fhir/SearchParameter/individual-family", "name.family", ""},
  {"gender", token, "http://hl7.org/fhir/SearchParameter/individual-gender", "gender in http://hl7.org/fhir/administrative-gender", ""},
  {"general-practitioner", reference, "http://hl7.org/fhir/SearchParameter/Patient-general-practitioner",
   "generalPractitioner", "Practitioner,Organization,PractitionerRole"},
  {"given", string, "http://hl7.org/fhir/SearchParameter/individual-given", "name.given", ""},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/Patient-identifier", "identifier", ""},
  {"language", token, "http://hl7.org/fhir/SearchParameter/Patient-language", "communication.language", ""},
  {"link", reference, "http://hl7.org/fhir/SearchParameter/Patient-link", "link.other", "Patient,RelatedPerson"},
  {"name", string, "http://hl7.org/fhir/SearchParameter/Patient-name", "name", ""},
  {"organization", reference, "http://hl7.org/fhir/SearchParameter/Patient-organization", "managingOrganization", "Organization"},
  {"phone", token, "http://hl7.org/fhir/SearchParameter/individual-phone", "telecom[system=phone]", ""},
  {"telecom", token, "http://hl7.org/fhir/SearchParameter/individual-telecom", "telecom", ""},
};

constexpr search_parameter practitioner[] = {
  {"active", token, "http://hl7.org/fhir/SearchParameter/Practitioner-active", "active", ""},
  {"address", string, "http://hl7.org/fhir/SearchParameter/individual-address", "address", ""},
  {"address-city", string, "http://hl7.org/fhir/SearchParameter/individual-address-city", "address.city", ""},
  {"address-country", string, "http://hl7.org/fhir/SearchParameter/individual-address-country", "address.country", ""},
  {"address-postalcode", string, "http://hl7.org/fhir/SearchParameter/individual-address-postalcode", "address.postalCode", ""},
  {"address-state", string, "http://hl7.org/fhir/SearchParameter/individual-address-state", "address.state", ""},
  {"address-use", token, "http://hl7.org/fhir/SearchParameter/individual-address-use", "address.use in http://hl7.org/fhir/address-use", ""},
  {"communication", token, "http://hl7.org/fhir/SearchParameter/Practitioner-communication", "communication", ""},
  {"email", token, "http://hl7.org/fhir/SearchParameter/individual-email", "telecom[system=email]", ""},
  {"family", string, "http://hl7.org/fhir/SearchParameter/individual-family", "name.family", ""},
  {"gender", token, "http://hl7.org/fhir/SearchParameter/individual-gender", "gender in http://hl7.org/fhir/administrative-gender", ""},
  {"given", string, "http://hl7.org/fhir/SearchParameter/individual-given", "name.given", ""},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/Practitioner-identifier", "identifier", ""},
  {"name", string, "http://hl7.org/fhir/SearchParameter/Practitioner-name", "name", ""},
  {"phone", token, "http://hl7.org/fhir/SearchParameter/individual-phone", "telecom[system=phone]", ""},
  {"telecom", token, "http://hl7.org/fhir/SearchParameter/individual-telecom", "telecom", ""},
};

constexpr search_parameter service_request[] = {
  {"authored", date, "http://hl7.org/fhir/SearchParameter/ServiceRequest-authored", "authoredOn", ""},
  {"based-on", reference, "http://hl7.org/fhir/SearchParameter/ServiceRequest-based-on", "basedOn", "CarePlan,MedicationRequest,ServiceRequest"},
  {"body-site", token, "http://hl7.org/fhir/SearchParameter/ServiceRequest-body-site", "bodySite", ""},
  {"category", token, "http://hl7.org/fhir/SearchParameter/ServiceRequest-category", "category", ""},
  {"code", token, "http://hl7.org/fhir/SearchParameter/clinical-code", "code", ""},
  {"encounter", reference, "http://hl7.org/fhir/SearchParameter/clinical-encounter", "encounter", "Encounter,EpisodeOfCare"},
  {"identifier", token, "http://hl7.org/fhir/SearchParameter/clinical-identifier", "identifier", ""},
  {"instantiates-canonical", reference, "http://hl7.org/fhir/SearchParameter/ServiceRequest-instantiates-canonical",
   "instantiatesCanonical", "PlanDefinition,ActivityDefinition"},
  {"instantiates-uri", uri, "http://hl7.org/fhir/SearchParameter/ServiceRequest-instantiates-uri", "instantiatesUri", ""},
  {"intent", token, "http://hl7.org/fhir/SearchParameter/ServiceRequest-intent", "intent in http://hl7.org/fhir/request-intent", ""},
  {"occurrence", date, "http://hl7.org/fhir/SearchParameter/ServiceRequest-occurrence", "occurrence[x]", ""},
  {"patient", reference, "http://hl7.org/fhir/SearchParameter/clinical-patient", "subject[Patient]", "Patient"},
  {"performer", reference, "http://hl7.org/fhir/SearchParameter/ServiceRequest-performer",
   "performer", "Practitioner,Organization,CareTeam,Device,Patient,HealthcareService,PractitionerRole,RelatedPerson"},
  {"performer-type", token, "http://hl7.org/fhir/SearchParameter/ServiceRequest-performer-type", "performerType", ""},
  {"priority", token, "http://hl7.org/fhir/SearchParameter/ServiceRequest-priority", "priority in http://hl7.org/fhir/request-priority", ""},
  {"replaces", reference, "http://hl7.org/fhir/SearchParameter/ServiceRequest-replaces", "replaces", "ServiceRequest"},
  {"requester", reference, "http://hl7.org/fhir/SearchParameter/ServiceRequest-requester",
   "requester", "Practitioner,Organization,Device,Patient,PractitionerRole,RelatedPerson"},
  {"requisition", token, "http://hl7.org/fhir/SearchParameter/ServiceRequest-requisition", "requisition", ""},
  {"specimen", reference, "http://hl7.org/fhir/SearchParameter/ServiceRequest-specimen", "specimen", "Specimen"},
  {"status", token, "http://hl7.org/fhir/SearchParameter/ServiceRequest-status", "status in http://hl7.org/fhir/request-status", ""},
  {"subject", reference, "http://hl7.org/fhir/SearchParameter/ServiceRequest-subject", "subject", "Group,Device,Patient,Location"},
};

struct type_parameters {
  std::string_view type;
  std::span<const search_parameter> all;
};
constexpr type_parameters types[] = {
  {"Appointment", appointment},
  {"AuditEvent", audit_event},
  {"Condition", condition},
  {"DiagnosticReport", diagnostic_report},
  {"DocumentReference", document_reference},
  {"Encounter", encounter},
  {"ImagingStudy", imaging_study},
  {"Location", location},
  {"MedicationRequest", medication_request},
  {"Observation", observation},
  {"Organization", organization},
  {"Patient", patient},
  {"Practitioner", practitioner},
  {"ServiceRequest", service_request},
};

constexpr std::string_view type_names[] = {
  "Appointment", "AuditEvent", "Condition", "DiagnosticReport", "DocumentReference", "Encounter", "ImagingStudy", "Location", 
  "MedicationRequest", "Observation", "Organization", "Patient", "Practitioner", "ServiceRequest",
};

const search_parameter* named(std::span<const search_parameter> all, std::string_view name) noexcept {
  for (const auto& each : all)
    if (each.name == name) return &each;
  return nullptr;
}

} // namespace

std::string_view name(parameter_type type) noexcept {
  constexpr std::array<std::string_view, 9> names{"number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"};
  return names[size_t(type)];
}

std::span<const std::string_view> searched_types() noexcept { return type_names; }

std::span<const search_parameter> parameters_of(std::string_view type) noexcept {
  for (const auto& each : types)
    if (each.type == type) return each.all;
  return {};
}

const search_parameter* find_parameter(std::string_view type, std::string_view name) noexcept {
  if (const auto* common = named(resource, name)) return common;
  return named(parameters_of(type), name);
}

} // namespace aorta::fhir
