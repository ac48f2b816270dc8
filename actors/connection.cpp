#include "actors/connection.hpp"

#include "actors/stage.hpp"
#include "engine/hl7/frame.hpp"
#include "engine/pipeline/frame.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <utility>

namespace aorta::actors {
namespace {

struct connection_state {
  static inline const char* name = "connection";
  connection_actor::pointer self = nullptr;
  std::shared_ptr<const connection_context> with;
  ports::connection_id id = 0;
  std::string peer;
  uint64_t frames = 0; ///< numbered so far
  struct on_its_way {
    pipeline::frame_work work;
    timestamp received_at;
    frame_in::state is;
    model::clinic_id clinic = 0; ///< of the route that has it
    bool kept = true;            ///< all that is back of it is in the store
    explicit on_its_way(frame_in&& frame)
        : work(std::move(frame.bytes), frame.is != frame_in::state::whole),
          received_at(frame.received_at),
          is(frame.is) {}
  };
  std::map<uint64_t, on_its_way> open; ///< not answered yet, by their numbers: the first one is answered next
  /// Application acknowledgements that leave by themselves, by their frames; nothing: still to come.
  std::map<uint64_t, std::optional<later_reply>> applications;
  uint64_t sending = 1;   ///< the frame whose parts go to their routes
  size_t with_routes = 0; ///< parts of frames that have no answer yet
  /// One that joins two people, and its frame: it goes when nothing before it is with the routes any more.
  std::optional<std::pair<envelope_ptr, uint64_t>> joining;
  bool alone = false;  ///< such a one is with its route: what is behind it waits
  bool behind = false; ///< more came than is with the routes: nothing is read
  int holds = 0;
  /// Release 2 of MLLP: what a frame holds that only says that one has come into safety, or not.
  static constexpr std::string_view commit_block = "\x06", refusal_block = "\x15";
  static constexpr uint64_t unanswered = 0; ///< the sequence of what gets no reply
  bool gone = false;
  bool ending = false; ///< the engine takes nothing more
  bool last = false;   ///< no more frames will come: close after the last reply

  void take(frame_in frame) {
    if (frame.is == frame_in::state::too_large) last = true;
    if (frame.is == frame_in::state::broken) {
      on_its_way cut(std::move(frame));
      send(cut, unanswered);
      return;
    }
    if (with->release == 2 && (frame.bytes == commit_block || frame.bytes == refusal_block))
      return with->replies->send(id, {}); // of an acknowledgement of ours
    open.try_emplace(++frames, std::move(frame));
    feed();
  }

  /// Sends what may go to its route now. The messages of a connection are handled in the order received: of
  /// one patient by their lane, and around one that joins two here.
  void feed() {
    if (with_routes > 0 && (joining || alone)) return fall_behind(true);
    alone = false;
    if (auto one = std::exchange(joining, {})) {
      alone = true;
      const auto of = open.find(one->second);
      if (of == open.end() || !pass_on(std::move(one->first), of->second, one->second)) return;
      return fall_behind(true);
    }
    for (auto at = open.find(sending); at != open.end() && !ending; at = open.find(++sending)) {
      auto& one = at->second;
      while (one.work.has_next()) {
        if (!one.work.is_whole() && with_routes >= most_of_a_frame) return fall_behind(true);
        if (!send(one, sending)) return;
        if (!joining && !alone) continue;
        if (!one.work.has_next()) ++sending;
        return fall_behind(true);
      }
    }
    fall_behind(false);
  }

  void fall_behind(bool now) {
    if (behind == now) return;
    behind = now;
    if (now) pause();
    else resume();
  }
  void pause() {
    if (holds++ == 0) with->replies->pause(id);
  }
  void resume() {
    if (--holds == 0) with->replies->resume(id);
  }

  /// False: there is nobody to take it.
  bool send(on_its_way& one, uint64_t sequence) {
    auto mail = one.work.next(*with->ids, one.received_at);
    mail->peer = peer;
    mail->listener = with->listener;
    mail->connection = id;
    mail->sequence = sequence;
    mail->arrived = steady::now();
    mark(*mail, one.is);
    if (sequence != unanswered && hl7::joins_people(mail->bytes)) {
      if (with_routes > 0) {
        joining.emplace(std::move(mail), sequence);
        return true;
      }
      alone = true;
    }
    return pass_on(std::move(mail), one, sequence);
  }

  bool pass_on(envelope_ptr mail, on_its_way& one, uint64_t sequence) {
    const auto to = with->find(*mail);
    if (!to.route) {
      ending = true;
      return false;
    }
    if (is_nonsense(*mail)) {
      mail->only_counted = true;
      pause();
      self->delayed_send(self, std::chrono::milliseconds(100), go{});
    }
    one.clinic = to.clinic;
    if (sequence != unanswered) ++with_routes;
    self->send(to.route, arrival{std::move(mail), origin_actor(connection_actor(self))});
    return true;
  }

  static void mark(envelope& mail, frame_in::state is) {
    if (is == frame_in::state::whole) return;
    mail.whole = false;
    if (is == frame_in::state::too_large)
      mail.refuse({error_code::frame_too_large, "",
                   "the frame is larger than this listener takes; its beginning was kept"});
    if (is == frame_in::state::unframed)
      mail.refuse(
        {error_code::no_header, "",
         "the message begins without 0x0B; this listener takes such frames only with missing_start_block = true"});
    if (is == frame_in::state::broken)
      mail.refuse({error_code::data_type, "", "the frame never ended; what came of it was kept"});
  }

  /// One of too many frames of this peer that are no messages; a batch without messages is none either.
  bool is_nonsense(const envelope& mail) const {
    const bool empty = mail.share && mail.share->count == 0;
    const bool nonsense = empty ||
      (mail.refusal && mail.whole &&
       std::string_view(mail.bytes).substr(0, 16).find("MSH") == std::string_view::npos);
    return nonsense && with->count_nonsense && with->count_nonsense(peer) > most_nonsense;
  }

  void reply(envelope& mail) {
    const auto of = open.find(mail.sequence);
    if (of == open.end()) return;
    const auto now = steady::now();
    with->recent.add(now, with->clock->now(), now - mail.arrived);
    note_application(mail, of->second);
    of->second.work.settle(mail);
    --with_routes;
    while (!open.empty() && open.begin()->second.work.settled()) {
      if (!gone) answer(open.begin()->second);
      open.erase(open.begin());
    }
    send_applications();
    feed();
    if (gone) return end_if_done();
    if (last && open.empty() && applications.empty()) with->replies->close(id);
  }

  /// Enhanced mode: what is to be said of it after its receipt.
  void note_application(envelope& mail, on_its_way& of) {
    using acceptance = envelope::acceptance;
    if (!mail.receipt) of.kept = false;
    const bool owed = mail.answered_later && mail.accepted == acceptance::stored && with->accepted;
    if (mail.application || owed) with->replies->promise(id);
    if (mail.application)
      applications[mail.sequence] = later_reply{mail.sequence, std::move(mail.application->bytes),
                                                std::move(mail.application->code)};
    if (mail.accepted != acceptance::stored || !with->accepted) return;
    if (!owed || gone) return with->accepted(std::nullopt);
    applications[mail.sequence] = std::nullopt;
    with->accepted(later_answer{of.clinic, *mail.answered_later, connection_actor(self), mail.sequence});
  }

  void hear(later_reply& what) {
    const auto at = applications.find(what.sequence);
    if (at == applications.end() || at->second) return;
    at->second = std::move(what);
    send_applications();
    if (last && open.empty() && applications.empty() && !gone) with->replies->close(id);
  }

  /// In the order of their frames, each behind what was said of its frame's receipt.
  void send_applications() {
    const auto unanswered_from = open.empty() ? frames + 1 : open.begin()->first;
    while (!applications.empty() && applications.begin()->second &&
           applications.begin()->first < unanswered_from) {
      auto& next = *applications.begin()->second;
      if (!gone && !next.bytes.empty()) telemetry::add(with->metrics->acks(with->listener, next.code));
      if (!gone) with->replies->keep(id, std::move(next.bytes));
      applications.erase(applications.begin());
    }
  }

  void answer(on_its_way& of) {
    if (with->release == 2) with->replies->add(id, std::string(of.kept ? commit_block : refusal_block));
    auto out = of.work.answer(with->answers, *with->clock, *with->ids);
    for (const auto& code : out.codes) telemetry::add(with->metrics->acks(with->listener, code));
    with->replies->send(id, std::move(out.bytes));
  }

  /// What came whole is filed, also when its sender has left.
  void end_if_done() {
    if (!behind || ending) self->quit();
  }
};

connection_actor::behavior_type connection(connection_actor::stateful_pointer<connection_state> self,
                                           std::shared_ptr<const connection_context> with,
                                           ports::connection_id id, std::string peer) {
  keep_quiet(self);
  auto& state = self->state;
  state.self = self;
  state.with = std::move(with);
  state.id = id;
  state.peer = std::move(peer);
  return {
    [self](const settled& done) { self->state.reply(*done.mail); },
    [self](hold) { self->state.pause(); },
    [self](go) { self->state.resume(); },
    [self](frame_in& frame) { self->state.take(std::move(frame)); },
    [self](later_reply& what) { self->state.hear(what); },
    [self](hung_up) {
      self->state.gone = true;
      self->state.end_if_done();
    },
  };
}

} // namespace

connection_actor spawn_connection(caf::actor_system& sys, std::shared_ptr<const connection_context> with,
                                  ports::connection_id id, std::string peer) {
  return sys.spawn(connection, std::move(with), id, std::move(peer));
}

} // namespace aorta::actors
