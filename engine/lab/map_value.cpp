#include "engine/lab/map_result.hpp"

namespace aorta::lab {
namespace {

using model::value_kind;

/// All repetitions, a line each.
std::string joined(result_draft& d, size_t component = 0) {
  std::string out;
  bool first = true;
  for (const auto& each : d.all.read.repetitions(d.obx, 5, component)) {
    if (!std::exchange(first, false)) out += '\n';
    out += each;
  }
  return out;
}

/// CE, CWE, CNE, CF: the text, else the original text, else the alternate's, else the code.
value coded(result_draft& d) {
  value out;
  out.kind = value_kind::code;
  out.code = trimmed(d.all.read.get(d.obx, 5, 1, 1));
  for (size_t n = 1; n <= d.obx.repetitions(5); ++n) {
    std::string text;
    for (const size_t component : {2, 9, 5, 1, 4})
      if (text = d.all.read.get(d.obx, 5, n, component); !text.empty()) break;
    if (n > 1) out.text += '\n';
    out.text += text;
  }
  return out;
}

/// `\\SRV\H\r118.pdf`, `C:\r118.pdf`: backslashes that nobody escaped would be read as escapes.
bool is_bare_path(const result_draft& d) {
  if (d.type != "RP") return false;
  const auto raw = d.obx.get(5, 1, 1).raw;
  const char escape = d.all.read.source().marks().escape;
  return escape == '\\' && raw.size() > 3 &&
    ((raw[0] == '\\' && raw[1] == '\\') || (raw[1] == ':' && raw[2] == '\\'));
}

value read_typed(result_draft& d) {
  const auto& type = d.type;
  const bool comma = d.all.from.decimal_comma;
  const size_t repetitions = d.obx.repetitions(5);
  const bool one = repetitions <= 1;
  if (type == "CE" || type == "CWE" || type == "CNE" || type == "CF") return coded(d);
  if (type == "NM" || type == "SN") {
    if (!one) {
      auto out = read_text(joined(d), comma, false);
      out.trouble = "several-values";
      return out;
    }
    if (type == "NM") return read_numeric(d.all.read.get(d.obx, 5), comma);
    return read_structured({d.all.read.get(d.obx, 5, 1, 1), d.all.read.get(d.obx, 5, 1, 2),
                            d.all.read.get(d.obx, 5, 1, 3), d.all.read.get(d.obx, 5, 1, 4)},
                           comma);
  }
  if (type == "DT" || type == "TM" || type == "TS" || type == "DTM")
    return read_time_value(type, d.all.read.first(d.obx, 5));
  if (type == "RP")
    return read_text(is_bare_path(d) ? d.all.read.unresolved(d.obx.get(5, 1, 1)) : joined(d, 1), comma,
                     false);
  const bool plain = type == "ST" || type == "TX" || type.empty();
  return read_text(joined(d), comma, plain && one && (!d.out.sent.unit.empty() || d.test));
}

/// `<0.04 ng/ml` beside ng/mL: the unit after the range is the result's own in another spelling.
std::optional<reference_range> range_with_unit(const result_draft& d, std::string_view sent) {
  const auto text = trimmed(sent);
  if (d.ucum.empty() || text.size() > 60) return std::nullopt;
  for (size_t at = text.size(); at-- > 1;)
    // Never inside a number: `0-11000/uL` is not `0-1` in 1000/uL.
    if (const bool cut = text[at] >= '0' && text[at] <= '9' && text[at - 1] != ' ';
        !cut && d.all.codes.ucum(text.substr(at)) == d.ucum)
      if (auto range = read_range(text.substr(0, at), d.all.from.decimal_comma)) return range;
  return std::nullopt;
}

} // namespace

std::optional<reference_range> range_as_written(const result_draft& d, std::string_view sent) {
  auto out = read_range(sent, d.all.from.decimal_comma, d.out.sent.unit, d.all.out.who.sex);
  return out ? out : range_with_unit(d, sent);
}

namespace {

/// A number that may be thousands or thousandths: as text, and a person is asked.
void hold_number(result_draft& d) {
  auto text = std::move(d.val.text);
  d.val = {};
  d.val.kind = value_kind::text;
  d.val.text = std::move(text);
  d.val.trouble = "unclear-number";
}

void read_points(result_draft& d) {
  switch (reading_of_value(d)) {
    case point_reading::decimal: return;
    case point_reading::unclear: return hold_number(d);
    case point_reading::thousands:
      d.val.number->scale = uint8_t(d.val.number->scale - 3);
      d.val.text = d.val.comparator + d.val.number->text();
      d.note(5, "thousands", "only as thousands does it fit the range");
  }
}

/// A text with letters missing is another text: it is no value. A number, and a single code whose name alone
/// cannot be read, is what it is; of several codes the first is not the value.
void withhold_unreadable(result_draft& d) {
  const bool text = d.out.kind == model::value_kind::text || d.out.kind == model::value_kind::code;
  if (!text || !d.all.read.withhold(5)) return;
  d.out.sent.value = d.all.read.with_escapes(d.obx.field(5));
  const bool code = d.out.kind == model::value_kind::code && d.obx.repetitions(5) == 1;
  if (code && hl7::is_ascii(d.out.value_code) && !d.out.value_code.empty()) {
    d.out.value_text = d.out.value_code;
    return;
  }
  d.out.kind = model::value_kind::none;
  d.out.value_text.reset();
  d.out.value_code.clear();
  if (d.all.unreadable.empty()) d.all.unreadable = place("OBX", d.position, 5);
}

} // namespace

void take_value(result_draft& d) {
  if (d.obx.field(5).is == hl7::presence::absent || d.obx.repetitions(5) == 0) return;
  if (d.type != "ED" && !d.document)
    d.out.sent.value = is_bare_path(d) ? d.all.read.unresolved(d.obx.field(5)) : d.all.read.whole(d.obx, 5);
  if (d.out.status == model::result_status::cancelled && !d.out.retracts) return;
  if (d.obx.field(5).is != hl7::presence::value) return; // `""` says that there is no value
  if (!d.document) d.val = read_typed(d);
  if (d.numeric()) read_points(d);
  d.out.kind = d.val.kind;
  d.out.value_code = d.val.code;
  d.out.comparator = d.val.comparator;
  if (d.val.kind != model::value_kind::none) d.out.value_text = d.val.text;
  if (d.val.kind == model::value_kind::number || d.val.kind == model::value_kind::comparator)
    d.out.value_numeric = d.val.number;
  if (!d.val.trouble.empty()) d.review(5, std::string(d.val.trouble), "kept as text");
  withhold_unreadable(d);
}

void take_range(result_draft& d) {
  d.out.sent.range = d.all.read.whole(d.obx, 7);
  if (d.obx.field(7).is != hl7::presence::value || trimmed(d.out.sent.range).empty()) return;
  d.out.range_text = d.out.sent.range;
  d.range = range_as_written(d, d.out.sent.range);
  if (d.range && range_is_unclear(d, *d.range)) {
    d.range.reset();
    d.note(7, "range", "thousands or thousandths: kept as text");
  }
  if (!d.range) return;
  if (d.range->chosen_sex != 0)
    d.note(7, "range", std::string("the range for ") + d.range->chosen_sex + " was chosen by PID-8");
  d.out.range_low = d.range->low, d.out.range_high = d.range->high;
  d.out.range_low_inclusive = d.range->low_inclusive, d.out.range_high_inclusive = d.range->high_inclusive;
}

} // namespace aorta::lab
