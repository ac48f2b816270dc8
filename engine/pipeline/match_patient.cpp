// PATIENT-MATCHER: same, none or review, with evidence; one query for everything that has queued up.
#include "engine/identity/taught.hpp"
#include "engine/pipeline/stage.hpp"

#include <algorithm>

namespace aorta::pipeline {
namespace {

constexpr std::string_view name = "match-patient";

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
    std::vector<const identity::claims*> who;
    for (const auto* mail : asked) who.push_back(mail->payload->claims());
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
      guarded(*asked[i], name, [&](envelope& mail) {
        if (mail.act) add_named(*mail.act, (*found)[i]);
        mail.decision = identity::decide(*who[i], (*found)[i]);
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
  status heed_persons(const std::vector<envelope*>& asked,
                      const std::vector<std::vector<model::patient>>& found, lane& with) {
    std::vector<envelope*> open;
    std::vector<const identity::claims*> who;
    std::vector<const std::vector<model::patient>*> known;
    for (size_t i = 0; i < asked.size(); ++i) {
      auto& mail = *asked[i];
      if (!mail.ok() || !mail.decision) continue;
      bool heeded = false;
      guarded(mail, name, [&](envelope& each) { heeded = heed_act(each, found[i]); });
      if (heeded || !mail.ok()) continue;
      if (mail.decision->is == identity::decision::kind::same && found[i].size() < 2) {
        heed_taken(mail);
        continue;
      }
      open.push_back(&mail);
      who.push_back(mail.payload->claims());
      known.push_back(&found[i]);
    }
    if (open.empty()) return done{};
    const auto before = with.store().decided(route_.clinic, who, known);
    if (!before && before.error().code == error_code::store_unavailable) return before.error();
    for (size_t i = 0; i < open.size(); ++i) {
      if (!before) open[i]->fail(before.error());
      else if ((*before)[i])
        guarded(*open[i], name, [&](envelope& mail) {
          mail.decision = identity::follow(std::move(*mail.decision), *who[i], *known[i],
                                           person_decision_of(*(*before)[i]));
        });
      if (open[i]->ok()) heed_taken(*open[i]);
    }
    return done{};
  }

  const route& route_;
};

} // namespace

middle match_patient() {
  return {
    {.name = name,
     .needs = part::claims,
     .gives = part::decision,
     .make = [](const route& of) -> std::unique_ptr<batch_step> { return std::make_unique<matcher>(of); }}};
}

} // namespace aorta::pipeline
