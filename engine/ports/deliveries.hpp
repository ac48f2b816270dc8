// What is passed on: how a filing asks for it, and what a dispatcher asks of the store. The same statements
// on both databases; whoever writes names the lease by which it may.
#pragma once

#include "engine/base/result.hpp"
#include "engine/delivery/item.hpp"
#include "engine/delivery/rules.hpp"
#include "engine/model/patient.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::ports {

/// A message to be passed on, written with its filing: once for each message and destination.
struct forward {
  std::string destination;
  uint32_t part = 0;
  int64_t key = 0;           ///< what keeps its order; 0: nothing does
  std::string control_id;    ///< as it goes out, the same at each attempt
  std::string body;          ///< empty: as it was received
  bool matched_only = false; ///< not sent while a person must decide whose the message is
};

/// The part of a destination's queue in one clinic that one node works on at a time.
struct partition {
  model::clinic_id clinic = 0;
  std::string destination;
  uint32_t part = 0;
  friend auto operator<=>(const partition&, const partition&) = default;
};

/// The kind of review that a parked delivery opens.
inline constexpr std::string_view delivery_parked = "delivery-parked";

/// Its right to do so. The token grows with each new owner.
struct lease {
  partition of;
  int64_t token = 0;
};

/// What waits in a partition, in the order of sequence, and which keys wait for a person.
struct waiting_deliveries {
  std::vector<delivery::item> items;
  std::set<int64_t> held;
  bool all_held = false;
};

/// One that was begun: it is in flight in the store, and may be sent now.
struct parcel {
  uuid id;
  std::string body, control_id;
  bool perhaps = false; ///< the receiver may have it already
  std::optional<uuid> message, event;
  std::string event_type; ///< of an event, whose `body` is what it says, as JSON
  timestamp event_at{};
  std::optional<uuid> about;                ///< the result, or another resource, of which the event tells
  std::string message_type, sender;         ///< of the message, MSH-9 and MSH-4
  std::optional<model::patient_id> patient; ///< under whom the message stands, or of whom the event is
  timestamp created_at{};                   ///< of the delivery
};

/// What a dispatcher writes in one transaction, all of one clinic.
struct delivery_turn {
  std::vector<lease> leases; ///< extended by it
  struct settled {
    size_t lease = 0; ///< in `leases`
    uuid id;
    delivery::ruling what;
  };
  std::vector<settled> done;
  bool of_events = false; ///< some of `done` may be an event's, who is delivered when all who take it have it
  struct begun {
    size_t lease = 0;
    uuid id;
  };
  std::vector<begun> begin;
};

struct delivery_answer {
  std::vector<bool> held;      ///< by lease: it is still ours. What was written under another is not written
  std::vector<parcel> parcels; ///< of `begin`, those that nobody else has settled meanwhile
};

struct queue_state {
  std::string destination;
  std::map<std::string, int64_t> by_state; ///< waiting, inflight, parked
  std::optional<timestamp> oldest;         ///< of those that wait or are in flight
};

/// Who takes events: a webhook, or a destination of the configuration.
struct event_taker {
  std::string destination;
  std::vector<std::string> event_types; ///< `*`: all
  uint32_t partitions = 1;
  delivery::order_by key = delivery::order_by::patient;
  bool takes(std::string_view type) const {
    return std::any_of(event_types.begin(), event_types.end(),
                       [&](const auto& each) { return each == "*" || each == type; });
  }
};

/// What became of events that were due.
struct given_events {
  size_t events = 0; ///< as many as were asked for: there may be more
  std::set<partition> to;
};

struct webhook; // webhooks.hpp

/// A dispatcher's own session.
class delivery_session {
public:
  virtual ~delivery_session() = default;

  /// Webhooks of the clinic to which something may be sent, with their secrets.
  virtual result<std::vector<webhook>> webhooks(model::clinic_id clinic) = 0;
  /// Writes a delivery of each event that is due, at most so many, for each who takes it: these and the
  /// clinic's webhooks. Exactly one, whoever else does the same. Never `after the last one`.
  virtual result<given_events> give_out(model::clinic_id clinic, std::span<const event_taker> takers,
                                        size_t most) = 0;

  /// Those of `wanted` that nobody holds, for `length` from now by the store's clock.
  virtual result<std::vector<lease>> take(model::clinic_id clinic, std::span<const partition> wanted,
                                          const std::string& owner, std::chrono::seconds length) = 0;
  /// Gives them back before their end.
  virtual status release(model::clinic_id clinic, std::span<const lease> all, const std::string& owner) = 0;
  /// Destinations of the clinic that are paused, or whose receiver said that it is gone.
  virtual result<std::set<std::string>> stopped(model::clinic_id clinic) = 0;
  /// Never `after the last number`: rows of late commits have lower ones. `left_out`: keys whose first waits.
  virtual result<waiting_deliveries> waiting(const partition& of, std::span<const int64_t> left_out,
                                             size_t most) = 0;
  /// All of it or nothing.
  virtual result<delivery_answer> write(model::clinic_id clinic, const delivery_turn& what,
                                        const std::string& owner, std::chrono::seconds length) = 0;
  /// The receiver is gone (410): nothing more is sent to it until a person resumes it.
  virtual status stop(model::clinic_id clinic, const std::string& destination, const std::string& why) = 0;
  /// What waits in partitions that the destination does not have any more goes to those that it has.
  virtual status spread(model::clinic_id clinic, const std::string& destination, uint32_t partitions) = 0;
  virtual result<std::vector<queue_state>> counts(model::clinic_id clinic) = 0;
};

} // namespace aorta::ports
