// What searches find resources by, for those that were written before it was kept, or changed since otherwise
// than by a write of theirs (a merge of two patients, the erasure of one).
#pragma once

#include "engine/ports/records.hpp"

namespace aorta::rest {

/// Keeps the words and spans of at most `most` resources, in one transaction of its own; how many there were.
result<int> keep_missing_terms(ports::record_session& with, model::clinic_id clinic, int most);

} // namespace aorta::rest
