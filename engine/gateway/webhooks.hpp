// Webhooks as destinations: where they may lead, and how they are delivered to.
#pragma once

#include "engine/config/config.hpp"
#include "engine/ports/webhooks.hpp"

#include <optional>

namespace aorta::gateway {

/// Why an administrator may not name this URL. A name is looked up when something is sent to it, and each of
/// its addresses is checked then; what is an address already is checked here too.
status check_webhook_url(const std::string& url, const config::event_settings& by);

/// Nothing: its secret is no key, so that nothing may be sent.
std::optional<config::destination> as_destination(const ports::webhook& of, const config::event_settings& by);

} // namespace aorta::gateway
