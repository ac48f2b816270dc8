// What the actors of one route are made with, beside what its steps know. Outlives them.
#pragma once

#include "engine/pipeline/step.hpp"
#include "engine/ports/store.hpp"
#include "engine/telemetry/metrics.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace aorta::actors {

using pipeline::envelope;
using pipeline::envelope_ptr;
using pipeline::steady;

/// What HTTP shows of a route while it runs. Written by its actors, read by anyone.
struct route_board {
  std::atomic<uint64_t> in_flight{0}, waiting{0}, received{0}, processed{0}, failed{0}, unmatched{0},
    duplicate{0}, restarts{0};
  std::atomic<bool> running{true};
  std::atomic<uint64_t> turns{0}; ///< of its supervisor, several a second: it lives

  /// Lanes whose last messages the store refused one after the other, whatever they were: such a route is not
  /// ready.
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
  std::string why() const;         ///< of the last time it was away
  bool set_away(const error& why); ///< true when it was not before
  bool set_back() noexcept { return away() && away_.exchange(false); }

private:
  std::atomic<bool> away_{false};
  mutable std::mutex lock_;
  std::string why_;
};

/// Test hook (AORTA_TEST_THROW): called at the start of each stage's work on an envelope without a fault;
/// what it throws ends that actor.
using work_hook = std::function<void(std::string_view stage, const envelope&)>;

struct route_context : pipeline::route {
  telemetry::metrics* metrics = nullptr;
  ports::store* store = nullptr; ///< opens the lanes' sessions
  store_board* store_state = nullptr;
  std::function<bool()> paused;       ///< by a person; any thread. Null: never
  std::shared_ptr<route_board> board; ///< an actor on its way out may still write it
  work_hook before_work;              ///< null in production
};

using route_context_ptr = std::shared_ptr<const route_context>;

} // namespace aorta::actors
