// Laboratory values that a person must hear of, as the path of HL7 messages finds them (domain: critical
// values).
#pragma once

#include "engine/fhir/document.hpp"
#include "engine/lab/profile.hpp"
#include "engine/model/lab.hpp"
#include "engine/model/record.hpp"
#include "engine/ports/critical.hpp"

#include <optional>
#include <span>
#include <string>

namespace aorta::rest {

/// Of an Observation of the laboratory category that is past one of the limits, or that its laboratory
/// interprets as HH, LL or AA. Nothing for what is withdrawn (entered-in-error, cancelled).
std::optional<model::abnormal_flag> critical_flag(const fhir::node& observation,
                                                  std::span<const lab::critical_limit> limits);
/// Marks a row of lab_results; rows of other tables have no such mark.
void mark_critical(model::record& row, model::abnormal_flag flag);
/// Says HH or LL in a resource whose row was marked, unless it says so itself: whoever reads it sees what the
/// row's readers see. Ours has an id of its own.
void tell_critical(fhir::document& into, fhir::node& observation, model::abnormal_flag flag);
/// Without what `tell_critical` added: no statement of its sender's, also when one who has read it sends it
/// back. The same node when there is nothing of it.
fhir::node* without_told(fhir::document& into, fhir::node* resource);
/// The event's payload: codes and flags, nothing of the patient.
std::string critical_payload(const fhir::node& observation, model::abnormal_flag flag);
/// What is told of the value: by its row, and by the Observation what no row says. Its kind, result and
/// patient are the caller's to say.
ports::critical_note critical_note_of(const fhir::node& observation, const model::record* row,
                                      std::string_view flag);

} // namespace aorta::rest
