// What becomes of critical values, and the events that tell of it.
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
  if (is_withdrawn(incoming)) critical_.push_back({index, position, &at, &incoming, gone});
  else if (reads_otherwise(standing, incoming))
    critical_.push_back({index, position, &at, &incoming, changed});
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

} // namespace aorta::store
