// Critical values climb their ladders: who is to hear of one is told by a delivery, rung after rung, until a
// person has acknowledged it.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/config/config.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/store.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace aorta::ports {
struct forward; // deliveries.hpp
}

namespace aorta::gateway {

/// One node at a time for each clinic. When somebody hears is in the store, written with what was sent, so
/// nothing is forgotten and nothing sent twice over a crash.
class alerting {
public:
  struct parts {
    caf::actor_system* actors = nullptr;
    ports::store* store = nullptr;
    const clock_source* clock = nullptr;
    id_source* ids = nullptr;
    /// Deliveries were written: whoever sends them may look.
    std::function<void(model::clinic_id, std::span<const ports::forward>)> forwarded;
  };
  /// All that `from` points to outlives the actor system.
  explicit alerting(parts from);

  /// On one thread, with `look`.
  void use(const config::settings& settings, const std::map<std::string, model::clinic_id>& clinics);
  void look(); ///< for a timer: nothing while the last look is still at work
  void stop();
  /// Within which somebody is to acknowledge in this clinic. From any thread.
  std::chrono::milliseconds due(model::clinic_id clinic) const;

  static constexpr unsigned looks_ms = 200;

private:
  class desk;
  std::shared_ptr<desk> desk_;
};

/// Goes on while the machine sleeps (Linux, clock_gettime(2)): what was to be done then is due afterwards.
std::chrono::nanoseconds true_time();
/// How far the wall clock went beside one that only ever goes on, machine asleep or not. Nothing: as time
/// goes, with corrections that nobody notices.
std::optional<std::chrono::milliseconds> clock_jump(timestamp wall_before,
                                                    std::chrono::nanoseconds true_before, timestamp wall_now,
                                                    std::chrono::nanoseconds true_now);

} // namespace aorta::gateway
