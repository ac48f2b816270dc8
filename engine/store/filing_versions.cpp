// The versions of a plan: which result each one is, which is current, and what a person must look at.
#include "engine/store/clean_text.hpp"
#include "engine/store/filing.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using lab::version_action;
using model::lab_result;
using model::result_status;
using ports::filing;

bool settled(const lab_result& r) noexcept { return r.status != result_status::preliminary; }
bool corrects(const lab_result& r) noexcept { return r.status == result_status::corrected && !r.retracts; }
bool plain_final(const lab_result& r) noexcept { return r.status == result_status::final && !r.retracts; }
timestamp reported(const lab_result& r) noexcept { return r.reported_at ? r.reported_at->at : timestamp::min(); }
std::optional<timestamp> instant(const std::optional<model::moment>& m) { return m ? std::optional(m->at) : std::nullopt; }

/// By placer number first, then by filler number; only where exactly one order of the patient has it.
const known_order* find_order(model::patient_id patient, const model::lab_order_ref& order, const answers& known) {
  const auto only = [&](std::string known_order::*number, const std::string& wanted) -> const known_order* {
    const known_order* found = nullptr;
    if (wanted.empty()) return nullptr;
    for (const auto& o : known.orders) {
      if (o.patient != patient || o.*number != wanted) continue;
      if (found != nullptr) return nullptr;
      found = &o;
    }
    return found;
  };
  if (const auto* found = only(&known_order::placer, order.placer_number)) return found;
  return only(&known_order::filler, order.filler_number);
}

} // namespace

void filing_plan::take_standing(const answers& known) {
  for (const auto& s : known.standing) {
    auto& list = standing_[{s.where.patient, s.lab_code, s.test_code, s.sub_id}];
    if (std::any_of(list.begin(), list.end(), [&](const slot* other) { return other->id == s.id; })) continue;
    slot& at = slots_.emplace_back();
    at.id = s.id;
    at.order = {s.placer, s.filler, s.where.order_key};
    at.collected = s.collected_at;
    at.ordinal = s.ordinal;
    at.message = s.message;
    at.version = at.stored_version = at.kept_version = s.version;
    at.value = &s.value;
    at.stored = true;
    list.push_back(&at);
  }
}

void filing_plan::file_results(size_t index, const answers& known) {
  auto all = arrivals(index, known);
  match_arrivals(index, all);
  for (auto& a : all) {
    if (a.unclear) doubt(index, *a.row.value, "unclear-version", "may be a version of several results that stand: filed as one of its own");
    a.row.doubtful = a.unclear;
    slot& at = a.to != nullptr ? *a.to : new_slot(a);
    learn(at, a);
    place_version(index, at, a.row);
    placed_[index].push_back(&at);
    if (a.row.value->critical && !a.row.value->retracts) {
      critical_.push_back({index, position_of(index, *a.row.value), &at, a.row.value});
      ++treatments_[index].critical;
    }
    ++treatments_[index].results;
  }
}

order_name filing_plan::stored_name(const model::lab_order_ref* order, int64_t key) {
  if (order == nullptr) return {{}, {}, key};
  return {as_stored(order->placer_number), as_stored(order->filler_number), key};
}

std::vector<filing_plan::arrival> filing_plan::arrivals(size_t index, const answers& known) {
  const filing& f = batch_[index];
  const auto patient = *f.log.patient;
  std::vector<arrival> out;
  out.reserve(f.report->results.size());
  const model::lab_order_ref* last = nullptr;
  order_name name;
  std::optional<uuid> lab_order;
  for (const auto& r : f.report->results) {
    const auto* order = order_of(*f.report, r);
    if (out.empty() || order != last || !name.numbered()) {
      name = stored_name(order, order_key(f, r, order));
      const auto* found = order != nullptr ? find_order(patient, *order, known) : nullptr;
      lab_order.reset();
      if (found != nullptr) lab_order = found->id;
      if (found != nullptr) note_order(f, *order, *found);
    }
    last = order;
    const auto collected = order != nullptr ? instant(order->collected_at) : std::nullopt;
    arrival a;
    a.key = {patient, as_stored(r.performing_lab_code), as_stored(r.test_code), as_stored(r.sub_id)};
    a.at = {name, collected, instant(r.observed_at), r.ordinal};
    a.row = {&f, &r, order, {}, name.key, lab_order, 1, 1, collected, name.placer, name.filler, false};
    out.push_back(a);
  }
  return out;
}

void filing_plan::note_order(const filing& f, const model::lab_order_ref& order, const known_order& found) {
  if (found.status == "resulted" || found.status == "cancelled") return;
  auto& state = order_states_[found.id];
  const bool closed = order.status.empty() || order.status == "F" || order.status == "C";
  const bool all = std::all_of(f.report->results.begin(), f.report->results.end(),
                               [&](const auto& other) { return order_of(*f.report, other) != &order || settled(other); });
  state.complete = state.complete || (closed && all);
  state.at = order.reported_at ? order.reported_at->at : now_;
}

void filing_plan::match_arrivals(size_t index, std::vector<arrival>& all) {
  std::vector<arrival*> sorted;
  sorted.reserve(all.size());
  for (auto& a : all) sorted.push_back(&a);
  std::stable_sort(sorted.begin(), sorted.end(), [](const arrival* a, const arrival* b) { return a->key < b->key; });
  for (auto from = sorted.begin(); from != sorted.end();) {
    const auto to = std::find_if(from, sorted.end(), [&](const arrival* a) { return a->key != (*from)->key; });
    match_group(index, {from, to});
    from = to;
  }
}

void filing_plan::match_group(size_t index, std::span<arrival* const> group) {
  const auto found = standing_.find(group[0]->key);
  if (found == standing_.end()) return;
  const auto& standing = found->second;
  std::vector<arriving_place> now;
  std::vector<standing_place> old;
  for (const arrival* a : group) now.push_back(a->at);
  for (const slot* s : standing) old.push_back({s->order, s->collected, instant(s->value->observed_at), s->ordinal});
  const auto matches = match_results(now, old);
  for (size_t i = 0; i < group.size(); ++i) {
    group[i]->unclear = matches[i].unclear;
    if (matches[i].with == match::none) continue;
    group[i]->to = standing[matches[i].with];
    group[i]->to->brought = index + 1;
  }
  if (batch_[index].how == filing::mode::again) match_own(index, group, standing);
}

/// A message that is run again finds what it filed itself; the doubts that it raised then are raised again.
void filing_plan::match_own(size_t index, std::span<arrival* const> group, std::span<slot* const> standing) {
  const uuid& message = batch_[index].log.id;
  const auto own = [&](const slot* s) { return s->message == message; };
  const auto fits = [](const arrival* a, const slot* s) {
    return (!a->at.collected || !s->collected || a->at.collected == s->collected) && compare(a->at.order, s->order) != likeness::other;
  };
  for (arrival* a : group) {
    const auto free = std::find_if(standing.begin(), standing.end(), [&](const slot* s) { return own(s) && s->brought != index + 1 && fits(a, s); });
    if (a->to == nullptr && free != standing.end()) {
      a->to = *free;
      a->to->brought = index + 1;
    }
    if (a->to != nullptr && own(a->to) && a->to->version == 1)
      a->unclear = a->unclear || std::any_of(standing.begin(), standing.end(), [&](const slot* s) { return !own(s) && fits(a, s); });
  }
}

filing_plan::slot& filing_plan::new_slot(const arrival& of) {
  auto& list = standing_[of.key];
  slot& at = slots_.emplace_back();
  at.order = of.at.order;
  at.collected = of.at.collected;
  for (const slot* s : list)
    if (s->collected == at.collected && compare(s->order, at.order) == likeness::same) at.ordinal = std::max(at.ordinal, s->ordinal + 1);
  list.push_back(&at);
  return at;
}

/// What one version did not know of order and specimen, another one may.
void filing_plan::learn(slot& at, const arrival& from) {
  const auto before = std::pair(at.order.key, at.collected);
  if (!at.collected) at.collected = from.at.collected;
  if (at.order.placer.empty()) at.order.placer = from.at.order.placer;
  if (at.order.filler.empty() && !from.at.order.filler.empty()) {
    at.order.filler = from.at.order.filler;
    at.order.key = from.at.order.key;
  }
  if (before == std::pair(at.order.key, at.collected)) return;
  // It may have learned itself into the place of another one, and the store holds each place once.
  const auto& list = standing_[from.key];
  const auto taken = [&](const slot* s) {
    return s != &at && s->order.key == at.order.key && s->collected == at.collected && s->ordinal == at.ordinal;
  };
  while (std::any_of(list.begin(), list.end(), taken)) ++at.ordinal;
}

void filing_plan::place_version(size_t index, slot& at, result_version incoming) {
  incoming.ordinal = at.ordinal;
  if (!at.touched) {
    at.touched = true;
    touched_.push_back(&at);
  }
  if (at.value == nullptr) { // nothing stood there
    if (!incoming.doubtful && corrects(*incoming.value)) doubt(index, *incoming.value, "nothing-to-correct", "a correction of a value that is not here");
    if (!incoming.doubtful && incoming.value->retracts) doubt(index, *incoming.value, "nothing-to-withdraw", "withdraws a value that is not here");
    at.id = incoming.id = ids_.next(now_);
    at.value = incoming.value;
    at.message = incoming.from->log.id;
    at.next = incoming;
    return;
  }
  incoming.id = at.id;
  const auto action = lab::compare_versions(*at.value, *incoming.value);
  review_version(index, at, *incoming.value, action);
  if (action == version_action::replace) {
    note_critical_change(index, at, *incoming.value);
    if (at.next) history_.push_back(*at.next);
    else at.kept_version = at.version;
    incoming.version = ++at.version;
    at.value = incoming.value;
    at.message = incoming.from->log.id;
    at.next = incoming;
  } else {
    // The current one keeps the highest number, so that numbers in the history stay unique.
    incoming.version = at.version++;
    if (at.next) at.next->version = at.version;
    else at.kept_version = at.version;
    history_.push_back(incoming);
  }
}

/// Outcomes that are right by the times of report, but may surprise whoever reads the result.
void filing_plan::review_version(size_t index, const slot& at, const lab_result& incoming, version_action action) {
  const lab_result& standing = *at.value;
  const bool first_again = at.message == batch_[index].log.id && at.version == 1;
  if (first_again && corrects(incoming)) doubt(index, incoming, "nothing-to-correct", "a correction of a value that is not here");
  if (first_again && incoming.retracts) doubt(index, incoming, "nothing-to-withdraw", "withdraws a value that is not here");
  if (action == version_action::replace) {
    if (plain_final(incoming) && (corrects(standing) || standing.retracts))
      doubt(index, incoming, "final-after-correction", "a final reported later replaces what was corrected or withdrawn");
    if (settled(incoming) && !settled(standing) && reported(incoming) < reported(standing) && at.version > 1)
      doubt(index, incoming, "final-behind-preliminary", "replaces a preliminary that was reported later");
  } else if ((corrects(incoming) || incoming.retracts) && plain_final(standing)) {
    doubt(index, incoming, "correction-behind-final", "reported before the final that stands: it changes nothing");
  }
}

void filing_plan::doubt(size_t index, const lab_result& about, std::string_view kind, std::string_view why) {
  const size_t position = about.set_id > 0 ? about.set_id : position_of(index, about) + 1;
  doubts_[index].push_back({"OBX[" + std::to_string(position) + "]", std::string(kind), about.test_code + ": " + std::string(why)});
}

/// Its place in its message, from 0.
size_t filing_plan::position_of(size_t index, const lab_result& r) const noexcept { return size_t(&r - batch_[index].report->results.data()); }

} // namespace aorta::store
