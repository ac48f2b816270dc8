// What the stages of one route are made with. Outlives them.
#pragma once

#include "actors/envelope.hpp"
#include "engine/config/config.hpp"
#include "engine/fhir/map.hpp"
#include "engine/lab/profile.hpp"
#include "engine/ports/store.hpp"
#include "engine/telemetry/metrics.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace aorta::actors {

/// What HTTP shows of a route while it runs. Written by its actors, read by anyone.
struct route_board {
  std::atomic<uint64_t> in_flight{0}, waiting{0}, received{0}, processed{0}, failed{0}, unmatched{0}, duplicate{0}, restarts{0};
  std::atomic<bool> running{true};

  /// Lanes whose last messages the store refused one after the other, whatever they were: such a route is not ready.
  std::atomic<int> lanes_refused{0};

  void set_last_error(const error& why, timestamp at);
  std::pair<std::string, std::string> last_error() const; ///< text and time, empty when there was none
  void set_refusal(const error& why);
  std::string refusal() const; ///< the last one's text

private:
  mutable std::mutex lock_;
  std::string text_, at_, refusal_;
};

/// Whether the store answers; shared by all routes.
class store_board {
public:
  bool away() const noexcept { return away_.load(std::memory_order_relaxed); }
  std::string why() const; ///< of the last time it was away
  bool set_away(const error& why); ///< true when it was not before
  bool set_back() noexcept { return away() && away_.exchange(false); }

private:
  std::atomic<bool> away_{false};
  mutable std::mutex lock_;
  std::string why_;
};

struct route_context {
  config::route how;
  model::clinic_id clinic = 0;
  std::vector<std::shared_ptr<const lab::profile>> profiles;
  std::vector<lab::critical_limit> clinic_limits;
  fhir::identifier_systems systems;
  std::string config_version;
  const clock_source* clock = nullptr;
  id_source* ids = nullptr;
  ports::store* store = nullptr;
  telemetry::metrics* metrics = nullptr;
  store_board* store_state = nullptr;
  std::shared_ptr<route_board> board; ///< an actor on its way out may still write it
  /// Test hook (AORTA_TEST_THROW): called at the start of each stage's work on an envelope without a fault; what it throws ends that actor. Null in production.
  std::function<void(std::string_view stage, const envelope&)> before_work;
};

using route_context_ptr = std::shared_ptr<const route_context>;

} // namespace aorta::actors
