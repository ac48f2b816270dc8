#include "actors/workers.hpp"

#include "actors/stage.hpp"
#include "engine/telemetry/log.hpp"

#include <caf/send.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <iterator>

namespace aorta::actors {
namespace {

constexpr size_t most_together = 64; ///< past that, larger batches gain nothing and answers wait longer

/// What kind of session one has, and what it does with it.
template <class Session>
struct duty {
  std::function<result<std::unique_ptr<Session>>()> open;
  std::function<void(Session*, std::span<const call_ptr>)> answer;
};

template <class Session>
struct worker_state {
  static inline const char* name = "worker";
  duty<Session> does;
  std::unique_ptr<Session> session;
  std::vector<call_ptr> waiting;
  bool scheduled = false;

  void work() {
    std::vector<call_ptr> batch(
      waiting.begin(), std::next(waiting.begin(), std::ptrdiff_t(std::min(most_together, waiting.size()))));
    waiting.erase(waiting.begin(), std::next(waiting.begin(), std::ptrdiff_t(batch.size())));
    if (!session)
      if (auto opened = does.open()) session = std::move(*opened);
    try {
      does.answer(session.get(), batch);
    } catch (const std::exception&) { // what() may hold what was asked for
      telemetry::log(telemetry::level::error, "calls-failed", {{"calls", std::to_string(batch.size())}});
      session.reset(); // with whatever it had begun
    }
  }
};

template <class Session>
worker_actor::behavior_type worker(worker_actor::stateful_pointer<worker_state<Session>> self,
                                   duty<Session> does) {
  keep_quiet(self);
  self->state.does = std::move(does);
  const auto schedule = [self] {
    if (std::exchange(self->state.scheduled, true)) return;
    self->send(self, flush{});
  };
  return {
    [self, schedule](const call_in& one) {
      self->state.waiting.push_back(one.who);
      schedule();
    },
    [self, schedule](flush) { // whatever stood in the mailbox before this joins the same batch
      self->state.scheduled = false;
      self->state.work();
      if (!self->state.waiting.empty()) schedule();
    },
  };
}

void run_jobs(ports::message_log* session, std::span<const call_ptr> calls) {
  for (const auto& each : calls) {
    try {
      static_cast<const job&>(*each).work(session);
    } catch (const std::exception&) { // the others have theirs; what() may hold what was asked for
      telemetry::log(telemetry::level::error, "job-failed");
    }
  }
}

} // namespace

worker_actor spawn_record_worker(caf::actor_system& sys, ports::store* store, answer_calls answer) {
  using does = duty<ports::record_session>;
  return sys.spawn<caf::detached>(worker<ports::record_session>,
                                  does{[store] { return store->records(); }, std::move(answer)});
}

admin_worker spawn_admin_worker(caf::actor_system& sys, ports::store* store) {
  using does = duty<ports::message_log>;
  return admin_worker(
    sys.spawn<caf::detached>(worker<ports::message_log>, does{[store] { return store->admin(); }, run_jobs}));
}

void admin_worker::give(log_work what) const {
  caf::anon_send(is_, call_in{std::make_shared<job>(std::move(what))});
}

void admin_worker::end() {
  if (is_) caf::anon_send_exit(is_, caf::exit_reason::user_shutdown);
  is_ = nullptr;
}

} // namespace aorta::actors
