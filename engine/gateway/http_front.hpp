// HTTP in front of the API: from the listener to the admin workers and back, with metrics and an audit row
// for each access.
#pragma once

#include "actors/connection.hpp"
#include "actors/admin_worker.hpp"
#include "engine/api/api.hpp"
#include "engine/gateway/strangers.hpp"
#include "engine/gateway/waiting.hpp"
#include "engine/net/http/http_server.hpp"
#include "engine/telemetry/metrics.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace aorta::gateway {

struct http_front_parts {
  caf::actor_system* actors = nullptr;
  std::vector<actors::admin_worker> admin_workers; ///< requests take them in turn
  api::engine_view engine;
  actors::route_finder find; ///< for reruns
  telemetry::metrics* metrics = nullptr;
  const clock_source* clock = nullptr;
  waiting_list* visits = nullptr;
  strangers* unknown = nullptr;                     ///< who comes without a valid key
  std::function<void(std::function<void()>)> later; ///< runs it on the loop in a moment; from any thread
};

/// The handler for `net::http_server`. `parts` outlive it.
net::http_handler http_front(std::shared_ptr<const http_front_parts> parts);

} // namespace aorta::gateway
