// DESK: a detached actor with its own database session, for HTTP's blocking work.
#pragma once

#include "actors/handles.hpp"

namespace aorta::actors {

/// `store` outlives the actor. A job gets null when the store is away.
desk_actor spawn_desk(caf::actor_system& sys, ports::store* store);

} // namespace aorta::actors
