// The erasure of a person (GDPR article 17): two persons of the clinic say so, and what tells who somebody
// was becomes unreadable. The clinical rows stay under the patient's number.
//
// `erase_patient` locks what it needs (`people_lock` first, then the patients by their numbers) and leaves
// the transaction open, as `merge_patients` does.
#pragma once

#include "engine/ports/records.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::records {

struct erase_outcome {
  enum class kind : uint8_t {
    done,
    shown, ///< what it would do: roll the transaction back
    asked, ///< written down; another person has to say the same
  } is = kind::done;
  ports::erasure request;
  ports::erased what;
  std::vector<uuid> waiting; ///< messages that name the person and wait for somebody to decide whose they are
};

/// Who is meant: the patient, and whoever was merged into them. `unknown_key` when the clinic has no such
/// patient; `conflict` when they are a part of another one or were erased before.
result<std::vector<model::patient_id>> people_of(ports::record_session& in, model::patient_id who);

/// A rehearsal shows all that would be done. Else the first call asks, and the same call of another person
/// within a week erases. `conflict`: it is the same person, messages wait to be decided (`text` says which),
/// or something of them is being sent. `found` is of a `search` for the same people before this transaction.
result<erase_outcome> erase_patient(ports::record_session& in, model::patient_id who,
                                    const ports::traces& found, const ports::person& by,
                                    const std::string& reason, bool rehearsal);

struct erased_again {
  int people = 0;
  /// Something of them is being sent, messages that name them wait for a person, or they are merged with
  /// somebody whose erasure nobody asked for.
  std::vector<model::patient_id> left;
};
/// Those whom a restore brought back are erased again, each in a transaction of its own; nobody is asked once
/// more. `in` has no transaction open.
result<erased_again> erase_again(ports::record_session& in, model::clinic_id clinic);

} // namespace aorta::records
