// What a message filed, as resources: for whoever passes that on instead of the message.
#pragma once

#include "engine/rest/repository.hpp"

#include <span>
#include <string>
#include <vector>

namespace aorta::rest {

struct filed_record {
  bool tells_of_patient = false; ///< the message changed the patient's own row: the Patient is among `own`
  std::vector<standing> own;     ///< as they stand now, with what took their place since
  std::vector<standing> named;   ///< the patient, practitioners, organizations and locations that these name
};

/// `results`: ids of results that the message brought. What others have cancelled or withdrawn since comes as
/// such; what was deleted is left out. Reads in the session's transaction; the resources live in `into`.
result<filed_record> filed_record_of(repository& in, fhir::document& into, model::patient_id patient,
                                     const uuid& message, std::span<const uuid> results);

} // namespace aorta::rest
