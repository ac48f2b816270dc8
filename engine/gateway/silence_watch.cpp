#include "engine/gateway/silence_watch.hpp"

#include "engine/gateway/alerting.hpp"
#include "engine/gateway/clinic_leases.hpp"
#include "engine/http/json.hpp"
#include "engine/ports/silence.hpp"
#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace aorta::gateway {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using critical::silence_news;

/// What came is written down so often at most, while nobody waits for it.
constexpr std::chrono::milliseconds most_unwritten = 15s;

struct watched_clinic {
  std::string code;
  std::map<std::string, critical::expectation> listeners;
};
using all_watched = std::map<model::clinic_id, watched_clinic>;

std::string payload_of(const std::string& listener, const critical::expectation& of,
                       const ports::watched_listener& row) {
  http::json out;
  out.open()
    .field("listener", listener)
    .field("expected_seconds", int64_t(std::chrono::duration_cast<std::chrono::seconds>(of.within).count()))
    .field("last_message_at", to_iso(row.last_at));
  if (row.silent_since) out.field("silent_since", to_iso(*row.silent_since));
  return out.close().take();
}

} // namespace

/// All but `heard`, `use` and `silent` happens on the admin worker's thread.
class silence_watch::desk : public std::enable_shared_from_this<desk> {
public:
  desk(ports::store& store, const std::string& owner) : leases_(store, owner, "silent listeners") {}

  void use(std::shared_ptr<const all_watched> now) { std::atomic_store(&watched_, std::move(now)); }

  void heard(const std::string& listener) {
    const std::lock_guard hold(lock_);
    last_heard_[listener] = steady::now();
  }

  std::vector<silent_listener> silent() const {
    const std::lock_guard hold(lock_);
    return silent_;
  }

  void begin(const actors::admin_worker& by) {
    if (std::atomic_load(&watched_)->empty() && !any_) return;
    if (busy_.exchange(true)) return;
    by.give([self = shared_from_this()](ports::message_log* in) {
      try {
        if (in != nullptr) self->turn(in->silence());
      } catch (const std::exception&) {
        telemetry::log(telemetry::level::error, "silence-failed", {{"reason", "internal"}});
      }
      self->busy_ = false;
    });
  }

private:
  /// Of one listener as this node has it, by the store's clock.
  struct own {
    timestamp watched{};            ///< since when
    std::optional<timestamp> heard; ///< the last message here
    steady::time_point heard_steady{};
  };
  struct clinic_state {
    std::map<std::string, own> listeners;
    std::optional<timestamp> wall;
    std::chrono::nanoseconds real{};
  };

  void turn(ports::silence_log& log) {
    const auto watched = std::atomic_load(&watched_);
    std::vector<silent_listener> silent;
    std::erase_if(states_, [&](const auto& each) { return !watched->contains(each.first); });
    bool whole = true;
    for (const auto& [clinic, of] : *watched) whole = look_at(log, clinic, of, silent) && whole;
    any_ = !watched->empty();
    if (!whole) return; // what was known stays
    const std::lock_guard hold(lock_);
    silent_ = std::move(silent);
  }

  /// False: the store did not answer.
  bool look_at(ports::silence_log& log, model::clinic_id clinic, const watched_clinic& of,
               std::vector<silent_listener>& silent) {
    std::vector<std::string> names;
    for (const auto& [name, how] : of.listeners) names.push_back(name);
    auto seen = log.listeners(clinic, names);
    if (!seen) return false;
    auto& state = states_[clinic];
    std::erase_if(state.listeners, [&](const auto& each) { return !of.listeners.contains(each.first); });
    const bool mine = leases_.hold(clinic);
    if (const auto jumped = note_time(state, seen->now)) return follow(log, clinic, state, *jumped, mine);
    for (auto& row : seen->all) {
      const auto& how = of.listeners.at(row.name);
      auto& here = state.listeners.try_emplace(row.name, own{seen->now, {}, {}}).first->second;
      if (!note_heard(log, clinic, how, row, here, seen->now)) return false;
      if (mine && !tell(log, clinic, how, row, here, seen->now)) return false;
      if (row.silent_since) silent.push_back({of.code, row.name, *row.silent_since});
    }
    return true;
  }

  struct jump {
    std::chrono::milliseconds by;
    timestamp until;
  };
  std::optional<jump> note_time(clinic_state& state, timestamp now) const {
    const auto real = true_time();
    const auto before = std::exchange(state.wall, now);
    const auto real_before = std::exchange(state.real, real);
    if (!before) return std::nullopt;
    const auto by = clock_jump(*before, real_before, now, real);
    return by ? std::optional(jump{*by, *before}) : std::nullopt;
  }

  /// What was known keeps its distance from now.
  bool follow(ports::silence_log& log, model::clinic_id clinic, clinic_state& state, const jump& what,
              bool mine) const {
    for (auto& [name, each] : state.listeners) {
      each.watched += what.by;
      if (each.heard) *each.heard += what.by;
    }
    return !mine || log.shift(clinic, what.by, what.until).ok();
  }

  bool note_heard(ports::silence_log& log, model::clinic_id clinic, const critical::expectation& how,
                  ports::watched_listener& row, own& here, timestamp now) {
    {
      const std::lock_guard hold(lock_);
      const auto found = last_heard_.find(row.name);
      if (found != last_heard_.end() && found->second != here.heard_steady) {
        here.heard_steady = found->second;
        here.heard = now -
          std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - here.heard_steady);
      }
    }
    if (!here.heard || *here.heard <= row.last_at) return true;
    const bool waits = row.silent_since ||
      *here.heard - row.last_at > std::min(how.within / 10, most_unwritten);
    if (waits && !log.heard(clinic, row.name, *here.heard)) return false;
    row.last_at = *here.heard;
    return true;
  }

  bool tell(ports::silence_log& log, model::clinic_id clinic, const critical::expectation& how,
            ports::watched_listener& row, const own& here, timestamp now) const {
    const auto news = critical::look(how, row.last_at, here.watched, row.silent_since, now);
    if (news == silence_news::none) return true;
    ports::silence_change what;
    what.listener = row.name;
    what.silent = news == silence_news::silent;
    what.at = what.silent ? now : *row.silent_since;
    what.quiet_since = now - how.within;
    what.payload = payload_of(row.name, how, row);
    const auto told = log.tell(clinic, what);
    if (!told) return false;
    if (!*told) return true;
    telemetry::log(what.silent ? telemetry::level::warn : telemetry::level::info,
                   what.silent ? "laboratory-silent" : "laboratory-back", {{"listener", row.name}});
    row.silent_since = what.silent ? std::optional(now) : std::nullopt;
    return true;
  }

  clinic_leases leases_;
  std::shared_ptr<const all_watched> watched_ = std::make_shared<all_watched>();
  std::atomic<bool> busy_{false}, any_{false};
  std::map<model::clinic_id, clinic_state> states_;
  mutable std::mutex lock_;
  std::map<std::string, steady::time_point> last_heard_; ///< under the lock, as what was told
  std::vector<silent_listener> silent_;
};

silence_watch::silence_watch(ports::store& store, const std::string& owner)
    : desk_(std::make_shared<desk>(store, owner)) {}
silence_watch::~silence_watch() = default;

void silence_watch::use(const config::settings& settings,
                        const std::map<std::string, model::clinic_id>& clinics) {
  auto all = std::make_shared<all_watched>();
  for (const auto& each : config::expected_listeners(settings)) {
    const auto clinic = clinics.find(each.clinic);
    if (clinic == clinics.end()) continue;
    auto& one = (*all)[clinic->second];
    one.code = each.clinic;
    one.listeners[each.listener] = *settings.listeners.at(each.listener).expects;
  }
  desk_->use(std::move(all));
}

void silence_watch::heard(const std::string& listener) { desk_->heard(listener); }
void silence_watch::look(const actors::admin_worker& by) { desk_->begin(by); }
std::vector<silent_listener> silence_watch::silent() const { return desk_->silent(); }

} // namespace aorta::gateway
