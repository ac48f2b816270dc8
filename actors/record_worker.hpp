// RECORD WORKER: a detached actor with a record session of its own, for FHIR calls. Takes all that have
// queued up, so that they share round trips, a transaction and an audit row's commit.
#pragma once

#include "engine/ports/records.hpp"
#include "engine/ports/store.hpp"
#include "actors/handles.hpp"

#include <functional>
#include <span>

namespace aorta::actors {

/// `session` null: the store is away. Every call must be answered; what is thrown answers nobody, so whoever
/// loses a call answers it.
using answer_calls = std::function<void(ports::record_session* session, std::span<const call_ptr> calls)>;

/// `store` outlives the actor.
record_worker spawn_record_worker(caf::actor_system& sys, ports::store* store, answer_calls answer);

} // namespace aorta::actors
