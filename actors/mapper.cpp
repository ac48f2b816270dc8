// MAPPER: what the message says, in the clinic's codes and units, by the sending laboratory's profile.
#include "actors/stage.hpp"

#include "engine/lab/words.hpp"

namespace aorta::actors {
namespace {

std::vector<lab::word> words_of(const envelope& mail) {
  std::vector<lab::word> out;
  if (!mail.act) return out;
  for (const auto& w : mail.act->words) out.push_back({w.position, w.is == ports::result_word::kind::rejected, w.value, w.unit, w.reason});
  return out;
}

struct mapper_state {
  static inline const char* name = "mapper";
  route_context_ptr route;
  stage_actor next;
  std::vector<const lab::profile*> profiles;
  prometheus::Histogram* seconds = nullptr;

  void map(envelope& mail) const {
    const auto header = hl7::peek(*mail.message);
    const auto* chosen = lab::choose(profiles, header.sending_application, header.sending_facility);
    if (chosen == nullptr) return mail.fail({error_code::unknown_key, "MSH-4", "no laboratory profile of this route names this sender"});
    for (const auto& each : route->profiles)
      if (each.get() == chosen) mail.profile = each;
    auto mapped = lab::map_report(*mail.message, {chosen, &route->clinic_limits, route->how.clinic}, words_of(mail));
    if (!mapped) return mail.fail(mapped.error());
    mail.report.emplace(std::move(*mapped));
  }
};

stage_actor::behavior_type mapper(stage_actor::stateful_pointer<mapper_state> self, route_context_ptr route, stage_actor next) {
  keep_quiet(self);
  for (const auto& each : route->profiles) self->state.profiles.push_back(each.get());
  self->state.seconds = &route->metrics->stage_seconds(route->how.name, "map-lab");
  self->state.route = std::move(route);
  self->state.next = std::move(next);
  return {[self](envelope_ptr mail) {
    auto& state = self->state;
    work_on(*state.route, "map-lab", *state.seconds, *mail, [&](envelope& e) { state.map(e); });
    self->send(state.next, std::move(mail));
  }};
}

} // namespace

stage_actor spawn_mapper(caf::actor_system& sys, route_context_ptr route, stage_actor next) {
  return sys.spawn(mapper, std::move(route), std::move(next));
}

} // namespace aorta::actors
