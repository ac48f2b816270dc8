// Orders for a laboratory: from bytes to rows and an answer for each of them.
#include "routes/kinds.hpp"

namespace aorta::routes {

using namespace pipeline;

kind orders() {
  return {
    .accepts = {"ORM^O01", "OML^O21"},
    .how = parse()               // an index over the bytes, and the patient's lane
      | optional(edit_message()) // what the route's [[edit]] say
      | optional(accept())       // of enhanced mode: committed as received, and CA leaves
      | map_orders()             // what is asked or told of each order
      | match_patient()          // same, none or review, with evidence
      | optional(forward())      // to whom it is passed on; the rows are written with its filing
      | persist()                // each field by its own time, results that came first are linked
      | ack(),                   // ORR^O02 or ORL^O22: what came of each
  };
}

} // namespace aorta::routes
