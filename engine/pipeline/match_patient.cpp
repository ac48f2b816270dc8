// PATIENT-MATCHER: same, none or review, with evidence; one query for everything that has queued up.
#include "engine/identity/taught.hpp"
#include "engine/lab/report.hpp"
#include "engine/pipeline/stage.hpp"

#include <algorithm>

namespace aorta::pipeline {
namespace {

constexpr std::string_view stage_name = "match-patient";

identity::person_decision person_decision_of(const ports::taught& kept) {
  return {to_text(kept.id), to_iso(kept.made_at), kept.patient, kept.patient_changed, kept.seen_json};
}

/// Whom a person named need not be one of those whom the claims find.
void add_named(const ports::act& why, std::vector<model::patient>& among) {
  if (!why.patient) return;
  const bool there = std::any_of(among.begin(), among.end(),
                                 [&](const auto& each) { return each.id == why.patient->id; });
  if (!there) among.push_back(*why.patient);
}

void take_away(identity::decision& made, model::patient_id from) {
  made.is = identity::decision::kind::review;
  made.patient.reset();
  made.rule.clear();
  made.person_decision.clear();
  std::erase(made.candidates, from);
  made.evidence.push_back("a person took this message away from patient " + std::to_string(from));
}

/// A person has spoken of this very message.
bool heed_act(envelope& mail, const std::vector<model::patient>& found) {
  if (!mail.act) return false;
  auto& made = *mail.decision;
  if (mail.act->patient) {
    const auto& who = *mail.payload->claims();
    const auto id = mail.act->patient->id;
    std::string teaches;
    if (mail.act->is == ports::act::kind::link && identity::teachable(who, made, found, id))
      teaches = identity::seen(who, made, found);
    made = {identity::decision::kind::same,
            id,
            std::string(identity::linked_by_person),
            {"a person named patient " + std::to_string(id)},
            {},
            {},
            teaches};
    return true;
  }
  if (mail.act->is != ports::act::kind::unlink) return false;
  take_away(made, *mail.act->taken_from);
  return true;
}

/// What was taken from a patient does not come back to this patient by itself.
void heed_taken(envelope& mail) {
  if (mail.act && mail.act->taken_from && mail.decision->patient == mail.act->taken_from)
    take_away(*mail.decision, *mail.act->taken_from);
}

/// Orders of whose patient a person has spoken before: whoever is found now may be right (laboratories use
/// their numbers again), or the same error comes again. A person looks, unless one has named whoever is
/// found.
void heed_orders(envelope& mail, const std::vector<ports::linked_order>& linked) {
  auto& made = *mail.decision;
  const auto found = made.is == identity::decision::kind::same ? made.patient : std::nullopt;
  if (mail.act && found && mail.act->patient_seen == found) return; // it stands there already
  const auto named = [&](const auto& each) { return each.certain && found && each.patient == found; };
  if (std::any_of(linked.begin(), linked.end(), named)) return;
  bool elsewhere = false;
  for (const auto& each : linked) {
    const bool same_error = found && each.taken_from == found;
    if (each.patient ? !each.certain && !same_error : !same_error) continue;
    elsewhere = true;
    const auto order = "the order of OBR[" + std::to_string(each.order + 1) + "]";
    if (!each.patient) {
      made.evidence.push_back("a person took " + order + " away from patient " +
                              std::to_string(*each.taken_from) + " in an earlier message");
      continue;
    }
    if (std::find(made.candidates.begin(), made.candidates.end(), *each.patient) == made.candidates.end())
      made.candidates.push_back(*each.patient);
    made.evidence.push_back("a person put " + order + " to patient " + std::to_string(*each.patient) +
                            " in an earlier message");
  }
  if (!elsewhere) return;
  if (found) made.candidates.insert(made.candidates.begin(), *found);
  made.is = identity::decision::kind::review;
  made.patient.reset();
  made.rule.clear();
  made.person_decision.clear();
  const auto& results = mail.payload->report()->results;
  if (std::any_of(results.begin(), results.end(), [](const auto& each) { return each.critical; }))
    made.evidence.push_back("a result of this message is critical");
}

class matcher final : public batch_step {
public:
  explicit matcher(const route& of) : route_(of) {}

  status run(std::span<const envelope_ptr> batch, lane& with) override {
    std::vector<envelope*> asked;
    for (const auto& mail : batch)
      if (mail->payload && mail->payload->claims() != nullptr) asked.push_back(mail.get());
    return asked.empty() ? status(done{}) : match(asked, with);
  }

private:
  /// Asks the store for everyone the batch's claims could mean, and decides.
  status match(const std::vector<envelope*>& asked, lane& with) {
    std::vector<ports::wanted> who;
    who.reserve(asked.size());
    for (const auto* mail : asked) who.push_back({mail->payload->claims(), mail->payload->report()});
    auto found = with.store().candidates(route_.clinic, who);
    if (!found && found.error().code == error_code::store_unavailable) return found.error();
    if (!found && asked.size() > 1)
      return one_by_one(asked, with); // so that what the store refuses harms none but itself
    if (!found) {
      asked.front()->fail(found.error());
      with.refused(*asked.front(), found.error());
      return done{};
    }
    for (size_t i = 0; i < asked.size(); ++i)
      guarded(*asked[i], stage_name, [&](envelope& mail) {
        auto& candidates = (*found)[i].candidates;
        mail.considered.emplace();
        for (const auto& each : candidates) mail.considered->push_back(each.id);
        if (mail.act) add_named(*mail.act, candidates);
        mail.payload->meet(candidates);
        mail.decision = identity::decide(*who[i].who, candidates);
      });
    with.took();
    return heed_persons(asked, *found, with);
  }

  status one_by_one(const std::vector<envelope*>& asked, lane& with) {
    for (auto* mail : asked)
      if (auto away = match({mail}, with); !away) return away;
    return done{};
  }

  /// What persons have said, of this message or of the same claims. The store is asked only where the engine
  /// is not certain, or somebody else is found beside its patient.
  status heed_persons(const std::vector<envelope*>& asked, const std::vector<ports::people>& found,
                      lane& with) {
    std::vector<envelope*> named_none, open;
    std::vector<const identity::claims*> who;
    std::vector<const ports::people*> known, of_named_none;
    for (size_t i = 0; i < asked.size(); ++i) {
      auto& mail = *asked[i];
      if (!mail.ok() || !mail.decision) continue;
      bool heeded = false;
      guarded(mail, stage_name, [&](envelope& each) { heeded = heed_act(each, found[i].candidates); });
      if (heeded || !mail.ok()) continue;
      named_none.push_back(&mail);
      of_named_none.push_back(&found[i]);
      if (mail.decision->is == identity::decision::kind::same && found[i].candidates.size() < 2) continue;
      open.push_back(&mail);
      who.push_back(mail.payload->claims());
      known.push_back(&found[i]);
    }
    if (auto away = follow(open, who, known, with); !away) return away;
    for (size_t i = 0; i < named_none.size(); ++i) {
      if (!named_none[i]->ok()) continue;
      guarded(*named_none[i], stage_name, [&](envelope& mail) {
        heed_taken(mail);
        heed_orders(mail, of_named_none[i]->linked);
      });
    }
    return done{};
  }

  /// What persons decided for the same claims.
  status follow(const std::vector<envelope*>& open, const std::vector<const identity::claims*>& who,
                const std::vector<const ports::people*>& known, lane& with) {
    if (open.empty()) return done{};
    const auto before = with.store().decided(route_.clinic, who, known);
    if (!before && before.error().code == error_code::store_unavailable) return before.error();
    for (size_t i = 0; i < open.size(); ++i) {
      if (!before) open[i]->fail(before.error());
      else if ((*before)[i])
        guarded(*open[i], stage_name, [&](envelope& mail) {
          mail.decision = identity::follow(std::move(*mail.decision), *who[i], known[i]->candidates,
                                           person_decision_of(*(*before)[i]));
        });
    }
    return done{};
  }

  const route& route_;
};

} // namespace

middle match_patient() {
  return {
    {.name = stage_name,
     .needs = part::claims,
     .gives = part::decision,
     .make = [](const route& of) -> std::unique_ptr<batch_step> { return std::make_unique<matcher>(of); }}};
}

} // namespace aorta::pipeline
