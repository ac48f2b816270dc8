// What a message that is run again, or moved to another patient, finds of the other messages' versions of its
// results: the doubts that it raised when it came are raised again, and what it had replaced stands again
// where it is taken away.
#include "engine/store/messages/filing.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using lab::version_action;
using model::lab_result;

/// Which of them would stand if there were no others; they are in the order of their numbers.
const standing_result* standing_of(const std::vector<const standing_result*>& versions) {
  const standing_result* out = nullptr;
  for (const auto* each : versions)
    if (out == nullptr || lab::compare_versions(out->value, each->value) == version_action::replace)
      out = each;
  return out;
}

} // namespace

void filing_plan::take_past(const std::vector<earlier_filing>& earlier) {
  for (const auto& e : earlier)
    for (const auto& version : e.past) {
      auto& all = past_[e.message][version.id];
      // A message that was run again itself: what it says last counts.
      std::erase_if(all, [&](const auto& older) { return older.message == version.message; });
      all.push_back(version);
    }
}

filing_plan::past_of_slot filing_plan::past_of(size_t index, const uuid& result) const {
  past_of_slot out;
  const auto& own = batch_[index].log.id;
  const auto results = past_.find(own);
  if (results == past_.end()) return out;
  const auto versions = results->second.find(result);
  if (versions == results->second.end()) return out;
  for (const auto& each : versions->second) {
    out.all.push_back(&each);
    if (each.message < own) out.before.push_back(&each); // ids are in the order of arrival
  }
  return out;
}

/// Nobody but this message has ever said anything of it.
bool filing_plan::stood_alone(size_t index, const slot& at) const {
  return at.message == batch_[index].log.id && past_of(index, at.id).all.empty();
}

void filing_plan::review_again(size_t index, const slot& at, const lab_result& incoming,
                               version_action action) {
  const auto& own = batch_[index].log.id;
  if (stood_alone(index, at)) {
    if (lab::states_correction(incoming))
      doubt(index, incoming, "nothing-to-correct", "a correction of a value that is not here");
    // What a person rejects is here: this message brought it.
    if (incoming.retracts && incoming.sent.status.find_first_of("DWdw") != std::string::npos)
      doubt(index, incoming, "nothing-to-withdraw", "withdraws a value that is not here");
  }
  doubt_version(index, *at.value, size_t(at.version), incoming, action);
  if (at.message < own) return; // it is what stood when this message came
  const auto past = past_of(index, at.id);
  if (const auto* stood = standing_of(past.before))
    doubt_version(index, stood->value, past.before.size(), incoming,
                  lab::compare_versions(stood->value, incoming));
}

/// A line of a text that this message had cancelled, since it does not bring it.
bool filing_plan::shortened_before(size_t index, const slot& at) const {
  if (batch_[index].how != ports::filing::mode::again || at.message != batch_[index].log.id ||
      at.brought == index + 1)
    return false;
  const auto* stood = standing_of(past_of(index, at.id).before);
  return at.value->status == model::result_status::cancelled && stood != nullptr &&
    lab::shows_value(stood->value);
}

/// The versions of the other messages stay the patient's: the one of them that would stand without the moved
/// message is current again.
void filing_plan::restore(const ports::filing& what, const earlier_filing& earlier) {
  const auto results = past_.find(what.log.id);
  if (results == past_.end()) return;
  for (const auto& id : earlier.results) {
    const auto versions = results->second.find(id);
    if (versions == results->second.end()) continue;
    std::vector<const standing_result*> all;
    for (const auto& each : versions->second) all.push_back(&each);
    if (const auto* stands = standing_of(all)) restored_[id] = stands;
  }
}

} // namespace aorta::store
