// What an admission changes in the clinic's records, inside the transaction that files its message.
#pragma once

#include "engine/admission/notice.hpp"
#include "engine/ports/records.hpp"
#include "engine/records/told.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::admission {

struct filing_room : records::filing_room {
  bool may_create = false;
};

/// What became of it, for the trace and the log: columns, never values.
struct outcome {
  identity::decision decision; ///< whose it is: perhaps somebody whom this message made
  std::vector<lab::rule_note> rules;
};

/// `decided`: whose the matcher thinks it is, outside of the transaction. Nobody, and `may_create`: it is
/// looked for once more under the lock of all people, so that two nodes never make one person twice. When it
/// is for a person after all, the outcome's decision says so and nothing was changed. An error means the
/// same, of the store.
result<outcome> file(const filing_room& room, const notice& what, const identity::decision& decided);

/// Takes back what the message changed for `patient`, where nobody has changed it since, before it is filed
/// anew. `leaves`: for somebody else, or nobody: then a visit that it alone told of is cancelled.
status take_back(const filing_room& room, model::patient_id patient, bool leaves);

} // namespace aorta::admission
