// SUPERVISOR of a route: its entrance and its exit. It alone spawns, monitors and restarts the stages, knows
// what is in flight, gives credit, and sees to it that everything that entered is answered.
#pragma once

#include "actors/stage.hpp"

#include <functional>
#include <memory>

namespace aorta::actors {

/// Spawns a chain whose end is `finish`.
using chain_spawner =
  std::function<spawned_chain(caf::actor_system&, route_context_ptr, finish_actor finish)>;

/// `reply` is the chain's exit: the supervisor writes the replies of what no longer comes to it (a stage
/// died, the deadline passed).
supervisor_actor spawn_supervisor(caf::actor_system& sys, route_context_ptr route, chain_spawner chain,
                                  std::shared_ptr<pipeline::step> reply);

} // namespace aorta::actors
