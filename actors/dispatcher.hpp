// DISPATCHER: a detached actor around `dispatch`, with a database session of its own.
#pragma once

#include "actors/dispatch.hpp"
#include "actors/handles.hpp"
#include "engine/base/clock.hpp"

#include <memory>

namespace aorta::actors {

/// The clock outlives the actor.
dispatcher_actor spawn_dispatcher(caf::actor_system& sys, dispatch::parts from,
                                  std::shared_ptr<dispatch_inbox> inbox, const clock_source* clock);

} // namespace aorta::actors
