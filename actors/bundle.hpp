// A FHIR Bundle on its way through a route: what its envelope carries beside its bytes.
#pragma once

#include "actors/envelope.hpp"
#include "engine/rest/import.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aorta::actors {

/// Sent by HTTP (or by a person's rerun). `who` and `base` are never changed after that.
struct bundle_mail {
  rest::grant who;
  std::string base; ///< the server's own, ending in /fhir/r4

  // parser
  std::optional<fhir::document> document;
  std::vector<fhir::issue> issues; ///< why it was refused

  // filer
  std::optional<rest::import_outcome> outcome;

  // answerer
  rest::reply reply;
};

envelope_ptr envelope_of_bundle(std::string json, const rest::grant& who, const std::string& base, const std::string& peer, const uuid& id, timestamp now);
/// What HTTP answers when the route is done with it.
rest::reply reply_of_bundle(const envelope& done);
/// The same into the envelope: its reply, and whether it was taken as `ack_code` says it.
void write_bundle_reply(envelope& mail);

} // namespace aorta::actors
