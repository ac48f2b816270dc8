// What happened within the last ten seconds, for people who look on: how often, and how long it took.
#pragma once

#include "engine/base/clock.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace aorta::telemetry {

/// Thread-safe.
class recent {
public:
  using clock = std::chrono::steady_clock;
  static constexpr int seconds = 10;

  void add(clock::time_point now, timestamp at, std::chrono::duration<double> took);

  struct summary {
    double per_second = 0;
    std::optional<std::chrono::duration<double>> p50, p99; ///< at most a tenth too long; none: nothing
                                                           ///< happened
    std::optional<timestamp> last_at;                      ///< ever
  };
  summary told(clock::time_point now) const;

private:
  static constexpr size_t classes = 160; ///< of durations: each a tenth longer than the one before, from 50
                                         ///< us
  struct slot {
    int64_t second = -1;
    uint32_t count = 0;
    std::array<uint32_t, classes> took{};
  };

  mutable std::mutex guard_;
  std::array<slot, seconds + 1> slots_; ///< the second that is under way, and those that are told
  std::optional<timestamp> last_at_;
};

} // namespace aorta::telemetry
