#include "engine/gateway/retention.hpp"

#include "engine/telemetry/log.hpp"

namespace aorta::gateway {
namespace {

constexpr int batch = 2000; ///< what a writer waits for at most

/// True when there is more.
bool forget_some(ports::message_log& in, timestamp before) {
  const auto clinics = in.access().clinics();
  if (!clinics) return false; // away: the next sweep
  bool more = false;
  for (const auto& each : *clinics) {
    const auto gone = in.deliveries().forget(each.id, before, batch);
    if (!gone)
      telemetry::log(telemetry::level::warn, "retention-failed",
                     {{"clinic", each.code}, {"reason", gone.error().text}});
    const auto told = in.deliveries().forget_events(each.id, before, batch);
    if (!told)
      telemetry::log(telemetry::level::warn, "retention-failed",
                     {{"clinic", each.code}, {"reason", told.error().text}});
    more = more || (gone && *gone == batch) || (told && *told == batch);
  }
  return more;
}

using flag = std::shared_ptr<std::atomic<bool>>;

void go_on(const actors::admin_worker& by, timestamp before, const flag& sweeping) {
  by.give([by, before, sweeping](ports::message_log* in) {
    if (in != nullptr && forget_some(*in, before)) go_on(by, before, sweeping);
    else *sweeping = false;
  });
}

} // namespace

void retention::sweep(const actors::admin_worker& by, uint32_t deliveries_days) {
  if (deliveries_days == 0 || sweeping_->exchange(true)) return;
  go_on(by, clock_.now() - std::chrono::days(deliveries_days), sweeping_);
}

} // namespace aorta::gateway
