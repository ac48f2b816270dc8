#include "actors/rerun.hpp"

#include "actors/stage.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace aorta::actors {
namespace {

/// ORIGIN of one envelope: ends with its answer.
origin_actor::behavior_type waiter(origin_actor::pointer self, std::function<void(envelope&)> tell) {
  keep_quiet(self);
  return {
    [self, tell = std::move(tell)](const settled& done) {
      tell(*done.mail);
      self->quit();
    },
    [](hold) { /* nothing to hold back: one message */ },
    [](go) {},
  };
}

} // namespace

void run(caf::actor_system& sys, const destination& to, envelope_ptr mail,
         std::function<void(envelope&)> settled) {
  if (!to.route) mail->refuse({error_code::store_unavailable, "", "the engine is shutting down"});
  if (!to.route) return settled(*mail);
  caf::anon_send(to.route, arrival{std::move(mail), sys.spawn(waiter, std::move(settled))});
}

namespace {

std::string remark(const ports::act& why) {
  using kind = ports::act::kind;
  switch (why.is) {
    case kind::reprocess: return "reprocessed";
    case kind::serve: return "run again since a patient whom it may mean was created or changed,";
    case kind::link: return "linked by a person";
    case kind::unlink: return "taken from its patient by a person";
    case kind::correct: return "corrected by a person";
    case kind::reject: return "rejected by a person";
  }
  return {};
}

} // namespace

void run_again(caf::actor_system& sys, const route_finder& find, const ports::message_record& log,
               std::string raw, ports::act why, timestamp now, std::function<void(rerun_end)> tell) {
  auto mail = pipeline::stored_envelope(log, std::move(raw), ports::filing::mode::again);
  mail->remarks.push_back(remark(why) + " at " + to_iso(now));
  mail->act = std::make_shared<const ports::act>(std::move(why));
  auto to = find(*mail);
  if (!to.route && mail->refusal) return tell({mail->refusal, nullptr});
  if (to.route && to.clinic != log.clinic)
    return tell({error{error_code::invalid, "",
                       "today's route for this message belongs to another clinic; it was not run"},
                 nullptr});
  run(sys, to, std::move(mail), [tell = std::move(tell)](envelope& done) {
    if (done.receipt) tell({done.trouble(), done.receipt->would_change, done.receipt->versions});
    else tell({done.trouble(), nullptr});
  });
}

} // namespace aorta::actors
