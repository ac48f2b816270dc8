// HTTP in front of the API: from the listener to the desks and back, with metrics and an audit row for each access.
#pragma once

#include "actors/connection.hpp"
#include "actors/desk.hpp"
#include "engine/api/api.hpp"
#include "engine/net/http_server.hpp"
#include "engine/telemetry/metrics.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <vector>

namespace aorta::cli {

struct visit;

/// Requests that wait for the store, oldest first. On the loop's thread.
class visit_list {
public:
  void watch(std::shared_ptr<const visit> one);
  void sweep(); ///< answers 503 to whom the store lets wait too long; call it now and then

private:
  static constexpr std::chrono::seconds longest{5};
  std::deque<std::shared_ptr<const visit>> open_;
};

struct http_front_parts {
  caf::actor_system* actors = nullptr;
  std::vector<actors::desk_actor> desks; ///< requests take them in turn
  api::engine_view engine;
  actors::route_finder find; ///< for reruns
  telemetry::metrics* metrics = nullptr;
  const clock_source* clock = nullptr;
  visit_list* visits = nullptr;
};

/// The handler for `net::http_server`. `parts` outlive it.
net::http_handler http_front(std::shared_ptr<const http_front_parts> parts);

} // namespace aorta::cli
