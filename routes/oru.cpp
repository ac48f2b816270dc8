// Laboratory results: from bytes to filed rows and their ACK.
#include "routes/kinds.hpp"

namespace aorta::routes {

using namespace pipeline;

kind oru() {
  return {
    .accepts = {"ORU^R01", "ORU^R30", "ORU^R32", "OUL^R22", "OUL^R23", "OUL^R24"},
    .how = parse()               // an index over the bytes, and the patient's lane
      | optional(edit_message()) // what the route's [[edit]] say
      | optional(accept())       // of enhanced mode: committed as received, and CA leaves
      | map_lab()                // codes, units, values, ranges, flags by the laboratory's profile
      | match_patient()          // same, none or review, with evidence
      | optional(forward())      // to whom it is passed on; the rows are written with its filing
      | persist()                // one transaction for all that waits
      | ack(),                   // only now
  };
}

} // namespace aorta::routes
