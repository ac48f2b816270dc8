// FHIR bundles of other systems, POSTed to /fhir/r4/Bundle: from JSON to merged resources and an answer entry
// by entry.
#include "routes/kinds.hpp"

namespace aorta::routes {

using namespace pipeline;

kind fhir_bundle() {
  return {
    .accepts = {"Bundle"},
    .how = parse_bundle() // strict JSON, valid R4, and the patient's lane
      | persist()         // patients matched, resources merged, key and log: one transaction
      | answer_bundle(),  // only now
  };
}

} // namespace aorta::routes
