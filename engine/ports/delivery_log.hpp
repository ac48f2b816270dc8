// Deliveries for persons: what was passed on, what waits and why, and what persons do about it.
// Every call is a transaction of its own; failures come back as values, as with `message_log`.
#pragma once

#include "engine/ports/deliveries.hpp"
#include "engine/ports/page.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aorta::ports {

struct delivery_filter {
  model::clinic_id clinic = 0;
  std::string destination;              ///< empty: any
  std::optional<delivery::state> state; ///< nothing: any
  std::optional<uuid> message, event;
  std::string cursor; ///< as a list returned it; empty: the newest
  int limit = 50;
};

/// A row of `delivery` without its body.
struct delivery_row {
  uuid id;
  std::string destination;
  uint32_t part = 0;
  delivery::state state = delivery::state::waiting;
  delivery::holding holds = delivery::holding::nobody;
  std::optional<uuid> message, event;
  std::string control_id; ///< as it goes out
  bool resent = false;    ///< a person asked for it
  bool perhaps = false;   ///< an attempt may have reached the receiver without our knowing
  uint32_t attempts = 0;
  std::optional<timestamp> next_at; ///< not before
  std::string last_code;            ///< what the receiver said last: `AE`, `503`, `late`
  timestamp created_at{}, changed_at{};
};

/// A destination of a clinic to which nothing is sent now.
struct destination_stop {
  std::string destination;
  std::string why; ///< "paused", or "gone": its receiver said so
  std::string by;  ///< the key that paused it; empty: none did
  timestamp at{};
};

class delivery_log {
public:
  virtual ~delivery_log() = default;

  virtual result<page<delivery_row>> deliveries(const delivery_filter& filter) = 0; ///< newest first
  virtual result<std::vector<queue_state>> counts(model::clinic_id clinic) = 0;
  virtual result<std::vector<destination_stop>> stops(model::clinic_id clinic) = 0;

  /// Nothing is begun there any more. Whoever stopped it first is the one who did.
  virtual status pause(model::clinic_id clinic, const std::string& destination, const std::string& by) = 0;
  /// Takes the stop away, also that of a receiver that was gone.
  virtual status resume(model::clinic_id clinic, const std::string& destination) = 0;

  /// What a person did to one delivery, and how it stands now. Unchanged: its state did not allow it, or
  /// nobody takes it any more.
  struct change {
    delivery_row now;
    bool changed = false;
  };
  /// Waiting, parked or skipped: it goes at once, with all its attempts before it. Nothing: there is none.
  /// Not that of a webhook which was removed.
  virtual result<std::optional<change>> retry(model::clinic_id clinic, const uuid& id) = 0;
  /// Waiting or parked: it is never sent, and nothing waits for it any more.
  virtual result<std::optional<change>> skip(model::clinic_id clinic, const uuid& id) = 0;
  /// Passes a logged message on once more, whatever became of it before.
  virtual result<delivery_row> resend(model::clinic_id clinic, const uuid& message, timestamp received_at,
                                      const forward& what) = 0;

  /// Rows that were sent or skipped before this time go, the oldest first, at most so many; how many went.
  virtual result<int64_t> forget(model::clinic_id clinic, timestamp before, int most) = 0;
  /// Events of before this time that were given out and of which no delivery is left go likewise.
  virtual result<int64_t> forget_events(model::clinic_id clinic, timestamp before, int most) = 0;
};

} // namespace aorta::ports
