// What a message says of the other results of its orders: texts that grew shorter, a second result of one
// test, orders that are cancelled or withdrawn, before their results or after.
#include "engine/store/messages/filing.hpp"

#include <algorithm>
#include <set>

namespace aorta::store {
namespace {

using model::lab_result;
using ports::filing;

timestamp instant_of(const std::optional<model::moment>& when) noexcept {
  return when ? when->at : timestamp::min();
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
      else if (shortened_before(index, *at) && !std::exchange(told, true))
        doubt_shortened(index, *a.row.value);
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
    const bool lacking = mine < theirs ||
      (mine == theirs && last->brought == index + 1 && at->brought != index + 1);
    if (!lacking || at == last) continue;
    if (!std::exchange(told, true)) doubt_shortened(index, *like.value);
    cancel(index, *at, 'X', like, last->value->reported_at);
  }
}

void filing_plan::doubt_shortened(size_t index, const lab_result& about) {
  doubt(index, about, "text-shortened",
        "a correction of the text lacks lines that stood: they are in the history");
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

/// A note on an order, or a text in place of its results, is no result that it has.
bool filing_plan::only_comments(size_t index, const slot& at, const lab_result& r) const {
  const bool note = r.set_id == 0 && r.kind == model::value_kind::none && r.sent.value_type.empty() &&
    !r.comments.empty();
  if (!note && r.kind != model::value_kind::text && !lab::is_text_line(r)) return false;
  return at.value == nullptr || at.message == batch_[index].log.id || !lab::shows_value(*at.value);
}

void filing_plan::settle_ended_orders(size_t index, const std::vector<bool>& speaks) {
  const auto& f = batch_[index];
  order_ends told_of; // each order is settled once, however many OBRs name it, and by whatever numbers
  lab_result nothing;
  nothing.performing_lab_code = f.report->laboratory;
  for (uint32_t order = 0; order < f.report->orders.size(); ++order) {
    const auto& told = f.report->orders[order];
    if (!ends_order(told)) continue;
    order_end end;
    end.order = order;
    end.withdraws = told.status != "X";
    end.silent = !speaks[order];
    end.name = stored_name(&told, order_key(f, nothing, &told));
    if (end.name.numbered()) note_ended(index, order);
    if (!end.silent && !end.withdraws) continue;
    end.when = told.reported_at ? told.reported_at
      : f.log.message_datetime  ? std::optional(model::moment{*f.log.message_datetime})
                                : std::nullopt;
    const auto* found = end.withdraws || !end.name.numbered() ? nullptr : find_order(*f.log.patient, told);
    if (found != nullptr && found->status != "resulted") order_states_[found->id].cancelled = true;
    end.at = {*f.log.patient, as_stored(f.report->laboratory), mark_of(end.name)};
    told_of.add(end);
  }
  order_ends placed;
  for (auto& end : told_of.all) {
    place_end(end);
    placed.add(end);
  }
  std::set<std::pair<order_place, bool>> quiet; // where nothing is concerned any more
  for (const auto& end : placed.all) settle_order(index, end, quiet);
}

/// The latest of those that say the same of one order.
void filing_plan::order_ends::add(const order_end& end) {
  const auto [at, fresh] = places.try_emplace({end.at, end.withdraws, end.silent, end.name.filler.empty()},
                                              all.size());
  if (fresh) all.push_back(end);
  else if (instant_of(all[at->second].when) <= instant_of(end.when)) all[at->second] = end;
}

/// Its own results; where there are none, those of the one order that may be it by the placer's number.
void filing_plan::place_end(order_end& end) const {
  end.placed = end.name.numbered();
  if (by_order_.contains(end.at)) return;
  const auto others = orders_beside(end);
  if (others.size() == 1) end.at = others[0];
  else if (!others.empty()) end.placed = false;
}

/// Orders that have the placer's number in common with it, where one of both has no number of the laboratory.
std::vector<order_place> filing_plan::orders_beside(const order_end& end) const {
  std::vector<order_place> out;
  if (end.name.placer.empty()) return out;
  order_place beside = end.at;
  beside.mark = {'P', end.name.placer, 0};
  if (!end.name.filler.empty()) {
    if (beside != end.at && by_order_.contains(beside)) out.push_back(beside);
    return out;
  }
  const auto fillers = fillers_.find(beside);
  if (fillers == fillers_.end()) return out;
  for (const auto filler : fillers->second) {
    beside.mark = {'F', filler, 0};
    if (beside != end.at) out.push_back(beside);
  }
  return out;
}

/// Results under `at` that this message does not bring and that the end of an order would concern.
bool filing_plan::any_concerned(size_t index, const order_place& at, const order_end& end) const {
  const auto found = by_order_.find(at);
  if (found == by_order_.end()) return false;
  const bool by_placer = at.mark.kind == 'P' && !end.name.filler.empty();
  return std::any_of(found->second.begin(), found->second.end(), [&](const slot* s) {
    if (s->brought == index + 1 || s->value == nullptr || !lab::shows_value(*s->value)) return false;
    if (by_placer && !s->order.filler.empty()) return false; // it has learned the laboratory's number since
    return end.withdraws || s->value->status == model::result_status::preliminary;
  });
}

/// OBR-25 of an order: X cancels what was coming, W and D take back what was reported. Of one that brings
/// results, those that the message does not name stand.
void filing_plan::settle_order(size_t index, const order_end& end,
                               std::set<std::pair<order_place, bool>>& quiet) {
  const std::string_view kind = end.withdraws ? "order-withdrawn" : "order-cancelled";
  const auto tell = [&](std::string_view withdrawn, std::string_view cancelled) {
    doubt_order(index, end.order, kind, end.withdraws ? withdrawn : cancelled);
  };
  const auto concerned = [&](const order_place& at) { return any_concerned(index, at, end); };
  const auto beside = [&] {
    const auto others = orders_beside(end);
    return std::any_of(others.begin(), others.end(), [&](const order_place& at) {
      const std::pair place{at, end.withdraws};
      if (quiet.contains(place)) return false;
      const bool any = concerned(at);
      if (!any) quiet.insert(place);
      return any;
    });
  };
  if (!end.placed) {
    const bool nameless = end.withdraws && !end.name.numbered() &&
      !batch_[index].report->orders[end.order].collected_at;
    if (nameless || concerned(end.at) || beside())
      tell("the order is withdrawn, but its numbers do not tell which results are meant: they stand",
           "the order is cancelled, but its numbers do not tell which results are meant: they stand");
    return;
  }
  if (!end.silent) {
    if (concerned(end.at))
      tell("the order is withdrawn, but a result of it that the message does not name stands", {});
    return;
  }
  if (settle_results(index, end))
    tell("the order is withdrawn, but a result was reported later: it stands",
         "the order is cancelled, but has a final result: it stands");
  if (beside())
    tell("the order is withdrawn, but a result that has the placer's number in common alone stands",
         "the order is cancelled, but a result that has the placer's number in common alone stands");
}

/// The text that says why an order ended does not end with it.
bool filing_plan::brought_by_end(size_t index, const slot& at) const noexcept {
  if (at.brought != index + 1 || !at.next || at.next->from != &batch_[index]) return false;
  return at.next->order != nullptr && ends_order(*at.next->order);
}

/// True when a value stays.
bool filing_plan::settle_results(size_t index, const order_end& end) {
  const auto& f = batch_[index];
  const auto& told = f.report->orders[end.order];
  const auto found = by_order_.find(end.at);
  if (found == by_order_.end()) return false;
  result_version like;
  like.from = &f, like.order = &told, like.order_key = end.name.key;
  if (const auto* placed = find_order(*f.log.patient, told)) like.lab_order = placed->id;
  like.placer = end.name.placer, like.filler = end.name.filler;
  like.report = report_id(f, told);
  const bool by_placer = end.at.mark.kind == 'P' && !end.name.filler.empty();
  bool stays = false;
  const auto lines = found->second;
  std::set<const slot*> once;
  for (slot* at : lines) {
    if (at->value == nullptr || !once.insert(at).second ||
        at->value->status == model::result_status::cancelled || brought_by_end(index, *at))
      continue;
    if (by_placer && !at->order.filler.empty() && at->order.filler != end.name.filler) continue;
    const bool older = reported(*at->value) <= instant_of(end.when);
    const bool coming = at->value->status == model::result_status::preliminary;
    if (!older || (!end.withdraws && !coming)) {
      stays = stays || lab::shows_value(*at->value);
      continue;
    }
    cancel(index, *at, told.status[0], like, end.when);
  }
  return stays;
}

} // namespace aorta::store
