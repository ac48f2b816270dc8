#include "engine/store/messages/filing.hpp"

#include "engine/store/sql/clean_text.hpp"

#include <algorithm>
#include <cstring>

namespace aorta::store {
namespace {

using ports::filing;

/// Length before text, so that no two lists of texts are the same bytes.
void add(std::string& to, std::string_view text) {
  to.append(std::to_string(text.size())).append(1, ':').append(text);
}

bool files_results(const filing& f) noexcept {
  return f.log.status == ports::message_status::processed && f.report != nullptr && f.log.patient.has_value();
}

} // namespace

half_digest message_key(const filing& f, const digest& content) {
  std::string text;
  add(text, std::to_string(f.log.clinic));
  add(text, f.log.sending_application);
  add(text, f.log.sending_facility);
  add(text, f.log.control_id);
  text.append(reinterpret_cast<const char*>(content.data()), content.size());
  return half(sha256(text));
}

const model::lab_order_ref* order_of(const lab::report& report, const model::lab_result& value) noexcept {
  return value.order < report.orders.size() ? &report.orders[value.order] : nullptr;
}

namespace {

std::string key_start(model::clinic_id clinic, std::string_view laboratory) {
  std::string text;
  add(text, std::to_string(clinic));
  add(text, laboratory);
  return text;
}

int64_t short_digest(std::string_view text) {
  const digest d = sha256(text);
  uint64_t out = 0;
  for (size_t i = 0; i < 8; ++i) out = out << 8 | d[i];
  return int64_t(out);
}

int64_t number_key(model::clinic_id clinic, std::string_view laboratory, char kind, std::string_view number) {
  std::string text = key_start(clinic, laboratory) + kind;
  add(text, number);
  return short_digest(text);
}

} // namespace

int64_t minute_of(const model::lab_order_ref& order) noexcept {
  return order.collected_at
    ? std::chrono::floor<std::chrono::minutes>(order.collected_at->at).time_since_epoch().count()
    : -1;
}

std::vector<int64_t> number_keys(model::clinic_id clinic, std::string_view laboratory,
                                 const model::lab_order_ref& order) {
  std::vector<int64_t> out;
  if (!order.filler_number.empty()) out.push_back(number_key(clinic, laboratory, 'F', order.filler_number));
  if (!order.placer_number.empty()) out.push_back(number_key(clinic, laboratory, 'P', order.placer_number));
  return out;
}

int64_t order_key(const filing& from, const model::lab_result& value, const model::lab_order_ref* order) {
  std::string text = key_start(from.log.clinic, value.performing_lab_code);
  const auto time = [&](char kind, const model::moment& at) {
    text += kind;
    add(text, std::to_string(at.at.time_since_epoch().count()));
  };
  if (order != nullptr && !order->filler_number.empty()) {
    return number_key(from.log.clinic, value.performing_lab_code, 'F', order->filler_number);
  } else if (const auto key = placer_key(from, value, order)) {
    return *key;
  } else if (order != nullptr && order->collected_at) {
    time('S', *order->collected_at);
  } else if (value.observed_at) {
    time('T', *value.observed_at);
  } else {
    text += 'M';
    add(text, to_text(from.log.id));
  }
  return short_digest(text);
}

std::optional<int64_t> placer_key(const filing& from, const model::lab_result& value,
                                  const model::lab_order_ref* order) {
  if (order == nullptr || order->placer_number.empty()) return std::nullopt;
  return number_key(from.log.clinic, value.performing_lab_code, 'P', order->placer_number);
}

filing_plan::filing_plan(std::span<const filing> batch, id_source& ids, timestamp now)
    : batch_(batch),
      ids_(ids),
      now_(now),
      keys_(batch.size()),
      hashes_(batch.size()),
      treatments_(batch.size()),
      doubts_(batch.size()),
      placed_(batch.size()) {
  asks_.clinic = batch.empty() ? 0 : batch[0].log.clinic;
  for (size_t i = 0; i < batch.size(); ++i) ask(i);
  std::stable_sort(asks_.keys.begin(), asks_.keys.end(),
                   [](const key_row& a, const key_row& b) { return a.key < b.key; });
  asks_.keys.erase(std::unique(asks_.keys.begin(), asks_.keys.end(),
                               [](const key_row& a, const key_row& b) { return a.key == b.key; }),
                   asks_.keys.end());
  sort_each_once(asks_.patients);
  sort_each_once(asks_.places);
  sort_each_once(asks_.lone_placers);
  sort_each_once(asks_.placers);
  sort_each_once(asks_.fillers);
  sort_each_once(asks_.reports);
  sort_each_once(asks_.accepted);
}

void filing_plan::ask(size_t index) {
  const filing& f = batch_[index];
  if (f.log.clinic != asks_.clinic)
    throw failure({error_code::internal, "", "a batch holds messages of two clinics"});
  if (f.how == filing::mode::again) {
    again_.push_back(f.log.id);
  } else if (f.how == filing::mode::resume) {
    hashes_[index] = sha256(f.raw);
    asks_.accepted.push_back(f.log.id);
  } else if (f.how == filing::mode::first) {
    hashes_[index] = sha256(f.raw);
    if (f.keyed) {
      keys_[index] = message_key(f, hashes_[index]);
      asks_.keys.push_back({*keys_[index], f.log.id, f.log.received_at});
    }
  }
  if (!files_results(f)) return;
  const auto patient = *f.log.patient;
  asks_.patients.push_back(patient);
  for (const auto& order : f.report->orders) asks_.reports.push_back(report_id(f, order));
  const auto ask_order = [&](const model::lab_result& r, const model::lab_order_ref* order) {
    asks_.places.push_back({patient, order_key(f, r, order)});
    if (const auto key = placer_key(f, r, order)) {
      if (order->filler_number.empty()) asks_.lone_placers.push_back({patient, order->placer_number});
      else
        asks_.places.push_back({patient, *key}); // an earlier version may have come without the filler number
    }
    if (order == nullptr) return;
    if (!order->placer_number.empty()) asks_.placers.push_back(order->placer_number);
    if (!order->filler_number.empty()) asks_.fillers.push_back(order->filler_number);
  };
  const model::lab_order_ref* last = nullptr;
  bool any = false;
  for (const auto& r : f.report->results) {
    const auto* order = order_of(*f.report, r);
    const bool numbered = order != nullptr && !(order->filler_number.empty() && order->placer_number.empty());
    if (!any || !numbered || order != last) ask_order(r, order);
    any = true;
    last = order;
  }
  model::lab_result nothing;
  nothing.performing_lab_code = f.report->laboratory;
  for (const auto& order : f.report->orders)
    if (ends_order(order)) ask_order(nothing, &order);
}

void filing_plan::lock_also(const std::vector<earlier_filing>& earlier) {
  for (const auto& e : earlier)
    if (e.patient) asks_.patients.push_back(*e.patient);
  sort_each_once(asks_.patients);
}

void filing_plan::treat_keys(const answers& known) {
  std::map<half_digest, uuid> first = known.taken;
  for (size_t i = 0; i < batch_.size(); ++i) {
    const auto& id = batch_[i].log.id;
    if (batch_[i].how == filing::mode::resume && !known.taken_up.contains(id)) {
      treatments_[i].first = id; // another engine was faster, or the answer of that commit was lost
      treatments_[i].is = treatment::kind::done_before;
    }
    if (!keys_[i]) continue;
    const auto [at, fresh] = first.try_emplace(*keys_[i], batch_[i].log.id);
    if (fresh) continue;
    treatments_[i].first = at->second;
    treatments_[i].is = at->second == batch_[i].log.id ? treatment::kind::done_before
                                                       : treatment::kind::repeat;
  }
}

std::vector<uuid> filing_plan::wanted_records() const {
  std::vector<uuid> out;
  for (const auto& t : treatments_)
    if (t.is != treatment::kind::filed) out.push_back(t.first);
  sort_each_once(out);
  std::erase_if(out, [&](const uuid& id) { // messages that are filed now have no row yet
    for (size_t i = 0; i < batch_.size(); ++i)
      if (batch_[i].log.id == id && treatments_[i].is == treatment::kind::filed) return true;
    return false;
  });
  return out;
}

status filing_plan::decide(const answers& known, const std::vector<earlier_filing>& earlier,
                           const standing_acts& acts) {
  treat_keys(known);
  take_standing(known);
  take_orders(known);
  take_past(earlier);
  take_endings(known);
  for (size_t i = 0; i < batch_.size(); ++i) {
    const filing& f = batch_[i];
    if (treatments_[i].is != treatment::kind::filed) continue;
    if (f.how == filing::mode::again) {
      if (auto free = check_again(i, earlier, acts); !free) return free.error();
      forget_endings(f);
      withdraw(f, earlier);
    }
    if (files_results(f)) {
      if (!known.patients.contains(*f.log.patient))
        return error{error_code::unknown_key, "", "the clinic has no such patient"};
      file_results(i);
    }
    decide_reviews(i, acts);
    take_acts(i, acts);
  }
  keep_unchanged(earlier);
  std::set<uuid> taken; // by another message of this batch meanwhile
  for (const slot* at : touched_)
    if (at->next) taken.insert(at->id);
  std::erase_if(withdrawn_, [&](const uuid& id) { return taken.contains(id); });
  return done{};
}

std::string_view filing_plan::as_stored(std::string_view text) {
  if (is_clean(text)) return text;
  return escaped_.emplace_back(cleaned(text));
}

/// A message that now leads to another patient, or to none, leaves nothing with the one to whom it led
/// before.
void filing_plan::withdraw(const filing& what, const std::vector<earlier_filing>& earlier) {
  using ports::message_status;
  if (what.log.status != message_status::processed && what.log.status != message_status::unmatched) return;
  for (const auto& e : earlier) {
    if (e.message != what.log.id || e.patient == what.log.patient) continue;
    moved_.push_back(e.message);
    withdrawn_.insert(withdrawn_.end(), e.results.begin(), e.results.end());
    restore(what, e);
    note_critical_return(e);
  }
}

} // namespace aorta::store
