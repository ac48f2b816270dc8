// A person's decision as the store keeps it, for the function that follows it.
#pragma once

#include "engine/identity/taught.hpp"
#include "engine/ports/store.hpp"

namespace aorta::actors {

inline identity::person_decision person_decision_of(const ports::taught& kept) {
  return {to_text(kept.id), to_iso(kept.made_at), kept.patient, kept.patient_changed, kept.seen_json};
}

} // namespace aorta::actors
