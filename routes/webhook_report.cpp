// Reports in JSON, POSTed to /webhooks/NAME: from a signed request to filed rows and its answer.
#include "engine/config/webhook.hpp"
#include "routes/kinds.hpp"

namespace aorta::routes {

using namespace pipeline;

kind webhook_report() {
  return {
    .accepts = {std::string(config::webhook_type)},
    .how = parse_json()          // the message that the webhook's map makes of it
      | optional(edit_message()) // what the route's [[edit]] say
      | map_lab()                // codes, units, values, ranges, flags by the laboratory's profile
      | match_patient()          // same, none or review, with evidence
      | optional(forward())      // to whom it is passed on; the rows are written with its filing
      | persist()                // one transaction for all that waits
      | respond(),               // only now
  };
}

} // namespace aorta::routes
