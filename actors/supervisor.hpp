// SUPERVISOR of a route: its entrance and its exit. It alone spawns, monitors and restarts the stages, knows what is in flight, gives
// credit, and sees to it that everything that entered is answered.
#pragma once

#include "actors/context.hpp"
#include "actors/handles.hpp"

#include <functional>
#include <vector>

namespace aorta::actors {

/// All stages of a route, freshly spawned: `entrance` takes the envelopes, the last stage gives them to the supervisor.
struct spawned_chain {
  stage_actor entrance;
  std::vector<std::pair<std::string, caf::actor>> stages; ///< name and handle, first to last, all lanes
};
/// Spawns a chain whose end is `finish`.
using chain_spawner = std::function<spawned_chain(caf::actor_system&, route_context_ptr, finish_actor finish)>;

supervisor_actor spawn_supervisor(caf::actor_system& sys, route_context_ptr route, chain_spawner chain);

/// The reply for an envelope as it stands (acker.cpp); the supervisor needs it for what a dying stage held.
void write_reply(envelope& mail, const route_context& route);

} // namespace aorta::actors
