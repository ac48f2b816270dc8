// What comes by a webhook: its envelope, and what its sender is answered.
#pragma once

#include "engine/pipeline/envelope.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::pipeline {

bool is_webhook(std::string_view listener) noexcept; ///< `webhook:NAME`

/// The bytes of its envelope, which the log keeps: a line with the request's id, an empty one, and the body
/// as it came. A repeat has the same, whenever it is signed.
std::string webhook_bytes(std::string_view id, std::string_view body);
struct webhook_parts {
  std::string_view id, body;
};
/// Nothing: the bytes are none of these.
std::optional<webhook_parts> parts_of_webhook(std::string_view bytes) noexcept;

/// What HTTP answers when the route is done with it.
struct webhook_reply {
  int status = 200;
  std::string code, text, where; ///< of a refusal
  uuid message;                  ///< of the first one, when it is a repeat
};
webhook_reply reply_of_webhook(const envelope& done);

} // namespace aorta::pipeline
