// Appointments, as whoever keeps a schedule tells of them: from bytes to rows and their ACK.
#include "routes/kinds.hpp"

namespace aorta::routes {

using namespace pipeline;

kind appointments() {
  return {
    .accepts = {"SIU^S12", "SIU^S13", "SIU^S14", "SIU^S15", "SIU^S17", "SIU^S26"},
    .how = parse()               // an index over the bytes, and the patient's lane
      | optional(edit_message()) // what the route's [[edit]] say
      | optional(accept())       // of enhanced mode: committed as received, and CA leaves
      | map_appointment()        // which appointment, when, where, with whom, and how it stands
      | match_patient()          // same, none or review, with evidence
      | optional(forward())      // to whom it is passed on; the rows are written with its filing
      | persist()                // each field by its own time: an older message changes nothing newer
      | ack(),                   // only now
  };
}

} // namespace aorta::routes
