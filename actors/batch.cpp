#include "actors/batch.hpp"

#include "engine/telemetry/log.hpp"

namespace aorta::actors {

lane_session::~lane_session() {
  if (refusing_) --route_->board->lanes_refused;
}

error lane_session::note(const error& why) {
  if (why.code == error_code::store_unavailable && route_->store_state->set_away(why))
    telemetry::log(telemetry::level::error, "store-away", {{"route", route_->how.name}, {"reason", why.text}});
  return why;
}

void lane_session::note_back() {
  if (route_->store_state->set_back()) telemetry::log(telemetry::level::info, "store-back", {{"route", route_->how.name}});
}

void lane_session::took() noexcept {
  refused_ = 0;
  if (std::exchange(refusing_, false)) --route_->board->lanes_refused;
}

/// One message that is sent again and again is one.
void lane_session::refused(const envelope& mail, const error& why) {
  const size_t content = std::hash<std::string>{}(mail.bytes);
  if (refused_ > 0 && content == last_refused_) return;
  last_refused_ = content;
  route_->board->set_refusal(why);
  if (++refused_ < most_refused || refusing_) return;
  refusing_ = true;
  ++route_->board->lanes_refused;
  telemetry::log(telemetry::level::error, "store-refuses", {{"route", route_->how.name}, {"reason", why.text}});
}

} // namespace aorta::actors
