// The value of an Observation, of what the clinic's table holds of a laboratory's result.
#pragma once

#include "engine/fhir/map_parts.hpp"

namespace aorta::fhir {

std::string own_system(const maker& m, const record& row); ///< of the performing laboratory's codes

/// `value[x]`, in the type that the row's value is; or, where there is none, why. `status`: the
/// Observation's.
void put_value(maker& m, node& to, const record& row, sv status);

} // namespace aorta::fhir
