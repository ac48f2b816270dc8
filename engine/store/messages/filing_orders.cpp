// What a message says of the other results of its orders: texts that grew shorter, a second result of one
// test, orders that are cancelled or withdrawn, before their results or after.
#include "engine/store/messages/filing.hpp"

#include <algorithm>
#include <set>

namespace aorta::store {
namespace {

using model::lab_result;
using ports::filing;

timestamp reported(const lab_result& r) noexcept {
  return r.reported_at ? r.reported_at->at : timestamp::min();
}

/// Nothing of the value is left.
void empty_out(lab_result& r) {
  r.kind = model::value_kind::none;
  r.value_text.reset();
  r.value_numeric.reset();
  r.comparator.clear();
  r.value_code.clear();
  r.flag.reset();
  r.critical = false;
  r.comments.clear();
  r.organism.clear();
  r.organism_code.clear();
  r.attachments.clear();
  r.sent.value.clear();
  r.sent.flag.clear();
}

} // namespace

/// A version without a value, brought by the message of `like`, takes the place of what stands.
void filing_plan::cancel(size_t index, slot& at, char letter, const result_version& like,
                         const std::optional<model::moment>& when) {
  lab_result& gone = made_.emplace_back(*at.value);
  empty_out(gone);
  gone.status = model::result_status::cancelled;
  gone.observation_status = letter;
  gone.retracts = letter == 'W' || letter == 'D';
  gone.reported_at = when;
  gone.issued_at = when;
  gone.needs_review = false;
  // No OBX brings it: events tell cancellations apart by a number behind those.
  gone.set_id = uint16_t(0xffff - (made_.size() - 1) % 0x4000);
  result_version row = like;
  row.value = &gone;
  row.doubtful = row.corrects = false;
  row.keeps = at.stored && (!at.next || at.next->keeps);
  replace(index, at, row);
}

/// The lines of one text report (one test code of an order) are one document.
void filing_plan::shorten_texts(size_t index, const std::vector<arrival>& all) {
  std::set<order_place> seen;
  for (const auto& a : all) {
    if (!lab::is_text_line(*a.row.value)) continue;
    const auto place = place_of(*a.to);
    if (!seen.insert(place).second) continue;
    std::map<std::string_view, std::vector<slot*>> documents;
    std::set<const slot*> once;
    bool told = false;
    for (slot* at : by_order_.at(place)) {
      if (at->value == nullptr || !lab::is_text_line(*at->value) || !once.insert(at).second) continue;
      if (lab::shows_value(*at->value)) documents[at->key.test_code].push_back(at);
      else if (shortened_before(index, *at) && !std::exchange(told, true)) doubt_shortened(index, *a.row.value);
    }
    for (const auto& [test, lines] : documents) shorten_text(index, lines, a.row);
  }
}

/// Lines that a correction lacks do not stay: they were reported before it, or with it by another message.
void filing_plan::shorten_text(size_t index, std::span<slot* const> lines, const result_version& like) {
  const auto corrected = [](const slot* at) {
    return at->value->status == model::result_status::corrected || (at->next && at->next->corrects);
  };
  const slot* last = nullptr;
  for (const slot* at : lines)
    if (corrected(at) && (last == nullptr || reported(*at->value) >= reported(*last->value))) last = at;
  if (last == nullptr) return;
  bool told = false;
  for (slot* at : lines) {
    const auto mine = reported(*at->value), theirs = reported(*last->value);
    const bool lacking =
        mine < theirs || (mine == theirs && last->brought == index + 1 && at->brought != index + 1);
    if (!lacking || at == last) continue;
    if (!std::exchange(told, true)) doubt_shortened(index, *like.value);
    cancel(index, *at, 'X', like, last->value->reported_at);
  }
}

void filing_plan::doubt_shortened(size_t index, const lab_result& about) {
  doubt(index, about, "text-shortened", "a correction of the text lacks lines that stood: they are in the history");
}

/// The same test of one order, which stood under another code, sub id or specimen time: perhaps the same
/// result, perhaps a second one.
void filing_plan::doubt_second_results(size_t index, const std::vector<arrival>& all,
                                       const std::vector<slot*>& fresh) {
  if (fresh.empty()) return;
  struct tests {
    std::set<std::string_view> codes, loincs;
  };
  std::map<order_place, tests> stand; // by other messages than this one
  for (const auto& a : all) {
    const auto place = place_of(*a.to);
    const auto [known, first] = stand.try_emplace(place);
    if (!first) continue;
    for (const slot* at : by_order_.at(place)) {
      if (at->brought == index + 1 || at->value == nullptr || !lab::shows_value(*at->value)) continue;
      for (const auto& code : {at->key.test_code, std::string_view(at->value->sent.other_code)})
        if (!code.empty()) known->second.codes.insert(code);
      if (at->value->loinc_code) known->second.loincs.insert(*at->value->loinc_code);
    }
  }
  for (const slot* at : fresh) {
    const auto& value = *at->value;
    if (!lab::shows_value(value) || lab::is_text_line(value)) continue; // the lines of a text may grow
    const auto& others = stand.at(place_of(*at));
    const bool same = others.codes.contains(value.test_code) ||
                      others.codes.contains(value.sent.other_code) ||
                      (value.loinc_code && others.loincs.contains(*value.loinc_code));
    if (same)
      doubt(index, value, "second-result",
            "the order has this test already, under another code, sub id or specimen time: both stand");
  }
}

void filing_plan::settle_silent_orders(size_t index) {
  const auto& f = batch_[index];
  const auto silent = silent_orders(*f.report);
  lab_result nothing;
  nothing.performing_lab_code = f.report->laboratory;
  for (uint32_t order = 0; order < f.report->orders.size(); ++order) {
    const auto& told = f.report->orders[order];
    if (!ends_order(told)) continue;
    const auto name = stored_name(&told, order_key(f, nothing, &told));
    if (!name.numbered()) continue;
    note_ended(index, order);
    if (!std::binary_search(silent.begin(), silent.end(), order)) {
      if (told.status != "X") doubt_withdrawn_order(index, order, name);
      continue;
    }
    settle_order(index, order, name);
    const auto* found = told.status == "X" ? find_order(*f.log.patient, told) : nullptr;
    if (found != nullptr && found->status != "resulted") order_states_[found->id].cancelled = true;
  }
}

/// An order that is withdrawn with its results: those that the message does not name stand.
void filing_plan::doubt_withdrawn_order(size_t index, uint32_t order, const order_name& name) {
  const auto& f = batch_[index];
  const auto found = by_order_.find({*f.log.patient, as_stored(f.report->laboratory), mark_of(name)});
  if (found == by_order_.end()) return;
  const auto stays = [&](const slot* at) {
    return at->brought != index + 1 && at->value != nullptr && lab::shows_value(*at->value);
  };
  if (std::any_of(found->second.begin(), found->second.end(), stays))
    doubt_order(index, order, "order-withdrawn",
                "the order is withdrawn, but a result of it that the message does not name stands");
}

/// OBR-25 of an order that brings no result: X cancels what was coming, W and D take back what was reported.
void filing_plan::settle_order(size_t index, uint32_t order, const order_name& name) {
  const auto& f = batch_[index];
  const auto& told = f.report->orders[order];
  const auto when = told.reported_at         ? told.reported_at
                    : f.log.message_datetime ? std::optional(model::moment{*f.log.message_datetime})
                                             : std::nullopt;
  const auto found = by_order_.find({*f.log.patient, as_stored(f.report->laboratory), mark_of(name)});
  if (found == by_order_.end()) return;
  const auto at_time = when ? when->at : timestamp::min();
  const bool withdraws = told.status != "X";
  bool stays = false;
  const auto lines = found->second;
  std::set<const slot*> once;
  for (slot* at : lines) {
    if (at->value == nullptr || !once.insert(at).second ||
        at->value->status == model::result_status::cancelled)
      continue;
    const bool older = reported(*at->value) <= at_time;
    const bool coming = at->value->status == model::result_status::preliminary;
    if (!older || (!withdraws && !coming)) {
      stays = stays || lab::shows_value(*at->value);
      continue;
    }
    result_version like;
    like.from = &f, like.order = &told, like.order_key = name.key;
    if (const auto* placed = find_order(*f.log.patient, told)) like.lab_order = placed->id;
    like.placer = name.placer, like.filler = name.filler;
    cancel(index, *at, told.status[0], like, when);
  }
  if (stays)
    doubt_order(index, order, withdraws ? "order-withdrawn" : "order-cancelled",
                withdraws ? "the order is withdrawn, but a result was reported later: it stands"
                          : "the order is cancelled, but has a final result: it stands");
}

} // namespace aorta::store
