// Many messages over many MLLP connections, for `aorta send` and tests: a rate, and figures.
#pragma once

#include "engine/base/result.hpp"
#include "engine/ports/outbound.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace aorta::net {

struct send_plan {
  std::string host;
  uint16_t port = 0;
  std::optional<ports::tls_rules> tls;
  unsigned connections = 1;
  double rate = 0;    ///< messages a second over all connections; 0: as fast as answers come
  uint64_t count = 0; ///< messages in all
  std::chrono::milliseconds timeout{60'000};    ///< for each answer
  std::function<std::string(uint64_t)> message; ///< the n-th message's bytes without framing, from 0
  /// Whether the n-th message is answered by nobody, as it asks; its answer is waited for a second only. May
  /// be empty.
  std::function<bool(uint64_t)> asks_for_none;
  std::function<void(uint64_t, const std::string& reply)> answered;  ///< may be empty
  std::function<void(uint64_t, const std::string& reason)> given_up; ///< a message that was sent and got no
                                                                     ///< answer; may be empty
};

struct send_figures {
  uint64_t sent = 0, accepted = 0, refused = 0, unanswered = 0; ///< accepted: AA or CA; unanswered: also
                                                                ///< those never sent
  uint64_t not_asked = 0; ///< of those unanswered: sent, and asked for no answer
  double seconds = 0, per_second = 0;
  double p50_ms = 0, p90_ms = 0, p99_ms = 0, max_ms = 0; ///< with a rate: from the moment the message was due
};

/// Runs a loop of its own until all are answered or given up. Error when no connection could be made. A
/// connection that breaks leaves its message unanswered and is made again for the next one; after three
/// failures in a row it is given up. A late reply's connection is not used again. Messages go over
/// `mllp_sender`. The callbacks run on the calling thread.
result<send_figures> send_all(const send_plan& plan);

} // namespace aorta::net
