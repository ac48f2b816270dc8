// What goes out in which order, whatever it is spoken in. A kind of destination is a file of this folder with
// a carrier of its own, and a line in couriers.cpp.
#pragma once

#include "actors/dispatch.hpp"
#include "engine/delivery/errands.hpp"
#include "engine/net/loop/loop.hpp"
#include "engine/ports/outbound.hpp"

#include <atomic>
#include <map>
#include <memory>

namespace aorta::gateway {

class gesy_line;

/// What a carrier is made with; loop and clock outlive it.
struct carrier_parts {
  net::loop& on;
  const clock_source& clock;
  config::destination how;
  ports::partition of;
  std::shared_ptr<actors::dispatch_inbox> tell;
  std::shared_ptr<gesy_line> gesy; ///< null: there is none
};

/// All but `carry`, `until` and `stop` is the loop's.
class carrier : public actors::courier, public std::enable_shared_from_this<carrier> {
public:
  /// `width`: how many may be out at a time.
  carrier(carrier_parts with, size_t width);
  void carry(std::vector<load> all) final;
  void until(steady::time_point when) final { until_ = when.time_since_epoch().count(); }
  void stop() final;

protected:
  using errand = delivery::errands::errand;
  /// Sends it, and calls `heard` once, later.
  virtual void send(const errand& one, const ports::parcel& what) = 0;
  void heard(const errand& one, delivery::outcome what);
  /// Calls `heard` from the loop: nothing of it was sent.
  void heard_later(const errand& one, delivery::outcome what);

  const config::destination& how() const noexcept { return with_.how; }
  const clock_source& clock() const noexcept { return with_.clock; }
  net::loop& on() const noexcept { return with_.on; }
  /// Nothing that takes several questions begins the next one after the lease has ended.
  bool may_go_on() const noexcept { return !stopped_ && steady::now().time_since_epoch().count() < until_; }
  const std::shared_ptr<gesy_line>& gesy() const noexcept { return with_.gesy; }

private:
  void go_on();
  void untried(const uuid& id);

  carrier_parts with_;
  std::shared_ptr<net::mailbox> mail_;
  delivery::errands way_;
  std::map<uuid, ports::parcel> loads_;
  std::atomic<steady::rep> until_{0};
  bool stopped_ = false;
};

using carrier_maker = std::unique_ptr<carrier> (*)(carrier_parts with);

std::unique_ptr<carrier> make_mllp_carrier(carrier_parts with);
std::unique_ptr<carrier> make_http_carrier(carrier_parts with);
std::unique_ptr<carrier> make_file_carrier(carrier_parts with);
std::unique_ptr<carrier> make_redis_carrier(carrier_parts with);
std::unique_ptr<carrier> make_gesy_carrier(carrier_parts with);

/// No answer came, or none that counts.
delivery::outcome silence(const ports::unanswered& why);
/// It cannot be sent, now or later.
delivery::outcome unsendable(std::string code);

} // namespace aorta::gateway
