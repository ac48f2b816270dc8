// PATIENT-MATCHER: same, none or review, with evidence; one query for everything that has queued up.
#include "actors/batch.hpp"

#include "actors/follow.hpp"

#include <algorithm>

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
    std::vector<envelope*> asked;
    for (const auto& mail : batch)
      if (mail->ok() && mail->report) asked.push_back(mail.get());
    return asked.empty() || match_these(asked);
  }

  bool match_these(const std::vector<envelope*>& asked) {
    std::vector<const identity::claims*> who;
    for (const auto* mail : asked) who.push_back(&mail->report->who);
    auto found = session->with([&](ports::store_session& store) { return store.candidates(route->clinic, who); });
    if (!found && found.error().code == error_code::store_unavailable) return false;
    if (!found && asked.size() > 1) // the store refused the question: one by one, so that what it refuses harms none but itself
      return std::all_of(asked.begin(), asked.end(), [&](envelope* mail) { return match_these({mail}); });
    for (size_t i = 0; i < asked.size(); ++i) {
      if (!found) {
        asked[i]->fail(found.error());
        session->refused(*asked[i], found.error());
        continue;
      }
      work_on(*route, "match-patient", *seconds, *asked[i], [&](envelope& mail) {
        if (mail.act) add_named(*mail.act, (*found)[i]);
        mail.decision = identity::decide(mail.report->who, (*found)[i]);
      });
    }
    if (!found) return true;
    session->took();
    return heed_persons(asked, *found);
  }

  /// Whom a person named need not be one of those whom the claims find.
  static void add_named(const ports::act& why, std::vector<model::patient>& among) {
    if (!why.patient) return;
    const bool there = std::any_of(among.begin(), among.end(), [&](const auto& each) { return each.id == why.patient->id; });
    if (!there) among.push_back(*why.patient);
  }

  /// What persons have said, of this message or of the same claims. The store is asked only where the engine is not certain, or somebody else is
  /// found beside its patient.
  bool heed_persons(const std::vector<envelope*>& asked, const std::vector<std::vector<model::patient>>& found) {
    std::vector<envelope*> open;
    std::vector<const identity::claims*> who;
    std::vector<const std::vector<model::patient>*> known;
    for (size_t i = 0; i < asked.size(); ++i) {
      auto& mail = *asked[i];
      if (!mail.ok() || !mail.decision || heed_act(mail, found[i])) continue;
      if (mail.decision->is == identity::decision::kind::same && found[i].size() < 2) {
        heed_taken(mail);
        continue;
      }
      open.push_back(&mail);
      who.push_back(&mail.report->who);
      known.push_back(&found[i]);
    }
    if (open.empty()) return true;
    const auto before = session->with([&](ports::store_session& store) { return store.decided(route->clinic, who, known); });
    if (!before && before.error().code == error_code::store_unavailable) return false;
    for (size_t i = 0; i < open.size(); ++i) {
      if (!before) open[i]->fail(before.error());
      else if ((*before)[i]) open[i]->decision = identity::follow(std::move(*open[i]->decision), *who[i], *known[i], person_decision_of(*(*before)[i]));
      if (open[i]->ok()) heed_taken(*open[i]);
    }
    return true;
  }

  /// A person has spoken of this very message.
  static bool heed_act(envelope& mail, const std::vector<model::patient>& found) {
    if (!mail.act) return false;
    auto& made = *mail.decision;
    if (mail.act->patient) {
      const auto id = mail.act->patient->id;
      std::string teaches;
      if (mail.act->is == ports::act::kind::link && identity::teachable(mail.report->who, made, found, id)) teaches = identity::seen(mail.report->who, made, found);
      made = {identity::decision::kind::same, id, std::string(identity::linked_by_person), {"a person named patient " + std::to_string(id)}, {}, {}, teaches};
      return true;
    }
    if (mail.act->is != ports::act::kind::unlink) return false;
    take_away(made, *mail.act->taken_from);
    return true;
  }

  /// What was taken from a patient does not come back to this patient by itself.
  static void heed_taken(envelope& mail) {
    if (mail.act && mail.act->taken_from && mail.decision->patient == mail.act->taken_from) take_away(*mail.decision, *mail.act->taken_from);
  }

  static void take_away(identity::decision& made, model::patient_id from) {
    made.is = identity::decision::kind::review;
    made.patient.reset();
    made.rule.clear();
    made.person_decision.clear();
    std::erase(made.candidates, from);
    made.evidence.push_back("a person took this message away from patient " + std::to_string(from));
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
