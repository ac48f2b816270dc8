#include "actors/admin_worker.hpp"

#include "actors/stage.hpp"

#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace aorta::actors {
namespace {

struct admin_worker_state {
  static inline const char* name = "admin";
  ports::store* store = nullptr;
  std::unique_ptr<ports::message_log> session;
};

admin_worker::behavior_type admin(admin_worker::stateful_pointer<admin_worker_state> self,
                                  ports::store* store) {
  keep_quiet(self);
  self->state.store = store;
  return {[self](const job& one) {
    auto& state = self->state;
    if (!state.session)
      if (auto opened = state.store->admin()) state.session = std::move(*opened);
    one.work(state.session.get());
  }};
}

} // namespace

admin_worker spawn_admin_worker(caf::actor_system& sys, ports::store* store) {
  return sys.spawn<caf::detached>(admin, store);
}

} // namespace aorta::actors
