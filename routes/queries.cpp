// Look-ups of people by devices and others' systems: from a question to its answer.
#include "routes/kinds.hpp"

namespace aorta::routes {

using namespace pipeline;

kind queries() {
  return {
    .accepts = {"QBP^Q22", "QBP^Q23", "QRY^A19"},
    .how = parse()               // an index over the bytes
      | optional(edit_message()) // what the route's [[edit]] say
      | map_query()              // what is asked, as claims of whom is meant
      | match_patient()          // the same candidates and the same decision as of any message
      | answer_query()           // who of them is told, and what of them (discloses)
      | persist()                // the log and the audit; nothing is filed
      | ack(),                   // RSP or ADR, only now
  };
}

} // namespace aorta::routes
