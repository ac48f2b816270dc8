// Sends a stored message through its route again: reprocess, and what a person says of its patient or its
// results.
#pragma once

#include "actors/connection.hpp"

#include <functional>
#include <optional>

namespace aorta::actors {

/// Sends an envelope into its route; `settled` is called once, on an actor's thread, when it has been
/// answered.
void run(caf::actor_system& sys, const destination& to, envelope_ptr mail,
         std::function<void(envelope&)> settled);

/// What came of it: the fault or none, and of a rehearsal the difference.
struct rerun_end {
  std::optional<error> fault;
  std::shared_ptr<const ports::difference> would_change;
  int versions = 0; ///< of results: see `ports::receipt`
};

/// `settled` is called once, on an actor's thread.
void run_again(caf::actor_system& sys, const route_finder& find, const ports::message_record& log,
               std::string raw, ports::act why, timestamp now, std::function<void(rerun_end)> settled);

} // namespace aorta::actors
