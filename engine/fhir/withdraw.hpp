// What was entered in error, or what its table cannot say any longer: FHIR keeps it as it was sent, and the
// clinic's own table no longer shows it as valid. FHIR R4: Observation.status, Condition.verificationStatus
// and the like, code `entered-in-error`.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/fhir/map.hpp"

#include <utility>

namespace aorta::fhir {

/// Stands as `tag` of what FHIR keeps when the row no longer tells it.
inline constexpr std::string_view kept_tag = "kept-in-fhir";

/// The columns of a part of a vitals row; the second one is empty for all but `bp`, both are for no part.
std::pair<std::string_view, std::string_view> columns_of(std::string_view part) noexcept;

/// It should not have been recorded: status entered-in-error; of a Condition also a verificationStatus
/// entered-in-error or refuted.
bool is_withdrawn(const node& resource) noexcept;

/// Whether a resource whose row is at this place may be kept in FHIR alone from now on: it is withdrawn, or a
/// measurement that the columns cannot say (another unit, a part less, no value), and is still told by the
/// codes under which searches look for such rows.
bool may_leave_table(const node& resource, const place& at) noexcept;

/// Takes it out of the clinic's sight, without losing the row:
///   vitals                its columns become NULL
///   encounters, appointments, prescriptions, lab_orders
///                         status cancelled; lab_results: result_status cancelled
///   patient_problems      inactive, without its code, `Withdrawn: ` before its words
///   patient_study_links   `withdrawn-7` in place of the study's UID: it links nothing, and the right link
///   can
///                         be made
///   patients              is_deleted
void put_away(model::record& row, std::string_view part, timestamp now);
bool is_put_away(const model::record& row, std::string_view part);

} // namespace aorta::fhir
