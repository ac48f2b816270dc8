// What the clinic's configuration says of documents that leave the house, and what is handed in.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/fhir/map.hpp"

#include <string>

namespace aorta::exports {

struct rules {
  /// "https://host/fhir/r4", by which others know the clinic's resources; empty: it has no such address, and
  /// documents name their entries by `urn:uuid:`.
  std::string base_url;
  fhir::identifier_systems systems;
  std::string version; ///< of this software
  const clock_source* clock = nullptr;
  id_source* ids = nullptr;
};

} // namespace aorta::exports
