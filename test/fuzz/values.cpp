// Values, ranges, units and times of any bytes: nothing crashes, and what is claimed of each holds.
#include "engine/hl7/charset.hpp"
#include "engine/lab/attachment.hpp"
#include "engine/lab/flag.hpp"
#include "engine/lab/map_report.hpp"
#include "engine/lab/range.hpp"
#include "engine/lab/time.hpp"
#include "engine/lab/unit.hpp"
#include "engine/lab/value.hpp"

#include <cstdlib>
#include <string_view>

using namespace aorta;

namespace {

void must(bool claim) {
  if (!claim) std::abort();
}

void check_value(std::string_view text, bool comma) {
  const auto v = lab::read_numeric(text, comma);
  must(v.text == text);                                              // the original stays
  must(v.number.has_value() == (v.kind != model::value_kind::text)); // a number or text, nothing between
  must(v.trouble.empty() == v.number.has_value());
  if (v.number) must(decimal::from_text(v.number->text()) == *v.number);
  lab::read_text(text, comma, true);
  const std::string part(text.substr(0, text.size() / 2)), rest(text.substr(text.size() / 2));
  lab::read_structured({part, rest, "-", part}, comma);
}

void check_range(std::string_view text, bool comma) {
  const auto r = lab::read_range(text, comma, "mg/dL", model::gender::female);
  if (!r) return;
  must(r->low || r->high);
  if (r->low && r->high) must(r->low->number() <= r->high->number());
  const auto again = lab::read_range(lab::to_text(*r), false);
  must(again && again->low == r->low && again->high == r->high);
  if (const auto point = lab::interval_of(lab::read_numeric(text, comma))) lab::flag_from_range(*point, *r);
}

void check_unit(std::string_view text) {
  const auto& codes = lab::code_table::built_in();
  const auto ucum = codes.ucum(text);
  if (ucum.empty()) return;
  must(codes.ucum(ucum) == ucum);
  must(codes.ucum(" " + std::string(text) + " ") == ucum); // blanks say nothing
  const auto plan = lab::plan_units(codes, *codes.by_loinc("2160-0"), "2160-0", ucum,
                                    lab::unit_system::conventional);
  must(plan.trouble.empty() ? plan.unit == "mg/dL" : plan.unit == ucum);
}

void check_time(std::string_view text) {
  if (const auto when = lab::read_time(text, "Asia/Nicosia"))
    must(when->offset_minutes >= -900 && when->offset_minutes <= 900);
}

/// The bytes as OBX-3 to OBX-11 of a report.
void check_report(std::string_view text) {
  static const lab::profile from = [] {
    lab::profile p;
    p.tests["C"] = {"2160-0", "umol/L", ""};
    p.decimal_comma = true;
    return p;
  }();
  std::string bytes = "MSH|^~\\&|L|B|||2026||ORU^R01|1|P|2.5\rPID|1||1^^^CYP^NI\rOBR|1\rOBX|1|NM|C||";
  bytes += text;
  const auto msg = hl7::parse(bytes);
  if (!msg) return;
  const auto report = lab::map_report(*msg, {&from, nullptr, "MAIN"});
  if (!report) return must(!report.error().where.empty());
  for (const auto& r : report->results) {
    must(r.value_numeric.has_value() ==
         (r.kind == model::value_kind::number || r.kind == model::value_kind::comparator));
    must(!r.critical || (r.flag && (lab::is_critical(*r.flag) || !r.sent.flag.empty()))); // AA is critical
                                                                                          // without a side
    must(hl7::is_utf8(r.value_text.value_or("")) && hl7::is_utf8(r.comments) && hl7::is_utf8(r.sent.value));
    must(r.value_text.value_or("").find('\0') == std::string::npos);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool comma : {false, true}) {
    check_value(text, comma);
    check_range(text, comma);
  }
  check_unit(text);
  check_time(text);
  base64::decode(text, lab::as_sent);
  lab::from_hex(text);
  check_report(text);
  return 0;
}
