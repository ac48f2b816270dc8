// Which search parameters the rows of a table can tell, so that searches by all others find rows only by what
// FHIR keeps beside them. The members are those that map_*.cpp writes; a test holds rows against them.
#include "engine/fhir/map.hpp"
#include "engine/fhir/path_values.hpp"

#include <algorithm>
#include <array>

namespace aorta::fhir {
namespace {

using model::table;
using sv = std::string_view;

struct told_members {
  sv type;
  table of;
  sv members; ///< with blanks around them; of a choice without its type
};
constexpr std::array told_tables{
  told_members{"Patient", table::patients,
               " identifier active name telecom gender birthDate deceased address contact"
               " managingOrganization link "},
  told_members{"Observation", table::vitals,
               " status category code subject encounter effective performer value component"
               " dataAbsentReason "},
  told_members{"Observation", table::lab_results,
               " status category code subject effective issued performer value dataAbsentReason"
               " interpretation note method specimen device referenceRange derivedFrom basedOn "},
  told_members{"MedicationRequest", table::prescriptions,
               " status intent medication subject encounter authoredOn requester reasonCode"
               " courseOfTherapyType dosageInstruction dispenseRequest "},
  told_members{"Condition", table::patient_problems,
               " clinicalStatus verificationStatus category code subject onset abatement recordedDate "},
  told_members{"Encounter", table::encounters,
               " identifier status class subject basedOn participant period reasonCode diagnosis location"
               " serviceProvider "},
  told_members{"Appointment", table::appointments,
               " identifier status start end requestedPeriod cancelationReason appointmentType reasonCode"
               " minutesDuration participant "},
  told_members{"DiagnosticReport", table::lab_orders,
               " identifier basedOn status category code subject encounter effective issued performer"
               " result "},
  told_members{"DiagnosticReport", table::lab_reports,
               " identifier status category code subject effective issued performer result "},
  told_members{"DiagnosticReport", table::patient_study_links,
               " status category code subject encounter effective imagingStudy "},
  told_members{"DocumentReference", table::clinical_notes,
               " masterIdentifier identifier status docStatus type subject date author authenticator"
               " custodian relatesTo description securityLabel content context "},
  told_members{"DocumentReference", table::lab_result_attachments,
               " status type subject date custodian content context "},
  told_members{"ImagingStudy", table::patient_study_links,
               " identifier status modality subject encounter started description "},
  told_members{"ServiceRequest", table::lab_orders,
               " identifier status intent category priority code subject encounter authoredOn requester"
               " performer "},
  told_members{"Practitioner", table::users, " identifier name telecom qualification "},
  told_members{"Organization", table::clinics, " identifier active type name "}};

struct told_number {
  sv type;
  table of;
  sv parameter, column;
};
constexpr std::array told_numbers{
  told_number{"Observation", table::vitals, "encounter", "encounter_id"},
  told_number{"Observation", table::vitals, "performer", "recorded_by"},
  told_number{"Observation", table::lab_results, "performer", "verified_by"},
  told_number{"MedicationRequest", table::prescriptions, "encounter", "encounter_id"},
  told_number{"MedicationRequest", table::prescriptions, "requester", "prescriber_id"},
  told_number{"Encounter", table::encounters, "practitioner", "attending_physician_id"},
  told_number{"Encounter", table::encounters, "participant", "attending_physician_id"},
  told_number{"Appointment", table::appointments, "practitioner", "provider_id"},
  told_number{"DiagnosticReport", table::lab_orders, "encounter", "encounter_id"},
  told_number{"DiagnosticReport", table::patient_study_links, "encounter", "encounter_id"},
  told_number{"DocumentReference", table::clinical_notes, "encounter", "encounter_id"},
  told_number{"ImagingStudy", table::patient_study_links, "encounter", "encounter_id"},
  told_number{"ServiceRequest", table::lab_orders, "encounter", "encounter_id"},
  told_number{"ServiceRequest", table::lab_orders, "requester", "ordering_provider_id"}};

constexpr sv tables_of_time[] = {"created_at", "verified_at", "updated_at"};

/// Whether a member of a resource may begin as one of these does, or the other way round.
bool begins_among(sv members, sv member) {
  for (sv rest = members; !rest.empty();) {
    const auto blank = rest.find(' ');
    const auto one = rest.substr(0, blank);
    rest = blank == rest.npos ? sv() : rest.substr(blank + 1);
    if (!one.empty() && (member.starts_with(one) || one.starts_with(member))) return true;
  }
  return false;
}

bool may_tell(const told_members& of, const search_parameter& what) {
  const auto& paths = compiled(what).paths;
  return std::any_of(paths.begin(), paths.end(), [&](const value_path& path) {
    return path.exists || path.steps.empty() || begins_among(of.members, path.steps.front().member);
  });
}

} // namespace

row_telling telling_of(std::string_view type, table of, std::string_view parameter, std::string_view value) {
  if (parameter == model::kept_time) {
    if (of == table::lab_results) return {row_telling::kind::times, {tables_of_time, 2}};
    if (of == table::lab_reports) return {row_telling::kind::times, {tables_of_time + 2, 1}};
    if (of == table::lab_result_attachments) return {row_telling::kind::times, {tables_of_time, 1}};
    return {}; // nobody knows when the clinic's own system changed it
  }
  const bool review = value == "=needs-review" || value == "|urn:aorta:tag"; // a result's own tag
  if (parameter == "_tag" && of == table::lab_results && review) return {};
  if (parameter == "_profile" || parameter == "_security" || parameter == "_source" || parameter == "_tag")
    return {row_telling::kind::never, {}};
  for (const auto& each : told_numbers)
    if (each.type == type && each.of == of && each.parameter == parameter)
      return {row_telling::kind::number, {&each.column, 1}};
  if (parameter.ends_with(":identifier")) return {};
  const auto* what = find_parameter(type, parameter);
  for (const auto& each : told_tables)
    if (each.type == type && each.of == of && what != nullptr && !may_tell(each, *what))
      return {row_telling::kind::never, {}};
  return {};
}

bool is_told_by_rows(std::string_view type, table of, std::string_view member) {
  return std::any_of(told_tables.begin(), told_tables.end(), [&](const told_members& each) {
    return each.type == type && each.of == of && begins_among(each.members, member);
  });
}

} // namespace aorta::fhir
