// Documents, as whoever writes them tells of them, and reports that a route takes as documents: from bytes to
// notes, their versions and attachments, and their ACK.
#include "routes/kinds.hpp"

namespace aorta::routes {

using namespace pipeline;

kind documents() {
  return {
    .accepts = {"MDM^T01", "MDM^T02", "MDM^T04", "MDM^T06", "MDM^T08", "MDM^T10", "MDM^T11", "ORU^R01",
                "ORU^R30", "ORU^R32"}, // of a report each order is a document
    .how = parse()                     // an index over the bytes, and the patient's lane
      | optional(edit_message())       // what the route's [[edit]] say
      | optional(accept())             // of enhanced mode: committed as received, and CA leaves
      | map_document()                 // which document, how it stands, what is in it and attached to it
      | match_patient()                // same, none or review, with evidence
      | optional(forward())            // to whom it is passed on; the rows are written with its filing
      | persist()                      // each field by its own time: an older message changes nothing newer
      | ack(),                         // only now
  };
}

} // namespace aorta::routes
