// What every way through HTTP's door works with.
#pragma once

#include "actors/connection.hpp"
#include "engine/gateway/strangers.hpp"
#include "engine/gateway/waiting.hpp"
#include "engine/telemetry/metrics.hpp"

#include <functional>

namespace aorta::gateway {

/// All that it points to outlives the actor system.
struct front_parts {
  caf::actor_system* actors = nullptr;
  actors::route_finder find; ///< for what goes the way of messages: bundles, webhooks, reruns
  telemetry::metrics* metrics = nullptr;
  const clock_source* clock = nullptr;
  id_source* ids = nullptr;
  waiting_list* calls = nullptr;
  strangers* unknown = nullptr;                     ///< who comes without a valid key or signature
  std::function<void(std::function<void()>)> later; ///< runs it on the loop in a moment; from any thread
};

} // namespace aorta::gateway
