// Who somebody is, by the clinic's row of a patient.
#pragma once

#include "engine/identity/identity.hpp"
#include "engine/model/patient.hpp"
#include "engine/model/record.hpp"
#include "engine/ports/merges.hpp"

#include <string>
#include <vector>

namespace aorta::records {

/// The row's columns that tell who somebody is.
model::patient person_of(const model::record& row);
/// The same as somebody else says it of their patient.
identity::claims claims_of(const model::record& row);
/// An alias as it is looked for.
model::number_alias looked_up(const ports::patient_alias& alias);
/// Keys of numbers that only one person can have.
std::vector<identity::lookup_key> number_keys(const model::record& row);
std::string patient_text(model::patient_id who); ///< as people are told of a row: `patient 7`

} // namespace aorta::records
