// PATIENT-MATCHER: same, none or review, with evidence; one query for everything that has queued up.
#include "actors/batch.hpp"

namespace aorta::actors {
namespace {

struct matcher_state {
  static inline const char* name = "patient-matcher";
  route_context_ptr route;
  stage_actor next;
  prometheus::Histogram* seconds = nullptr;
  batch_queue queue;
  std::optional<lane_session> session;

  /// Asks the store for everyone the batch's claims could mean, and decides. False: the store is away, try again.
  bool match(const std::vector<envelope_ptr>& batch) {
    std::vector<const identity::claims*> who;
    std::vector<envelope*> asked;
    for (const auto& mail : batch) {
      if (!mail->ok() || !mail->report) continue;
      if (mail->linked_to) {
        mail->decision = identity::decision{identity::decision::kind::same, mail->linked_to, std::string(identity::linked_by_person),
                                            {"a person named patient " + std::to_string(*mail->linked_to)}, {}};
        continue;
      }
      who.push_back(&mail->report->who);
      asked.push_back(mail.get());
    }
    if (asked.empty()) return true;
    auto found = session->with([&](ports::store_session& store) { return store.candidates(route->clinic, who); });
    if (!found && found.error().code == error_code::store_unavailable) return false;
    for (size_t i = 0; i < asked.size(); ++i) {
      if (!found) {
        asked[i]->fail(found.error());
        continue;
      }
      work_on(*route, "match-patient", *seconds, *asked[i],
              [&](envelope& mail) { mail.decision = identity::decide(mail.report->who, (*found)[i]); });
    }
    return true;
  }
};

batching_actor::behavior_type matcher(batching_actor::stateful_pointer<matcher_state> self, route_context_ptr route, stage_actor next) {
  keep_quiet(self);
  self->state.seconds = &route->metrics->stage_seconds(route->how.name, "match-patient");
  self->state.session.emplace(route);
  self->state.route = std::move(route);
  self->state.next = std::move(next);
  return {
    [self](envelope_ptr mail) { self->state.queue.add(self, std::move(mail)); },
    [self](flush) {
      auto& state = self->state;
      auto batch = state.queue.front();
      if (!state.match(batch)) return state.queue.later(self);
      const auto count = batch.size();
      for (auto& mail : batch) {
        mail->trace = trace_of(*mail); // here, while the persister is busy with the batch before
        self->send(state.next, std::move(mail));
      }
      state.queue.done(self, count);
    },
  };
}

} // namespace

stage_actor spawn_matcher(caf::actor_system& sys, route_context_ptr route, stage_actor next) {
  return sys.spawn<caf::detached>(matcher, std::move(route), std::move(next));
}

} // namespace aorta::actors
