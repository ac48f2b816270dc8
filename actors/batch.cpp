#include "actors/batch.hpp"

#include "engine/telemetry/log.hpp"

namespace aorta::actors {

error lane_session::note(const error& why) {
  if (why.code == error_code::store_unavailable && !route_->store_state->away.exchange(true))
    telemetry::log(telemetry::level::error, "store-away", {{"route", route_->how.name}, {"reason", why.text}});
  return why;
}

void lane_session::note_back() {
  if (route_->store_state->away.load(std::memory_order_relaxed) && route_->store_state->away.exchange(false))
    telemetry::log(telemetry::level::info, "store-back", {{"route", route_->how.name}});
}

} // namespace aorta::actors
