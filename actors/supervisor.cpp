#include "actors/supervisor.hpp"

#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace aorta::actors {
namespace {

using std::chrono::milliseconds;

/// Frames that were answered and have no row in the log yet.
struct not_logged {
  std::deque<envelope_ptr> queue;
  envelope_ptr under_way; ///< with the stages
  size_t bytes = 0;       ///< of the queue

  bool add(envelope_ptr mail, size_t most) {
    if (bytes + mail->bytes.size() > most && bytes > 0) return false;
    bytes += mail->bytes.size();
    queue.push_back(std::move(mail));
    return true;
  }
  /// True when there is one to send now, in `under_way`.
  bool next() {
    if (under_way || queue.empty()) return false;
    under_way = std::move(queue.front());
    queue.pop_front();
    bytes -= under_way->bytes.size();
    return true;
  }
  bool is_under_way(const envelope_ptr& mail) const noexcept { return under_way && under_way == mail; }
  bool empty() const noexcept { return !under_way && queue.empty(); }
};

struct supervisor_state {
  static inline const char* name = "supervisor";
  supervisor_actor::pointer self = nullptr;
  route_context_ptr route;
  chain_spawner chain;
  std::shared_ptr<pipeline::step> reply;

  struct flight {
    envelope_ptr mail;
    origin_actor from;
    bool held = false; ///< its origin was told to stop reading
  };
  std::map<const envelope*, flight> in_flight; ///< with the stages
  std::deque<flight> waiting;                  ///< for credit, or for the stages to be there again
  size_t bytes_in_flight = 0;
  spawned_chain stages;
  bool up = false;
  milliseconds pause{0};
  steady::time_point last_start{};
  std::vector<drain> drains;                  ///< who waits for everything to be answered and logged
  std::function<void(const arrival&)> onwards; ///< set once the stages have ended for a successor
  not_logged unlogged;

  prometheus::Gauge* flying = nullptr;
  prometheus::Histogram* ack_seconds = nullptr;
  prometheus::Counter* results = nullptr;
  prometheus::Counter* unmatched = nullptr;
  std::map<std::string, prometheus::Counter*, std::less<>> outcomes; ///< by type and outcome, looked up once

  static constexpr size_t most_bytes = 256u << 20; ///< of frames with the stages; one larger frame still passes alone
  static constexpr milliseconds first_pause{100}, longest_pause{10'000}, steady_after{60'000};
  static constexpr size_t most_unlogged = 64u << 20; ///< bytes of answered frames that wait for their log row

  bool credit_for(const envelope& mail) const {
    return up && in_flight.size() < route->how.in_flight && (in_flight.empty() || bytes_in_flight + mail.bytes.size() <= most_bytes);
  }

  void enter(flight one) {
    if (onwards) return onwards({one.mail, one.from});
    route->board->received.fetch_add(1, std::memory_order_relaxed);
    if (waiting.empty() && credit_for(*one.mail)) return admit(std::move(one));
    one.held = true;
    self->send(one.from, hold{});
    waiting.push_back(std::move(one));
    publish();
  }

  void admit(flight one) {
    const auto mail = one.mail;
    bytes_in_flight += mail->bytes.size();
    if (one.held) self->send(one.from, go{});
    one.held = false;
    in_flight.emplace(mail.get(), std::move(one));
    publish();
    self->send(stages.entrance, mail);
  }

  void admit_waiting() {
    while (!waiting.empty() && credit_for(*waiting.front().mail)) {
      auto next = std::move(waiting.front());
      waiting.pop_front();
      admit(std::move(next));
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
    const auto found = in_flight.find(mail.get());
    if (found == in_flight.end()) return; // answered by a restart already; its work, if it was done, is found by the sender's retry
    auto one = std::move(found->second);
    bytes_in_flight -= mail->bytes.size();
    in_flight.erase(found);
    answer(one);
    admit_waiting();
  }

  /// Gives the envelope back to where it came from, once.
  void answer(flight& one) {
    auto& mail = *one.mail;
    if (one.held) self->send(one.from, go{});
    if (mail.answered.exchange(true)) return;
    if (mail.reply.empty()) reply->run(mail);
    if (!mail.act || !mail.act->rehearsal) count(mail);
    self->send(one.from, settled{one.mail});
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
    if (mail.receipt && mail.receipt->results_created > 0) telemetry::add(*results, mail.receipt->results_created);
    telemetry::add(counter(mail, outcome));
    if (!mail.only_counted) tell(mail, outcome, took);
  }

  /// One line a message: what it was and what became of it, and nothing of its patient.
  void tell(const envelope& mail, std::string_view outcome, double seconds) const {
    const auto& header = mail.header;
    const auto& why = mail.trouble();
    const auto digits = [](size_t number) { return std::to_string(number); };
    const auto begin = [](std::string_view text) { // what a sender writes neither fills the log nor breaks its lines' encoding
      std::string out(text.substr(0, 64));
      std::replace_if(out.begin(), out.end(), [](char c) { return uint8_t(c) >= 0x80; }, '?');
      return out;
    };
    const bool filed = mail.receipt && !mail.receipt->duplicate;
    telemetry::log(why ? telemetry::level::warn : telemetry::level::info, "message-settled",
                   {{"id", to_text(mail.id)}, {"control-id", begin(header.control_id)},
                    {"sender", begin(header.sending_application) + "/" + begin(header.sending_facility)},
                    {"listener", mail.listener}, {"route", route->how.name}, {"outcome", std::string(outcome)}, {"ack", mail.ack_code},
                    {"results", digits(filed ? size_t(mail.receipt->results_created) : 0)},
                    {"reviews", digits(filed && mail.payload && !mail.fault ? mail.payload->reviews() + (pipeline::waits_for_person(mail) ? 1 : 0) : 0)},
                    {"ms", digits(size_t(seconds * 1000))},
                    {"error", why ? std::string(aorta::name(why->code)) : std::string()},
                    {"where", why ? why->where : std::string()}});
  }

  /// The type label is one that this route takes, or "other": what a sender writes must not make new time series.
  prometheus::Counter& counter(const envelope& mail, std::string_view outcome) {
    std::string type(mail.header.type);
    if (!mail.header.event.empty()) type += "^" + std::string(mail.header.event);
    if (std::find(route->how.accept.begin(), route->how.accept.end(), type) == route->how.accept.end()) type = "other";
    auto& slot = outcomes[type + " " + std::string(outcome)];
    if (slot == nullptr) slot = &route->metrics->messages(route->how.name, type, outcome);
    return *slot;
  }

  void publish() {
    route->board->in_flight.store(in_flight.size(), std::memory_order_relaxed);
    route->board->waiting.store(waiting.size(), std::memory_order_relaxed);
    telemetry::set(*flying, double(in_flight.size()));
  }

  void start() {
    stages = chain(self->home_system(), route, finish_actor(supervisor_actor(self)));
    for (const auto& [stage, handle] : stages.stages) self->monitor(handle);
    up = true;
    last_start = steady::now();
    route->board->running.store(true);
    log_next();
    admit_waiting();
  }

  /// Answered AE, but every complete frame is logged: it goes through the stages with its fault, which leaves its row and files nothing.
  void log_later(envelope_ptr mail) {
    if (mail->how == ports::filing::mode::again || mail->only_counted) return; // it has its row, or needs none
    if (!unlogged.add(std::move(mail), most_unlogged))
      telemetry::log(telemetry::level::error, "frame-not-logged", {{"route", route->how.name}, {"reason", "too much waits for its log row"}});
    log_next();
  }

  /// One at a time: what a stage dies of shall not take others with it.
  void log_next() {
    if (up && unlogged.next()) self->send(stages.entrance, unlogged.under_way);
  }

  /// A stage has died. What was with the stages is answered AE: nobody knows how far it came, and the sender's retry finds out (the key in the
  /// store says whether it was filed). The whole chain is made anew after a pause.
  void down(const caf::down_msg& what) {
    if (!up) return;
    std::string stage = "stage";
    for (const auto& [each, handle] : stages.stages)
      if (handle.address() == what.source) stage = each;
    if (stage == "stage") return; // of an earlier chain
    stop_stages();
    telemetry::add(route->metrics->restarts(route->how.name, stage));
    route->board->restarts.fetch_add(1, std::memory_order_relaxed);
    route->board->running.store(false);
    telemetry::log(telemetry::level::error, "stage-died",
                   {{"route", route->how.name}, {"stage", stage}, {"in_flight", std::to_string(in_flight.size())}});
    auto held = std::move(in_flight);
    in_flight.clear();
    bytes_in_flight = 0;
    if (const auto lost = std::exchange(unlogged.under_way, nullptr))
      telemetry::log(telemetry::level::error, "frame-not-logged", {{"route", route->how.name}, {"id", to_text(lost->id)}, {"reason", "stage " + stage + " failed again"}});
    for (auto& [key, one] : held) {
      const error why{error_code::internal, "", "the stage " + stage + " failed while this message was in flight; send it again"};
      auto row = pipeline::bare_copy(*one.mail, why);
      row->id = route->ids->next(row->received_at); // the old one may be in the log already: nobody knows how far it came
      log_later(std::move(row));
      if (one.mail->answered.exchange(true)) continue;
      flight again{pipeline::bare_copy(*one.mail, why), one.from, false};
      answer(again);
    }
    const bool was_steady = steady::now() - last_start > steady_after;
    pause = was_steady || pause.count() == 0 ? first_pause : std::min(pause * 2, longest_pause);
    publish();
    self->delayed_send(self, pause, restart{});
  }

  void stop_stages() {
    up = false;
    for (const auto& [stage, handle] : stages.stages) caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    stages = {}; // a detached stage's thread ends when nobody holds it
  }

  /// Whose deadline has passed is answered AE; the envelope itself stays where it is, and is kept by the store once that is back.
  void look_for_deadlines() {
    const auto now = steady::now();
    for (auto& [key, one] : in_flight) {
      if (one.mail->answered || now - one.mail->arrived < route->how.deadline) continue;
      answer_late(one);
    }
    while (!waiting.empty() && now - waiting.front().mail->arrived >= route->how.deadline) {
      auto one = std::move(waiting.front());
      waiting.pop_front();
      const error why{error_code::deadline, "", "not handled within the route's deadline; send it again"};
      flight late{pipeline::bare_copy(*one.mail, why), one.from, one.held};
      answer(late);
      one.mail->refuse(why);
      log_later(std::move(one.mail));
    }
    publish();
    tell_drained();
  }

  void answer_late(flight& one) {
    if (one.mail->answered.exchange(true)) return;
    flight late{pipeline::bare_copy(*one.mail, {error_code::deadline, "", "not handled within the route's deadline; send it again"}), one.from, false};
    answer(late);
  }

  void tell_drained() {
    if (drains.empty() || !waiting.empty()) return;
    if (!in_flight.empty() || !unlogged.empty()) {
      for (const auto& each : drains)
        if (each.onwards) return;
      if (!route->store_state->away()) return;
      for (const auto& [key, one] : in_flight)
        if (!one.mail->answered) return;
    }
    for (auto& each : std::exchange(drains, {})) {
      if (each.onwards) give_way(std::move(each.onwards));
      each.done();
    }
  }

  /// The stages end; this actor stays for who has asked for the route just before.
  void give_way(std::function<void(const arrival&)> to) {
    stop_stages();
    onwards = std::move(to);
  }

  void end() {
    stop_stages();
    self->quit();
  }
};

supervisor_actor::behavior_type supervisor(supervisor_actor::stateful_pointer<supervisor_state> self, route_context_ptr route, chain_spawner chain,
                                           std::shared_ptr<pipeline::step> reply) {
  keep_quiet(self);
  auto& state = self->state;
  state.self = self;
  state.chain = std::move(chain);
  state.reply = std::move(reply);
  state.flying = &route->metrics->in_flight(route->how.name);
  state.ack_seconds = &route->metrics->ack_seconds(route->how.name);
  state.results = &route->metrics->results(route->how.name);
  state.unmatched = &route->metrics->unmatched(route->how.name);
  state.route = std::move(route);
  self->set_down_handler([self](caf::down_msg& what) { self->state.down(what); });
  state.start();
  self->delayed_send(self, milliseconds(100), sweep{});
  return {
    [self](const settled& done) { self->state.leave(done.mail); },
    [self](const arrival& one) { self->state.enter({one.mail, one.from, false}); },
    [self](sweep) {
      if (self->state.onwards) return; // nothing is here any more
      self->state.look_for_deadlines();
      self->delayed_send(self, milliseconds(100), sweep{});
    },
    [self](restart) {
      if (!self->state.onwards) self->state.start();
    },
    [self](const drain& how) {
      self->state.drains.push_back(how);
      self->state.admit_waiting();
    },
    [self](retire) { self->state.end(); },
  };
}

} // namespace

supervisor_actor spawn_supervisor(caf::actor_system& sys, route_context_ptr route, chain_spawner chain, std::shared_ptr<pipeline::step> reply) {
  return sys.spawn(supervisor, std::move(route), std::move(chain), std::move(reply));
}

} // namespace aorta::actors
