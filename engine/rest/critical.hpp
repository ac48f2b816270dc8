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
#include <string_view>
#include <vector>

namespace aorta::rest {

/// One value of an Observation: its own, or a component's (R4 Observation.component).
struct observed_value {
  std::string place;        ///< empty: its own; else which component, by its code: `component[2823-3]`
  std::string path;         ///< FHIRPath below the Observation: `component[1]`; empty: its own
  fhir::node* of = nullptr; ///< the Observation or the component
  std::optional<model::abnormal_flag> flag; ///< a person must hear of it
  std::string_view rule, why;               ///< else a person must look: `maybe-critical`, `not-compared`
};
/// Its own first; none of what is no Observation.
std::vector<observed_value> values_of(fhir::node& observation);
/// Of an Observation that may be a laboratory's: values past one of the limits, or that their laboratory
/// interprets as HH, LL or AA, and those that could not be held against a limit which they may be past.
/// Nothing of what is withdrawn (entered-in-error, cancelled).
std::vector<observed_value> alarming_values(fhir::node& observation,
                                            std::span<const lab::critical_limit> limits);
/// By what the Observation says alone: what was told of it, when it was kept here.
std::vector<observed_value> interpreted_values(fhir::node& observation);

/// Marks a row of lab_results; rows of other tables have no such mark.
void mark_critical(model::record& row, model::abnormal_flag flag);
/// Says HH or LL in an Observation or component, unless it says so itself: whoever reads it sees what the
/// row's readers see. Ours has an id of its own.
void tell_critical(fhir::document& into, fhir::node& value, model::abnormal_flag flag);
/// Without what `tell_critical` added: no statement of its sender's, also when one who has read it sends it
/// back. The same node when there is nothing of it.
fhir::node* without_told(fhir::document& into, fhir::node* resource);
/// The event's payload: codes and flags, nothing of the patient. `value`: the Observation or a component.
std::string critical_payload(const fhir::node& observation, const fhir::node& value,
                             model::abnormal_flag flag);
/// As a person is shown a value: by the row of lab_results, where there is one.
critical::shown shown_value(const fhir::node& value, const model::record* row);
bool same_reading(const critical::shown& a, const critical::shown& b);
/// What is told of the value: by its row, and by the Observation what no row says. Its kind, result and
/// patient are the caller's to say.
ports::critical_note critical_note_of(const fhir::node& observation, const fhir::node& value,
                                      const model::record* row, std::string_view flag);

} // namespace aorta::rest
