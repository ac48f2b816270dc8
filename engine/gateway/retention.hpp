// What is done with goes after its time, a little at a time.
#pragma once

#include "actors/workers.hpp"
#include "engine/base/clock.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace aorta::gateway {

class retention {
public:
  /// The clock outlives it, and what an admin worker was asked for.
  explicit retention(const clock_source& clock) : clock_(clock) {}
  /// Deliveries that were sent or skipped so many days ago go, and events whose deliveries are gone, at an
  /// admin worker, which does other work between two batches; 0: none. One sweep at a time.
  void sweep(const actors::admin_worker& by, uint32_t deliveries_days);

private:
  const clock_source& clock_;
  std::shared_ptr<std::atomic<bool>> sweeping_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace aorta::gateway
