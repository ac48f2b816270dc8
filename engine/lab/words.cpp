#include "engine/lab/words.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

constexpr size_t value_field = 5, unit_field = 6, flag_field = 8;

std::string place_of(uint16_t position) { return "OBX[" + std::to_string(position) + "]"; }

/// The OBX with the value and unit as they should have been. A flag was the laboratory's word on its own
/// value: it does not stand any more.
std::string amended(const hl7::segment_view& obx, const std::string& value, const std::string& unit,
                    const hl7::delimiters& marks) {
  std::string out(obx.name());
  const size_t last = std::max(obx.fields(), unit_field);
  for (size_t n = 1; n <= last; ++n) {
    out += marks.field;
    if (n == value_field) out += value;
    else if (n == unit_field) out += unit;
    else if (n != flag_field) out += obx.field(n).raw;
  }
  return out;
}

/// The message as it should have been sent.
result<std::string> amended(const hl7::message& msg, std::span<const word> words) {
  std::string out;
  size_t seen = 0, found = 0;
  for (size_t i = 0; i < msg.segments(); ++i) {
    const auto segment = msg.segment(i);
    std::optional<std::string> value, unit;
    if (segment.name() == "OBX") {
      ++seen;
      for (const auto& w : words) {
        if (w.position != seen) continue;
        ++found;
        if (w.rejected) continue;
        if (w.value) value = hl7::escape(*w.value, msg.marks());
        if (w.unit) unit = hl7::escape(*w.unit, msg.marks());
      }
    }
    if (value || unit)
      out += amended(segment, value.value_or(std::string(segment.field(value_field).raw)),
                     unit.value_or(std::string(segment.field(unit_field).raw)), msg.marks());
    else out += segment.raw();
    out += '\r';
  }
  if (found != words.size())
    return error{error_code::unknown_key, "OBX", "the message has no result at this place"};
  return out;
}

model::lab_result* result_at(report& in, uint16_t position) {
  const auto at = std::find_if(in.results.begin(), in.results.end(),
                               [&](const auto& r) { return r.set_id == position; });
  return at == in.results.end() ? nullptr : &*at;
}

bool ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return uint8_t(c) < 0x80; });
}

void mark_corrected(model::lab_result& now, const model::lab_result& sent, const word& by) {
  now.sent = sent.sent;
  if (now.status != model::result_status::cancelled) now.status = model::result_status::corrected;
  if (!now.comments.empty()) now.comments += '\n';
  now.comments += "Corrected in the clinic: " + by.reason;
}

void mark_rejected(report& in, model::lab_result& now, const word& by) {
  now.retracts = true;
  now.status = model::result_status::cancelled;
  now.observation_status = 'D';
  now.critical = now.needs_review = false;
  std::erase_if(in.reviews,
                [&](const rule_note& note) { return note.where.starts_with(place_of(by.position)); });
}

} // namespace

result<report> map_report(const hl7::message& msg, const map_context& context, std::span<const word> words) {
  auto sent = map_report(msg, context);
  if (!sent || words.empty()) return sent;
  const auto bytes = amended(msg, words);
  if (!bytes) return bytes.error();
  const auto parsed = hl7::parse(*bytes);
  if (!parsed) return parsed.error();
  auto out = map_report(*parsed, context);
  if (!out) return out;
  for (const auto& w : words) {
    auto* now = result_at(*out, w.position);
    const auto* was = result_at(*sent, w.position);
    if (now == nullptr || was == nullptr)
      return error{error_code::unknown_key, "OBX", "the message has no result at this place"};
    if (w.value && !ascii(*w.value) && now->sent.value != *w.value)
      return error{error_code::data_type, "value",
                   "the message's charset does not have these letters: write the value in those that it has"};
    if (w.rejected) mark_rejected(*out, *now, w);
    else mark_corrected(*now, *was, w);
    out->rules.push_back(
      {place_of(w.position), w.rejected ? "rejected-by-person" : "corrected-by-person", ""});
  }
  return out;
}

} // namespace aorta::lab
