#include "actors/desk.hpp"

#include "actors/stage.hpp"

#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace aorta::actors {
namespace {

struct desk_state {
  static inline const char* name = "desk";
  ports::store* store = nullptr;
  std::unique_ptr<ports::store_desk> session;
};

desk_actor::behavior_type desk(desk_actor::stateful_pointer<desk_state> self, ports::store* store) {
  keep_quiet(self);
  self->state.store = store;
  return {[self](const job& one) {
    auto& state = self->state;
    if (!state.session)
      if (auto opened = state.store->desk()) state.session = std::move(*opened);
    one.work(state.session.get());
  }};
}

} // namespace

desk_actor spawn_desk(caf::actor_system& sys, ports::store* store) {
  return sys.spawn<caf::detached>(desk, store);
}

} // namespace aorta::actors
