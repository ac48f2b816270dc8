// Admissions: people and their visits, from bytes to rows and their ACK.
#include "routes/kinds.hpp"

namespace aorta::routes {

using namespace pipeline;

kind adt() {
  return {
    .accepts = {"ADT^A01", "ADT^A02", "ADT^A03", "ADT^A04", "ADT^A05", "ADT^A06", "ADT^A07", "ADT^A08",
                "ADT^A11", "ADT^A12", "ADT^A13", "ADT^A28", "ADT^A31", "ADT^A34", "ADT^A40", "ADT^A47"},
    .how = parse()               // an index over the bytes, and the patient's lane
      | optional(edit_message()) // what the route's [[edit]] say
      | optional(accept())       // of enhanced mode: committed as received, and CA leaves
      | map_admission()          // what is said of the person and of the visit, and when it was so
      | match_patient()          // same, none or review, with evidence
      | optional(forward())      // to whom it is passed on; the rows are written with its filing
      | persist()                // each field by its own time: an older message changes nothing newer
      | ack(),                   // only now
  };
}

} // namespace aorta::routes
