// The rows of a plan.
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/access/audit_rows.hpp"
#include "engine/store/messages/filing.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::filing;

void put(row_sink& to, const std::optional<std::string>& v) { v ? to.text(*v) : to.null(); }
void put(row_sink& to, const std::optional<decimal>& v) { v ? to.number(*v) : to.null(); }
void put(row_sink& to, const std::optional<uuid>& v) { v ? to.id(*v) : to.null(); }
void put(row_sink& to, const std::optional<model::patient_id>& v) { v ? to.integer(*v) : to.null(); }
void put(row_sink& to, const std::optional<timestamp>& v) { v ? to.time(*v) : to.null(); }
void put(row_sink& to, const std::optional<ports::frame_share>& v) {
  v ? to.id(v->frame) : to.null();
  v ? to.integer(v->number) : to.null();
  v ? to.integer(v->count) : to.null();
}
void put_decimals(row_sink& to, const std::optional<decimal>& v) { v ? to.integer(v->scale) : to.null(); }

void put_log_state(row_sink& to, const std::optional<error>& fault) {
  if (!fault) {
    to.null();
    to.null();
    return;
  }
  to.text(name(fault->code));
  to.text_or_null(fault->where);
}

void put_told(row_sink& to, const std::optional<model::moment>& v) {
  v ? to.integer(v->offset_minutes) : to.null();
  v ? to.integer(int64_t(v->told)) : to.null();
}

/// How exactly the specimen time was told, where this version's own order told it.
std::optional<model::moment> told_collection(const result_version& row) {
  const auto own = row.order ? row.order->collected_at : std::nullopt;
  return own && row.collected == own->at ? own : std::nullopt;
}

/// What stands beside the value: when it was issued, who measured it, what it goes on from, its second
/// coding.
void put_beside(row_sink& to, const result_version& row, bool shown) {
  static const model::parent_result no_parent;
  const auto& v = *row.value;
  const auto& parent = row.order ? row.order->parent : no_parent;
  const auto tells_value = [&](const std::string& text) {
    to.text_or_null(shown ? std::string_view(text) : std::string_view{});
  };
  put(to, v.issued_at ? std::optional(v.issued_at->at) : std::nullopt);
  put_told(to, v.issued_at);
  put_told(to, told_collection(row));
  to.text_or_null(v.performer);
  to.text_or_null(v.performer_code);
  tells_value(v.organism);
  tells_value(v.organism_code);
  to.text_or_null(parent.code);
  to.text_or_null(parent.sub_id);
  tells_value(parent.text);
  to.text_or_null(parent.placer_number);
  to.text_or_null(parent.filler_number);
  to.text_or_null(v.sent.other_code);
  to.text_or_null(v.sent.other_system);
  to.text_or_null(v.sent.other_name);
}

/// Which report it belongs to, who observed it, how, with what and of which specimen.
void put_circumstances(row_sink& to, const result_version& row) {
  static const model::specimen no_specimen;
  const auto& sent = row.value->sent;
  const auto& specimen = row.order ? row.order->specimen : no_specimen;
  put(to, row.report);
  to.text_or_null(sent.observer);
  to.text_or_null(sent.method);
  to.text_or_null(sent.device);
  to.text_or_null(specimen.id);
  to.text_or_null(specimen.type);
  to.text_or_null(specimen.site);
}

} // namespace

void write_result(row_sink& to, const result_version& row, timestamp now) {
  const auto& v = *row.value;
  const bool shown = !v.retracts; // a withdrawn result must not be read as a value anywhere in its row
  to.id(row.id);
  put(to, row.lab_order);
  put(to, row.from->log.patient);
  to.integer(row.from->log.clinic);
  put(to, v.loinc_code);
  to.text(v.test_code);
  to.text(v.test_name);
  shown ? put(to, v.value_text) : to.null(); // by reference: the sink may keep the view until the row is
                                             // written
  put(to, shown ? v.value_numeric : std::nullopt);
  put(to, v.unit);
  put(to, v.range_low);
  put(to, v.range_high);
  put(to, v.range_text);
  shown&& v.flag ? to.text(name(*v.flag)) : to.null();
  to.boolean(shown && v.critical);
  to.text(name(!shown           ? model::result_status::cancelled
                 : row.corrects ? model::result_status::corrected
                                : v.status));
  put(to, v.observed_at ? std::optional(v.observed_at->at) : std::nullopt);
  to.text(v.performing_lab);
  to.text(v.performing_lab_code);
  to.text(v.entry_method);
  to.text_or_null(shown ? std::string_view(v.comments) : std::string_view{});
  to.time(now);
  to.id(row.message());
  to.integer(row.order_key);
  to.text_or_null(row.placer.empty() && row.order ? std::string_view(row.order->placer_number) : row.placer);
  to.text_or_null(row.filler.empty() && row.order ? std::string_view(row.order->filler_number) : row.filler);
  to.text(v.sub_id);
  to.integer(row.ordinal);
  to.integer(row.version);
  to.text(name(shown ? v.kind : model::value_kind::none));
  shown ? put_decimals(to, v.value_numeric) : to.null();
  to.text_or_null(shown ? std::string_view(v.comparator) : std::string_view{});
  to.text_or_null(shown ? std::string_view(v.value_code) : std::string_view{});
  put_decimals(to, v.range_low);
  put_decimals(to, v.range_high);
  to.boolean(v.range_low_inclusive);
  to.boolean(v.range_high_inclusive);
  if (v.observed_at) {
    to.integer(v.observed_at->offset_minutes);
    to.integer(int64_t(v.observed_at->told));
    to.boolean(v.observed_at->ambiguous);
  } else {
    to.null();
    to.null();
    to.null();
  }
  put(to, v.reported_at ? std::optional(v.reported_at->at) : std::nullopt);
  put(to, row.collected);
  to.text({&v.observation_status, 1});
  to.boolean((v.needs_review || row.doubtful) && !row.vouched);
  to.text_or_null(v.sent.code);
  to.text_or_null(v.sent.code_system);
  to.text_or_null(v.sent.name);
  to.text_or_null(shown ? std::string_view(v.sent.value) : std::string_view{});
  to.text_or_null(v.sent.value_type);
  to.text_or_null(v.sent.unit);
  to.text_or_null(v.sent.range);
  to.text_or_null(shown ? std::string_view(v.sent.flag) : std::string_view{});
  put_beside(to, row, shown);
  put_circumstances(to, row);
}

void filing_plan::write_rows(ledger& to, cipher& locks,
                             const std::function<const ports::message_record&(size_t)>& first_of) const {
  write_versions(to);
  write_attachments(to, locks);
  write_reports(to);
  write_endings(to);
  write_logs(to, locks, first_of);
  write_accepted(to, locks);
  write_reviews(to, locks);
  write_acts(to, locks);
  write_found_by(to, locks);
  write_events(to, locks);
  write_unmapped(to);
  write_forwards(to, locks);
  write_audits(to, locks);
}

std::vector<const ports::forward*> filing_plan::forwards(size_t index) const {
  const filing& f = batch_[index];
  // What changes records is known to be filed once its row is completed.
  const bool fresh = f.how == filing::mode::first || f.how == filing::mode::resume;
  const bool again = f.how == filing::mode::again; // what was held back until now
  const bool now = f.how == filing::mode::complete || ((fresh || again) && f.records == nullptr);
  std::vector<const ports::forward*> out;
  if (!now || treatments_[index].is != treatment::kind::filed ||
      f.log.status == ports::message_status::failed)
    return out;
  for (const auto& each : f.forwards)
    if (each.matched_only ? f.log.status != ports::message_status::unmatched : !again) out.push_back(&each);
  return out;
}

void filing_plan::write_forwards(ledger& to, cipher& locks) const {
  for (size_t i = 0; i < batch_.size(); ++i) {
    for (const auto* to_send : forwards(i)) {
      const auto& each = *to_send;
      const std::string body = each.body.empty() ? std::string() : locks.seal(each.body, now_);
      row_sink& row = to.into(write::forward);
      row.id(ids_.next(now_));
      row.integer(batch_[i].log.clinic);
      row.text(each.destination);
      row.integer(each.part);
      row.integer(each.key);
      row.id(batch_[i].log.id);
      row.time(batch_[i].log.received_at);
      row.text(each.control_id);
      row.text_or_null(body);
      row.time(now_);
      row.time(now_);
    }
  }
}

void filing_plan::write_audits(ledger& to, cipher& locks) const {
  for (size_t i = 0; i < batch_.size(); ++i) {
    const filing& f = batch_[i];
    if (f.how != filing::mode::first || treatments_[i].is != treatment::kind::filed) continue;
    for (const auto& each : f.audits) {
      const auto kept = cells_of(each, locks);
      row_sink& row = to.into(write::audit);
      row.id(ids_.next(each.at));
      row.time(each.at);
      for (const auto* text : {&kept.actor, &kept.peer, &kept.method, &kept.resource, &kept.outcome})
        row.text(*text);
      put(row, each.patient);
      put(row, each.clinic);
      put(row, kept.criteria);
      put(row, kept.fault);
    }
  }
}

/// With what any version knew of its order and specimen: later ones are to find it by that.
result_version filing_plan::current_row(const slot& at) {
  result_version out = *at.next;
  out.order_key = at.order.key;
  out.placer = at.order.placer;
  out.filler = at.order.filler;
  out.collected = at.collected;
  out.ordinal = at.ordinal;
  return out;
}

void filing_plan::write_versions(ledger& to) const {
  for (const slot* at : touched_)
    if (at->stored && at->kept_version != at->stored_version) {
      row_sink& row = to.into(write::bump);
      row.id(at->id);
      row.integer(at->kept_version);
      row.integer(at->order.key);
      row.text_or_null(at->order.placer);
      row.text_or_null(at->order.filler);
      put(row, at->collected);
      row.integer(at->ordinal);
    }
  const auto copy = [&](const uuid& id) {
    row_sink& row = to.into(write::supersede);
    row.id(id);
    row.time(now_);
  };
  for (const slot* at : touched_)
    if (at->stored && at->next) copy(at->id);
  for (const uuid& id : withdrawn_) copy(id);
  for (const uuid& id : withdrawn_) {
    const auto back = restored_.find(id);
    if (back == restored_.end()) {
      to.into(write::withdraw).id(id);
      continue;
    }
    row_sink& row = to.into(write::restore);
    row.id(id);
    row.integer(back->second->version);
    row.time(now_);
  }
  for (const slot* at : touched_)
    if (at->stored && at->next) write_result(to.into(write::update), current_row(*at), now_);
  for (const slot* at : touched_) {
    if (!at->stored || !at->next || !at->next->keeps) continue;
    row_sink& row = to.into(write::keep);
    row.id(at->id);
    row.integer(at->kept_version);
  }
  for (const slot* at : touched_)
    if (!at->stored && at->next) write_result(to.into(write::result), current_row(*at), now_);
  for (const auto& old : history_) {
    row_sink& row = to.into(write::history);
    write_result(row, old, now_);
    row.time(now_);
  }
}

void filing_plan::write_attachments(ledger& to, cipher& locks) const {
  const auto add = [&](const result_version& v) {
    if (v.value->retracts) return;
    for (const auto& file : v.value->attachments) {
      const std::string token = locks.encrypt(file.content, now_);
      row_sink& row = to.into(write::attachment);
      row.id(ids_.next(now_));
      row.id(v.id);
      row.id(v.from->log.id);
      row.integer(v.from->log.clinic);
      put(row, v.from->log.patient);
      row.text(file.content_type);
      row.integer(int64_t(file.content.size()));
      row.text(token);
      row.time(now_);
    }
  };
  for (const slot* at : touched_)
    if (at->next) add(*at->next);
  for (const auto& old : history_) add(old);
}

void filing_plan::write_logs(ledger& to, cipher& locks,
                             const std::function<const ports::message_record&(size_t)>& first_of) const {
  for (size_t i = 0; i < batch_.size(); ++i) {
    const filing& f = batch_[i];
    const auto& t = treatments_[i];
    if (f.how != filing::mode::first || t.is == treatment::kind::done_before) continue;
    const auto& log = f.log;
    const bool repeat = t.is == treatment::kind::repeat;
    const std::string raw = locks.seal(f.raw, now_),
                      trace = log.trace.empty() ? std::string() : locks.seal(log.trace, now_);
    const std::string hash = to_hex(hashes_[i].data(), hashes_[i].size());
    const auto fault = repeat ? std::nullopt : log.fault;
    row_sink& row = to.into(write::log);
    row.id(log.id);
    row.text(log.control_id);
    row.text(log.message_type);
    row.text(log.sending_facility);
    row.text(log.receiving_facility);
    put(row, log.message_datetime);
    put(row, log.patient);
    row.text(name(repeat ? ports::message_status::duplicate : log.status));
    fault ? row.text(fault->text) : row.null();
    row.text(raw);
    row.integer(t.results);
    row.time(log.received_at);
    row.integer(log.clinic);
    row.text(log.sending_application);
    row.text(hash);
    row.text(log.config_version);
    row.text(log.listener);
    row.text(log.route);
    row.text(log.peer);
    row.text_or_null(repeat ? first_of(i).ack_code : log.ack_code);
    put_log_state(row, fault);
    row.text_or_null(trace);
    put(row, log.share);
  }
  for (size_t i = 0; i < batch_.size(); ++i) {
    const filing& f = batch_[i];
    if (f.how == filing::mode::first || f.how == filing::mode::resume) continue;
    const std::string trace = f.log.trace.empty() ? std::string() : locks.seal(f.log.trace, now_);
    row_sink& row = to.into(write::log_again);
    row.id(f.log.id);
    put(row, f.log.patient);
    row.text(name(f.log.status));
    f.log.fault ? row.text(f.log.fault->text) : row.null();
    row.integer(treatments_[i].results);
    row.text(f.log.config_version);
    row.text(f.log.route);
    put_log_state(row, f.log.fault);
    row.text_or_null(trace);
  }
}

void filing_plan::write_found_by(ledger& to, cipher& locks) const {
  for (size_t i = 0; i < batch_.size(); ++i) {
    const filing& f = batch_[i];
    if (treatments_[i].is != treatment::kind::filed) continue;
    if (f.how == filing::mode::again) to.into(write::unfind).id(f.log.id);
    for (const auto& key : f.found_by) {
      const half_digest hash = locks.blind(f.log.clinic, key.kind, key.value);
      row_sink& row = to.into(write::found_by);
      row.integer(f.log.clinic);
      row.key(hash);
      row.id(f.log.id);
    }
  }
}

/// The row of the log moves on; its bytes and its key stay.
void filing_plan::write_accepted(ledger& to, cipher& locks) const {
  for (size_t i = 0; i < batch_.size(); ++i) {
    const filing& f = batch_[i];
    if (treatments_[i].is != treatment::kind::filed) continue;
    if (f.accepted != nullptr) {
      row_sink& row = to.into(write::accepted);
      row.id(f.log.id);
      row.integer(f.log.clinic);
      row.integer(f.accepted->key);
      row.text_or_null(f.accepted->destination);
    }
    if (f.how != filing::mode::resume) continue;
    const auto& log = f.log;
    const std::string trace = log.trace.empty() ? std::string() : locks.seal(log.trace, now_);
    row_sink& row = to.into(write::log_accepted);
    row.id(log.id);
    put(row, log.message_datetime);
    put(row, log.patient);
    row.text(name(log.status));
    log.fault ? row.text(log.fault->text) : row.null();
    row.integer(treatments_[i].results);
    row.text(log.config_version);
    row.text(log.route);
    row.text_or_null(log.ack_code);
    put_log_state(row, log.fault);
    row.text_or_null(trace);
    if (f.keyed) continue;
    row_sink& key = to.into(write::unkey);
    key.key(message_key(f, hashes_[i]));
    key.id(log.id);
  }
}

void filing_plan::write_events(ledger& to, cipher& locks) const {
  write_told(to);
  write_critical(to);
  write_alerts(to, locks);
  for (const auto& [id, state] : order_states_) {
    row_sink& row = to.into(write::order);
    row.id(id);
    row.text(state.cancelled && !state.stands ? "cancelled"
               : state.complete               ? "resulted"
                                              : "partially_resulted");
    state.complete ? row.time(state.at) : row.null();
  }
}

void filing_plan::write_unmapped(ledger& to) const {
  struct seen {
    std::string_view name;
    int64_t count = 0;
  };
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, int64_t> units;
  std::map<std::pair<std::string_view, std::string_view>, seen> all; // sorted: two lanes take the rows' locks
                                                                     // in the same order
  for (size_t i = 0; i < batch_.size(); ++i) {
    const filing& f = batch_[i];
    if (treatments_[i].is != treatment::kind::filed || f.log.status != ports::message_status::processed ||
        f.report == nullptr)
      continue;
    // What was filed before was counted then; but where the code was mapped meanwhile it is not listed any
    // more.
    const bool counted_before = f.how == filing::mode::again && f.act != nullptr && f.act->patient_seen;
    const std::set<std::string_view> codes(f.report->unmapped_codes.begin(), f.report->unmapped_codes.end());
    std::set<std::string_view> counted; // once a message
    for (const auto& r : f.report->results) {
      if (!codes.contains(r.test_code) || !counted.insert(r.test_code).second) continue;
      auto& entry = all[{r.performing_lab_code, r.test_code}];
      entry.name = r.sent.name;
      entry.count += counted_before ? 0 : 1;
      if (!r.sent.unit.empty())
        units[{r.performing_lab_code, r.test_code, r.sent.unit}] += counted_before ? 0 : 1;
    }
  }
  for (const auto& [key, entry] : all) {
    row_sink& row = to.into(write::unmapped);
    row.integer(asks_.clinic);
    row.text(key.first);
    row.text(key.second);
    row.text_or_null(entry.name);
    row.integer(entry.count);
    row.time(now_);
    row.time(now_);
  }
  for (const auto& [key, count] : units) {
    row_sink& row = to.into(write::unmapped_unit);
    row.integer(asks_.clinic);
    row.text(std::get<0>(key));
    row.text(std::get<1>(key));
    row.text(std::get<2>(key));
    row.integer(count);
    row.time(now_);
    row.time(now_);
  }
}

} // namespace aorta::store
