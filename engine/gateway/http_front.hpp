// HTTP in front of the API: from the listener to the admin workers and back, with metrics and an audit row
// for each access.
#pragma once

#include "actors/workers.hpp"
#include "engine/api/api.hpp"
#include "engine/gateway/front_parts.hpp"
#include "engine/gateway/live_feeds.hpp"
#include "engine/net/http/http_server.hpp"

#include <memory>
#include <vector>

namespace aorta::gateway {

struct http_front_parts : front_parts {
  std::vector<actors::admin_worker> admin_workers; ///< requests take them in turn
  actors::admin_worker patient;                    ///< for those that may take many seconds
  waiting_list* slow_calls = nullptr;              ///< likewise
  api::engine_view engine;
  live_feeds* live = nullptr; ///< whose answers go on
};

/// The handler for `net::http_server`. `parts` outlive it.
net::http_handler http_front(std::shared_ptr<const http_front_parts> parts);

} // namespace aorta::gateway
