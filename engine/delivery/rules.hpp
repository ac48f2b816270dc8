// By which rules deliveries go to a destination: when again, how often, and what becomes of what it refuses.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aorta::delivery {

/// What becomes of what the receiver will never take.
enum class on_reject : uint8_t {
  park,     ///< it waits for a person, and the next goes on
  skip,     ///< it is left out
  hold,     ///< it waits for a person, and so do those of its key
  hold_all, ///< and so does its whole partition
};
std::string_view name(on_reject) noexcept; ///< `hold-all`
std::optional<on_reject> on_reject_from(std::string_view) noexcept;

/// What keeps its order.
enum class order_by : uint8_t { patient, all, none };
std::string_view name(order_by) noexcept;
std::optional<order_by> order_by_from(std::string_view) noexcept;

struct rules {
  /// Pauses after each attempt; the last one for ever. Each is shortened by up to a fifth, so that what
  /// failed together does not come back together.
  std::vector<std::chrono::seconds> retry{std::chrono::seconds(1), std::chrono::seconds(5),
                                          std::chrono::seconds(30), std::chrono::seconds(120),
                                          std::chrono::seconds(600)};
  uint32_t attempts = 5; ///< how often an answer that may pass later is taken before it is a refusal
  on_reject rejected = on_reject::park;
  uint32_t faults_to_open = 5; ///< of the connection, in a row: then one is tried at a time
  friend bool operator==(const rules&, const rules&) = default;
};

} // namespace aorta::delivery
