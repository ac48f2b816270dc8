// PARSER: an index over the bytes, and the lane of the message's patient.
#include "actors/stage.hpp"

#include <functional>
#include <utility>

namespace aorta::actors {
namespace {

using namespace hl7::literals;

struct parser_state {
  static inline const char* name = "parser";
  route_context_ptr route;
  std::vector<stage_actor> lanes;
  prometheus::Histogram* seconds = nullptr;

  /// One patient's messages keep their order: the same first identifier (or name and birth date) always takes the same lane.
  uint32_t lane_of(const hl7::message& msg) const {
    if (lanes.size() == 1) return 0;
    auto key = hl7::get(msg, "PID-3.1"_path).raw;
    const auto person = hl7::get(msg, "PID-5"_path).raw;
    return uint32_t((std::hash<std::string_view>{}(key.empty() ? person : key)) % lanes.size());
  }

  /// Also what was refused already is parsed: its reply and its log row need the header.
  void parse(envelope& mail) const {
    auto parsed = hl7::parse(mail.bytes);
    if (!parsed) return mail.fail(parsed.error());
    mail.message.emplace(std::move(*parsed));
    mail.lane = lane_of(*mail.message);
    if (const auto header = hl7::check_header(*mail.message); !header) return mail.fail(header.error());
    const auto accept = hl7::get(*mail.message, "MSH-15"_path), application = hl7::get(*mail.message, "MSH-16"_path);
    if (accept || application)
      mail.remarks.emplace_back("MSH-15/16 ask for enhanced acknowledgement; this version answers in original mode");
  }
};

stage_actor::behavior_type parser(stage_actor::stateful_pointer<parser_state> self, route_context_ptr route, std::vector<stage_actor> lanes) {
  keep_quiet(self);
  self->state.seconds = &route->metrics->stage_seconds(route->how.name, "parse");
  self->state.route = std::move(route);
  self->state.lanes = std::move(lanes);
  return {[self](envelope_ptr mail) {
    auto& state = self->state;
    auto refused = std::exchange(mail->fault, std::nullopt);
    work_on(*state.route, "parse", *state.seconds, *mail, [&](envelope& e) { state.parse(e); });
    if (refused) mail->fault = std::move(refused); // the first fault is the one to tell
    const auto lane = mail->lane;
    self->send(state.lanes[lane], std::move(mail));
  }};
}

} // namespace

stage_actor spawn_parser(caf::actor_system& sys, route_context_ptr route, std::vector<stage_actor> lanes) {
  return sys.spawn(parser, std::move(route), std::move(lanes));
}

} // namespace aorta::actors
