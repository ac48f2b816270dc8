// BUNDLE-ANSWERER: what became of each entry, for the sender.
#include "actors/bundle.hpp"
#include "actors/stage.hpp"

namespace aorta::actors {
namespace {

struct bundle_answerer_state {
  static inline const char* name = "bundle-answerer";
  route_context_ptr route;
  finish_actor next;
  prometheus::Histogram* seconds = nullptr;
};

stage_actor::behavior_type bundle_answerer(stage_actor::stateful_pointer<bundle_answerer_state> self, route_context_ptr route, finish_actor next) {
  keep_quiet(self);
  self->state.seconds = &route->metrics->stage_seconds(route->how.name, "answer");
  self->state.route = std::move(route);
  self->state.next = std::move(next);
  return {[self](envelope_ptr mail) {
    auto& state = self->state;
    if (state.route->before_work && mail->ok()) state.route->before_work("answer", *mail);
    const auto begin = steady::now();
    write_bundle_reply(*mail);
    telemetry::observe(*state.seconds, std::chrono::duration<double>(steady::now() - begin).count());
    self->send(state.next, settled{std::move(mail)});
  }};
}

} // namespace

stage_actor spawn_bundle_answerer(caf::actor_system& sys, route_context_ptr route, finish_actor next) {
  return sys.spawn(bundle_answerer, std::move(route), std::move(next));
}

} // namespace aorta::actors
