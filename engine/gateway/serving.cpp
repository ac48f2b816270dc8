#include "engine/gateway/serving.hpp"

#include "actors/workers.hpp"
#include "actors/rerun.hpp"
#include "engine/gateway/clinic_leases.hpp"
#include "engine/telemetry/log.hpp"

#include <caf/actor_system.hpp>
#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>

namespace aorta::gateway {
namespace {

using steady = std::chrono::steady_clock;

constexpr int most_news = 500;
constexpr std::chrono::seconds busy_pause{1}; ///< when the store or the route could not take one
/// No destination has a space in its name.
constexpr const char* serving_lease = "messages that wait";

/// Nothing for what a person has decided meanwhile.
std::optional<ports::act> act_of(const ports::message_detail& what) {
  const auto waits = std::find_if(what.reviews.begin(), what.reviews.end(), [](const auto& each) {
    return each.kind == "unmatched" && each.state == "open";
  });
  if (what.log.status != ports::message_status::unmatched || waits == what.reviews.end()) return std::nullopt;
  ports::act out;
  out.is = ports::act::kind::serve;
  out.review = waits->id;
  out.word = "settled";
  out.reason = "run again, since a patient whom it may mean was created or changed";
  out.words = what.words;
  if (what.links.empty() || what.links.front().until) return out;
  const auto& link = what.links.front();
  if (link.patient) return std::nullopt;
  out.link_seen = link.id;
  out.taken_from = link.taken_from;
  return out;
}

} // namespace

/// Everything but `begin` and `end` happens on the admin worker's thread.
class serving::desk : public std::enable_shared_from_this<desk> {
public:
  explicit desk(parts with)
      : with_(std::move(with)),
        admin_(actors::spawn_admin_worker(*with_.actors, with_.store)),
        leases_(*with_.store, to_text(with_.ids->next(with_.clock->now())), serving_lease) {}

  void begin(std::vector<model::clinic_id> clinics) {
    if (busy_.exchange(true)) return;
    post([clinics = std::move(clinics)](desk& on, ports::message_log* admin) {
      on.left_.assign(clinics.begin(), clinics.end());
      std::erase_if(on.left_, [&](auto clinic) { return steady::now() < on.resting_[clinic]; });
      on.next_clinic(admin);
    });
  }

  void end() {
    const std::lock_guard hold(lock_);
    admin_.end();
  }

private:
  using work = std::function<void(desk&, ports::message_log*)>;

  void post(work what) {
    const std::lock_guard hold(lock_);
    if (!admin_) return;
    admin_.give([self = shared_from_this(), what = std::move(what)](ports::message_log* admin) {
      try {
        what(*self, admin);
      } catch (const std::exception&) { // what() may hold what was sent
        telemetry::log(telemetry::level::error, "serve-failed", {{"reason", "internal"}});
        self->resting_[self->clinic_] = steady::now() + busy_pause;
        self->busy_ = false;
      }
    });
  }

  /// Another node is at work in this clinic, or what was to be run cannot be run now.
  void leave_clinic(ports::message_log* admin) {
    resting_[clinic_] = steady::now() + busy_pause;
    std::erase(left_, clinic_);
    next_clinic(admin);
  }

  void next_clinic(ports::message_log* admin) {
    while (!left_.empty()) {
      clinic_ = left_.front();
      auto found = admin != nullptr ? admin->find_waiting(clinic_, most_news) : away();
      if (!found) break;
      if (int(found->news.size()) < most_news) left_.pop_front();
      if (found->news.empty()) continue;
      found_ = std::move(*found);
      place_ = 0;
      if (!found_.messages.empty()) return next_message(admin);
      if (!admin->note_looked(clinic_, found_.news)) break;
    }
    busy_ = false;
  }
  static result<ports::found_waiting> away() { return error{error_code::store_unavailable, "", ""}; }

  void next_message(ports::message_log* admin) {
    if (admin == nullptr) return leave_clinic(admin);
    while (place_ < found_.messages.size()) {
      if (!leases_.hold(clinic_)) return leave_clinic(admin);
      auto what = admin->message(clinic_, found_.messages[place_]);
      if (!what) return leave_clinic(admin);
      ++place_;
      auto why = *what ? act_of(**what) : std::nullopt;
      if (!why) continue;
      actors::run_again(*with_.actors, with_.find, (*what)->log, (*what)->raw, std::move(*why),
                        with_.clock->now(), [self = shared_from_this()](const actors::rerun_end& end) {
                          self->post(
                            [fault = end.fault](desk& on, auto* session) { on.settled(fault, session); });
                        });
      return;
    }
    if (!admin->note_looked(clinic_, found_.news)) return leave_clinic(admin);
    next_clinic(admin);
  }

  /// What passes is tried once more before any later message, so that their order stays.
  void settled(const std::optional<error>& fault, ports::message_log* admin) {
    if (fault && passes(fault->code)) return leave_clinic(admin);
    if (fault && fault->code != error_code::conflict) // else a person was faster
      telemetry::log(
        telemetry::level::warn, "serve-failed",
        {{"message", to_text(found_.messages[place_ - 1])}, {"reason", std::string(name(fault->code))}});
    next_message(admin);
  }

  parts with_;
  std::mutex lock_;
  actors::admin_worker admin_; ///< null after the end
  std::atomic<bool> busy_{false};
  std::map<model::clinic_id, steady::time_point> resting_; ///< until when
  std::deque<model::clinic_id> left_;                      ///< still to be looked at
  model::clinic_id clinic_ = 0; ///< at which it is, what was found there, and how far it has come
  ports::found_waiting found_;
  size_t place_ = 0;
  clinic_leases leases_;
};

serving::serving(parts from) : desk_(std::make_shared<desk>(std::move(from))) {}

void serving::use(std::vector<model::clinic_id> clinics) { clinics_ = std::move(clinics); }

void serving::look() { desk_->begin(clinics_); }

void serving::stop() { desk_->end(); }

} // namespace aorta::gateway
