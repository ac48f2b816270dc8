#include "engine/gateway/delivery_board.hpp"

#include "engine/telemetry/log.hpp"

#include <algorithm>

namespace aorta::gateway {

using kind = actors::dispatch_event::kind;
using telemetry::level;

namespace {

struct words {
  level weight;
  std::string_view event, remedy;
};

words words_of(kind what) {
  switch (what) {
    case kind::away:
      return {level::error, "destination-away", "it is tried again and again; nothing is lost"};
    case kind::still_away: return {level::warn, "destination-still-away", ""};
    case kind::back: return {level::info, "destination-back", ""};
    case kind::parked:
      return {level::warn, "delivery-parked", "the receiver refused it: see docs/destinations.md"};
    case kind::skipped: return {level::warn, "delivery-skipped", ""};
    case kind::gone:
      return {level::error, "destination-gone", "nothing is sent there any more: see docs/destinations.md"};
    case kind::lease_lost: return {level::warn, "destination-taken-over", "another node sends now"};
  }
  return {level::warn, "delivery", ""};
}

} // namespace

void delivery_board::use(std::map<std::string, config::destination> destinations) {
  const std::lock_guard hold(lock_);
  destinations_ = std::move(destinations);
  set_all_gauges();
}

void delivery_board::use_webhooks(model::clinic_id clinic,
                                  const std::map<std::string, config::destination>& all) {
  const std::lock_guard hold(lock_);
  auto& mine = webhooks_[clinic];
  for (const auto& [name, how] : mine)
    if (!all.contains(name)) telemetry::set(metrics_.circuit_open(name), 0); // nobody asks it any more
  mine = all;
  set_all_gauges();
}

void delivery_board::set_all_gauges() {
  for (const auto& [name, how] : destinations_) set_gauges(name, how);
  for (const auto& [clinic, all] : webhooks_)
    for (const auto& [name, how] : all) set_gauges(name, how);
}

void delivery_board::tell(const actors::dispatch_event& what) {
  const auto [weight, event, remedy] = words_of(what.is);
  const bool of_one = what.is == kind::parked || what.is == kind::skipped;
  telemetry::log(weight, event,
                 {{"destination", what.of.destination},
                  {"partition", std::to_string(what.of.part)},
                  {"id", of_one ? to_text(what.id) : ""},
                  {"code", what.code},
                  {"remedy", std::string(remedy)}});
  const std::lock_guard hold(lock_);
  if (what.is == kind::away) away_.insert(what.of);
  else if (what.is == kind::back || what.is == kind::lease_lost) away_.erase(what.of);
  else return;
  telemetry::set(metrics_.circuit_open(what.of.destination),
                 double(std::count_if(away_.begin(), away_.end(), [&](const auto& each) {
                   return each.destination == what.of.destination;
                 })));
}

void delivery_board::count(model::clinic_id clinic, const std::vector<ports::queue_state>& all) {
  const std::lock_guard hold(lock_);
  auto& mine = counts_[clinic];
  mine.clear();
  for (const auto& each : all) mine[each.destination] = each;
  set_all_gauges();
  tell_left_overs(clinic);
}

bool delivery_board::knows(model::clinic_id clinic, const std::string& destination) const {
  if (destinations_.contains(destination)) return true;
  const auto own = webhooks_.find(clinic);
  return own != webhooks_.end() && own->second.contains(destination);
}

bool delivery_board::delivers_to(model::clinic_id clinic, const std::string& destination) const {
  const std::lock_guard hold(lock_);
  return knows(clinic, destination);
}

std::vector<delivery_board::left_over> delivery_board::left_overs() const {
  const std::lock_guard hold(lock_);
  std::vector<left_over> out;
  for (const auto& [clinic, all] : counts_)
    for (const auto& [name, queue] : all) {
      if (knows(clinic, name)) continue;
      int64_t count = 0;
      for (const auto& [state, rows] : queue.by_state) count += rows;
      if (count > 0) out.push_back({clinic, name, count});
    }
  return out;
}

/// Once for each, and its gauges as long as there are any.
void delivery_board::tell_left_overs(model::clinic_id clinic) {
  config::destination nobody; // without an alert of its own
  nobody.alert_rows = 0;
  nobody.alert_after = {};
  std::erase_if(left_, [&](const auto& each) {
    const bool over = each.first == clinic && !counts_[clinic].contains(each.second);
    if (over && !knows(clinic, each.second)) set_gauges(each.second, nobody);
    return over || knows(each.first, each.second);
  });
  for (const auto& [name, queue] : counts_[clinic]) {
    if (knows(clinic, name)) continue;
    set_gauges(name, nobody);
    if (!left_.insert({clinic, name}).second) continue;
    telemetry::log(
      level::warn, "destination-unconfigured",
      {{"destination", name},
       {"clinic", std::to_string(clinic)},
       {"remedy",
        "what waits for it stays until the configuration has it again: GET /api/deliveries lists it, "
        "and POST /api/deliveries/{id}/skip leaves one out"}});
  }
}

/// Of all clinics together.
void delivery_board::set_gauges(const std::string& destination, const config::destination& how) {
  std::map<std::string, int64_t> by_state{{"waiting", 0}, {"inflight", 0}, {"parked", 0}};
  std::optional<timestamp> oldest;
  for (const auto& [clinic, all] : counts_) {
    const auto found = all.find(destination);
    if (found == all.end()) continue;
    for (const auto& [state, count] : found->second.by_state) by_state[state] += count;
    if (found->second.oldest && (!oldest || *found->second.oldest < *oldest)) oldest = found->second.oldest;
  }
  for (const auto& [state, count] : by_state)
    telemetry::set(metrics_.deliveries(destination, state), double(count));
  const auto waits = oldest ? std::max(clock_.now() - *oldest, timestamp::duration{0})
                            : timestamp::duration{0};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(waits);
  telemetry::set(metrics_.oldest_delivery_seconds(destination), double(seconds.count()));
  alert(destination, how, by_state["waiting"], seconds);
}

/// Once when it is too much, and once when it is over.
void delivery_board::alert(const std::string& destination, const config::destination& how, int64_t waiting,
                           std::chrono::seconds oldest) {
  const bool many = how.alert_rows > 0 && waiting > int64_t{how.alert_rows};
  const bool old = how.alert_after.count() > 0 && oldest > how.alert_after;
  if ((many || old) == alerted_.contains(destination)) return;
  const bool on = many || old;
  if (on) alerted_.insert(destination);
  else alerted_.erase(destination);
  telemetry::log(on ? level::error : level::info, on ? "deliveries-pile-up" : "deliveries-flow-again",
                 {{"destination", destination},
                  {"waiting", std::to_string(waiting)},
                  {"oldest_seconds", std::to_string(oldest.count())}});
}

std::map<std::string, config::destination> delivery_board::destinations() const {
  const std::lock_guard hold(lock_);
  return destinations_;
}

size_t delivery_board::away(model::clinic_id clinic, const std::string& destination) const {
  const std::lock_guard hold(lock_);
  return size_t(std::count_if(away_.begin(), away_.end(), [&](const auto& each) {
    return each.clinic == clinic && each.destination == destination;
  }));
}

} // namespace aorta::gateway
