// POST /webhooks/NAME: what others send under their signature, on its way to its route and back.
#pragma once

#include "actors/admin_worker.hpp"
#include "actors/connection.hpp"
#include "engine/config/webhook.hpp"
#include "engine/gateway/strangers.hpp"
#include "engine/gateway/waiting.hpp"
#include "engine/net/http/http_server.hpp"
#include "engine/telemetry/metrics.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace aorta::gateway {

struct webhook_front_parts {
  caf::actor_system* actors = nullptr;
  std::function<std::shared_ptr<const std::map<std::string, config::inbound_webhook>>()> webhooks;
  actors::route_finder find;
  /// For the audit of who proves nothing. On the loop's thread; nothing: the engine is ending.
  std::function<actors::admin_worker()> admin;
  telemetry::metrics* metrics = nullptr;
  const clock_source* clock = nullptr;
  id_source* ids = nullptr;
  waiting_list* calls = nullptr;
  strangers* unknown = nullptr;
  std::function<void(std::function<void()>)> later; ///< runs it on the loop in a moment; from any thread
};

bool is_webhook_target(std::string_view target);
net::http_handler webhook_front(std::shared_ptr<const webhook_front_parts> parts);

} // namespace aorta::gateway
