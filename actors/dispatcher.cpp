#include "actors/dispatcher.hpp"

#include "actors/stage.hpp"

#include <caf/send.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace aorta::actors {
namespace {

constexpr std::chrono::milliseconds tick{250}; ///< other nodes tell nobody what they have filed
constexpr std::chrono::milliseconds end_tick{20};

struct dispatcher_state {
  static inline const char* name = "dispatcher";
  std::shared_ptr<dispatch_inbox> inbox;
  std::unique_ptr<dispatch> work;
  const clock_source* clock = nullptr;
  std::function<void()> done; ///< the engine ends
};

using pointer = dispatcher_actor::stateful_pointer<dispatcher_state>;

void turn(pointer self) {
  auto& mine = self->state;
  const auto now = mine.clock->now();
  const auto at = std::chrono::steady_clock::now();
  if (!mine.done) return mine.work->turn(now, at);
  if (!mine.work->wind_up(now, at)) return;
  mine.done();
  self->quit();
}

dispatcher_actor::behavior_type dispatcher(pointer self, dispatch::parts from,
                                           std::shared_ptr<dispatch_inbox> inbox, const clock_source* clock) {
  keep_quiet(self);
  self->state.work = std::make_unique<dispatch>(std::move(from), *inbox);
  self->state.inbox = std::move(inbox);
  self->state.clock = clock;
  self->delayed_send(self, tick, sweep{});
  return {
    [self](flush) { turn(self); },
    [self](sweep) {
      self->delayed_send(self, self->state.done ? end_tick : tick, sweep{});
      turn(self);
    },
    [self](const new_plan& next) {
      self->state.work->use(*next.what);
      turn(self);
    },
    [self](const drain& last) {
      self->state.done = last.done;
      self->send(self, sweep{});
    },
  };
}

} // namespace

dispatcher_actor spawn_dispatcher(caf::actor_system& sys, dispatch::parts from,
                                  std::shared_ptr<dispatch_inbox> inbox, const clock_source* clock) {
  return sys.spawn<caf::detached>(dispatcher, std::move(from), std::move(inbox), clock);
}

} // namespace aorta::actors
