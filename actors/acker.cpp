// ACKER: the reply's bytes, from what happened to the message.
#include "actors/bundle.hpp"
#include "actors/stage.hpp"

#include "engine/hl7/ack.hpp"

namespace aorta::actors {
namespace {

struct acker_state {
  static inline const char* name = "acker";
  route_context_ptr route;
  finish_actor next;
  prometheus::Histogram* seconds = nullptr;
};

} // namespace

void write_reply(envelope& mail, const route_context& route) {
  if (mail.bundle) return write_bundle_reply(mail);
  if (!mail.message) // refused before it came to a parser: the reply still echoes its header
    if (auto parsed = hl7::parse(mail.bytes)) mail.message.emplace(std::move(*parsed));
  const auto now = route.clock->now();
  // Twenty characters, the length of MSH-10 before v2.5: the end of an id is its random part, its beginning the time.
  auto control = to_text(route.ids->next(now));
  std::erase(control, '-');
  const auto stamp = hl7::to_hl7(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(), 0);
  hl7::ack_request reply;
  reply.to = mail.message ? &*mail.message : nullptr;
  reply.fault = mail.fault;
  reply.control_id = std::string_view(control).substr(0, 20);
  reply.datetime = stamp;
  mail.reply = hl7::make_ack(reply);
  mail.ack_code = mail.fault ? std::string(hl7::rule_for(mail.fault->code).ack) : "AA";
}

namespace {

stage_actor::behavior_type acker(stage_actor::stateful_pointer<acker_state> self, route_context_ptr route, finish_actor next) {
  keep_quiet(self);
  self->state.seconds = &route->metrics->stage_seconds(route->how.name, "ack");
  self->state.route = std::move(route);
  self->state.next = std::move(next);
  return {[self](envelope_ptr mail) {
    auto& state = self->state;
    if (state.route->before_work && mail->ok()) state.route->before_work("ack", *mail);
    const auto begin = steady::now();
    write_reply(*mail, *state.route);
    telemetry::observe(*state.seconds, std::chrono::duration<double>(steady::now() - begin).count());
    self->send(state.next, settled{std::move(mail)});
  }};
}

} // namespace

stage_actor spawn_acker(caf::actor_system& sys, route_context_ptr route, finish_actor next) {
  return sys.spawn(acker, std::move(route), std::move(next));
}

} // namespace aorta::actors
