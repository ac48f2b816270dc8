// One HTTP request between its listener and whoever answers it, whichever side of the door it came to.
#pragma once

#include "engine/gateway/waiting.hpp"
#include "engine/telemetry/metrics.hpp"

#include <string_view>

namespace aorta::gateway {

struct http_call : waiting {
  enum class packing : uint8_t {
    none, ///< this side never packs its answers
    plain,
    gzip ///< its client takes it
  };
  net::http_respond respond;
  packing packs = packing::none;

  /// Counts and sends the answer, unless there was one already: then the store took too long, and the client
  /// was told. Any thread. `label`: its row, as metrics name it.
  void send(net::http_response reply, telemetry::metrics& counted_in, std::string_view label,
            std::string_view method) const;
};

/// What a side of the door answers, as the listener sends it.
template <class Reply>
net::http_response as_sent(Reply reply) {
  net::http_response out;
  out.status = reply.status;
  out.content_type = std::move(reply.content_type);
  out.body = std::move(reply.body);
  out.headers = std::move(reply.headers);
  return out;
}

} // namespace aorta::gateway
