// Any step as an actor: PARSER, MAPPER, ACKER and their like are spawned here, and a chain of them.
#pragma once

#include "actors/context.hpp"
#include "actors/handles.hpp"
#include "engine/pipeline/stage.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/scheduled_actor.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace aorta::actors {

/// Nothing that reaches an actor may be printed: payloads hold patients' data.
template <class Self>
void keep_quiet(Self* self) {
  self->set_default_handler(caf::drop);
  self->set_exception_handler([](std::exception_ptr&) { return caf::make_error(caf::sec::runtime_error); });
}

/// Where a stage's envelopes go: to the next stage of their lane, or to the route's exit.
struct onward {
  std::vector<stage_actor> lanes; ///< one where the lane is chosen already
  finish_actor finish;            ///< of the last stage, which has no `lanes`

  template <class Self>
  void pass(Self* self, envelope_ptr mail) const {
    if (lanes.empty()) return self->send(finish, settled{std::move(mail)});
    const auto lane = lanes.size() == 1 ? 0 : mail->lane;
    self->send(lanes[lane], std::move(mail));
  }
};

/// The actor of one stage, for one lane (of an entry, for all).
stage_actor spawn_stage(caf::actor_system& sys, route_context_ptr route, const pipeline::stage& what,
                        onward next);

/// All stages of a route, freshly spawned: `entrance` takes the envelopes, the last stage gives them to the
/// supervisor.
struct spawned_chain {
  stage_actor entrance;
  std::vector<std::pair<std::string, caf::actor>> stages; ///< name and handle, all lanes
};
/// The first stage once, the others once a lane, from the end to the beginning.
spawned_chain spawn_chain(caf::actor_system& sys, const route_context_ptr& route,
                          const std::vector<pipeline::stage>& stages, const finish_actor& finish);

} // namespace aorta::actors
