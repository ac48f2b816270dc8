#include "actors/dispatch.hpp"

#include <algorithm>

namespace aorta::actors {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using kind = dispatch_event::kind;

namespace {

constexpr size_t most_read = 500;     ///< deliveries of a partition that are in memory
constexpr size_t most_under_way = 32; ///< of them, in flight: a killed engine does not know whether they came
constexpr auto between_reads = 250ms; ///< when nobody tells that there is more: other nodes do not
constexpr size_t most_events = 500;   ///< given out in one transaction
constexpr auto between_looks = 1s;    ///< at what persons stopped, and at leases of others
constexpr auto all_anew = 5s;         ///< a person may have changed what waits for its time
constexpr auto between_counts = 5s;
constexpr auto store_pause = 500ms;
constexpr auto spare = 1s; ///< of a lease: nothing is sent so shortly before its end
constexpr auto between_complaints = 1min;

} // namespace

void dispatch_inbox::hear(heard one) {
  std::unique_lock hold(lock_);
  news_.answers.push_back(std::move(one));
  if (std::exchange(woken_, true)) return;
  hold.unlock();
  wake_();
}

void dispatch_inbox::committed(model::clinic_id clinic, std::span<const ports::forward> all) {
  std::unique_lock hold(lock_);
  for (const auto& each : all) news_.fresh.insert({clinic, each.destination, each.part});
  if (std::exchange(woken_, true)) return;
  hold.unlock();
  wake_();
}

void dispatch_inbox::look() {
  std::unique_lock hold(lock_);
  news_.look = true;
  if (std::exchange(woken_, true)) return;
  hold.unlock();
  wake_();
}

dispatch_inbox::news dispatch_inbox::take() {
  const std::lock_guard hold(lock_);
  woken_ = false;
  return std::exchange(news_, {});
}

/// Null: there is none such (any more).
const config::destination* dispatch::wanted(model::clinic_id clinic, const std::string& name) const {
  if (std::find(plan_.clinics.begin(), plan_.clinics.end(), clinic) == plan_.clinics.end()) return nullptr;
  if (const auto found = plan_.destinations.find(name); found != plan_.destinations.end())
    return &found->second;
  const auto own = webhooks_.find(clinic);
  if (own == webhooks_.end()) return nullptr;
  const auto found = own->second.find(name);
  return found == own->second.end() ? nullptr : &found->second;
}

/// A desk that is gone or changed finishes what is under way; only then its place is free for the new one.
void dispatch::make_desks() {
  for (auto& [of, each] : desks_) {
    const auto* now = wanted(of.clinic, of.destination);
    const bool stays = now != nullptr && of.part < now->partitions && *now == each.how;
    each.leaving = !stays || ending_;
    if (each.leaving && each.carrier) each.carrier->stop();
  }
  std::set<std::pair<model::clinic_id, std::string>> spread_out;
  std::erase_if(desks_, [&](const auto& of) {
    const desk& each = of.second;
    if (!each.leaving || each.queue.under_way() > 0 || !each.done.empty()) return false;
    const ports::lease mine{each.of, each.token};
    if (each.ours && session_) (void)session_->release(each.of.clinic, {&mine, 1}, parts_.owner);
    return true;
  });
  planned_ = std::none_of(desks_.begin(), desks_.end(), [](const auto& of) { return of.second.leaving; });
  if (ending_) return;
  const auto make = [&](model::clinic_id clinic, const std::string& name, const config::destination& how) {
    for (uint32_t part = 0; part < how.partitions; ++part) {
      const ports::partition place{clinic, name, part};
      if (desks_.contains(place)) continue;
      desks_.emplace(place, desk{place, how, delivery::queue(how.rules, parts_.seed + part), nullptr});
      spread_out.insert({clinic, name});
    }
  };
  for (const auto clinic : plan_.clinics) {
    for (const auto& [name, how] : plan_.destinations) make(clinic, name, how);
    for (const auto& [name, how] : webhooks_[clinic]) make(clinic, name, how);
  }
  for (const auto& [clinic, name] : spread_out) spread(clinic, name);
}

void dispatch::spread(model::clinic_id clinic, const std::string& name) {
  const auto* how = wanted(clinic, name);
  if (session_ && how != nullptr) (void)session_->spread(clinic, name, how->partitions);
}

std::vector<dispatch::desk*> dispatch::desks_of(model::clinic_id clinic) {
  std::vector<desk*> out;
  for (auto& [of, each] : desks_)
    if (of.clinic == clinic) out.push_back(&each);
  return out;
}

bool dispatch::away(const error& why, steady::time_point at) {
  again_at_ = at + store_pause;
  if (!passes(why.code)) session_.reset(); // whatever it was, the next one begins anew
  return false;
}

void dispatch::turn(timestamp now, steady::time_point at) {
  auto news = inbox_.take();
  hear(news.answers, now);
  for (const auto& place : news.fresh)
    if (const auto found = desks_.find(place); found != desks_.end()) found->second.fresh = true;
  if (news.look) {
    looked_at_.clear();
    for (auto& [of, each] : desks_) {
      each.read_at = {};
      each.queue.hurry();
    }
  }
  if (at < again_at_ || (plan_.clinics.empty() && desks_.empty())) return;
  if (!session_) {
    auto opened = parts_.open();
    if (!opened) return (void)away(opened.error(), at);
    session_ = std::move(*opened);
  }
  if (!planned_) make_desks();
  std::set<model::clinic_id> clinics(plan_.clinics.begin(), plan_.clinics.end());
  for (const auto& [of, each] : desks_) clinics.insert(of.clinic);
  for (const auto clinic : clinics)
    if (!work(clinic, now, at)) return;
  if (!ending_ && at >= counted_at_ + between_counts) count(clinics, at);
}

void dispatch::count(const std::set<model::clinic_id>& clinics, steady::time_point at) {
  counted_at_ = at;
  for (const auto clinic : clinics) {
    auto counts = session_->counts(clinic);
    if (!counts) return (void)away(counts.error(), at);
    parts_.counted(clinic, *counts);
  }
}

bool dispatch::wind_up(timestamp now, steady::time_point at) {
  if (!std::exchange(ending_, true)) planned_ = false;
  again_at_ = {};
  turn(now, at);
  if (session_) make_desks();
  return desks_.empty() || !session_;
}

bool dispatch::work(model::clinic_id clinic, timestamp now, steady::time_point at) {
  if (at >= looked_at_[clinic] + between_looks) {
    auto stopped = session_->stopped(clinic);
    if (!stopped) return away(stopped.error(), at);
    stopped_[clinic] = std::move(*stopped);
    if (!look_at_webhooks(clinic, at)) return false;
    looked_at_[clinic] = at;
  }
  if (!give_events_out(clinic, at)) return false;
  if (!take_leases(clinic, at)) return false;
  // What the store says of rows whose outcome it does not have yet is older than what we know: who is held
  // would go, and who rests would go at once.
  if (!write(clinic, now, at)) return false;
  for (auto* each : desks_of(clinic))
    if (!read(*each, now, at)) return false;
  return write(clinic, now, at);
}

/// Their desks change with the next turn.
bool dispatch::look_at_webhooks(model::clinic_id clinic, steady::time_point at) {
  if (!parts_.webhook_as) return true;
  const auto found = session_->webhooks(clinic);
  if (!found) return away(found.error(), at);
  std::map<std::string, config::destination> now;
  for (const auto& each : *found)
    if (auto how = parts_.webhook_as(each)) now.emplace(each.destination(), std::move(*how));
  auto& known = webhooks_[clinic];
  if (known == now) return true;
  known = std::move(now);
  planned_ = false;
  parts_.webhooks_are(clinic, known);
  return true;
}

bool dispatch::give_events_out(model::clinic_id clinic, steady::time_point at) {
  if (ending_ || !parts_.webhook_as || at < given_at_[clinic] + between_reads) return true;
  std::vector<ports::event_taker> takers;
  for (const auto& [name, how] : plan_.destinations)
    if (!how.events.empty()) takers.push_back({name, how.events, how.partitions, how.key});
  const auto given = session_->give_out(clinic, takers, most_events);
  if (!given) return away(given.error(), at);
  for (const auto& place : given->to)
    if (const auto found = desks_.find(place); found != desks_.end()) found->second.fresh = true;
  if (given->events < most_events) given_at_[clinic] = at;
  return true;
}

bool dispatch::take_leases(model::clinic_id clinic, steady::time_point at) {
  if (ending_ || at < leases_at_[clinic] + between_looks) return true;
  leases_at_[clinic] = at;
  std::vector<ports::partition> wanted;
  for (auto* each : desks_of(clinic))
    if (!each->ours && !each->leaving) wanted.push_back(each->of);
  if (wanted.empty()) return true;
  auto taken = session_->take(clinic, wanted, parts_.owner, lease_length);
  if (!taken) return away(taken.error(), at);
  for (const auto& [of, token] : *taken) {
    desk& mine = desks_.at(of);
    mine.ours = true;
    mine.token = token;
    mine.lease_until = at + lease_length - spare;
    mine.queue = delivery::queue(mine.how.rules, parts_.seed + of.part);
    mine.carrier = parts_.courier_for(mine.how, of);
    mine.carrier->until(mine.lease_until);
    mine.fresh = true;
  }
  return true;
}

/// What is in memory is enough for a while, unless somebody says that there is more.
bool dispatch::read(desk& of, timestamp now, steady::time_point at) {
  if (!of.ours || of.leaving || stopped_[of.of.clinic].contains(of.of.destination)) return true;
  const bool anew = at >= of.read_at + all_anew;
  const bool low = of.queue.ready(now) < most_under_way;
  const bool line_rests = of.queue.line().next() > now;
  if (!anew && (line_rests || !low || (!of.fresh && at < of.read_at + between_reads))) return true;
  const auto left_out = anew ? std::vector<int64_t>{} : of.queue.blocked(now);
  auto found = session_->waiting(of.of, left_out, most_read);
  if (!found) return away(found.error(), at);
  of.fresh = found->items.size() >= most_read;
  if (anew || !of.fresh) of.read_at = at;
  of.queue.read(found->items, left_out, std::move(found->held), found->all_held);
  return true;
}

void dispatch::hear(const std::vector<dispatch_inbox::heard>& answers, timestamp now) {
  for (const auto& [place, id, what] : answers) {
    const auto found = desks_.find(place);
    if (found == desks_.end() || !found->second.ours)
      continue; // somebody else's now, who knows it as perhaps sent
    desk& at = found->second;
    auto settled = at.queue.settle(id, what, now);
    if (!settled) continue;
    auto& [ruled, turn] = *settled;
    tell_line(at, turn, what.code);
    if (what.is == delivery::outcome::kind::gone) {
      stopped_[place.clinic].insert(place.destination);
      if (session_) (void)session_->stop(place.clinic, place.destination, "gone");
      parts_.tell({kind::gone, place, what.code});
    }
    if (ruled.now == delivery::state::parked) parts_.tell({kind::parked, place, ruled.code, id});
    if (ruled.now == delivery::state::skipped) parts_.tell({kind::skipped, place, ruled.code, id});
    at.done.emplace_back(id, std::move(ruled));
  }
}

void dispatch::tell_line(const desk& of, delivery::circuit::turn what, const std::string& code) const {
  using turn = delivery::circuit::turn;
  if (what == turn::opened) parts_.tell({kind::away, of.of, code});
  if (what == turn::closed) parts_.tell({kind::back, of.of});
}

bool dispatch::write(model::clinic_id clinic, timestamp now, steady::time_point at) {
  ports::delivery_turn turn;
  std::vector<desk*> all;
  for (auto* each : desks_of(clinic)) {
    if (!each->ours) continue;
    const bool paused = rests(*each);
    if (paused) each->carrier->until({}); // what has not left waits too
    const bool in_time = at < each->lease_until;
    auto begun = paused || !in_time ? std::vector<delivery::item>{} : each->queue.begin(now, most_under_way);
    if (each->queue.line().open() && at >= each->told_away + between_complaints) {
      if (each->told_away != steady::time_point{}) parts_.tell({kind::still_away, each->of});
      each->told_away = at;
    }
    if (!each->queue.line().open()) each->told_away = {};
    const bool extend = each->lease_until - at < lease_length / 2;
    if (begun.empty() && each->done.empty() && !extend) continue;
    for (const auto& [id, ruled] : each->done) turn.done.push_back({all.size(), id, ruled});
    turn.of_events = turn.of_events || (!each->done.empty() && !each->how.events.empty());
    for (const auto& one : begun) turn.begin.push_back({all.size(), one.id});
    turn.leases.push_back({each->of, each->token});
    all.push_back(each);
  }
  if (all.empty()) return true;
  auto answer = session_->write(clinic, turn, parts_.owner, lease_length);
  if (!answer) {
    for (const auto& [lease, id] : turn.begin) all[lease]->queue.give_back(id, true);
    return away(answer.error(), at);
  }
  carry(all, turn, std::move(*answer), now, at);
  return true;
}

/// What cannot be made now was certainly not sent.
bool dispatch::composed(const desk& of, ports::parcel& what) {
  return of.how.is != config::destination::kind::fhir || !parts_.compose || parts_.compose(of.of, what);
}

void dispatch::carry(std::vector<desk*>& all, ports::delivery_turn& turn, ports::delivery_answer answer,
                     timestamp now, steady::time_point at) {
  std::vector<dispatch_inbox::heard> not_now;
  std::set<size_t> stuck;
  std::map<uuid, ports::parcel*> parcels;
  for (auto& each : answer.parcels) parcels.emplace(each.id, &each);
  std::vector<std::vector<courier::load>> loads(all.size());
  for (const auto& [lease, id] : turn.begin) {
    const auto found = parcels.find(id);
    if (!answer.held[lease]) continue;
    if (found == parcels.end()) {
      all[lease]->queue.give_back(id, false); // a person was faster
    } else if (stuck.contains(lease) || !composed(*all[lease], *found->second)) {
      stuck.insert(lease); // those behind it keep their order
      not_now.push_back({all[lease]->of, id, {}});
    } else {
      loads[lease].push_back({std::move(*found->second), all[lease]->queue.key_of(id)});
    }
  }
  for (size_t i = 0; i < all.size(); ++i) {
    desk& each = *all[i];
    if (!answer.held[i]) {
      lose(each);
      continue;
    }
    each.done.clear();
    each.lease_until = at + lease_length - spare;
    if (!rests(each)) each.carrier->until(each.lease_until);
    if (!loads[i].empty()) each.carrier->carry(std::move(loads[i]));
  }
  hear(not_now, now);
}

bool dispatch::rests(const desk& of) {
  return of.leaving || ending_ || stopped_[of.of.clinic].contains(of.of.destination);
}

void dispatch::lose(desk& of) {
  parts_.tell({kind::lease_lost, of.of});
  of.carrier->stop();
  of.carrier.reset();
  of.ours = false;
  of.done.clear();
  of.queue = delivery::queue(of.how.rules, parts_.seed);
}

} // namespace aorta::actors
