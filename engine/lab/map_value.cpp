#include "engine/lab/attachment.hpp"
#include "engine/lab/map_result.hpp"

namespace aorta::lab {
namespace {

using model::value_kind;

/// All repetitions, a line each.
std::string joined(result_draft& d, size_t component = 0) {
  std::string out;
  for (size_t n = 1; n <= d.obx.repetitions(5); ++n) {
    if (n > 1) out += '\n';
    out += d.all.read.get(d.obx, 5, n, component);
  }
  return out;
}

/// CE, CWE, CNE, CF: the text, else the original text, else the alternate's, else the code.
value coded(result_draft& d) {
  value out;
  out.kind = value_kind::code;
  out.code = d.all.read.get(d.obx, 5, 1, 1);
  for (size_t n = 1; n <= d.obx.repetitions(5); ++n) {
    std::string text;
    for (const size_t component : {2, 9, 5, 1, 4})
      if (text = d.all.read.get(d.obx, 5, n, component); !text.empty()) break;
    if (n > 1) out.text += '\n';
    out.text += text;
  }
  return out;
}

value attached(result_draft& d) {
  value out;
  for (size_t n = 1; n <= d.obx.repetitions(5); ++n) {
    auto& read = d.all.read;
    auto what = read_attachment(read.get(d.obx, 5, n, 2), read.get(d.obx, 5, n, 3), read.get(d.obx, 5, n, 4), read.bytes(d.obx.get(5, n, 5)));
    std::string told;
    if (what) {
      told = describe(*what);
      d.out.attachments.push_back(std::move(*what));
    } else {
      // Not its content, which may be megabytes: the message itself keeps that.
      told = content_type(read.get(d.obx, 5, n, 2), read.get(d.obx, 5, n, 3)) + ", unreadable";
      d.review(5, "bad-attachment", "no data in the encoding that it names");
    }
    d.out.sent.value += (n > 1 ? "\n" : "") + told;
  }
  if (d.out.attachments.empty()) return out;
  out.kind = value_kind::attachment;
  out.text = d.out.sent.value;
  return out;
}

value read_typed(result_draft& d) {
  const auto& type = d.type;
  const bool comma = d.all.from.decimal_comma;
  const size_t repetitions = d.obx.repetitions(5);
  const bool one = repetitions <= 1;
  if (type == "CE" || type == "CWE" || type == "CNE" || type == "CF") return coded(d);
  if (type == "ED") return attached(d);
  if (type == "NM" || type == "SN") {
    if (!one) {
      auto out = read_text(joined(d), comma, false);
      out.trouble = "several-values";
      return out;
    }
    if (type == "NM") return read_numeric(d.all.read.get(d.obx, 5), comma);
    return read_structured({d.all.read.get(d.obx, 5, 1, 1), d.all.read.get(d.obx, 5, 1, 2), d.all.read.get(d.obx, 5, 1, 3), d.all.read.get(d.obx, 5, 1, 4)}, comma);
  }
  if (type == "DT" || type == "TM" || type == "TS" || type == "DTM") return read_time_value(type, d.all.read.first(d.obx, 5));
  if (type == "RP") return read_text(joined(d, 1), comma, false);
  const bool plain = type == "ST" || type == "TX" || type.empty();
  return read_text(joined(d), comma, plain && one && (!d.out.sent.unit.empty() || d.test));
}

/// Units in which thousands are usual: counts, what is given in whole numbers, and what heart markers come in.
bool thousands_are_usual(const result_draft& d) {
  const auto is_count = [&](std::string_view unit) { return d.all.codes.same_kind_factor(unit, "10*9/L", {}).has_value(); };
  if (is_count(d.ucum) || d.ucum == "pg/mL" || d.ucum == "ng/L") return true;
  if (!d.test) return false;
  if (d.ucum == d.test->mass_unit) return d.test->mass_decimals == 0;
  if (d.ucum == d.test->molar_unit) return d.test->molar_decimals == 0;
  return d.ucum.empty() && is_count(d.test->mass_unit);
}

/// Where a laboratory writes decimal commas, `250.000 /uL` may be a quarter of a million; a cell in thousand parts is one nowhere.
bool unclear_number(const result_draft& d, std::string_view sent) {
  if (!d.all.from.decimal_comma && d.ucum != "/uL") return false;
  return maybe_thousands(sent) && thousands_are_usual(d);
}

/// `<0.04 ng/ml` beside ng/mL: the unit after the range is the result's own in another spelling.
std::optional<reference_range> range_with_unit(const result_draft& d) {
  const auto text = trimmed(d.out.sent.range);
  if (d.ucum.empty() || text.size() > 60) return std::nullopt;
  for (size_t at = text.size(); at-- > 1;)
    // Never inside a number: `0-11000/uL` is not `0-1` in 1000/uL.
    if (const bool cut = text[at] >= '0' && text[at] <= '9' && text[at - 1] != ' '; !cut && d.all.codes.ucum(text.substr(at)) == d.ucum)
      if (auto range = read_range(text.substr(0, at), d.all.from.decimal_comma)) return range;
  return std::nullopt;
}

} // namespace

void take_value(result_draft& d) {
  if (d.obx.field(5).is == hl7::presence::absent || d.obx.repetitions(5) == 0) return;
  if (d.type != "ED") d.out.sent.value = d.all.read.whole(d.obx, 5);
  if (d.out.status == model::result_status::cancelled && !d.out.retracts) return;
  if (d.obx.field(5).is != hl7::presence::value) return; // `""` says that there is no value
  d.val = read_typed(d);
  if (d.numeric() && unclear_number(d, d.out.sent.value)) {
    const auto text = d.val.text;
    d.val = {};
    d.val.kind = value_kind::text;
    d.val.text = text;
    d.val.trouble = "unclear-number";
  }
  d.out.kind = d.val.kind;
  d.out.value_code = d.val.code;
  d.out.comparator = d.val.comparator;
  if (d.val.kind != model::value_kind::none) d.out.value_text = d.val.text;
  if (d.val.kind == model::value_kind::number || d.val.kind == model::value_kind::comparator) d.out.value_numeric = d.val.number;
  if (!d.val.trouble.empty()) d.review(5, std::string(d.val.trouble), "kept as text");
}

void take_range(result_draft& d) {
  d.out.sent.range = d.all.read.whole(d.obx, 7);
  if (d.obx.field(7).is != hl7::presence::value) return;
  d.out.range_text = d.out.sent.range;
  d.range = read_range(d.out.sent.range, d.all.from.decimal_comma, d.out.sent.unit, d.all.out.who.sex);
  if (!d.range) d.range = range_with_unit(d);
  if (d.range && unclear_number(d, d.out.sent.range)) {
    d.range.reset();
    d.note(7, "range", "thousands or thousandths: kept as text");
  }
  if (!d.range) return;
  if (d.range->chosen_sex != 0) d.note(7, "range", std::string("the range for ") + d.range->chosen_sex + " was chosen by PID-8");
  d.out.range_low = d.range->low, d.out.range_high = d.range->high;
  d.out.range_low_inclusive = d.range->low_inclusive, d.out.range_high_inclusive = d.range->high_inclusive;
}

} // namespace aorta::lab
