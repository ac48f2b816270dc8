// What a message about a document changes in `clinical_notes`, inside the transaction that files it.
#pragma once

#include "engine/document/notice.hpp"
#include "engine/records/told.hpp"

#include <string>
#include <vector>

namespace aorta::document {

struct outcome {
  identity::decision decision; ///< for a person when the patient is not there any more
  std::vector<lab::rule_note> rules;
};

/// `decided` must be certain. What a person has to see of it stands in the review queue, and nothing of it is
/// filed: `bad-attachment`, `document-too-large`, `unreadable-text`, `no-content`, `unknown-document` (its
/// parent, or what is to be withdrawn), `document-of-another` (patient), `which-document`, `note-locked`. An
/// error is the store's. Filed, and shown to a person: `critical-in-document`, a value of a report that is
/// flagged so.
result<outcome> file(const records::filing_room& room, const notice& what, const identity::decision& decided);

/// Takes back what the message changed for `patient`, where nobody has changed it since, before it is filed
/// anew. `leaves`: for somebody else, or nobody: then a document that it alone told of is withdrawn.
status take_back(const records::filing_room& room, model::patient_id patient, bool leaves);

} // namespace aorta::document
