// What a message changes in `appointments`, inside the transaction that files it.
#pragma once

#include "engine/appointment/notice.hpp"
#include "engine/records/told.hpp"

#include <vector>

namespace aorta::appointment {

struct outcome {
  identity::decision decision; ///< for a person when the patient is not there any more
  std::vector<lab::rule_note> rules;
};

/// `decided` must be certain. What a person has to see of it (another patient's number, an appointment that
/// took place) stands in the review queue, and nothing of it is filed. An error is the store's.
result<outcome> file(const records::filing_room& room, const notice& what, const identity::decision& decided);

/// Takes back what the message changed for `patient`, where nobody has changed it since, before it is filed
/// anew. `leaves`: for somebody else, or nobody: then an appointment that it alone told of is cancelled.
status take_back(const records::filing_room& room, model::patient_id patient, bool leaves);

} // namespace aorta::appointment
