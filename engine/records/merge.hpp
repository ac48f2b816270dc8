// Two patients who are one (HL7 v2.5.1 chapter 3, A34 and A40), one whose number changed (A47), and how that
// is taken back.
//
// Each call locks what it needs (`people_lock` first, then the patients by their numbers) and leaves the
// transaction open: whoever has begun it commits it. Call it before other locks of patients are taken.
#pragma once

#include "engine/identity/identity.hpp"
#include "engine/ports/records.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::records {

/// Who says so: a message, or a person.
struct merge_reason {
  std::optional<uuid> message;
  std::optional<ports::person> by;
};

struct merge_outcome {
  enum class kind : uint8_t {
    done,
    already_so,   ///< the two are one already, in whichever direction; the number is this one already
    needs_person, ///< nothing was changed; `review_of` shows why
  } is = kind::done;
  model::patient_id survivor = 0; ///< the last one of the chain: whoever was named may have been merged on
  std::optional<uuid> merge;      ///< what was written down, when it is done
  /// For a person: the kind of review (`merge-differs`, `merge-blocked`, `merge-unclear`, `number-taken`),
  /// why (kinds and tables, never values), and who is meant.
  std::string review;
  std::vector<std::string> reasons;
  std::vector<model::patient_id> candidates;
};

/// `merged` becomes a part of `survivor`. Both may have been merged before: their last survivors are meant.
/// `unknown_key` when the clinic does not have one of them.
result<merge_outcome> merge_patients(ports::record_session& in, model::patient_id survivor,
                                     model::patient_id merged, const merge_reason& why);

/// The patient's number of this kind is `new_number` from now on; the old one still finds them. `kind`: ID
/// card, ARC, MRN or Gesy; `invalid` for another, or for a number that says nothing.
result<merge_outcome> rename_patient(ports::record_session& in, model::patient_id who, identity::id_kind kind,
                                     std::string_view old_number, std::string_view new_number,
                                     const merge_reason& why);

/// Takes back the newest join or change of number in which the patient takes part. `conflict` when there is
/// none, or something stands in its way (the text says what and what helps); `unknown_key` when the clinic
/// has no such patient. Nothing is changed then.
result<ports::patient_merge> unmerge_patient(ports::record_session& in, model::patient_id who,
                                             const ports::person& by);

/// Who this patient is now: the last survivor, or the patient. Locks nothing.
result<model::patient_id> last_survivor(ports::record_session& in, model::patient_id who);

/// What a person is shown of an outcome that needs one.
ports::review_item review_of(const merge_outcome& of);

} // namespace aorta::records
