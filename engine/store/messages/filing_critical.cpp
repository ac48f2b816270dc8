// What becomes of a critical value that somebody was told of.
#include "engine/store/messages/filing.hpp"

namespace aorta::store {
namespace {

bool is_withdrawn(const model::lab_result& r) noexcept { return r.retracts || r.status == model::result_status::cancelled; }

/// Another value, or the same that is critical no longer or on the other side.
bool reads_otherwise(const model::lab_result& a, const model::lab_result& b) noexcept {
  return a.value_text != b.value_text || a.unit != b.unit || a.comparator != b.comparator || a.flag != b.flag || a.critical != b.critical;
}

} // namespace

void filing_plan::note_critical_change(size_t index, const slot& at, const model::lab_result& incoming) {
  const auto& standing = *at.value;
  if (!standing.critical || is_withdrawn(standing)) return;
  const size_t position = incoming.set_id > 0 ? incoming.set_id - 1u : 0u;
  if (is_withdrawn(incoming)) critical_.push_back({index, position, &at, &incoming, "lab_result_critical_withdrawn"});
  else if (reads_otherwise(standing, incoming)) critical_.push_back({index, position, &at, &incoming, "lab_result_critical_changed"});
}

} // namespace aorta::store
