// Orders that end as a whole (OBR-25 X, W, D), and results of them that come late. What ended an order holds
// until the message that said it leaves the patient: neither later reports nor the batches in which messages
// come change it.
#include "engine/store/messages/filing.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using model::lab_result;
using ports::filing;
using ports::message_status;

const ended_order* find_said(const std::vector<ended_order>& in, const uuid& report, const uuid& message) {
  const auto at = std::find_if(in.begin(), in.end(),
                               [&](const auto& e) { return e.report == report && e.message == message; });
  return at == in.end() ? nullptr : &*at;
}

} // namespace

bool ends_order(const model::lab_order_ref& order) noexcept {
  return order.status == "X" || order.status == "W" || order.status == "D";
}

void filing_plan::take_endings(const answers& known) {
  for (const auto& each : known.ended) ended_[each.report].push_back(each);
  reported_ = known.results;
}

/// What it said before holds no more; if it says it again it is written again.
void filing_plan::forget_endings(const filing& again) {
  if (again.log.status != message_status::processed && again.log.status != message_status::unmatched) return;
  unsaid_.push_back(again.log.id);
  for (auto& [report, endings] : ended_)
    for (auto at = endings.begin(); at != endings.end();) {
      if (at->message != again.log.id) {
        ++at;
        continue;
      }
      forgotten_.push_back(*at);
      at = endings.erase(at);
    }
}

void filing_plan::note_ended(size_t index, uint32_t order) {
  const filing& f = batch_[index];
  const auto& told = f.report->orders[order];
  ended_order now{report_id(f, told), told.status[0], told_at(f, told).value_or(timestamp::min()), f.log.id,
                  true};
  auto& endings = ended_[now.report];
  if (const auto* before = find_said(forgotten_, now.report, now.message)) {
    now.silent = before->silent; // late results have come meanwhile
    now.order_status = before->order_status;
  } else {
    const auto stored = reported_.find(now.report);
    const auto filed = reports_.find(now.report);
    now.silent = (stored == reported_.end() || stored->second == 0) &&
      (filed == reports_.end() || filed->second.results == 0);
  }
  if (const auto* placed = find_order(*f.log.patient, told); placed != nullptr && now.letter == 'X') {
    now.order = placed->id;
    if (now.order_status.empty() && placed->status != "cancelled") now.order_status = placed->status;
    for (const auto& other : endings) // the order was cancelled already, and was something else before that
      if (now.order_status.empty() && other.order == now.order) now.order_status = other.order_status;
  }
  const auto same = [&](const auto& e) { return e.message == now.message; };
  if (std::erase_if(endings, same) > 0 || find_said(forgotten_, now.report, now.message) != nullptr)
    std::erase_if(endings_, [&](const auto& e) { return e.report == now.report && same(e); });
  endings.push_back(now);
  endings_.push_back(std::move(now));
}

bool filing_plan::ended_after(const uuid& report, timestamp told) const {
  const auto found = ended_.find(report);
  return found != ended_.end() &&
    std::any_of(found->second.begin(), found->second.end(), [&](const auto& e) { return e.at >= told; });
}

/// What was reported before its order was cancelled or withdrawn, and comes after that, ends as if it had
/// come in time.
void filing_plan::end_late_result(size_t index, slot& at, const result_version& brought) {
  const auto& value = *brought.value;
  if (ended_.empty() || at.value != &value || value.status == model::result_status::cancelled) return;
  const auto found = brought.report ? ended_.find(*brought.report) : ended_.end();
  if (found == ended_.end()) return;
  const ended_order* beside = nullptr; // it says something of the order, but not of this result
  for (const auto& ended : found->second) {
    if (ended.message == batch_[index].log.id || reported(value) > ended.at) continue;
    if (ended.letter != 'X' ? ended.silent : value.status == model::result_status::preliminary) {
      result_version like = brought;
      like.ended_by = ended.message; // if that one leaves the patient, the value stands again
      return cancel(index, at, ended.letter, like, model::moment{ended.at});
    }
    if (reported(value) < ended.at && lab::shows_value(value)) beside = &ended;
  }
  if (beside == nullptr) return;
  const bool withdraws = beside->letter != 'X';
  doubt(index, value, withdraws ? "order-withdrawn" : "order-cancelled",
        withdraws ? "the order was withdrawn later, but not this result: it stands"
                  : "the order was cancelled later, but this is a final result: it stands");
}

void filing_plan::write_endings(ledger& to) const {
  for (const auto& message : moved_) to.into(write::reopen).id(message);
  for (const auto& message : moved_) {
    row_sink& row = to.into(write::unsay);
    row.id(message);
    row.time(now_);
  }
  for (const auto& message : unsaid_) to.into(write::unend).id(message);
  for (const auto& each : endings_) {
    row_sink& row = to.into(write::ending);
    row.id(each.report);
    row.id(each.message);
    row.integer(asks_.clinic);
    row.text({&each.letter, 1});
    each.at == timestamp::min() ? row.null() : row.time(each.at);
    row.boolean(each.silent);
    each.order ? row.id(*each.order) : row.null();
    row.text_or_null(each.order_status);
  }
}

} // namespace aorta::store
