// Which rows serve which resources, under which ids.
#include "engine/base/ids.hpp"
#include "engine/fhir/map_parts.hpp"
#include "engine/fhir/search.hpp"
#include "engine/fhir/withdraw.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aorta::fhir {
namespace {

using model::table;

/// Those with rows of the clinic first, then what FHIR alone keeps. Not among them: AuditEvent, which is read
/// from the audit; Bundle, whose entries are what counts; OperationOutcome and Parameters, which are never
/// kept; Subscription, which nobody here would obey.
constexpr std::array our_types{sv("Patient"),
                               sv("Observation"),
                               sv("MedicationRequest"),
                               sv("Condition"),
                               sv("Encounter"),
                               sv("Appointment"),
                               sv("DiagnosticReport"),
                               sv("DocumentReference"),
                               sv("ImagingStudy"),
                               sv("ServiceRequest"),
                               sv("Practitioner"),
                               sv("Organization"),
                               sv("Location"),
                               sv("Account"),
                               sv("ActivityDefinition"),
                               sv("AdverseEvent"),
                               sv("AllergyIntolerance"),
                               sv("AppointmentResponse"),
                               sv("Basic"),
                               sv("Binary"),
                               sv("BiologicallyDerivedProduct"),
                               sv("BodyStructure"),
                               sv("CapabilityStatement"),
                               sv("CarePlan"),
                               sv("CareTeam"),
                               sv("CatalogEntry"),
                               sv("ChargeItem"),
                               sv("ChargeItemDefinition"),
                               sv("Claim"),
                               sv("ClaimResponse"),
                               sv("ClinicalImpression"),
                               sv("CodeSystem"),
                               sv("Communication"),
                               sv("CommunicationRequest"),
                               sv("CompartmentDefinition"),
                               sv("Composition"),
                               sv("ConceptMap"),
                               sv("Consent"),
                               sv("Contract"),
                               sv("Coverage"),
                               sv("CoverageEligibilityRequest"),
                               sv("CoverageEligibilityResponse"),
                               sv("DetectedIssue"),
                               sv("Device"),
                               sv("DeviceDefinition"),
                               sv("DeviceMetric"),
                               sv("DeviceRequest"),
                               sv("DeviceUseStatement"),
                               sv("DocumentManifest"),
                               sv("EffectEvidenceSynthesis"),
                               sv("Endpoint"),
                               sv("EnrollmentRequest"),
                               sv("EnrollmentResponse"),
                               sv("EpisodeOfCare"),
                               sv("EventDefinition"),
                               sv("Evidence"),
                               sv("EvidenceVariable"),
                               sv("ExampleScenario"),
                               sv("ExplanationOfBenefit"),
                               sv("FamilyMemberHistory"),
                               sv("Flag"),
                               sv("Goal"),
                               sv("GraphDefinition"),
                               sv("Group"),
                               sv("GuidanceResponse"),
                               sv("HealthcareService"),
                               sv("Immunization"),
                               sv("ImmunizationEvaluation"),
                               sv("ImmunizationRecommendation"),
                               sv("ImplementationGuide"),
                               sv("InsurancePlan"),
                               sv("Invoice"),
                               sv("Library"),
                               sv("Linkage"),
                               sv("List"),
                               sv("Measure"),
                               sv("MeasureReport"),
                               sv("Media"),
                               sv("Medication"),
                               sv("MedicationAdministration"),
                               sv("MedicationDispense"),
                               sv("MedicationKnowledge"),
                               sv("MedicationStatement"),
                               sv("MedicinalProduct"),
                               sv("MedicinalProductAuthorization"),
                               sv("MedicinalProductContraindication"),
                               sv("MedicinalProductIndication"),
                               sv("MedicinalProductIngredient"),
                               sv("MedicinalProductInteraction"),
                               sv("MedicinalProductManufactured"),
                               sv("MedicinalProductPackaged"),
                               sv("MedicinalProductPharmaceutical"),
                               sv("MedicinalProductUndesirableEffect"),
                               sv("MessageDefinition"),
                               sv("MessageHeader"),
                               sv("MolecularSequence"),
                               sv("NamingSystem"),
                               sv("NutritionOrder"),
                               sv("ObservationDefinition"),
                               sv("OperationDefinition"),
                               sv("OrganizationAffiliation"),
                               sv("PaymentNotice"),
                               sv("PaymentReconciliation"),
                               sv("Person"),
                               sv("PlanDefinition"),
                               sv("PractitionerRole"),
                               sv("Procedure"),
                               sv("Provenance"),
                               sv("Questionnaire"),
                               sv("QuestionnaireResponse"),
                               sv("RelatedPerson"),
                               sv("RequestGroup"),
                               sv("ResearchDefinition"),
                               sv("ResearchElementDefinition"),
                               sv("ResearchStudy"),
                               sv("ResearchSubject"),
                               sv("RiskAssessment"),
                               sv("RiskEvidenceSynthesis"),
                               sv("Schedule"),
                               sv("SearchParameter"),
                               sv("Slot"),
                               sv("Specimen"),
                               sv("SpecimenDefinition"),
                               sv("StructureDefinition"),
                               sv("StructureMap"),
                               sv("Substance"),
                               sv("SubstanceNucleicAcid"),
                               sv("SubstancePolymer"),
                               sv("SubstanceProtein"),
                               sv("SubstanceReferenceInformation"),
                               sv("SubstanceSourceMaterial"),
                               sv("SubstanceSpecification"),
                               sv("SupplyDelivery"),
                               sv("SupplyRequest"),
                               sv("Task"),
                               sv("TerminologyCapabilities"),
                               sv("TestReport"),
                               sv("TestScript"),
                               sv("ValueSet"),
                               sv("VerificationResult"),
                               sv("VisionPrescription")};

struct home {
  sv type;
  table of;
  sv prefix; ///< of the id, before the key
};
constexpr std::array homes{home{"Patient", table::patients, ""},
                           home{"Observation", table::vitals, "v"},
                           home{"Observation", table::lab_results, ""},
                           home{"MedicationRequest", table::prescriptions, ""},
                           home{"Condition", table::patient_problems, ""},
                           home{"Encounter", table::encounters, ""},
                           home{"Appointment", table::appointments, ""},
                           home{"DiagnosticReport", table::lab_orders, ""},
                           home{"DiagnosticReport", table::lab_reports, "report-"},
                           home{"DiagnosticReport", table::patient_study_links, "study-"},
                           home{"DocumentReference", table::clinical_notes, "note-"},
                           home{"DocumentReference", table::lab_result_attachments, ""},
                           home{"ImagingStudy", table::patient_study_links, ""},
                           home{"ServiceRequest", table::lab_orders, ""},
                           home{"Practitioner", table::users, ""},
                           home{"Organization", table::clinics, ""}};

struct part_columns {
  sv part, first, second;
};
constexpr std::array parts{part_columns{"bp", "systolic_bp", "diastolic_bp"},
                           part_columns{"sbp", "systolic_bp", ""},
                           part_columns{"dbp", "diastolic_bp", ""},
                           part_columns{"hr", "heart_rate", ""},
                           part_columns{"rr", "respiratory_rate", ""},
                           part_columns{"spo2", "oxygen_saturation", ""},
                           part_columns{"temp", "temperature", ""},
                           part_columns{"weight", "weight", ""},
                           part_columns{"height", "height", ""},
                           part_columns{"bmi", "bmi", ""}};

bool is_key(sv text, bool integer) noexcept {
  if (integer) {
    const size_t most = std::string_view("9223372036854775807").size();
    return !text.empty() && text.size() < most && text[0] != '0' &&
      text.find_first_not_of("0123456789") == sv::npos;
  }
  const auto id = uuid_from_text(text);
  return id && to_text(*id) == text;
}

bool is_part(sv text) noexcept {
  for (const auto& each : parts)
    if (each.part == text) return true;
  return false;
}

} // namespace

std::span<const model::table> tables_of(std::string_view type) noexcept {
  static constexpr auto tables_alone = [] {
    std::array<table, homes.size()> out{};
    for (size_t i = 0; i < homes.size(); ++i) out[i] = homes[i].of;
    return out;
  }();
  size_t begin = 0;
  while (begin < homes.size() && homes[begin].type != type) ++begin;
  size_t end = begin;
  while (end < homes.size() && homes[end].type == type) ++end;
  return {tables_alone.data() + begin, end - begin};
}

std::span<const std::string_view> served_types() noexcept { return our_types; }

std::string resource_id(std::string_view type, const place& at) {
  for (const auto& each : homes)
    if (each.type == type && each.of == at.of)
      return std::string(each.prefix) + at.key + (at.part.empty() ? "" : "-" + at.part);
  return at.key;
}

std::optional<place> place_of(std::string_view type, std::string_view id) {
  for (const auto& each : homes) {
    if (each.type != type || !id.starts_with(each.prefix)) continue;
    auto key = id.substr(each.prefix.size());
    sv part;
    if (each.of == table::vitals) {
      const auto hyphen = key.find('-');
      if (hyphen == sv::npos || !is_part(key.substr(hyphen + 1))) continue;
      part = key.substr(hyphen + 1);
      key = key.substr(0, hyphen);
    }
    if (is_key(key, model::shape(each.of).integer_key))
      return place{each.of, std::string(key), std::string(part)};
  }
  return std::nullopt;
}

std::vector<std::string> parts_of(std::string_view type, const model::record& row) {
  if (row.of == table::patient_study_links && is_put_away(row, "")) return {};
  if (row.of != table::vitals) return {""};
  std::vector<std::string> out;
  if (type != "Observation") return out;
  for (const auto& each : parts)
    if (!row.text(each.first).empty() && (each.second.empty() || !row.text(each.second).empty()))
      out.emplace_back(each.part);
  return out;
}

std::pair<sv, sv> columns_of(sv part) noexcept {
  for (const auto& each : parts)
    if (each.part == part) return {each.first, each.second};
  return {};
}

bool is_kept_alone(std::string_view type) noexcept { return type != "AuditEvent" && tables_of(type).empty(); }

namespace {

std::vector<int64_t> patients_at(const node& resource, const search_parameter* by) {
  std::vector<int64_t> out;
  if (by == nullptr) return out;
  for (const auto& each : references_of(resource, *by))
    if (const auto who = patient_named(each); who && std::find(out.begin(), out.end(), *who) == out.end())
      out.push_back(*who);
  return out;
}

/// Whom its parameter `patient` names, else whom the compartment's parameters do, if that is one: what is of
/// several is nobody's alone, and no key of one patient sees it.
std::optional<int64_t> owner_of(const node& resource, std::string_view type) {
  if (type == "Binary") {
    const auto* context = resource.get("securityContext");
    return context != nullptr ? patient_named(context->str("reference")) : std::nullopt;
  }
  const auto* compartment = compartment_of(type, "Patient");
  if (compartment == nullptr) return std::nullopt;
  auto found = patients_at(resource, find_parameter(type, "patient"));
  if (found.empty()) found = patients_at(resource, compartment);
  return found.size() == 1 ? std::optional(found[0]) : std::nullopt;
}

} // namespace

std::optional<int64_t> patient_named(std::string_view reference) noexcept {
  constexpr sv start = "Patient/";
  if (!reference.starts_with(start)) return std::nullopt;
  reference = reference.substr(start.size());
  reference = reference.substr(0, reference.find('/')); // a version
  int64_t out = 0;
  if (!is_key(reference, true)) return std::nullopt;
  std::from_chars(reference.data(), reference.data() + reference.size(), out);
  return out;
}

std::optional<int64_t> patient_of(const node& resource) {
  const auto number = [](const std::optional<std::string>& text) -> std::optional<int64_t> {
    int64_t out = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), out).ec != std::errc{})
      return std::nullopt;
    return out;
  };
  const auto type = resource.str("resourceType");
  if (type == "Patient") {
    const auto at = place_of("Patient", resource.str("id"));
    return at ? number(at->key) : std::nullopt;
  }
  if (is_kept_alone(type)) return owner_of(resource, type);
  for (const auto member : {sv("subject"), sv("patient"), sv("beneficiary"), sv("individual")})
    if (const auto out = number(number_in(resource.get(member), "Patient"))) return out;
  const auto* participants = type == "Appointment" ? resource.get("participant") : nullptr;
  for (const auto* each = participants ? participants->first : nullptr; each; each = each->next)
    if (const auto out = number(number_in(each->get("actor"), "Patient"))) return out;
  return std::nullopt;
}

void each_reference(const node& resource, const std::function<void(const node& reference)>& visit) {
  for (const node* each = resource.first; each; each = each->next) {
    if (each->is_object() || each->is_array()) each_reference(*each, visit);
    else if (resource.is_object() && each->name == "reference" && each->is_string()) visit(*each);
  }
}

void each_reference(node& resource, const std::function<void(node& reference)>& visit) {
  each_reference(std::as_const(resource),
                 [&](const node& reference) { visit(const_cast<node&>(reference)); });
}

} // namespace aorta::fhir
