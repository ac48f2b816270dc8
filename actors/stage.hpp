// What all stages share, so that the fifth looks like the first.
#pragma once

#include "actors/context.hpp"
#include "actors/handles.hpp"

#include <exception>
#include <string_view>
#include <vector>

namespace aorta::actors {

/// The stages that a chain can name. Each is spawned by its route's supervisor with the stage that follows.
stage_actor spawn_parser(caf::actor_system& sys, route_context_ptr route, std::vector<stage_actor> lanes);
stage_actor spawn_mapper(caf::actor_system& sys, route_context_ptr route, stage_actor next);
stage_actor spawn_matcher(caf::actor_system& sys, route_context_ptr route, stage_actor next);
stage_actor spawn_persister(caf::actor_system& sys, route_context_ptr route, stage_actor next);
stage_actor spawn_acker(caf::actor_system& sys, route_context_ptr route, finish_actor next);
stage_actor spawn_bundle_parser(caf::actor_system& sys, route_context_ptr route, std::vector<stage_actor> lanes);
stage_actor spawn_bundle_filer(caf::actor_system& sys, route_context_ptr route, stage_actor next);
stage_actor spawn_bundle_answerer(caf::actor_system& sys, route_context_ptr route, finish_actor next);

/// Nothing that reaches an actor may be printed: payloads hold patients' data (STACK.md, CAF).
template <class Self>
void keep_quiet(Self* self) {
  self->set_default_handler(caf::drop);
  self->set_exception_handler([](std::exception_ptr&) { return caf::make_error(caf::sec::runtime_error); });
}

/// Does one stage's work on one envelope: skips it when an earlier stage failed, notes the time, and turns what a pure function throws
/// into the envelope's fault. The test hook stands outside, since it is there to end the actor.
template <class Work>
void work_on(const route_context& route, std::string_view stage, prometheus::Histogram& seconds, envelope& mail, Work work) {
  if (!mail.ok()) return;
  if (route.before_work) route.before_work(stage, mail);
  const auto begin = steady::now();
  try {
    work(mail);
  } catch (const std::exception&) {
    mail.fail({error_code::internal, "", std::string(stage) + " could not process this message"});
  }
  const auto took = steady::now() - begin;
  mail.notes.push_back({stage, took});
  telemetry::observe(seconds, std::chrono::duration<double>(took).count());
}

} // namespace aorta::actors
