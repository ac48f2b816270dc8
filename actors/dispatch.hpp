// What a dispatcher does, without being an actor: which partitions are ours, what goes out next, what became
// of it. One thread; the clocks are handed in.
#pragma once

#include "engine/config/destination.hpp"
#include "engine/delivery/queue.hpp"
#include "engine/ports/deliveries.hpp"
#include "engine/ports/webhooks.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace aorta::actors {

/// The way to a receiver, for one partition. Any thread may call it.
class courier {
public:
  using steady = std::chrono::steady_clock;
  struct load {
    ports::parcel what;
    int64_t key = 0;
  };
  virtual ~courier() = default;
  /// In this order. Each is told to `heard` once, unless the engine ends before.
  virtual void carry(std::vector<load> all) = 0;
  /// Nothing goes out behind this moment: the lease may have ended.
  virtual void until(steady::time_point when) = 0;
  /// What waits is not sent any more; what is out is still heard.
  virtual void stop() = 0;
};

/// What others tell a dispatcher; any thread.
class dispatch_inbox {
public:
  explicit dispatch_inbox(std::function<void()> wake) : wake_(std::move(wake)) {}
  struct heard {
    ports::partition of;
    uuid id;
    delivery::outcome what;
  };
  void hear(heard one);
  void committed(model::clinic_id clinic, std::span<const ports::forward> all); ///< there is more to send
  void look(); ///< a person has changed something
  struct news {
    std::vector<heard> answers;
    std::set<ports::partition> fresh;
    bool look = false;
  };
  news take();

private:
  std::function<void()> wake_;
  std::mutex lock_;
  news news_;
  bool woken_ = false;
};

/// The destinations as they are configured, and the clinics whose messages go there.
struct dispatch_plan {
  std::map<std::string, config::destination> destinations;
  std::vector<model::clinic_id> clinics;
};

/// Something that whoever runs the engine should know.
struct dispatch_event {
  enum class kind : uint8_t { away, still_away, back, parked, skipped, gone, lease_lost } is;
  ports::partition of;
  std::string code = {};
  uuid id = {};
};

class dispatch {
public:
  using steady = std::chrono::steady_clock;
  using make_courier =
    std::function<std::shared_ptr<courier>(const config::destination&, const ports::partition&)>;
  struct parts {
    std::function<result<std::unique_ptr<ports::delivery_session>>()> open;
    make_courier courier_for;
    std::function<void(const dispatch_event&)> tell;
    std::function<void(model::clinic_id, const std::vector<ports::queue_state>&)> counted;
    /// How a webhook is delivered to, as the configuration has it now. Nothing: not with this secret.
    std::function<std::optional<config::destination>(const ports::webhook&)> webhook_as;
    /// Those of a clinic to which something may be sent, when that has changed.
    std::function<void(model::clinic_id, const std::map<std::string, config::destination>&)> webhooks_are;
    /// Puts what a message filed in the place of its bytes, for a destination that gets that (kind fhir); no
    /// bytes where nothing stands of it. A fault: not now.
    std::function<status(const ports::partition&, ports::parcel&)> compose;
    std::string owner; ///< another one each time that a node starts
    uint64_t seed = 1;
  };
  dispatch(parts from, dispatch_inbox& inbox) : parts_(std::move(from)), inbox_(inbox) {}

  void use(dispatch_plan plan) {
    plan_ = std::move(plan);
    planned_ = false;
    looked_at_.clear(); // what the configuration says of webhooks may be another
  }
  /// Everything that can be done now.
  void turn(timestamp now, steady::time_point at);
  /// Nothing new is begun. True when nothing is under way any more and all leases are given back.
  bool wind_up(timestamp now, steady::time_point at);

  static constexpr std::chrono::seconds lease_length{10};

private:
  struct desk {
    ports::partition of;
    config::destination how;
    delivery::queue queue;
    std::shared_ptr<courier> carrier;
    int64_t token = 0;
    bool ours = false, leaving = false; ///< leaving: removed or changed, as soon as nothing is under way
    bool fresh = true;                  ///< more may wait than was read
    steady::time_point lease_until{}, read_at{}, told_away{};
    std::vector<std::pair<uuid, delivery::ruling>> done; ///< not in the store yet
  };

  void make_desks();
  const config::destination* wanted(model::clinic_id clinic, const std::string& name) const;
  bool look_at_webhooks(model::clinic_id clinic, steady::time_point at);
  bool give_events_out(model::clinic_id clinic, steady::time_point at);
  void spread(model::clinic_id clinic, const std::string& name);
  bool work(model::clinic_id clinic, timestamp now, steady::time_point at);
  void hear(const std::vector<dispatch_inbox::heard>& answers, timestamp now);
  bool take_leases(model::clinic_id clinic, steady::time_point at);
  bool read(desk& of, timestamp now, steady::time_point at);
  bool write(model::clinic_id clinic, timestamp now, steady::time_point at);
  void carry(std::vector<desk*>& all, ports::delivery_turn& turn, ports::delivery_answer answer,
             timestamp now, steady::time_point at);
  bool composed(const desk& of, ports::parcel& what);
  void count(const std::set<model::clinic_id>& clinics, steady::time_point at);
  void lose(desk& of);
  bool rests(const desk& of); ///< nothing more is begun there
  void tell_line(const desk& of, delivery::circuit::turn what, const std::string& code) const;
  std::vector<desk*> desks_of(model::clinic_id clinic);
  bool away(const error& why, steady::time_point at);

  parts parts_;
  dispatch_inbox& inbox_;
  dispatch_plan plan_;
  bool planned_ = true, ending_ = false;
  std::map<ports::partition, desk> desks_;
  std::unique_ptr<ports::delivery_session> session_;
  std::map<model::clinic_id, std::set<std::string>> stopped_;
  std::map<model::clinic_id, std::map<std::string, config::destination>> webhooks_;
  std::map<model::clinic_id, steady::time_point> given_at_; ///< when no event was left
  std::map<model::clinic_id, steady::time_point> looked_at_, leases_at_;
  steady::time_point counted_at_{};
  steady::time_point again_at_{}; ///< the store is away until then
};

} // namespace aorta::actors
