// CONNECTION, one a socket: makes envelopes of frames, sends them to their route, and lets the replies out in
// the order of the frames.
#pragma once

#include "actors/handles.hpp"
#include "engine/config/listener.hpp"
#include "engine/telemetry/metrics.hpp"
#include "engine/telemetry/recent.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace aorta::actors {

/// Which route takes a message. When none does the envelope says why (`refusal`) and goes to the listener's
/// refusals, so that it is kept and answered.
struct destination {
  supervisor_actor route; ///< null: the engine is ending, or nobody is there for what comes by HTTP: nothing
                          ///< is taken and nothing answered
  model::clinic_id clinic = 0; ///< of that route
};
/// Reads the envelope's header and may refuse it; what is not whole always is.
using route_finder = std::function<destination(envelope& mail)>;

/// An application acknowledgement that a connection still owes for one of its frames.
struct later_answer {
  model::clinic_id clinic = 0;
  uuid message;
  connection_actor to;
  uint64_t sequence = 0; ///< of the frame
};

struct connection_context {
  std::string listener;
  route_finder find; ///< called on the connection's thread; safe from any
  ports::reply_sink* replies = nullptr;
  const clock_source* clock = nullptr;
  id_source* ids = nullptr;
  std::atomic<config::batch_answer> answers{config::batch_answer::batch}; ///< a reload may change it
  telemetry::metrics* metrics = nullptr;
  mutable telemetry::recent recent; ///< messages that were answered here, and how long that took
  /// How many frames that are no messages this peer has sent within its minute, this one included. Null:
  /// nobody counts.
  std::function<uint64_t(const std::string& peer)> count_nonsense;
  /// The receipt of a message was acknowledged, and it will be filed by itself; `to` is told of its
  /// application acknowledgement (`later_reply`), if one is owed. Any thread. Null: nobody files it here.
  std::function<void(std::optional<later_answer> owed)> accepted;
  std::atomic<uint32_t> release{1}; ///< of MLLP
};

/// So many of them a minute have a log row each; from then on their sender is read slowly, and one row a
/// minute tells how many came.
inline constexpr uint64_t most_nonsense = 60;

/// Of a frame of many messages so many are with the routes at a time; the frames behind it wait.
inline constexpr size_t most_of_a_frame = 256;

connection_actor spawn_connection(caf::actor_system& sys, std::shared_ptr<const connection_context> with,
                                  ports::connection_id id, std::string peer);

} // namespace aorta::actors
