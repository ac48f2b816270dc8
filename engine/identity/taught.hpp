// What a person decided, and when it may be followed: a doubt that a person has settled is not raised twice,
// and nothing that a person did not see is overruled.
#pragma once

#include "engine/identity/likeness.hpp"

namespace aorta::identity {

/// The kind of lookup key under which a person's decision is found.
inline constexpr std::string_view decided_kind = "decided";

/// One thing that the message says, held against one patient.
struct weighed {
  std::string what; ///< "name", "birth date", "sex", "name and birth date", or the kind of a number
  agreement is = agreement::unsaid;
};
std::string_view name(agreement) noexcept;

/// Everything that both sides tell, in a fixed order.
std::vector<weighed> weigh(const claims& who, const model::patient& known);

/// All that a sender says of a patient, as one text: equal only for the same claims of the same sender, in
/// whatever order they came. Empty when the sender is not known.
std::string decision_key(const claims& who);

/// What a person sees who has to decide: the engine's own decision, and how each candidate agrees and
/// differs. Kinds and patient ids, no values.
std::string seen(const claims& who, const decision& engine, const std::vector<model::patient>& candidates);

/// Whether the same claims mean the same patient the next time: there was a doubt, and there is a number that
/// says something, or a whole name with its birth date that nobody else fits. A name of two namesakes is for
/// a person each time. Where the engine was certain there is nothing to learn: whoever names another patient
/// then speaks of this message alone (tubes that were mixed up).
bool teachable(const claims& who, const decision& engine, const std::vector<model::patient>& candidates,
               model::patient_id chosen);

/// What a person decided for the same claims of the same sender.
struct person_decision {
  std::string id, made_at; ///< for the evidence
  model::patient_id patient = 0;
  bool patient_changed = false; ///< the clinic's data of the patient are not those that the person saw
  std::string seen;
};

/// The engine's decision after a person's: followed when the doubt is the one that the person saw. When
/// something has changed since, also when the engine is certain of somebody else now, a person looks again.
/// `candidates` hold the decided patient where the clinic still has them.
decision follow(decision engine, const claims& who, const std::vector<model::patient>& candidates,
                const person_decision& before);

} // namespace aorta::identity
