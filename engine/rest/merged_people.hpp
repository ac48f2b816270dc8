// What merges make of a Patient as it is shown (FHIR R4 Patient.link): the survivor tells whom it replaces
// and under which numbers they were known, the merged one where it went.
#pragma once

#include "engine/rest/repository.hpp"

#include <span>

namespace aorta::rest {

/// Adds links (`replaces`) and former numbers (`use` old) to those of these Patients who have some. One
/// question for all of them; one more where somebody was merged.
status tell_merges(fhir::document& into, repository& in, std::span<standing* const> patients);

/// The resource as its sender means it: without what `tell_merges` added when it was read.
result<fhir::node*> without_merges(fhir::document& into, repository& in, fhir::node* patient,
                                   model::patient_id who);

/// A Patient that is no longer listed because it became a part of another: inactive, and `replaced-by` its
/// survivor. Nothing: that is not why.
result<std::optional<standing>> merged_patient(fhir::document& into, repository& in, const std::string& id);

} // namespace aorta::rest
