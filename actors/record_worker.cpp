#include "actors/record_worker.hpp"

#include "actors/stage.hpp"
#include "engine/telemetry/log.hpp"

#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <iterator>

namespace aorta::actors {
namespace {

constexpr size_t most_together = 64; ///< past that, larger batches gain nothing and answers wait longer

struct record_worker_state {
  static inline const char* name = "worker";
  ports::store* store = nullptr;
  answer_calls answer;
  std::unique_ptr<ports::record_session> session;
  std::vector<call_ptr> waiting;
  bool scheduled = false;

  void work() {
    std::vector<call_ptr> batch(
      waiting.begin(), std::next(waiting.begin(), std::ptrdiff_t(std::min(most_together, waiting.size()))));
    waiting.erase(waiting.begin(), std::next(waiting.begin(), std::ptrdiff_t(batch.size())));
    if (!session)
      if (auto opened = store->records()) session = std::move(*opened);
    try {
      answer(session.get(), batch);
    } catch (const std::exception&) { // what() may hold what was asked for
      telemetry::log(telemetry::level::error, "calls-failed", {{"calls", std::to_string(batch.size())}});
      if (session) session->rollback();
    }
  }
};

record_worker::behavior_type worker(record_worker::stateful_pointer<record_worker_state> self,
                                    ports::store* store, answer_calls answer) {
  keep_quiet(self);
  self->state.store = store;
  self->state.answer = std::move(answer);
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

} // namespace

record_worker spawn_record_worker(caf::actor_system& sys, ports::store* store, answer_calls answer) {
  return sys.spawn<caf::detached>(worker, store, std::move(answer));
}

} // namespace aorta::actors
