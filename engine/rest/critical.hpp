// Laboratory values that a person must hear of, as the path of HL7 messages finds them (domain: critical values).
#pragma once

#include "engine/fhir/document.hpp"
#include "engine/lab/profile.hpp"
#include "engine/model/lab.hpp"
#include "engine/model/record.hpp"

#include <optional>
#include <span>
#include <string>

namespace aorta::rest {

/// Of an Observation of the laboratory category that is past one of the limits, or that its laboratory interprets as HH, LL or AA. Nothing for
/// what is withdrawn (entered-in-error, cancelled).
std::optional<model::abnormal_flag> critical_flag(const fhir::node& observation, std::span<const lab::critical_limit> limits);
/// Marks a row of lab_results; rows of other tables have no such mark.
void mark_critical(model::record& row, model::abnormal_flag flag);
/// The event's payload: codes and flags, nothing of the patient.
std::string critical_payload(const fhir::node& observation, model::abnormal_flag flag);

} // namespace aorta::rest
