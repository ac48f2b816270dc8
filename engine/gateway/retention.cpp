#include "engine/gateway/retention.hpp"

#include "engine/gateway/clinic_leases.hpp"
#include "engine/telemetry/log.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace aorta::gateway {
namespace {

using steady = std::chrono::steady_clock;

constexpr int batch = 2000;           ///< deliveries: what a writer waits for at most
constexpr int messages_at_once = 500; ///< messages, whose rows are large
constexpr std::chrono::minutes sweeps_apart{5};
constexpr std::chrono::hours between_walks{12}; ///< through all that is old: what waited then may be done now

void tell_failure(const ports::clinic& clinic, const error& why) {
  telemetry::log(telemetry::level::warn, "retention-failed", {{"clinic", clinic.code}, {"reason", why.text}});
}

} // namespace

/// Everything but `begin` happens at an admin worker, one piece after the other.
class retention::desk : public std::enable_shared_from_this<desk> {
public:
  desk(ports::store& store, const clock_source& clock, id_source& ids)
      : clock_(clock),
        leases_(store, to_text(ids.next(clock.now())), "the retention") {}

  void begin(const actors::admin_worker& by, const config::settings::retention& keeps) {
    if (keeps == config::settings::retention{} || steady::now() < next_.load() || sweeping_.exchange(true))
      return;
    go_on(by, keeps);
  }

private:
  /// How far a walk through a clinic's messages has come.
  struct walk {
    uuid reached{};
    std::optional<steady::time_point> begun;
    int64_t gone = 0; ///< since it was told last
  };
  using parts = std::array<walk, 2>; ///< by `forgetting::part`

  void go_on(const actors::admin_worker& by, const config::settings::retention& keeps) {
    by.give([self = shared_from_this(), by, keeps](ports::message_log* in) {
      if (in != nullptr && self->forget_some(*in, keeps)) self->go_on(by, keeps);
      else self->rest();
    });
  }

  /// Whoever had the lease may have died a moment ago: that is looked at once more, soon.
  void rest() {
    const bool soon = std::exchange(others_, false) && !std::exchange(looked_again_, true);
    next_ = steady::now() + (soon ? steady::duration(2 * clinic_leases::length) : sweeps_apart);
    sweeping_ = false;
  }

  /// True when there is more.
  bool forget_some(ports::message_log& in, const config::settings::retention& keeps) {
    const auto clinics = in.access().clinics();
    if (!clinics) return false; // away: the next sweep
    bool more = false;
    for (const auto& each : *clinics) {
      using enum ports::forgetting::part;
      if (!leases_.hold(each.id)) {
        others_ = true;
        continue;
      }
      more = forget_messages(in, each, bytes, keeps.raw_days) || more;
      more = forget_messages(in, each, rows, keeps.messages_days) || more;
      if (keeps.deliveries_days == 0) continue;
      const auto before = this->before(keeps.deliveries_days);
      for (const auto& gone : {in.deliveries().forget(each.id, before, batch),
                               in.deliveries().forget_events(each.id, before, batch)}) {
        if (!gone) tell_failure(each, gone.error());
        more = more || (gone && *gone == batch);
      }
    }
    return more;
  }

  bool forget_messages(ports::message_log& in, const ports::clinic& clinic, ports::forgetting::part what,
                       uint32_t days) {
    if (days == 0) return false;
    auto& at = walks_[clinic.id][size_t(what)];
    const auto now = steady::now();
    if (!at.begun || now - *at.begun > between_walks) at = {.reached = {}, .begun = now, .gone = at.gone};
    const auto done = in.forget_messages({clinic.id, what, before(days), at.reached, messages_at_once});
    if (!done) {
      tell_failure(clinic, done.error());
      return false;
    }
    at.reached = done->reached;
    at.gone += done->gone;
    if (!done->more && at.gone > 0)
      telemetry::log(telemetry::level::info, "messages-forgotten",
                     {{"clinic", clinic.code},
                      {"what", what == ports::forgetting::part::bytes ? "bytes" : "rows"},
                      {"messages", std::to_string(std::exchange(at.gone, 0))}});
    return done->more;
  }

  timestamp before(uint32_t days) const { return clock_.now() - std::chrono::days(days); }

  const clock_source& clock_;
  std::atomic<bool> sweeping_{false};
  std::atomic<steady::time_point> next_{};     ///< no sweep before
  bool others_ = false, looked_again_ = false; ///< another node had a clinic's lease
  clinic_leases leases_;
  std::map<model::clinic_id, parts> walks_;
};

retention::retention(ports::store& store, const clock_source& clock, id_source& ids)
    : desk_(std::make_shared<desk>(store, clock, ids)) {}

retention::~retention() = default;

void retention::sweep(const actors::admin_worker& by, const config::settings::retention& keeps) {
  desk_->begin(by, keeps);
}

} // namespace aorta::gateway
