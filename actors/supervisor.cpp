#include "actors/supervisor.hpp"

#include "engine/lab/choose.hpp"
#include "engine/pipeline/flow.hpp"
#include "engine/pipeline/file_mail.hpp"
#include "engine/telemetry/log.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace aorta::actors {
namespace {

using std::chrono::milliseconds;

using flow = pipeline::flow<origin_actor>;
using flight = flow::flight;

struct supervisor_state {
  static inline const char* name = "supervisor";
  supervisor_actor::pointer self = nullptr;
  route_context_ptr route;
  chain_spawner chain;
  std::shared_ptr<pipeline::step> reply;

  std::optional<flow> flights;
  spawned_chain stages;
  std::vector<drain> drains;                   ///< who waits for everything to be answered and logged
  std::function<void(const arrival&)> onwards; ///< set once the stages have ended for a successor
  pipeline::not_logged unlogged;

  prometheus::Gauge* flying = nullptr;
  prometheus::Gauge* oldest_unanswered = nullptr;
  prometheus::Histogram* ack_seconds = nullptr;
  prometheus::Counter* results = nullptr;
  prometheus::Counter* unmatched = nullptr;
  std::map<std::string, prometheus::Counter*, std::less<>> outcomes; ///< by type and outcome, looked up once
  std::map<std::pair<std::string, std::string>, prometheus::Gauge*> senders; ///< by listener and sender,
                                                                             ///< likewise
  std::vector<const lab::profile*> profiles;

  static constexpr size_t most_unlogged = 64u << 20; ///< bytes of answered frames that wait for their log row

  void enter(flight one) {
    if (onwards) return onwards({one.mail, one.from});
    if (!look_whether_open()) {
      if (!drains.empty()) return leave_closed(one);
      refuse_paused(*one.mail);
    }
    route->board->received.fetch_add(1, std::memory_order_relaxed);
    const auto [mail, from, held] = one;
    if (flights->enter(std::move(one))) self->send(stages.entrance, mail);
    else self->send(from, hold{});
    publish();
  }

  /// A person pauses and resumes a route while it runs.
  bool look_whether_open() {
    const bool open = !route->paused || !route->paused();
    if (open != flights->open()) flights->open(open, steady::now());
    return open;
  }

  /// Who cannot wait at a socket, or need not, is told at once. What persons run again goes on.
  void refuse_paused(envelope& mail) const {
    using mode = ports::filing::mode;
    if (mail.how == mode::again) return;
    if (mail.how == mode::resume || route->how.paused_refuses || mail.listener == pipeline::http_listener ||
        pipeline::has_no_header(mail.listener))
      mail.refuse({error_code::paused, "", "the route is paused; send it again later"});
  }

  /// It waits nowhere any more: a successor takes it, or, since the process ends, its sender hears nothing
  /// and sends it again.
  void leave_closed(const flight& one) {
    if (one.held) self->send(one.from, go{});
    if (drains.back().onwards) drains.back().onwards({one.mail, one.from});
  }

  void leave_all_closed() {
    if (look_whether_open()) return;
    for (const auto& each : flights->give_up_waiting()) leave_closed(each);
  }

  void admit_waiting() {
    while (const auto next = flights->admit()) {
      self->send(next->from, go{});
      self->send(stages.entrance, next->mail);
    }
    publish();
    tell_drained();
  }

  void leave(const envelope_ptr& mail) {
    if (unlogged.is_under_way(mail)) {
      unlogged.under_way = nullptr;
      log_next();
      return tell_drained();
    }
    auto one = flights->leave(*mail);
    if (!one)
      return; // answered by a restart already; its work, if it was done, is found by the sender's retry
    answer(*one);
    admit_waiting();
  }

  /// Gives the envelope back to where it came from, once.
  void answer(flight& one) {
    auto& mail = *one.mail;
    if (one.held) self->send(one.from, go{});
    if (mail.answered.exchange(true)) return;
    if (!mail.has_reply()) write_reply(mail);
    if (is_news(mail)) count(mail);
    self->send(one.from, settled{one.mail});
  }

  /// What is only tried, and an accepted message that still waits or that is only asked for, was nothing that
  /// happened.
  static bool is_news(const envelope& mail) {
    if (mail.how == ports::filing::mode::resume) return mail.receipt && !mail.receipt->done_before;
    return !mail.act || !mail.act->rehearsal;
  }

  /// Whatever a message holds, its route's exit must not end with it. What cannot be answered as it stands is
  /// answered as what was received.
  void write_reply(envelope& mail) const {
    pipeline::guarded(mail, "reply", [this](envelope& each) { reply->run(each); });
    if (mail.has_reply()) return;
    const auto bare = pipeline::bare_copy(mail, *mail.trouble());
    pipeline::guarded(*bare, "reply", [this](envelope& each) { reply->run(each); });
    mail.reply = bare->reply;
    mail.ack_code = bare->ack_code;
    mail.application = std::move(bare->application);
  }

  void count(const envelope& mail) {
    auto& board = *route->board;
    const auto& why = mail.trouble();
    const auto took = std::chrono::duration<double>(steady::now() - mail.arrived).count();
    telemetry::observe(*ack_seconds, took);
    std::string_view outcome = "processed";
    if (mail.receipt && mail.receipt->duplicate) {
      outcome = "duplicate";
      board.duplicate.fetch_add(1, std::memory_order_relaxed);
    } else if (mail.accepted == envelope::acceptance::stored) {
      outcome = "accepted"; // and counted once more when it is filed
    } else if (why) {
      outcome = "failed";
      board.failed.fetch_add(1, std::memory_order_relaxed);
      board.set_last_error(*why, route->clock->now());
    } else if (pipeline::waits_for_person(mail)) {
      outcome = "unmatched";
      board.unmatched.fetch_add(1, std::memory_order_relaxed);
      telemetry::add(*unmatched);
    } else {
      board.processed.fetch_add(1, std::memory_order_relaxed);
    }
    if (mail.receipt && mail.receipt->results_created > 0)
      telemetry::add(*results, mail.receipt->results_created);
    telemetry::add(counter(mail, outcome));
    if (!mail.listener.empty() && !mail.only_counted) note_sender(mail);
    if (!mail.only_counted) tell(mail, outcome, took);
  }

  void note_sender(const envelope& mail) {
    const auto* known = lab::choose(profiles, mail.header.sending_application, mail.header.sending_facility);
    auto& gauge = senders[{mail.listener, known == nullptr ? "other" : known->code}];
    if (gauge == nullptr)
      gauge = &route->metrics->last_message(mail.listener, known == nullptr ? "other" : known->code);
    telemetry::set(*gauge, std::chrono::duration<double>(mail.received_at.time_since_epoch()).count());
  }

  /// One line a message: what it was and what became of it, and nothing of its patient.
  void tell(const envelope& mail, std::string_view outcome, double seconds) const {
    const auto& header = mail.header;
    const auto& why = mail.trouble();
    const auto digits = [](size_t number) { return std::to_string(number); };
    const auto begin = [](std::string_view text) { // what a sender writes neither fills the log nor breaks
                                                   // its lines' encoding
      std::string out(text.substr(0, 64));
      std::replace_if(
        out.begin(), out.end(), [](char c) { return uint8_t(c) >= 0x80; }, '?');
      return out;
    };
    const bool filed = mail.receipt && !mail.receipt->duplicate;
    telemetry::log(why ? telemetry::level::warn : telemetry::level::info, "message-settled",
                   {{"id", to_text(mail.id)},
                    {"control-id", begin(header.control_id)},
                    {"sender", begin(header.sending_application) + "/" + begin(header.sending_facility)},
                    {"listener", mail.listener},
                    {"route", route->how.name},
                    {"outcome", std::string(outcome)},
                    {"ack", mail.ack_code},
                    {"results", digits(filed ? size_t(mail.receipt->results_created) : 0)},
                    {"reviews",
                     digits(filed && mail.payload && !mail.fault
                              ? mail.payload->reviews() + (pipeline::waits_for_person(mail) ? 1 : 0)
                              : 0)},
                    {"ms", digits(size_t(seconds * 1000))},
                    {"error", why ? std::string(aorta::name(why->code)) : std::string()},
                    {"where", why ? why->where : std::string()}});
  }

  /// The type label is one that this route takes, or "other": what a sender writes must not make new time
  /// series.
  prometheus::Counter& counter(const envelope& mail, std::string_view outcome) {
    std::string type(mail.header.type);
    if (!mail.header.event.empty()) type += "^" + std::string(mail.header.event);
    if (std::find(route->how.accept.begin(), route->how.accept.end(), type) == route->how.accept.end())
      type = "other";
    auto& slot = outcomes[type + " " + std::string(outcome)];
    if (slot == nullptr) slot = &route->metrics->messages(route->how.name, type, outcome);
    return *slot;
  }

  void publish() {
    route->board->in_flight.store(flights->with_stages(), std::memory_order_relaxed);
    route->board->waiting.store(flights->waiting(), std::memory_order_relaxed);
    telemetry::set(*flying, double(flights->with_stages()));
    telemetry::set(*oldest_unanswered,
                   std::chrono::duration<double>(flights->oldest_unanswered(steady::now())).count());
  }

  void start() {
    stages = chain(self->home_system(), route, finish_actor(supervisor_actor(self)));
    for (const auto& [stage, handle] : stages.stages) {
      self->monitor(handle);
      // Of a figure that is first seen at 1 nobody can tell that it has grown.
      telemetry::add(route->metrics->restarts(route->how.name, stage), 0);
    }
    flights->start(steady::now());
    route->board->running.store(true);
    log_next();
    admit_waiting();
  }

  /// Answered AE, but every complete frame is logged: it goes through the stages with its fault, which leaves
  /// its row and files nothing.
  void log_later(envelope_ptr mail) {
    if (mail->how != ports::filing::mode::first || mail->only_counted)
      return; // it has its row, or needs none
    if (!unlogged.add(std::move(mail), most_unlogged))
      telemetry::log(telemetry::level::error, "frame-not-logged",
                     {{"route", route->how.name}, {"reason", "too much waits for its log row"}});
    log_next();
  }

  void log_next() {
    if (flights->up() && unlogged.next()) self->send(stages.entrance, unlogged.under_way);
  }

  /// A stage has died. What was with the stages is answered AE: nobody knows how far it came, and the
  /// sender's retry finds out (the key in the store says whether it was filed). The whole chain is made anew
  /// after a pause.
  void down(const caf::down_msg& what) {
    if (!flights->up()) return;
    std::string stage = "stage";
    for (const auto& [each, handle] : stages.stages)
      if (handle.address() == what.source) stage = each;
    if (stage == "stage") return; // of an earlier chain
    auto held = flights->stop();
    stop_stages();
    telemetry::add(route->metrics->restarts(route->how.name, stage));
    route->board->restarts.fetch_add(1, std::memory_order_relaxed);
    route->board->running.store(false);
    telemetry::log(
      telemetry::level::error, "stage-died",
      {{"route", route->how.name}, {"stage", stage}, {"in_flight", std::to_string(held.size())}});
    if (const auto lost = std::exchange(unlogged.under_way, nullptr))
      telemetry::log(telemetry::level::error, "frame-not-logged",
                     {{"route", route->how.name},
                      {"id", to_text(lost->id)},
                      {"reason", "stage " + stage + " failed again"}});
    for (auto& one : held) {
      const error why{error_code::internal, "",
                      "the stage " + stage + " failed while this message was in flight; send it again"};
      auto row = pipeline::bare_copy(*one.mail, why);
      row->id = route->ids->next(row->received_at); // the old one may be in the log already: nobody knows how
                                                    // far it came
      log_later(std::move(row));
      if (one.mail->answered.exchange(true)) continue;
      flight again{pipeline::bare_copy(*one.mail, why), one.from, false};
      answer(again);
    }
    publish();
    self->delayed_send(self, flights->pause_after_death(steady::now()), restart{});
  }

  void stop_stages() {
    for (const auto& [stage, handle] : stages.stages)
      caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    stages = {}; // a detached stage's thread ends when nobody holds it
  }

  /// Whose deadline has passed is answered AE; the envelope itself stays where it is, and is kept by the
  /// store once that is back.
  void look_for_deadlines() {
    const auto now = steady::now();
    const error why{error_code::deadline, "", "not handled within the route's deadline; send it again"};
    for (const auto& one : flights->late(now)) {
      if (one.mail->answered.exchange(true)) continue;
      flight again{pipeline::bare_copy(*one.mail, why), one.from, false};
      answer(again);
    }
    for (const auto& one : flights->expired(now)) {
      flight again{pipeline::bare_copy(*one.mail, why), one.from, one.held};
      answer(again);
      one.mail->refuse(why);
      log_later(one.mail);
    }
    publish();
    tell_drained();
  }

  void tell_drained() {
    if (drains.empty() || flights->waiting() > 0) return;
    if (flights->with_stages() > 0 || !unlogged.empty()) {
      for (const auto& each : drains)
        if (each.onwards) return;
      if (!route->store_state->away() || !flights->all_answered()) return;
    }
    for (auto& each : std::exchange(drains, {})) {
      if (each.onwards) give_way(std::move(each.onwards));
      each.done();
    }
  }

  /// The stages end; this actor stays for who has asked for the route just before.
  void give_way(std::function<void(const arrival&)> to) {
    flights->stop();
    stop_stages();
    onwards = std::move(to);
  }

  void end() {
    flights->stop();
    stop_stages();
    self->quit();
  }
};

supervisor_actor::behavior_type supervisor(supervisor_actor::stateful_pointer<supervisor_state> self,
                                           route_context_ptr route, chain_spawner chain,
                                           std::shared_ptr<pipeline::step> reply) {
  keep_quiet(self);
  auto& state = self->state;
  state.self = self;
  state.chain = std::move(chain);
  state.reply = std::move(reply);
  state.flights.emplace(flow::limits{.in_flight = route->how.in_flight, .deadline = route->how.deadline});
  state.flying = &route->metrics->in_flight(route->how.name);
  state.ack_seconds = &route->metrics->ack_seconds(route->how.name);
  state.oldest_unanswered = &route->metrics->oldest_unanswered_seconds(route->how.name);
  for (const auto& each : route->profiles) state.profiles.push_back(each.get());
  state.results = &route->metrics->results(route->how.name);
  state.unmatched = &route->metrics->unmatched(route->how.name);
  state.route = std::move(route);
  self->set_down_handler([self](caf::down_msg& what) { self->state.down(what); });
  state.start();
  self->delayed_send(self, milliseconds(100), sweep{});
  return {
    [self](const settled& done) { self->state.leave(done.mail); },
    [self](const arrival& one) {
      self->state.enter({one.mail, one.from, false});
    },
    [self](sweep) {
      if (self->state.onwards) return; // nothing is here any more
      ++self->state.route->board->turns;
      if (self->state.look_whether_open()) self->state.admit_waiting();
      self->state.look_for_deadlines();
      self->delayed_send(self, milliseconds(100), sweep{});
    },
    [self](restart) {
      if (!self->state.onwards) self->state.start();
    },
    [self](const drain& how) {
      self->state.drains.push_back(how);
      self->state.leave_all_closed();
      self->state.admit_waiting();
    },
    [self](retire) { self->state.end(); },
  };
}

} // namespace

supervisor_actor spawn_supervisor(caf::actor_system& sys, route_context_ptr route, chain_spawner chain,
                                  std::shared_ptr<pipeline::step> reply) {
  return sys.spawn(supervisor, std::move(route), std::move(chain), std::move(reply));
}

} // namespace aorta::actors
