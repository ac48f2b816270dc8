// POST /webhooks/NAME: what others send under their signature, on its way to its route and back.
#pragma once

#include "actors/workers.hpp"
#include "engine/config/webhook.hpp"
#include "engine/gateway/front_parts.hpp"
#include "engine/http/endpoint.hpp"
#include "engine/net/http/http_server.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace aorta::gateway {

struct webhook_front_parts : front_parts {
  std::function<std::shared_ptr<const std::map<std::string, config::inbound_webhook>>()> webhooks;
  /// For the audit of who proves nothing. On the loop's thread; nothing: the engine is ending.
  std::function<actors::admin_worker()> admin;
};

/// For the description of what there is.
const http::endpoint& webhook_endpoint();
bool is_webhook_target(std::string_view target);
net::http_handler webhook_front(std::shared_ptr<const webhook_front_parts> parts);

} // namespace aorta::gateway
