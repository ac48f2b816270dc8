// ADMIN WORKER: a detached actor with its own database session, for HTTP's blocking work.
#pragma once

#include "actors/handles.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/store.hpp"

namespace aorta::actors {

/// `store` outlives the actor. A job gets null when the store is away.
admin_worker spawn_admin_worker(caf::actor_system& sys, ports::store* store);

} // namespace aorta::actors
