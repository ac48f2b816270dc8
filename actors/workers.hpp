// WORKER: a detached actor with a database session of its own, for HTTP's blocking work. Takes all that has
// queued up, so that calls can share round trips, a transaction and an audit row's commit.
#pragma once

#include "actors/handles.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/records.hpp"
#include "engine/ports/store.hpp"

#include <functional>
#include <span>

namespace aorta::actors {

/// `session` null: the store is away. Every call must be answered; what is thrown answers nobody, so whoever
/// loses a call answers it.
using answer_calls = std::function<void(ports::record_session* session, std::span<const call_ptr> calls)>;

/// For FHIR's calls. `store` outlives the actor.
worker_actor spawn_record_worker(caf::actor_system& sys, ports::store* store, answer_calls answer);

/// A blocking piece of work on the message log: null when the store is away.
using log_work = std::function<void(ports::message_log*)>;
struct job final : call {
  explicit job(log_work what) : work(std::move(what)) {}
  log_work work;
};

/// For everything else: one piece of work after the other, each of which answers for itself.
class admin_worker {
public:
  admin_worker() = default;
  explicit admin_worker(worker_actor is) : is_(std::move(is)) {}
  explicit operator bool() const { return bool(is_); }
  void give(log_work what) const; ///< from any thread
  void end();                     ///< it ends after what it has; the actor system waits until nobody holds it

private:
  worker_actor is_;
};

/// `store` outlives the actor.
admin_worker spawn_admin_worker(caf::actor_system& sys, ports::store* store);

} // namespace aorta::actors
