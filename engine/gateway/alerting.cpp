#include "engine/gateway/alerting.hpp"

#include "engine/base/hash.hpp"
#include "engine/gateway/turns.hpp"
#include "engine/http/json.hpp"
#include "engine/ports/critical.hpp"
#include "engine/ports/deliveries.hpp"
#include "engine/telemetry/log.hpp"

#include <caf/actor_system.hpp>
#include <algorithm>
#include <atomic>
#include <ctime>

namespace aorta::gateway {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using critical::state;
using ports::critical_alert;
using ports::critical_move;

constexpr int most_at_once = 200;
constexpr std::chrono::seconds lease_length{4};       ///< as long another node waits when this one has died
constexpr std::chrono::milliseconds store_pause{500}; ///< when the store did not answer
constexpr std::chrono::milliseconds between_tries{150};
constexpr std::chrono::milliseconds noticed{2000};        ///< a clock that is set by less than this
constexpr const char* alerting_lease = "critical values"; ///< no destination has a space in its name

struct clinic_rules {
  std::string code;
  critical::rules rules;
  struct receiver {
    std::string kind;
    uint32_t partitions = 1;
  };
  std::map<std::string, receiver> receivers; ///< by destination
};
using all_rules = std::map<model::clinic_id, clinic_rules>;

/// Nothing of the person and no value: who is told asks the engine, with a key of their own. Standard
/// Webhooks 1.0.0 has type, timestamp and data.
std::string body_of(const critical_alert& of, const std::string& clinic, const critical::rung& to,
                    size_t level, timestamp due) {
  http::json out;
  out.open()
    .field("type",
           of.is == state::withdrawn ? "lab_result_critical_withdrawn"
             : of.why == "changed"   ? "lab_result_critical_changed"
                                     : "lab_result_critical")
    .field("timestamp", to_iso(of.detected))
    .key("data")
    .open();
  const auto id = [](const std::optional<uuid>& what) {
    return what ? std::optional(to_text(*what)) : std::nullopt;
  };
  out.field("alert_id", to_text(of.id))
    .field("clinic", clinic)
    .field("why", of.why)
    .field("severity", critical::name(of.how))
    .field_or_null("abnormal_flag", of.flag)
    .field_or_null("loinc_code", of.loinc)
    .field("test_code", of.test_code)
    .field("message_id", id(of.message))
    .field("matched", of.patient.has_value())
    .field("rung", int64_t(level))
    .field_or_null("role", to.role)
    .field("due_at", to_iso(due));
  return out.close().close().take();
}

critical::standing standing_of(const critical_alert& of) {
  critical::standing out;
  out.is = of.is;
  out.admitted = of.admitted;
  out.level = of.level;
  out.how = of.how;
  out.matched = of.patient.has_value();
  out.known = of.same_as.has_value();
  out.observed = of.observed;
  out.detected = of.detected;
  out.next_at = of.next_at;
  return out;
}

ports::critical_step step(timestamp at, std::string kind) {
  ports::critical_step out;
  out.at = at;
  out.kind = std::move(kind);
  return out;
}

uint32_t spread(const uuid& id, uint32_t partitions) {
  fnv1a all;
  all.add(to_text(id));
  return uint32_t(all.value() % partitions);
}

/// The next rung is told: a delivery, and the step that says so.
void tell_rung(critical_move& out, const clinic_rules& by, const critical::move& next, timestamp due,
               timestamp now) {
  const auto& of = *out.of;
  const auto to = by.receivers.find(next.rung->destination);
  const bool known = to != by.receivers.end();
  out.to = next.level > 1 ? state::escalated : state::notified;
  out.level = next.level;
  out.next_at = next.next_at;
  out.due_at = due;
  out.step = step(now, out.to == state::escalated ? "escalated" : "notified");
  out.step.role = next.rung->role;
  out.step.channel = known ? to->second.kind : "";
  out.step.target = next.rung->destination;
  out.notice.emplace();
  out.notice->destination = next.rung->destination;
  // Spread, so that one that a receiver hangs over holds no other.
  out.notice->part = known ? spread(of.id, to->second.partitions) : 0;
  out.notice->control_id = to_text(of.id) + "-" + std::to_string(next.level);
  out.notice->body = body_of(of, by.code, *next.rung, next.level, due);
}

/// What the ladder says of one alert, as the store is to write it.
std::optional<critical_move> move_of(const critical_alert& of, const clinic_rules& by, timestamp now) {
  critical_move out;
  out.of = &of;
  out.to = of.is;
  out.level = of.level;
  if (critical::has_ended(of.is)) { // nobody need call any more
    out.closes_review = true;
    const critical::rung nobody;
    if (of.is == state::withdrawn && of.notified_at)
      out.last_word = body_of(of, by.code, nobody, of.level, of.due_at.value_or(of.detected));
    return out;
  }
  const auto next = critical::climb(standing_of(of), by.rules, now);
  const auto due = of.detected + by.rules.due;
  using enum critical::move::kind;
  switch (next.is) {
    case rest: return std::nullopt;
    case wait:
      out.level = next.level;
      out.next_at = next.next_at;
      out.due_at = due;
      if (next.rung != nullptr) {
        out.step = step(now, "passed_by");
        out.step.role = next.rung->role;
        out.step.target = next.rung->destination;
      }
      break;
    case notify: tell_rung(out, by, next, due, now); break;
    case late:
      out.to = state::late;
      out.step = step(now, "late");
      break;
    case fold:
      out.to = state::folded;
      out.same_as = of.same_as;
      out.step = step(now, "folded");
      break;
    case unreachable:
      out.to = state::unreachable;
      out.due_at = due;
      out.step = step(now, "unreached");
      out.asks_person = true;
  }
  return out;
}

critical_move settled_move(const ports::critical_notice& what, const critical_alert& of, timestamp now) {
  critical_move out;
  out.of = &of;
  out.settles = what;
  out.step = step(now, what.delivered ? "delivered" : "failed");
  out.step.target = what.destination;
  return out;
}

} // namespace

std::chrono::nanoseconds true_time() {
  timespec at{};
  ::clock_gettime(CLOCK_BOOTTIME, &at);
  return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
}

std::optional<std::chrono::milliseconds> clock_jump(timestamp wall_before,
                                                    std::chrono::nanoseconds true_before, timestamp wall_now,
                                                    std::chrono::nanoseconds true_now) {
  const auto by = std::chrono::duration_cast<std::chrono::milliseconds>((wall_now - wall_before) -
                                                                        (true_now - true_before));
  return std::chrono::abs(by) < noticed ? std::nullopt : std::optional(by);
}

/// Everything but `begin` and `end` happens on the turns' thread.
class alerting::desk : public std::enable_shared_from_this<desk> {
public:
  explicit desk(parts with)
      : with_(std::move(with)),
        owner_(to_text(with_.ids->next(with_.clock->now()))),
        turns_(*with_.actors, with_.store, "alerts-failed") {}

  void use(std::shared_ptr<const all_rules> now) { std::atomic_store(&rules_, std::move(now)); }
  std::shared_ptr<const all_rules> rules() const { return std::atomic_load(&rules_); }

  void begin() {
    const auto self = shared_from_this();
    turns_.begin([self](ports::message_log*) { self->turn(); },
                 [self] {
                   self->session_.reset();
                   self->rest_until_ = steady::now() + store_pause;
                 });
  }

  void end() { turns_.end(); }

private:
  struct held_lease {
    ports::lease is;
    steady::time_point until;
  };

  void turn() {
    if (steady::now() < rest_until_) return;
    const auto rules = this->rules();
    for (const auto& [clinic, by] : *rules)
      if (!work(clinic, by)) {
        session_.reset();
        leases_session_.reset();
        rest_until_ = steady::now() + store_pause;
        return;
      }
  }

  bool open() {
    if (!session_) {
      auto opened = with_.store->critical();
      if (!opened) return false;
      session_ = std::move(*opened);
    }
    return true;
  }

  /// False: the store did not answer.
  bool work(model::clinic_id clinic, const clinic_rules& by) {
    if (!open()) return false;
    auto due = session_->due(clinic, most_at_once);
    using answer = result<std::vector<std::pair<ports::critical_notice, critical_alert>>>;
    const auto settled = due ? session_->settled(clinic, most_at_once) : answer(due.error());
    if (!settled) return false;
    auto& lease = leases_[clinic];
    if (!due->waits && settled->empty()) { // nobody need hold it
      clocks_.erase(clinic);
      if (lease && lease->until < steady::now()) lease.reset();
      return true;
    }
    if (!lease) return take(clinic, lease); // and look again: another node may have been at work
    if (const auto jumped = note_time(clinic, due->now)) return shift(clinic, lease, *jumped);
    std::vector<critical_move> moves;
    for (const auto& [what, of] : *settled) moves.push_back(settled_move(what, of, due->now));
    for (const auto& each : due->alerts)
      if (auto next = move_of(each, by, due->now)) moves.push_back(std::move(*next));
    const bool extend = lease->until - steady::now() < lease_length / 2;
    if (moves.empty() && !extend) return true;
    const auto wrote = session_->write(lease->is, owner_, lease_length, moves);
    if (!wrote) return false;
    if (!*wrote) {
      lose(clinic, lease);
      return true;
    }
    lease->until = steady::now() + lease_length;
    tell(clinic, moves);
    return true;
  }

  struct jump {
    std::chrono::milliseconds by;
    timestamp until; ///< when it was last seen to go as it should
  };
  struct seen_clock {
    timestamp wall;
    std::chrono::nanoseconds real;
  };

  /// Whoever holds the lease looks at the store's clock all the time that an alert waits.
  std::optional<jump> note_time(model::clinic_id clinic, timestamp now) {
    const seen_clock seen{now, true_time()};
    const auto [at, first] = clocks_.try_emplace(clinic, seen);
    if (first) return std::nullopt;
    const auto before = std::exchange(at->second, seen);
    const auto by = clock_jump(before.wall, before.real, seen.wall, seen.real);
    return by ? std::optional(jump{*by, before.wall}) : std::nullopt;
  }

  bool shift(model::clinic_id clinic, std::optional<held_lease>& lease, const jump& what) {
    telemetry::log(telemetry::level::warn, "clock-jumped",
                   {{"milliseconds", std::to_string(what.by.count())}});
    const auto moved = session_->shift(lease->is, owner_, lease_length, what.by, what.until);
    if (!moved) return false;
    if (!*moved) lose(clinic, lease);
    return true;
  }

  void lose(model::clinic_id clinic, std::optional<held_lease>& lease) {
    lease.reset();
    clocks_.erase(clinic);
  }

  void tell(model::clinic_id clinic, const std::vector<critical_move>& moves) const {
    std::vector<ports::forward> sent;
    for (const auto& each : moves) {
      if (each.notice) sent.push_back(*each.notice);
      if (each.asks_person)
        telemetry::log(telemetry::level::warn, "critical-unreached", {{"alert", to_text(each.of->id)}});
    }
    if (!sent.empty() && with_.forwarded) with_.forwarded(clinic, sent);
  }

  /// False: the store did not answer.
  bool take(model::clinic_id clinic, std::optional<held_lease>& into) {
    auto& tried = tried_[clinic];
    if (steady::now() < tried + between_tries) return true;
    tried = steady::now();
    if (!leases_session_) {
      auto opened = with_.store->deliveries();
      if (!opened) return false;
      leases_session_ = std::move(*opened);
    }
    const ports::partition wanted{clinic, alerting_lease, 0};
    const auto taken = leases_session_->take(clinic, {&wanted, 1}, owner_, lease_length);
    if (!taken) return false;
    if (!taken->empty()) into = held_lease{taken->front(), steady::now() + lease_length};
    return true;
  }

  parts with_;
  std::string owner_;
  turns turns_;
  std::shared_ptr<const all_rules> rules_ = std::make_shared<all_rules>();
  std::unique_ptr<ports::critical_session> session_;
  std::unique_ptr<ports::delivery_session> leases_session_;
  std::map<model::clinic_id, std::optional<held_lease>> leases_;
  std::map<model::clinic_id, steady::time_point> tried_;
  std::map<model::clinic_id, seen_clock> clocks_; ///< of those whose lease is held
  steady::time_point rest_until_{};
};

alerting::alerting(parts from) : desk_(std::make_shared<desk>(std::move(from))) {}

void alerting::use(const config::settings& settings, const std::map<std::string, model::clinic_id>& clinics) {
  auto all = std::make_shared<all_rules>();
  for (const auto& [code, id] : clinics) {
    auto& one = (*all)[id];
    one.code = code;
    one.rules = settings.alerts.of(code);
    for (const auto& [name, how] : settings.destinations)
      one.receivers[name] = {std::string(config::name(how.is)), how.partitions};
  }
  desk_->use(std::move(all));
}

void alerting::look() { desk_->begin(); }

void alerting::stop() { desk_->end(); }

std::chrono::milliseconds alerting::due(model::clinic_id clinic) const {
  const auto rules = desk_->rules();
  const auto found = rules->find(clinic);
  return found == rules->end() ? critical::rules().due : found->second.rules.due;
}

} // namespace aorta::gateway
