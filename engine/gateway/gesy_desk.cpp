#include "engine/gateway/gesy_desk.hpp"

#include "engine/gateway/clinic_leases.hpp"
#include "engine/gateway/gesy_simulated.hpp"
#include "engine/gateway/turns.hpp"
#include "engine/gesy/claim.hpp"
#include "engine/gesy/submission.hpp"
#include "engine/net/http/http_client.hpp"
#include "engine/telemetry/log.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <vector>

namespace aorta::gateway {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr int claims_at_once = 20;
constexpr std::chrono::milliseconds desk_pause{2000}; ///< when the store did not answer
constexpr std::chrono::seconds after_fault{30};       ///< when they did not
constexpr std::chrono::hours claim_rests{1};
constexpr std::chrono::hours eligibility_kept{24};
constexpr size_t most_eligibilities = 10'000;
constexpr unsigned ticks_ms = 50;
/// No destination has a space in its name.
constexpr const char* claims_lease = "gesy claims";

} // namespace

/// What lives on the loop, and what of it any thread may see.
struct gesy_desk::side : std::enable_shared_from_this<side> {
  side(const parts& with, const config::gesy_settings& how)
      : loop(*with.loop),
        clock(*with.clock),
        settings(how) {
    if (how.is == config::gesy_settings::mode::simulator)
      simulator = std::make_unique<gesy::simulator>(gesy::simulator::how{});
  }

  /// On the loop: runs it in so long, within a tick.
  void after(std::chrono::milliseconds in, std::function<void()> what) {
    timed.emplace(steady::now() + in, std::move(what));
    if (in == 0ms) loop.post([self = shared_from_this()] { self->tick(); });
  }
  void tick() {
    while (!timed.empty() && timed.begin()->first <= steady::now()) {
      const auto what = std::move(timed.begin()->second);
      timed.erase(timed.begin());
      what();
    }
  }

  void open() {
    const auto later = [this](std::chrono::milliseconds in, std::function<void()> what) {
      after(in, std::move(what));
    };
    std::unique_ptr<ports::http_outbound> by;
    if (simulator) by = std::make_unique<simulated_outbound>(*simulator, clock, later, settings.url);
    else by = std::make_unique<net::http_client>(loop);
    line = std::make_shared<gesy_line>(gesy_line::parts{std::move(by), &clock, later}, settings);
  }

  /// Any thread. `then` on the loop.
  void ask(gesy::question what, gesy_line::heard then) {
    loop.post([self = shared_from_this(), what = std::move(what), then = std::move(then)]() mutable {
      self->line->ask(std::move(what), std::move(then));
    });
  }

  net::loop& loop;
  const clock_source& clock;
  config::gesy_settings settings;
  std::unique_ptr<gesy::simulator> simulator;
  std::shared_ptr<gesy_line> line;
  std::multimap<steady::time_point, std::function<void()>> timed;

  // Eligibility as it was told last, for when they are away.
  struct told {
    std::string ours;
    timestamp at{};
  };
  std::mutex lock;
  std::map<std::string, told> eligibility;
  std::optional<timestamp> last_eligibility;
};

/// Everything but `begin` and `end` happens on the turns' thread.
class gesy_desk::desk : public std::enable_shared_from_this<desk> {
public:
  desk(const parts& with, std::shared_ptr<side> to)
      : with_(with),
        to_(std::move(to)),
        leases_(*with.store, to_text(with.ids->next(with.clock->now())), claims_lease),
        turns_(*with.actors, with.store, "claims-failed") {}

  void use(std::vector<model::clinic_id> clinics) { clinics_ = std::move(clinics); }

  void begin() {
    const auto self = shared_from_this();
    turns_.begin([self, clinics = clinics_](ports::message_log*) { self->turn(clinics); },
                 [self] {
                   self->session_.reset();
                   self->rest_until_ = steady::now() + desk_pause;
                 });
  }

  void end() {
    ended_ = true;
    turns_.end();
  }

private:
  void turn(const std::vector<model::clinic_id>& clinics) {
    if (steady::now() < rest_until_) return;
    for (const auto clinic : clinics)
      if (!work(clinic)) { // what fails in one of them holds up no other
        session_.reset();
        rest_until_ = steady::now() + desk_pause;
      }
  }

  /// False: the store did not answer.
  bool work(model::clinic_id clinic) {
    if (!session_) {
      auto opened = with_.store->records();
      if (!opened) return false;
      session_ = std::move(*opened);
    }
    if (!session_->begin(clinic, false)) return false;
    const auto due = session_->claims().due(to_->settings.url, claims_at_once);
    session_->rollback();
    if (!due) return false;
    for (const auto& each : *due) {
      if (steady::now() < resting_[each.id]) continue;
      if (ended_ || !leases_.hold(clinic)) return true;
      const auto known = numbers_of_others(clinic, each);
      if (!known) return false;
      const auto now = look_at(each, *known);
      if (!now || !leases_.hold(clinic)) continue; // not yet, or another node has the clinic by now
      const auto kept = keep(clinic, each, *now);
      if (kept) continue;
      if (passes(kept.error().code)) return false;
      resting_[each.id] = steady::now() + claim_rests;
      telemetry::log(telemetry::level::warn, "claim-not-kept",
                     {{"claim", to_text(each.id)}, {"reason", std::string(name(kept.error().code))}});
    }
    return true;
  }

  /// Of claims for the same: what a look-up must not take for this one.
  result<std::vector<std::string>> numbers_of_others(model::clinic_id clinic, const ports::claim_row& of) {
    std::vector<std::string> out;
    const auto like = of.number.empty() ? gesy::likeness(of.content) : std::nullopt;
    if (!like) return out;
    if (const auto begun = session_->begin(clinic, false); !begun) return begun.error();
    const auto alike = session_->claims().alike(*like);
    session_->rollback();
    if (!alike) return alike.error();
    for (const auto& each : *alike)
      if (each.id != of.id && !each.number.empty()) out.push_back(each.number);
    return out;
  }

  status keep(model::clinic_id clinic, const ports::claim_row& was, const ports::claim_row& now) {
    auto& in = *session_;
    if (const auto begun = in.begin(clinic, true); !begun) return begun.error();
    const auto failed = [&](const error& why) -> status {
      in.rollback();
      return why;
    };
    const auto told = in.claims().told(was, now);
    if (!told) return failed(told.error());
    if (*told)
      if (const auto noted = note_in_encounter(was, now); !noted) return failed(noted.error());
    if (const auto kept = in.commit(); !kept) return failed(kept.error());
    if (!*told) resting_[was.id] = steady::now() + std::chrono::seconds(after_fault);
    return done{};
  }

  std::chrono::seconds pause_of(int looks) const {
    const auto& all = to_->settings.polls;
    return all.at(std::min(size_t(looks), all.size() - 1));
  }

  /// The claim as it is after one more look. Nothing: it is too early for one.
  std::optional<ports::claim_row> look_at(ports::claim_row what, const std::vector<std::string>& known) {
    const auto now = with_.clock->now();
    const bool kept_back = what.sending == delivery::state::skipped;
    // What was perhaps under way when a person skipped it has arrived by then.
    if (kept_back && what.perhaps && what.sending_changed &&
        now < *what.sending_changed + 2 * to_->settings.timeout)
      return std::nullopt;
    if (kept_back && !what.perhaps) {
      what.status = "withdrawn";
      what.next_look.reset();
      return what;
    }
    const bool asked = what.number.empty() ? search(what, known, kept_back) : ask(what);
    what.next_look = now + (asked ? pause_of(what.looks) : after_fault);
    if (asked) ++what.looks;
    if (gesy::has_ended(what.status) || what.status == "withdrawn") what.next_look.reset();
    return what;
  }

  /// Whether they answered. By our id, or by what it is for.
  bool search(ports::claim_row& what, const std::vector<std::string>& known, bool kept_back) {
    gesy::search find(to_->settings.wire, {to_text(what.id), what.content, known, {}});
    while (auto next = find.next()) find.heard(answer_to(std::move(*next)));
    if (!find.fault().code.empty()) return find.fault().status >= 400 && find.fault().status < 500;
    if (find.found()) take(what, *find.found());
    else if (kept_back) what.status = "withdrawn";
    return true;
  }

  bool ask(ports::claim_row& what) {
    gesy::question out;
    out.what = gesy::operation::claim;
    out.path = gesy::path_of(to_->settings.wire, out.what, {{"id", what.number}});
    const auto heard = answer_to(std::move(out));
    if (heard.status == 404 || heard.status == 410) return true; // no more often than at growing pauses
    const auto told = gesy::taken(heard) ? gesy::as_ours(to_->settings.wire, gesy::kind::claim, heard.body)
                                         : std::nullopt;
    if (!told || gesy::said(*told, "claim_id") != what.number) return false; // a page of somebody between us
    take(what, *told);
    return true;
  }

  static void take(ports::claim_row& what, const std::string& told) {
    if (auto number = gesy::said(told, "claim_id"); !number.empty()) what.number = std::move(number);
    if (auto state = gesy::said(told, "status"); !state.empty()) what.status = std::move(state);
    what.answer = told;
  }

  gesy::reply answer_to(gesy::question what) {
    auto answer = std::make_shared<std::promise<gesy::reply>>();
    auto heard = answer->get_future();
    to_->ask(std::move(what), [answer](const gesy::reply& said) { answer->set_value(said); });
    while (heard.wait_for(100ms) != std::future_status::ready)
      if (ended_) {
        gesy::reply none;
        none.code = "ending";
        return none;
      }
    return heard.get();
  }

  /// encounters.gesy_claim_id, once it is known.
  status note_in_encounter(const ports::claim_row& was, const ports::claim_row& now) {
    if (!now.encounter || now.number.empty() || was.number == now.number) return done{};
    auto& in = *session_;
    ports::row_query ask;
    ask.of = model::table::encounters;
    ask.keys = {std::to_string(*now.encounter)};
    ask.with_entries = false;
    auto found = in.rows(ask);
    if (!found) return found.error();
    if (found->empty()) return done{};
    ports::change change;
    change.row = std::move(found->front().row);
    change.row->set("gesy_claim_id", now.number);
    change.update_row = true;
    return in.write({&change, 1});
  }

  parts with_;
  std::shared_ptr<side> to_;
  std::atomic<bool> ended_{false};
  clinic_leases leases_;
  std::unique_ptr<ports::record_session> session_;
  std::vector<model::clinic_id> clinics_;
  steady::time_point rest_until_{};
  std::map<uuid, steady::time_point> resting_; ///< claims that could not be kept, until when
  turns turns_;
};

gesy_desk::gesy_desk(parts from, const config::gesy_settings& how)
    : side_(std::make_shared<side>(from, how)),
      desk_(std::make_shared<desk>(from, side_)) {
  side_->open();
  from.loop->every(ticks_ms, [side = side_] { side->tick(); });
}

gesy_desk::~gesy_desk() = default;

std::shared_ptr<gesy_line> gesy_desk::line() const { return side_->line; }

void gesy_desk::use(const std::map<std::string, model::clinic_id>& clinics) {
  std::vector<model::clinic_id> all;
  all.reserve(clinics.size());
  for (const auto& [code, id] : clinics) all.push_back(id);
  desk_->use(std::move(all));
}

void gesy_desk::look() { desk_->begin(); }

void gesy_desk::stop() {
  desk_->end();
  side_->line->stop();
  side_->timed.clear();
}

std::shared_ptr<const api::gesy_view> gesy_desk::view() const {
  auto out = std::make_shared<api::gesy_view>();
  const auto& how = side_->settings;
  out->mode = config::name(how.is);
  out->provider_id = how.provider_id;
  out->wire = how.wire;
  out->standing = [side = side_] {
    const auto now = side->line->standing();
    const std::lock_guard hold(side->lock);
    return api::gesy_standing{now.away_since, now.answered_at, side->last_eligibility, now.code};
  };
  out->ask = [side = side_](const gesy::question& what, std::function<void(gesy::reply)> then) {
    side->ask(what, std::move(then));
  };
  out->remember = [side = side_](const std::string& whom, const std::string& ours, timestamp at) {
    const std::lock_guard hold(side->lock);
    if (side->eligibility.size() >= most_eligibilities) side->eligibility.clear();
    if (ours.empty()) {
      side->eligibility.erase(whom);
      return;
    }
    side->eligibility[whom] = {ours, at};
    side->last_eligibility = at;
  };
  out->forget = [side = side_] {
    const std::lock_guard hold(side->lock);
    side->eligibility.clear();
  };
  out->remembered = [side = side_](const std::string& whom,
                                   timestamp now) -> std::optional<std::pair<std::string, timestamp>> {
    const std::lock_guard hold(side->lock);
    const auto found = side->eligibility.find(whom);
    if (found == side->eligibility.end() || found->second.at + eligibility_kept < now) return std::nullopt;
    return std::pair(found->second.ours, found->second.at);
  };
  return out;
}

} // namespace aorta::gateway
