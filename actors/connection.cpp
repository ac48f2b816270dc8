#include "actors/connection.hpp"

#include "actors/stage.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>

namespace aorta::actors {
namespace {

struct connection_state {
  static inline const char* name = "connection";
  connection_actor::pointer self = nullptr;
  std::shared_ptr<const connection_context> with;
  ports::connection_id id = 0;
  std::string peer;
  uint64_t frames = 0;                    ///< numbered so far
  uint64_t next_reply = 1;                ///< whose reply goes out next
  std::map<uint64_t, envelope_ptr> early; ///< replies that wait for the ones before them
  int holds = 0;
  static constexpr uint64_t unanswered = 0; ///< the sequence of what gets no reply
  bool gone = false;
  bool last = false; ///< no more frames will come: close after the last reply

  void take(frame_in frame) {
    auto mail = std::make_shared<envelope>();
    mail->bytes = std::move(frame.bytes);
    mail->peer = peer;
    mail->listener = with->listener;
    mail->connection = id;
    mail->whole = frame.is == frame_in::state::whole;
    mail->sequence = frame.is == frame_in::state::broken ? unanswered : ++frames;
    mail->received_at = frame.received_at;
    mail->arrived = steady::now();
    mail->id = with->ids->next(frame.received_at);
    if (frame.is == frame_in::state::too_large) {
      last = true;
      mail->refuse({error_code::frame_too_large, "",
                    "the frame is larger than this listener takes; its beginning was kept"});
    }
    if (frame.is == frame_in::state::unframed)
      mail->refuse(
        {error_code::no_header, "",
         "the message begins without 0x0B; this listener takes such frames only with missing_start_block = true"});
    if (frame.is == frame_in::state::broken)
      mail->refuse({error_code::data_type, "", "the frame never ended; what came of it was kept"});
    const auto to = with->find(*mail);
    if (!to.route) return;
    if (mail->refusal && is_nonsense(*mail)) {
      mail->only_counted = true;
      if (holds++ == 0) with->replies->pause(id);
      self->delayed_send(self, std::chrono::milliseconds(100), go{});
    }
    self->send(to.route, arrival{std::move(mail), origin_actor(connection_actor(self))});
  }

  /// One of too many frames of this peer that are no messages.
  bool is_nonsense(const envelope& mail) const {
    const bool nonsense = mail.whole &&
      std::string_view(mail.bytes).substr(0, 16).find("MSH") == std::string_view::npos;
    return nonsense && with->count_nonsense && with->count_nonsense(peer) > most_nonsense;
  }

  void reply(envelope_ptr mail) {
    if (gone || mail->sequence == unanswered) return;
    early.emplace(mail->sequence, std::move(mail));
    while (!early.empty() && early.begin()->first == next_reply) {
      auto& out = *early.begin()->second;
      telemetry::add(with->metrics->acks(with->listener, out.ack_code));
      with->replies->send(id, std::move(out.reply));
      early.erase(early.begin());
      ++next_reply;
    }
    if (last && next_reply > frames) with->replies->close(id);
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
    [self](const settled& done) { self->state.reply(done.mail); },
    [self](hold) {
      if (self->state.holds++ == 0) self->state.with->replies->pause(self->state.id);
    },
    [self](go) {
      if (--self->state.holds == 0) self->state.with->replies->resume(self->state.id);
    },
    [self](frame_in& frame) { self->state.take(std::move(frame)); },
    [self](hung_up) {
      self->state.gone = true;
      self->quit();
    },
  };
}

} // namespace

connection_actor spawn_connection(caf::actor_system& sys, std::shared_ptr<const connection_context> with,
                                  ports::connection_id id, std::string peer) {
  return sys.spawn(connection, std::move(with), id, std::move(peer));
}

} // namespace aorta::actors
