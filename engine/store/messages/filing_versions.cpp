// The versions of a plan: which result each one is, which is current, and what a person must look at.
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/messages/filing.hpp"

#include <algorithm>
#include <set>

namespace aorta::store {
namespace {

using lab::version_action;
using model::lab_result;
using model::result_status;
using ports::filing;

bool settled(const lab_result& r) noexcept { return r.status != result_status::preliminary; }
std::optional<timestamp> told_time(const std::optional<model::moment>& m) {
  return m ? std::optional(m->at) : std::nullopt;
}

} // namespace

void filing_plan::take_standing(const answers& known) {
  std::set<uuid> seen; // what was found in two ways
  for (const auto& s : known.standing) {
    if (!seen.insert(s.id).second) continue;
    slot& at = slots_.emplace_back();
    at.id = s.id;
    at.key = {s.where.patient, s.test_code, s.sub_id, s.lab_code};
    at.order = {s.placer, s.filler, s.where.order_key};
    at.collected = s.collected_at;
    at.ordinal = s.ordinal;
    at.message = s.message;
    at.version = at.stored_version = at.kept_version = s.version;
    at.value = &s.value;
    at.stored = true;
    standing_[at.key].push_back(&at);
    enlist(at);
  }
}

order_place filing_plan::place_of(const slot& at) noexcept {
  return {at.key.patient, at.key.lab_code, mark_of(at.order)};
}

/// Under its order, and with its ordinal.
void filing_plan::enlist(slot& at) {
  by_order_[place_of(at)].push_back(&at);
  note_filler(at);
  auto& highest = ordinals_[{at.key, mark_of(at.order), at.collected}];
  highest = std::max(highest, at.ordinal);
}

void filing_plan::note_filler(const slot& at) {
  if (at.order.filler.empty() || at.order.placer.empty()) return;
  fillers_[{at.key.patient, at.key.lab_code, {'P', at.order.placer, 0}}].insert(at.order.filler);
}

void filing_plan::take_orders(const answers& known) {
  for (const auto& o : known.orders) {
    if (!o.placer.empty()) orders_.by_placer[{o.patient, o.placer}].push_back(&o);
    if (!o.filler.empty()) orders_.by_filler[{o.patient, o.filler}].push_back(&o);
  }
}

/// By placer number first, then by filler number; only where exactly one order of the patient has it, or one
/// of those of this panel.
const known_order* filing_plan::find_order(model::patient_id patient,
                                           const model::lab_order_ref& order) const {
  const auto only = [&](const auto& in, const std::string& number) -> const known_order* {
    const auto at = in.find({patient, number});
    if (at == in.end()) return nullptr;
    if (at->second.size() == 1) return at->second.front();
    const known_order* found = nullptr;
    for (const auto* each : at->second) {
      if (order.panel_code.empty() || each->panel != order.panel_code) continue;
      if (found != nullptr) return nullptr;
      found = each;
    }
    return found;
  };
  if (const auto* found = only(orders_.by_placer, order.placer_number)) return found;
  return only(orders_.by_filler, order.filler_number);
}

namespace {

/// What a file says once more is no version, and told to nobody again.
bool repeats_file(const lab_result* standing, const lab_result& incoming) noexcept {
  return standing != nullptr && incoming.entry_method == model::from_file &&
    lab::tells_nothing_new(*standing, incoming);
}

} // namespace

void filing_plan::file_results(size_t index) {
  auto all = arrivals(index);
  note_reports(index);
  match_arrivals(index, all);
  std::vector<slot*> fresh; // results that stood nowhere before this message, when it came for the first time
  std::vector<bool> speaks(batch_[index].report->orders.size()); // orders that bring a result
  for (auto& a : all) {
    if (a.unclear)
      doubt(index, *a.row.value, "unclear-version",
            "may be a version of several results that stand: filed as one of its own");
    a.row.doubtful = a.unclear;
    const bool own_first = a.to != nullptr && batch_[index].how == filing::mode::again &&
      stood_alone(index, *a.to);
    if (a.to == nullptr) a.to = &new_slot(a);
    slot& at = *a.to;
    if ((at.value == nullptr || own_first) && !a.unclear) fresh.push_back(&at);
    if (a.row.value->order < speaks.size() && !only_comments(index, at, *a.row.value))
      speaks[a.row.value->order] = true;
    at.brought = index + 1;
    learn(at, a);
    const auto* stood = at.value;
    placed_[index].push_back(&at);
    if (batch_[index].how == filing::mode::first && repeats_file(stood, *a.row.value)) continue;
    place_version(index, at, a.row);
    end_late_result(index, at, a.row);
    if (a.row.value->critical && !a.row.value->retracts) {
      critical_.push_back(
        {index, position_of(index, *a.row.value), &at, a.row.value, model::critical_event::told, stood});
      ++treatments_[index].critical;
    }
    ++treatments_[index].results;
  }
  shorten_texts(index, all);
  doubt_second_results(index, all, fresh);
  settle_ended_orders(index, speaks);
}

order_name filing_plan::stored_name(const model::lab_order_ref* order, int64_t key) {
  if (order == nullptr) return {{}, {}, key};
  return {as_stored(order->placer_number), as_stored(order->filler_number), key};
}

std::vector<filing_plan::arrival> filing_plan::arrivals(size_t index) {
  const filing& f = batch_[index];
  std::vector<order_results> brought(f.report->orders.size());
  for (const auto& r : f.report->results)
    if (r.order < brought.size()) {
      brought[r.order].settled = brought[r.order].settled && settled(r);
      brought[r.order].cancelled = brought[r.order].cancelled && r.status == result_status::cancelled;
    }
  const auto patient = *f.log.patient;
  std::vector<arrival> out;
  out.reserve(f.report->results.size());
  const model::lab_order_ref* last = nullptr;
  order_name name;
  std::optional<uuid> lab_order, report;
  for (const auto& r : f.report->results) {
    const auto* order = order_of(*f.report, r);
    if (out.empty() || order != last || !name.numbered()) {
      name = stored_name(order, order_key(f, r, order));
      const auto* found = order != nullptr ? find_order(patient, *order) : nullptr;
      lab_order.reset();
      if (found != nullptr) lab_order = found->id;
      if (found != nullptr) note_order(f, r.order, *found, brought[r.order]);
    }
    if (order != last) report = order != nullptr ? std::optional(report_id(f, *order)) : std::nullopt;
    last = order;
    const auto collected = order != nullptr ? told_time(order->collected_at) : std::nullopt;
    arrival a;
    a.key = {patient, as_stored(r.test_code), as_stored(r.sub_id), as_stored(r.performing_lab_code)};
    a.at = {name, collected, told_time(r.observed_at), r.ordinal};
    a.row = {&f, &r, order, {}, name.key, lab_order, 1, 1, collected, name.placer, name.filler};
    a.row.report = report;
    out.push_back(a);
  }
  return out;
}

/// An order of which an OBR says X, and none anything else, is cancelled.
void filing_plan::note_order(const filing& f, uint32_t order, const known_order& found,
                             order_results brought) {
  if (found.status == "resulted" || found.status == "cancelled") return;
  const auto& told = f.report->orders[order];
  auto& state = order_states_[found.id];
  if (told.status == "X" && brought.cancelled) {
    state.cancelled = true;
    return;
  }
  state.stands = true;
  const bool closed = told.status.empty() || told.status == "F" || told.status == "C";
  state.complete = state.complete || (closed && brought.settled);
  state.at = told.reported_at ? told.reported_at->at : now_;
}

void filing_plan::match_arrivals(size_t index, std::vector<arrival>& all) {
  std::vector<arrival*> sorted;
  sorted.reserve(all.size());
  for (auto& a : all) sorted.push_back(&a);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const arrival* a, const arrival* b) { return a->key < b->key; });
  for (auto from = sorted.begin(); from != sorted.end();) {
    const auto to = std::find_if(from, sorted.end(),
                                 [&](const arrival* a) { return a->key != (*from)->key; });
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
  for (const slot* s : standing)
    old.push_back({s->order, s->collected, told_time(s->value->observed_at), s->ordinal});
  const auto matches = match_results(now, old);
  for (size_t i = 0; i < group.size(); ++i) {
    group[i]->unclear = matches[i].unclear;
    if (matches[i].with == match::none) continue;
    group[i]->to = standing[matches[i].with];
    group[i]->to->brought = index + 1;
  }
  if (batch_[index].how == filing::mode::again) match_own(index, group, standing);
  else match_lines(index, group, standing);
}

/// A text that is corrected as a whole: its lines have no other name than their place, also where they have
/// become fewer.
void filing_plan::match_lines(size_t index, std::span<arrival* const> group,
                              std::span<slot* const> standing) {
  const auto corrects = [](const arrival* a) {
    return lab::is_text_line(*a->row.value) && lab::states_correction(*a->row.value);
  };
  const auto is_line = [](const slot* s) { return s->value != nullptr && lab::is_text_line(*s->value); };
  const auto unclear = [](const arrival* a) { return a->unclear; };
  if (std::none_of(group.begin(), group.end(), unclear) ||
      !std::all_of(group.begin(), group.end(), corrects) ||
      !std::all_of(standing.begin(), standing.end(), is_line))
    return;
  std::map<order_mark, std::deque<slot*>> free;
  for (slot* s : standing)
    if (s->brought != index + 1) free[mark_of(s->order)].push_back(s);
  for (auto& [mark, lines] : free)
    std::stable_sort(lines.begin(), lines.end(),
                     [](const slot* a, const slot* b) { return a->ordinal < b->ordinal; });
  for (arrival* a : group) {
    auto& lines = free[mark_of(a->at.order)];
    if (!a->unclear || lines.empty()) continue;
    a->to = lines.front();
    a->to->brought = index + 1;
    a->unclear = false;
    lines.pop_front();
  }
}

/// A message that is run again finds what it filed itself; the doubts that it raised then are raised again.
void filing_plan::match_own(size_t index, std::span<arrival* const> group, std::span<slot* const> standing) {
  const uuid& message = batch_[index].log.id;
  const auto fits = [](const arrival& a, const slot& s) {
    return (!a.at.collected || !s.collected || a.at.collected == s.collected) &&
      compare(a.at.order, s.order) != likeness::other;
  };
  std::deque<slot*> own; // not yet found
  std::vector<const slot*> others;
  for (slot* s : standing) {
    if (s->message != message) others.push_back(s);
    else if (s->brought != index + 1) own.push_back(s);
  }
  const arrival* last = nullptr; // results of one order and specimen have the same rivals
  bool rivals = false;
  for (arrival* a : group) {
    const auto free = std::find_if(own.begin(), own.end(), [&](const slot* s) { return fits(*a, *s); });
    if (a->to == nullptr && free != own.end()) {
      a->to = *free;
      a->to->brought = index + 1;
      own.erase(free);
    }
    if (a->to == nullptr || !stood_alone(index, *a->to)) continue;
    if (last == nullptr || last->at.collected != a->at.collected ||
        compare(last->at.order, a->at.order) != likeness::same)
      rivals = std::any_of(others.begin(), others.end(), [&](const slot* s) { return fits(*a, *s); });
    a->unclear = a->unclear || rivals;
    last = a;
  }
}

filing_plan::slot& filing_plan::new_slot(const arrival& of) {
  slot& at = slots_.emplace_back();
  at.key = of.key;
  at.order = of.at.order;
  at.collected = of.at.collected;
  const auto known = ordinals_.find({at.key, mark_of(at.order), at.collected});
  if (known != ordinals_.end()) at.ordinal = known->second + 1;
  standing_[of.key].push_back(&at);
  enlist(at);
  return at;
}

/// What one version did not know of order and specimen, another one may.
void filing_plan::learn(slot& at, const arrival& from) {
  const auto mark = mark_of(at.order);
  const auto collected = at.collected;
  const bool noted = !at.order.placer.empty() && !at.order.filler.empty(); // by `enlist`
  if (!at.collected) at.collected = from.at.collected;
  if (at.order.placer.empty()) at.order.placer = from.at.order.placer;
  if (at.order.filler.empty() && !from.at.order.filler.empty()) {
    at.order.filler = from.at.order.filler;
    at.order.key = from.at.order.key;
  }
  if (!noted) note_filler(at);
  if (mark == mark_of(at.order) && collected == at.collected) return;
  // It may have learned itself into the place of another one, and the store holds each place once.
  const auto there = ordinals_.find({at.key, mark_of(at.order), at.collected});
  if (there != ordinals_.end() && there->second >= at.ordinal) at.ordinal = there->second + 1;
  enlist(at);
}

void filing_plan::place_version(size_t index, slot& at, result_version incoming) {
  if (at.value == nullptr) { // nothing stood there
    if (!incoming.doubtful && lab::states_correction(*incoming.value))
      doubt(index, *incoming.value, "nothing-to-correct", "a correction of a value that is not here");
    if (!incoming.doubtful && incoming.value->retracts)
      doubt(index, *incoming.value, "nothing-to-withdraw", "withdraws a value that is not here");
    at.id = ids_.next(now_);
    return replace(index, at, incoming);
  }
  auto action = lab::compare_versions(*at.value, *incoming.value);
  // What is run again came when it came: where only the order of arrival decides, that one does.
  const auto* act = batch_[index].act;
  const bool is_said_now = act != nullptr && act->new_words > 0; // by a person, of this very message
  if (action == version_action::replace && batch_[index].how == filing::mode::again && !is_said_now &&
      incoming.message() < at.message &&
      lab::compare_versions(*incoming.value, *at.value) == version_action::replace)
    action = version_action::history;
  review_version(index, at, *incoming.value, action);
  if (action == version_action::replace) {
    const bool repeats = at.next && at.next->corrects && incoming.value->status == result_status::final &&
      lab::same_value(*at.value, *incoming.value);
    // Read anew by other rules it is no correction of the laboratory's: it stays what it was.
    const bool read_anew = batch_[index].how == filing::mode::again && !is_said_now &&
      at.message == incoming.message();
    incoming.corrects = read_anew
      ? at.value->status == result_status::corrected && incoming.value->status == result_status::final
      : repeats || lab::corrects_by_effect(*at.value, *incoming.value);
    return replace(index, at, incoming);
  }
  if (!at.touched) touched_.push_back(&at);
  at.touched = true;
  incoming.id = at.id;
  incoming.ordinal = at.ordinal;
  // The current one keeps the highest number, so that numbers in the history stay unique.
  incoming.version = at.version++;
  if (at.next) at.next->version = at.version;
  else at.kept_version = at.version;
  history_.push_back(incoming);
}

/// It becomes current; what stood, if anything did, becomes history. Every change of a current value passes
/// here.
void filing_plan::replace(size_t index, slot& at, result_version incoming) {
  if (!at.touched) touched_.push_back(&at);
  at.touched = true;
  incoming.id = at.id;
  incoming.ordinal = at.ordinal;
  if (at.value != nullptr) {
    note_critical_change(index, at, *incoming.value);
    if (at.next) history_.push_back(*at.next);
    else at.kept_version = at.version;
    incoming.version = ++at.version;
  }
  at.value = incoming.value;
  at.message = incoming.message();
  at.next = incoming;
}

/// Outcomes that are right by the times of report, but may surprise whoever reads the result.
void filing_plan::review_version(size_t index, const slot& at, const lab_result& incoming,
                                 version_action action) {
  if (batch_[index].how == filing::mode::again) return review_again(index, at, incoming, action);
  doubt_version(index, *at.value, size_t(at.version), incoming, action);
}

/// `versions`: how many there are with the one that stands.
void filing_plan::doubt_version(size_t index, const lab_result& standing, size_t versions,
                                const lab_result& incoming, version_action action) {
  if (const auto surprise = lab::doubt_of(standing, incoming, action))
    doubt(index, incoming, surprise->kind, surprise->why);
  if (action == version_action::replace && settled(incoming) && !settled(standing) &&
      reported(incoming) < reported(standing) && versions > 1)
    doubt(index, incoming, "final-behind-preliminary", "replaces a preliminary that was reported later");
}

void filing_plan::doubt(size_t index, const lab_result& about, std::string_view kind, std::string_view why) {
  const size_t position = about.set_id > 0 ? about.set_id : position_of(index, about) + 1;
  lab::rule_note note{"OBX[" + std::to_string(position) + "]", std::string(kind),
                      about.test_code + ": " + std::string(why)};
  const auto same = [&](const auto& n) {
    return n.where == note.where && n.rule == note.rule && n.detail == note.detail;
  };
  if (std::none_of(doubts_[index].begin(), doubts_[index].end(), same))
    doubts_[index].push_back(std::move(note));
}

void filing_plan::doubt_order(size_t index, uint32_t order, std::string_view kind, std::string_view why) {
  doubts_[index].push_back(
    {"OBR[" + std::to_string(order + 1) + "]-25", std::string(kind), std::string(why)});
}

/// Its place in its message, from 0.
size_t filing_plan::position_of(size_t index, const lab_result& r) const noexcept {
  return size_t(&r - batch_[index].report->results.data());
}

} // namespace aorta::store
