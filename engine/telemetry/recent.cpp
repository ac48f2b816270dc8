#include "engine/telemetry/recent.hpp"

#include <algorithm>
#include <cmath>

namespace aorta::telemetry {
namespace {

constexpr double shortest = 50e-6, step_up = 1.1;

int64_t second_of(recent::clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

} // namespace

void recent::add(clock::time_point now, timestamp at, std::chrono::duration<double> took) {
  const double steps = took.count() <= shortest
    ? 0
    : std::ceil(std::log(took.count() / shortest) / std::log(step_up));
  const auto which = std::min(size_t(steps), classes - 1);
  const auto second = second_of(now);
  const std::lock_guard hold(guard_);
  auto& into = slots_[size_t(second) % slots_.size()];
  if (into.second != second) into = {second, 0, {}};
  ++into.count;
  ++into.took[which];
  if (!last_at_ || *last_at_ < at) last_at_ = at;
}

recent::summary recent::told(clock::time_point now) const {
  const auto second = second_of(now);
  std::array<uint64_t, classes> took{};
  uint64_t count = 0;
  summary out;
  {
    const std::lock_guard hold(guard_);
    out.last_at = last_at_;
    for (const auto& each : slots_) {
      if (each.second >= second || each.second < second - seconds) continue;
      count += each.count;
      for (size_t i = 0; i < classes; ++i) took[i] += each.took[i];
    }
  }
  out.per_second = double(count) / seconds;
  const auto part = [&](double of) -> std::optional<std::chrono::duration<double>> {
    uint64_t seen = 0;
    for (size_t i = 0; i < classes; ++i)
      if ((seen += took[i]) > 0 && double(seen) >= of * double(count))
        return std::chrono::duration<double>(shortest * std::pow(step_up, double(i)));
    return std::nullopt;
  };
  out.p50 = part(0.5);
  out.p99 = part(0.99);
  return out;
}

} // namespace aorta::telemetry
