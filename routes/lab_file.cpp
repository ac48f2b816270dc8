// Laboratories' files in CSV: from the rows of one order to filed results and their verdict.
#include "engine/config/files.hpp"
#include "routes/kinds.hpp"

namespace aorta::routes {

using namespace pipeline;

kind lab_file() {
  return {
    .accepts = {std::string(config::files_type)},
    .how = parse_file()          // the message that the profile's [csv] makes of the rows
      | optional(edit_message()) // what the route's [[edit]] say
      | map_lab()                // codes, units, values, ranges, flags by the laboratory's profile
      | match_patient()          // same, none or review, with evidence
      | optional(forward())      // to whom it is passed on; the rows are written with its filing
      | persist()                // one transaction for all that waits
      | respond(),               // only now
  };
}

} // namespace aorta::routes
