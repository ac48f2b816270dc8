// Listeners of which messages are expected: when each had its last one, as all nodes know it.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/result.hpp"
#include "engine/model/patient.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace aorta::ports {

struct watched_listener {
  std::string name;
  timestamp last_at{};                   ///< the last message, or since when it is watched
  std::optional<timestamp> silent_since; ///< when it was told that it is silent
};
struct watched_listeners {
  timestamp now{}; ///< by the store's clock, which all nodes share
  std::vector<watched_listener> all;
};

/// Something to tell of one; `payload` is the event's.
struct silence_change {
  std::string listener, payload;
  bool silent = true;      ///< false: it is back
  timestamp at{};          ///< silent: from now on; back: `silent_since` as it was seen
  timestamp quiet_since{}; ///< silent: only if nothing came after this
};

class silence_log {
public:
  virtual ~silence_log() = default;
  /// Those of these names; who is new is watched from now on.
  virtual result<watched_listeners> listeners(model::clinic_id clinic,
                                              const std::vector<std::string>& names) = 0;
  /// It had a message then; never earlier than what is known.
  virtual status heard(model::clinic_id clinic, const std::string& listener, timestamp at) = 0;
  /// With its event, in one transaction. False: another node has told it, or a message came; nothing was
  /// written.
  virtual result<bool> tell(model::clinic_id clinic, const silence_change& what) = 0;
  /// The clock jumped by this much after `until`.
  virtual status shift(model::clinic_id clinic, std::chrono::milliseconds by, timestamp until) = 0;
};

} // namespace aorta::ports
