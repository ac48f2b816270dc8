#include "actors/stage.hpp"

#include "actors/batch.hpp"

#include <caf/actor_cast.hpp>
#include <caf/spawn_options.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace aorta::actors {
namespace {

using pipeline::step;

struct stage_state {
  route_context_ptr route;
  pipeline::stage what;
  std::unique_ptr<step> how;
  onward next;
  prometheus::Histogram* seconds = nullptr;

  /// The test hook stands outside the guard, since it is there to end the actor.
  void work(envelope& mail) const {
    const bool was_ok = mail.ok();
    if (was_ok && route->before_work) route->before_work(what.name, mail);
    const auto begin = steady::now();
    pipeline::work(what, *how, mail);
    const auto took = steady::now() - begin;
    if (was_ok) mail.note_work(what.name, took);
    if (was_ok || what.where != pipeline::place::entry)
      telemetry::observe(*seconds, std::chrono::duration<double>(took).count());
  }
};

stage_actor::behavior_type stage(stage_actor::stateful_pointer<stage_state> self, route_context_ptr route,
                                 pipeline::stage what, onward next) {
  keep_quiet(self);
  auto& state = self->state;
  state.how = std::get<pipeline::step_maker>(what.make)(*route);
  state.seconds = &route->metrics->stage_seconds(route->how.name, what.name);
  state.route = std::move(route);
  state.what = what;
  state.next = std::move(next);
  return {[self](envelope_ptr mail) {
    if (self->state.what.takes(*mail)) self->state.work(*mail);
    self->state.next.pass(self, std::move(mail));
  }};
}

} // namespace

stage_actor spawn_stage(caf::actor_system& sys, route_context_ptr route, const pipeline::stage& what,
                        onward next) {
  if (std::holds_alternative<pipeline::batch_step_maker>(what.make))
    return spawn_batching_stage(sys, std::move(route), what, std::move(next));
  return sys.spawn(stage, std::move(route), what, std::move(next));
}

spawned_chain spawn_chain(caf::actor_system& sys, const route_context_ptr& route,
                          const std::vector<pipeline::stage>& stages, const finish_actor& finish) {
  spawned_chain out;
  const auto spawn = [&](size_t i, onward next) {
    auto made = spawn_stage(sys, route, stages[i], std::move(next));
    out.stages.emplace_back(stages[i].name, caf::actor_cast<caf::actor>(made));
    return made;
  };
  size_t shared = 1; ///< those that all lanes have together
  while (shared + 1 < stages.size() && stages[shared].before_lanes) ++shared;
  std::vector<stage_actor> lanes;
  for (uint32_t lane = 0; lane < std::max(1u, route->how.lanes); ++lane) {
    auto next = spawn(stages.size() - 1, onward{{}, finish});
    for (size_t i = stages.size() - 2; i >= shared; --i) next = spawn(i, onward{{next}, {}});
    lanes.push_back(next);
  }
  out.entrance = spawn(shared - 1, onward{std::move(lanes), {}});
  for (size_t i = shared - 1; i-- > 0;) out.entrance = spawn(i, onward{{out.entrance}, {}});
  return out;
}

} // namespace aorta::actors
