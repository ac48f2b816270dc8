// One patient's whole record in one piece, for what leaves the house as a document; and whom resources name.
#pragma once

#include "engine/rest/repository.hpp"

#include <optional>
#include <vector>

namespace aorta::rest {

/// As `Patient/{id}/$everything` tells it, without pages.
struct whole_record {
  std::vector<standing> own;   ///< the Patient first, then the rest of the compartment type by type
  std::vector<standing> named; ///< practitioners, organizations and locations that these name
};

/// Nothing: there is no such patient (any more), or the grant may not see it. Reads in the session's
/// transaction; the resources live in `into`.
result<std::optional<whole_record>> whole_record_of(repository& in, fhir::document& into,
                                                    model::patient_id patient);

/// Practitioners, organizations and locations that these resources name, as far as the grant may see them.
result<std::vector<standing>> named_by(repository& in, fhir::document& into, std::vector<standing>& page);

} // namespace aorta::rest
