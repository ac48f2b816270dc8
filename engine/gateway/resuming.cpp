#include "engine/gateway/resuming.hpp"

#include "actors/workers.hpp"
#include "actors/rerun.hpp"
#include "engine/gateway/clinic_leases.hpp"
#include "engine/pipeline/resume_queue.hpp"
#include "engine/telemetry/log.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>

namespace aorta::gateway {
namespace {

using steady = std::chrono::steady_clock;
using ports::accepted_message;

constexpr const char* resuming_lease = "messages that were accepted";
/// What rests is tried within it.
constexpr std::chrono::seconds lately = 2 * pipeline::resume_queue::long_pause;
constexpr std::chrono::milliseconds patience{300}; ///< until an answer that another node may have made is
                                                   ///< looked for

/// What became of one that was run.
struct run_outcome {
  bool filed = false; ///< now or before
  std::optional<error> fault;
  std::string bytes, code; ///< of its application acknowledgement; empty: none is wanted
};

run_outcome outcome_of(pipeline::envelope& mail) {
  run_outcome out;
  out.filed = mail.receipt.has_value();
  out.fault = mail.trouble();
  // A route that has no enhanced mode any more answers as it answers others.
  out.bytes = mail.application ? std::move(mail.application->bytes) : std::move(mail.reply);
  out.code = mail.application ? std::move(mail.application->code) : mail.ack_code;
  return out;
}

} // namespace

/// Everything but `look`, `owe` and `end` happens on the admin worker's thread.
class resuming::desk : public std::enable_shared_from_this<desk> {
public:
  explicit desk(parts with)
      : with_(std::move(with)),
        admin_(actors::spawn_admin_worker(*with_.actors, with_.store)),
        leases_(*with_.store, to_text(with_.ids->next(with_.clock->now())), resuming_lease) {}

  void use(std::shared_ptr<const std::vector<model::clinic_id>> clinics) {
    std::atomic_store(&clinics_, std::move(clinics));
  }

  bool looks_after(model::clinic_id clinic) const {
    const auto clinics = std::atomic_load(&clinics_);
    return clinics && std::find(clinics->begin(), clinics->end(), clinic) != clinics->end();
  }

  std::vector<stranded> nobodys() const {
    const std::lock_guard hold(stranded_lock_);
    std::vector<stranded> out;
    for (const auto& [what, at] : stranded_)
      if (looks_after(what.clinic) && steady::now() - at < lately) out.push_back(what);
    return out;
  }

  void look() {
    if (looks_.exchange(true)) return;
    post([](desk& on, ports::message_log* admin) {
      on.looks_ = false;
      const auto clinics = std::atomic_load(&on.clinics_);
      for (const auto clinic : clinics ? *clinics : std::vector<model::clinic_id>{})
        if (admin != nullptr) on.look_into(clinic, *admin);
    });
  }

  void owe(std::optional<actors::later_answer> what) {
    if (what)
      post([what = std::move(*what)](desk& on, ports::message_log*) {
        on.owed_.emplace(what.message, owed{what, steady::now()});
      });
    look();
  }

  void end() {
    const std::lock_guard hold(lock_);
    admin_.end();
  }

private:
  using work = std::function<void(desk&, ports::message_log*)>;
  struct owed {
    actors::later_answer what;
    steady::time_point since;
  };

  void post(work what) {
    const std::lock_guard hold(lock_);
    if (!admin_) return;
    admin_.give([self = shared_from_this(), what = std::move(what)](ports::message_log* admin) {
      try {
        what(*self, admin);
      } catch (const std::exception&) { // what() may hold what was sent
        telemetry::log(telemetry::level::error, "resume-failed", {{"reason", "internal"}});
      }
    });
  }

  void look_into(model::clinic_id clinic, ports::message_log& admin) {
    fill(clinic, admin);
    ask_for_answers(clinic, admin);
  }

  /// Takes what waits, as far as it is not under way, and begins what may begin.
  void fill(model::clinic_id clinic, ports::message_log& admin) {
    auto all = std::exchange(next_[clinic], {});
    take(clinic, admin, all);
    for (size_t at = 0; at < all.size(); at += most_read)
      begin(clinic, std::span(all).subspan(at, std::min(most_read, all.size() - at)), admin);
  }

  void take(model::clinic_id clinic, ports::message_log& admin, std::vector<accepted_message>& into) {
    auto& queue = queues_[clinic];
    uuid after{};
    while (queue.has_room()) {
      const auto page = admin.accepted(clinic, after, page_size);
      if (!page || page->empty()) return;
      if (!leases_.hold(clinic)) return queue.forget_waiting();
      for (const auto& each : *page)
        if (queue.add(each, steady::now())) into.push_back(each);
      after = page->back().id;
      if (page->size() < size_t(page_size)) return;
    }
  }

  /// Read together: each by itself, they would wait for the store longer than their filing takes.
  void begin(model::clinic_id clinic, std::span<const accepted_message> all, ports::message_log& admin) {
    std::vector<uuid> ids;
    for (const auto& each : all) ids.push_back(each.id);
    if (!leases_.hold(clinic)) return put_off_all(clinic, all);
    auto found = admin.stored(clinic, ids);
    if (!found) return put_off_all(clinic, all);
    for (const auto& each : all) {
      const auto known = std::find_if(found->begin(), found->end(),
                                      [&](const auto& stored) { return stored.log.id == each.id; });
      if (known != found->end()) resume(clinic, each, std::move(*known));
      else begin_alone(clinic, each, admin);
    }
  }

  void begin_alone(model::clinic_id clinic, const accepted_message& one, ports::message_log& admin) {
    auto what = admin.message(clinic, one.id);
    if (!what) return put_off(clinic, one);
    if (*what) return resume(clinic, one, {std::move((*what)->log), std::move((*what)->raw)});
    ports::message_record gone; // its row of the log went after its time
    gone.id = one.id;
    gone.clinic = clinic;
    if (!admin.end_acceptance(gone, nullptr)) return put_off(clinic, one);
    pass_on(clinic, one, {});
  }

  void resume(model::clinic_id clinic, const accepted_message& one, ports::stored_message what) {
    const bool hopeless = queues_[clinic].failed_too_often(one.id);
    auto mail = pipeline::stored_envelope(what.log, std::move(what.raw), ports::filing::mode::resume);
    const auto to = route_of(clinic, *mail);
    const bool nobodys = !to.route || mail->refusal;
    note_stranded(clinic, *mail, nobodys && !hopeless);
    if (nobodys && !hopeless) return put_off(clinic, one, rests::without_route);
    if (hopeless)
      mail->refuse({error_code::internal, "", "the engine has failed over this message again and again"});
    run(clinic, to, std::move(mail), what.log,
        [one](desk& on, model::clinic_id whose, const ports::message_record& log, run_outcome& came,
              ports::message_log* session) { on.settled(whose, one, log, came, session); });
  }

  actors::destination route_of(model::clinic_id clinic, pipeline::envelope& mail) const {
    auto to = with_.find(mail);
    if (to.route && to.clinic != clinic) to.route = nullptr;
    return to;
  }

  /// It was taken once, so the configuration has changed: it waits until a route of its clinic takes it.
  void note_stranded(model::clinic_id clinic, const pipeline::envelope& mail, bool is) {
    stranded what{clinic, std::string(mail.header.type) + "^" + std::string(mail.header.event),
                  mail.listener};
    const std::lock_guard hold(stranded_lock_);
    if (is) stranded_.insert_or_assign(std::move(what), steady::now());
    else stranded_.erase(what);
  }

  using told = std::function<void(desk&, model::clinic_id, const ports::message_record&, run_outcome&,
                                  ports::message_log*)>;
  void run(model::clinic_id clinic, const actors::destination& to, pipeline::envelope_ptr mail,
           const ports::message_record& of, told tell) {
    actors::run(
      *with_.actors, to, std::move(mail),
      [self = shared_from_this(), clinic, log = of, tell = std::move(tell)](pipeline::envelope& done) {
        auto came = std::make_shared<run_outcome>(outcome_of(done));
        self->post([clinic, log, tell, came](desk& on, ports::message_log* admin) {
          tell(on, clinic, log, *came, admin);
        });
      });
  }

  void settled(model::clinic_id clinic, const accepted_message& one, const ports::message_record& log,
               run_outcome& came, ports::message_log* admin) {
    if (!came.filed) {
      if (came.fault && came.fault->code == error_code::internal) queues_[clinic].note_failure(one.id);
      return put_off(clinic, one);
    }
    if (admin == nullptr) return put_off(clinic, one);
    if (!one.destination.empty() && !deliver(clinic, one, log, came, *admin)) return put_off(clinic, one);
    pass_on(clinic, one, came);
  }

  /// Its acknowledgement is in the ledger of deliveries, or none is wanted.
  bool deliver(model::clinic_id clinic, const accepted_message& one, const ports::message_record& log,
               const run_outcome& came, ports::message_log& admin) {
    ports::forward out;
    out.destination = one.destination;
    out.key = 1; // all of them in their order
    out.body = came.bytes;
    if (const auto sent = hl7::parse(came.bytes)) out.control_id = hl7::peek(*sent).control_id;
    if (!admin.end_acceptance(log, came.bytes.empty() ? nullptr : &out)) return false;
    if (!came.bytes.empty() && with_.forwarded) with_.forwarded(clinic, {&out, 1});
    return true;
  }

  /// It is done: whoever waits for it hears so, and the next one of its patient begins.
  void pass_on(model::clinic_id clinic, const accepted_message& one, const run_outcome& came) {
    answer(one.id, came);
    auto& queue = queues_[clinic];
    const auto next = queue.done(one);
    if (next) next_[clinic].push_back(*next);
    if (next || queue.is_low()) look();
  }

  enum class rests : uint8_t { for_now, without_route };

  /// Those of its patient wait with it, so that their order stays. What has waited for long, and what no
  /// route takes, is told once a minute.
  void put_off(model::clinic_id clinic, const accepted_message& one, rests why = rests::for_now) {
    auto& queue = queues_[clinic];
    const auto failures = queue.put_off(one, steady::now());
    auto& next = told_[clinic];
    const bool long_ago = queue.times_rested(one) >= rests_before_telling;
    if ((long_ago || why == rests::without_route) && steady::now() >= next) {
      next = steady::now() + std::chrono::minutes{1};
      const auto* remedy = why == rests::without_route
        ? "no route of its clinic takes it any more: it is filed once one does"
        : "its route is paused, or the store cannot read it: GET /api/messages?status=received lists what waits";
      telemetry::log(telemetry::level::warn, "accepted-waits",
                     {{"id", to_text(one.id)}, {"clinic", std::to_string(clinic)}, {"remedy", remedy}});
    }
    if (failures > 0)
      telemetry::log(telemetry::level::error, "resume-failed",
                     {{"id", to_text(one.id)}, {"reason", "internal"}, {"times", std::to_string(failures)}});
  }

  void put_off_all(model::clinic_id clinic, std::span<const accepted_message> all) {
    for (const auto& each : all) put_off(clinic, each);
  }

  void answer(const uuid& message, const run_outcome& came) {
    const auto [from, to] = owed_.equal_range(message);
    for (auto at = from; at != to; ++at)
      caf::anon_send(at->second.what.to,
                     actors::later_reply{at->second.what.sequence, came.bytes, came.code});
    owed_.erase(from, to);
  }

  /// Another node has filed what came here: what is to be said of it is made from what is stored.
  void ask_for_answers(model::clinic_id clinic, ports::message_log& admin) {
    std::vector<uuid> late;
    for (const auto& [id, each] : owed_)
      if (each.what.clinic == clinic && steady::now() - each.since > patience && !queues_[clinic].knows(id) &&
          !asked_.contains(id) && (late.empty() || late.back() != id))
        late.push_back(id);
    if (late.empty()) return;
    const auto filed = admin.filed_of(clinic, late);
    if (!filed) return;
    for (const auto& id : *filed) {
      auto what = admin.message(clinic, id);
      if (!what) return;
      if (!*what) {
        answer(id, {});
        continue;
      }
      asked_.insert(id);
      auto mail = pipeline::stored_envelope((*what)->log, std::move((*what)->raw),
                                            ports::filing::mode::resume);
      const auto to = route_of(clinic, *mail);
      run(clinic, to, std::move(mail), (*what)->log,
          [](desk& on, model::clinic_id, const ports::message_record& log, run_outcome& came,
             ports::message_log*) {
            on.asked_.erase(log.id);
            if (came.filed) on.answer(log.id, came);
          });
    }
  }

  static constexpr int page_size = 256;
  parts with_;
  std::mutex lock_;
  actors::admin_worker admin_; ///< null after the end
  std::atomic<bool> looks_{false};
  std::shared_ptr<const std::vector<model::clinic_id>> clinics_; ///< read and swapped atomically
  clinic_leases leases_;
  std::map<model::clinic_id, pipeline::resume_queue> queues_;
  std::map<model::clinic_id, steady::time_point> told_;            ///< before then nothing more is said
  static constexpr int rests_before_telling = 5;                   ///< half a minute
  static constexpr size_t most_read = 32;                          ///< at once, with their bytes
  std::map<model::clinic_id, std::vector<accepted_message>> next_; ///< under way, and to begin at the next
                                                                   ///< look
  mutable std::mutex stranded_lock_;
  std::map<stranded, steady::time_point> stranded_; ///< when one was met last
  std::multimap<uuid, owed> owed_;
  std::set<uuid> asked_;
};

resuming::resuming(parts from) : desk_(std::make_shared<desk>(std::move(from))) {}

void resuming::use(std::vector<model::clinic_id> clinics) {
  desk_->use(std::make_shared<const std::vector<model::clinic_id>>(std::move(clinics)));
}

void resuming::look() { desk_->look(); }

bool resuming::looks_after(model::clinic_id clinic) const { return desk_->looks_after(clinic); }

std::vector<resuming::stranded> resuming::nobodys() const { return desk_->nobodys(); }

void resuming::stop() { desk_->end(); }

std::function<void(std::optional<actors::later_answer>)> resuming::accepted() const {
  return [desk = desk_](std::optional<actors::later_answer> what) { desk->owe(std::move(what)); };
}

} // namespace aorta::gateway
