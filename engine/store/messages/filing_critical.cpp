// What becomes of critical values, and the events that tell of it.
#include "engine/model/events.hpp"
#include "engine/store/critical/alert_content.hpp"
#include "engine/store/messages/filing.hpp"
#include "engine/store/sql/clean_text.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace aorta::store {
namespace {

using model::critical_event::changed;
using model::critical_event::told;
constexpr std::string_view gone = model::critical_event::withdrawn;

bool is_withdrawn(const model::lab_result& r) noexcept {
  return r.retracts || r.status == model::result_status::cancelled;
}
bool alarms(const model::lab_result& r) noexcept { return r.critical && !is_withdrawn(r); }

/// Another value, or the same that is critical no longer or on the other side.
bool reads_otherwise(const model::lab_result& a, const model::lab_result& b) noexcept {
  return a.value_text != b.value_text || a.unit != b.unit || a.comparator != b.comparator ||
    a.flag != b.flag || a.critical != b.critical;
}

/// Says of which value of which message for which patient it tells, in the order of the messages' ids: told
/// again, it is the same event.
uuid event_id(const uuid& message, model::patient_id patient, size_t position, std::string_view event) {
  std::string text = to_text(message) + '/' + std::to_string(patient) + '/' + std::to_string(position);
  if (event != told) text.append("/").append(event); // one result may raise an alarm and end another
  const digest d = sha256(text);
  uuid out = message;
  out.bytes[8] = uint8_t(0x80 | (position >> 8 & 0x3f));
  out.bytes[9] = uint8_t(position & 0xff);
  std::copy_n(d.begin(), 6, out.bytes.begin() + 10);
  return out;
}

std::string event_payload(const model::lab_result& value, bool current) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> json(out);
  const auto member = [&](const char* name, std::string_view text) {
    json.Key(name);
    const std::string safe = cleaned(text);
    json.String(safe.data(), rapidjson::SizeType(safe.size()));
  };
  json.StartObject();
  member("loinc_code", value.loinc_code ? *value.loinc_code : "");
  member("test_code", value.test_code);
  member("abnormal_flag", value.flag ? name(*value.flag) : "");
  member("result_status", name(value.status));
  json.Key("current");
  json.Bool(current);
  json.EndObject();
  return {out.GetString(), out.GetSize()};
}

} // namespace

void filing_plan::note_critical_change(size_t index, const slot& at, const model::lab_result& incoming) {
  const auto& standing = *at.value;
  if (!alarms(standing)) return;
  const size_t position = incoming.set_id > 0 ? incoming.set_id - 1u : 0u;
  if (is_withdrawn(incoming)) critical_.push_back({index, position, &at, &incoming, gone, &standing});
  else if (reads_otherwise(standing, incoming))
    critical_.push_back({index, position, &at, &incoming, changed, &standing});
}

/// A message leaves its patient: somebody was told of a critical value that goes with it, or has to hear of
/// one that stands again.
void filing_plan::note_critical_return(const earlier_filing& left) {
  for (const auto& stood : left.current) {
    const auto found = restored_.find(stood.id);
    const auto* back = found == restored_.end() ? nullptr : &found->second->value;
    const auto tell = [&](std::string_view event, const model::lab_result& value) {
      returned_.push_back({left.message, left.patient.value_or(0), stood.id, stood.version, value, event});
    };
    const bool alarmed = alarms(stood.value), alarm = back != nullptr && alarms(*back);
    const bool otherwise = back == nullptr || reads_otherwise(stood.value, *back);
    if (alarmed && (back == nullptr || is_withdrawn(*back))) {
      model::lab_result nothing;
      nothing.loinc_code = stood.value.loinc_code;
      nothing.test_code = stood.value.test_code;
      nothing.status = model::result_status::cancelled;
      tell(gone, nothing);
    } else if (alarmed && otherwise) {
      tell(changed, *back);
    }
    if (alarm && (!alarmed || otherwise)) tell(told, *back);
  }
}

/// That results were filed under a patient, or that nobody knows whose they are: once for each message and
/// patient, however often it is run again.
void filing_plan::write_told(ledger& to) const {
  for (size_t i = 0; i < batch_.size(); ++i) {
    const ports::filing& f = batch_[i];
    const bool unmatched = f.log.status == ports::message_status::unmatched;
    const bool filed = f.log.status == ports::message_status::processed && f.log.patient &&
      f.report != nullptr && !f.report->results.empty();
    if (treatments_[i].is != treatment::kind::filed || (!filed && !unmatched)) continue;
    const bool fresh = f.how == ports::filing::mode::first || f.how == ports::filing::mode::resume;
    if (fresh && f.records != nullptr) continue; // known when its row is completed
    const std::string_view type = unmatched ? model::message_unmatched : model::lab_result_filed;
    const std::string payload = unmatched ? "{}"
                                          : "{\"results\":" + std::to_string(f.report->results.size()) +
        ",\"critical\":" + std::to_string(treatments_[i].critical) + "}";
    const auto patient = unmatched ? std::optional<model::patient_id>() : f.log.patient;
    row_sink& row = to.into(write::event);
    row.id(event_id(f.log.id, patient.value_or(0), 0, type));
    row.integer(asks_.clinic);
    row.text(type);
    patient ? row.integer(*patient) : row.null();
    row.id(f.log.id);
    row.null();
    row.text(payload);
    row.time(now_);
  }
}

void filing_plan::write_critical(ledger& to) const {
  const auto put = [&](const uuid& id, std::string_view event, model::patient_id patient, const uuid& message,
                       const uuid& result, const std::string& payload) {
    row_sink& row = to.into(write::event);
    row.id(id);
    row.integer(asks_.clinic);
    row.text(event);
    row.integer(patient);
    row.id(message);
    row.id(result);
    row.text(payload);
    row.time(now_);
  };
  for (const auto& c : critical_) { // also a value that only becomes history: someone may have been in danger
    const auto& log = batch_[c.index].log;
    const auto patient = log.patient.value_or(0);
    put(event_id(log.id, patient, c.position, c.event), c.event, patient, log.id, c.at->id,
        event_payload(*c.value, c.current()));
  }
  for (size_t i = 0; i < returned_.size(); ++i) {
    const auto& r = returned_[i];
    if (std::find(withdrawn_.begin(), withdrawn_.end(), r.result) == withdrawn_.end()) continue;
    // A message may leave its patient more than once: the result's version tells one time from another.
    const std::string which = std::string(r.event) + '/' + to_text(r.result) + '/' +
      std::to_string(r.version);
    put(event_id(r.message, r.patient, i, which), r.event, r.patient, r.message, r.result,
        event_payload(r.value, true));
  }
}

/// Somebody is to hear of it, or there is nothing left to hear of.
struct filing_plan::alert {
  std::string why; ///< told, corrected, changed, returned; superseded and withdrawn end others
  const model::lab_result* value = nullptr;
  const model::lab_result* before = nullptr;
  uuid message;
  size_t obx = 0; ///< from 1; 0: no OBX brought it
  std::optional<uuid> result;
  std::optional<model::patient_id> patient;
  critical::state is = critical::state::open;
  bool repeats = false;
  std::string beside = {}; ///< tells it from another alert of the same value
};

size_t filing_plan::obx_of(size_t index, const model::lab_result& r) const noexcept {
  return r.set_id > 0 ? r.set_id : position_of(index, r) + 1;
}

/// Who was told of a critical value hears what became of it: another critical one, one that is none any more.
filing_plan::alert filing_plan::alert_of(const critical_value& c) const {
  alert out;
  const auto& log = batch_[c.index].log;
  out.value = c.value;
  out.message = log.id;
  out.result = c.at->id;
  out.patient = log.patient;
  if (c.event == gone) out.why = "withdrawn";
  else if (c.event == changed) out.why = "changed";
  else out.why = "told";
  out.obx = c.event == told ? obx_of(c.index, *c.value) : c.value->set_id;
  if (c.event != told) {
    out.before = c.before;
    return out;
  }
  const bool stands = c.current();
  const auto* other = stands ? c.before : c.at->value;
  const bool alarmed = other != nullptr && other != c.value && alarms(*other);
  const bool otherwise = alarmed && reads_otherwise(*other, *c.value);
  if (stands && otherwise) {
    out.why = "corrected";
    out.before = other;
  }
  out.repeats = alarmed && !otherwise;
  if (!stands) out.is = out.repeats ? critical::state::folded : critical::state::late;
  return out;
}

std::vector<filing_plan::alert> filing_plan::alerts() const {
  std::vector<alert> out;
  for (const auto& c : critical_)
    if (c.event != changed || !alarms(*c.value)) out.push_back(alert_of(c)); // else it is told as corrected
  for (const auto& r : returned_) {
    if (std::find(withdrawn_.begin(), withdrawn_.end(), r.result) == withdrawn_.end()) continue;
    if (r.event == gone || (r.event == changed && alarms(r.value))) continue; // its own goes with its message
    alert back;
    back.why = r.event == told ? "returned" : "changed";
    back.value = &r.value;
    back.message = r.message;
    back.result = r.result;
    back.patient = r.patient;
    back.beside = to_text(r.result) + '/' + std::to_string(r.version);
    out.push_back(std::move(back));
  }
  for (size_t i = 0; i < batch_.size(); ++i) { // nobody's yet: nothing of it is filed, and it may be urgent
    const auto& f = batch_[i];
    const auto* report = f.held_report != nullptr ? f.held_report : f.report;
    if (report == nullptr || f.log.status != ports::message_status::unmatched ||
        treatments_[i].is != treatment::kind::filed)
      continue;
    for (size_t n = 0; n < report->results.size(); ++n) {
      const auto& value = report->results[n];
      if (alarms(value))
        out.push_back({"told", &value, nullptr, f.log.id, value.set_id > 0 ? value.set_id : n + 1, {}, {}});
    }
  }
  return out;
}

half_digest filing_plan::subject_of(const alert& a, cipher& locks) const {
  std::string text = to_text(a.message);
  const auto add = [&](std::string_view part) {
    text.append("/").append(std::to_string(part.size())).append(":").append(part);
  };
  add(std::to_string(a.obx));
  add(a.why == "changed" || a.why == "returned" ? a.why : "told");
  add(a.beside);
  add(a.value->test_code);
  add(a.value->value_text.value_or(""));
  add(a.value->unit.value_or(""));
  add(a.value->comparator);
  add(a.value->flag ? model::name(*a.value->flag) : "");
  return locks.blind(asks_.clinic, "critical", text);
}

/// In the order in which a database may do it: what moved, what is new, what ends.
void filing_plan::write_alerts(ledger& to, cipher& locks) const {
  auto all = alerts();
  if (all.empty()) return;
  std::vector<half_digest> subjects;
  for (const auto& a : all) subjects.push_back(subject_of(a, locks));
  const auto opens = [](const alert& a) { return a.why != "withdrawn"; };
  const auto first = [&](size_t i) { // one statement must not meet one alert twice
    return opens(all[i]) &&
      std::find(subjects.begin(), subjects.begin() + ptrdiff_t(i), subjects[i]) ==
      subjects.begin() + ptrdiff_t(i);
  };
  const auto put_patient = [](row_sink& row, const alert& a) {
    a.patient ? row.integer(*a.patient) : row.null();
  };
  for (const auto which : {write::alert_moved, write::alert_unfolded, write::alert_unfold})
    for (size_t i = 0; i < all.size(); ++i) {
      if (!first(i)) continue;
      row_sink& row = to.into(which);
      row.integer(asks_.clinic);
      row.key(subjects[i]);
      put_patient(row, all[i]);
      row.boolean(all[i].is == critical::state::open);
      row.time(now_);
    }
  for (size_t i = 0; i < all.size(); ++i)
    if (first(i)) write_alert(to.into(write::alert), all[i], subjects[i], locks);
  for (const auto which : {write::alert_ended, write::alert_end})
    for (size_t i = 0; i < all.size(); ++i) {
      const auto& a = all[i];
      if (opens(a) && (a.is != critical::state::open || a.repeats)) continue;
      row_sink& row = to.into(which);
      row.integer(asks_.clinic);
      a.result ? row.id(*a.result) : row.null();
      row.id(a.message);
      a.obx > 0 ? row.integer(int64_t(a.obx)) : row.null();
      opens(a) ? row.key(subjects[i]) : row.null();
      row.text(opens(a) ? "superseded" : "withdrawn");
      row.time(now_);
      row.null(); // a result's own value
    }
}

void filing_plan::write_alert(row_sink& row, const alert& a, const half_digest& subject,
                              cipher& locks) const {
  const auto& v = *a.value;
  ports::critical_content content{v.test_name, std::string(name(v.status)), {}, shown_of(v), {}};
  if (a.before != nullptr) content.before = shown_of(*a.before);
  const std::string sealed = locks.seal(alert_content_text(content), now_);
  const std::string flag(v.flag ? name(*v.flag) : "");
  const bool waits = a.is == critical::state::open;
  row.id(ids_.next(now_));
  row.integer(asks_.clinic);
  row.key(subject);
  row.text(a.why);
  row.id(a.message);
  a.obx > 0 ? row.integer(int64_t(a.obx)) : row.null();
  a.result ? row.id(*a.result) : row.null();
  a.patient ? row.integer(*a.patient) : row.null();
  row.text(v.test_code);
  row.text_or_null(v.loinc_code ? std::string_view(*v.loinc_code) : std::string_view());
  row.text_or_null(flag);
  row.text(critical::name(alarms(v) ? band_of(flag) : critical::band::significant));
  row.text(sealed);
  row.boolean(a.repeats);
  v.observed_at ? row.time(v.observed_at->at) : row.null();
  row.time(now_);
  row.text(critical::name(a.is));
  waits ? row.time(now_) : row.null();
  row.null(); // a result's own value
}

} // namespace aorta::store
