#include "engine/lab/map_result.hpp"
#include "engine/lab/unit.hpp"

#include <algorithm>
#include <cstdio>

namespace aorta::lab {
namespace {

using model::value_kind;

/// `0-0` is the same in every unit.
bool holds_number(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '1' && c <= '9'; });
}

std::string short_number(double n) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.7g", n);
  return buffer;
}

/// `umol/L -> mg/dL x 0.0113118 (2160-0)`.
std::string describe(std::string_view from, const unit_plan& plan) {
  std::string out(from);
  out += " -> ";
  out += plan.unit;
  if (plan.change.identity()) out += " same number";
  else out += " x " + short_number(plan.change.scale);
  if (plan.change.offset != 0) out += (plan.change.offset > 0 ? " + " : " - ") + short_number(plan.change.offset < 0 ? -plan.change.offset : plan.change.offset);
  return out + " (" + std::string(plan.loinc) + ")";
}

struct converted {
  std::optional<decimal> number, upper;
  std::optional<reference_range> range;
};

std::optional<converted> convert_all(const result_draft& d, const unit_plan& plan) {
  converted out;
  if (d.val.number && !(out.number = convert(plan.change, *d.val.number, plan.decimals))) return std::nullopt;
  if (d.val.upper && !(out.upper = convert(plan.change, *d.val.upper, plan.decimals))) return std::nullopt;
  if (d.range && !(out.range = convert(plan.change, *d.range, plan.decimals))) return std::nullopt;
  return out;
}

void apply(result_draft& d, const unit_plan& plan, const converted& now) {
  if (now.number) {
    d.out.value_text = d.val.comparator + now.number->text() + (now.upper ? "-" + now.upper->text() : "");
    if (d.val.kind != value_kind::range) d.out.value_numeric = now.number;
  }
  if (now.range) {
    d.out.range_low = now.range->low, d.out.range_high = now.range->high;
    d.out.range_text = to_text(*now.range);
  }
  d.out.unit = plan.unit;
  d.loinc = plan.loinc;
}

/// The unit is known and belongs to the test, but something of the result cannot follow: nothing does.
void keep_as_sent(result_draft& d, const unit_plan& plan) {
  d.out.unit = d.ucum;
  d.loinc = plan.sent_loinc;
}

void missing_unit(result_draft& d) {
  if (!d.numeric() || !d.test) return;
  const auto& own = d.test->mass_unit.empty() ? d.test->molar_unit : d.test->mass_unit;
  if (own == "{INR}" || own == "1") return; // nothing is lost without it
  d.review(6, "missing-unit", "no unit, and the profile names none for this test");
}

void convert_result(result_draft& d, const unit_plan& plan) {
  const bool numeric = d.numeric() || d.val.kind == value_kind::none;
  const bool range_stays = d.out.range_text && !d.range && holds_number(*d.out.range_text);
  if (!numeric || (range_stays && !plan.change.identity())) {
    if (numeric) d.note(7, "unit", "the range cannot be converted: value, unit and code stay as sent (" + std::string(plan.sent_loinc) + ")");
    return keep_as_sent(d, plan);
  }
  if (d.ucum != plan.unit) d.note(6, "unit", describe(d.ucum, plan));
  if (plan.change.identity()) {
    d.out.unit = plan.unit;
    d.loinc = plan.loinc;
    return;
  }
  const auto now = convert_all(d, plan);
  if (!now) {
    d.review(5, "not-convertible", "too large or too small a number: kept as sent");
    return keep_as_sent(d, plan);
  }
  apply(d, plan, *now);
}

} // namespace

void take_unit(result_draft& d) {
  auto& unit = d.out.sent.unit;
  unit = d.all.read.get(d.obx, 6, 1, 1);
  if (unit.empty()) unit = d.all.read.get(d.obx, 6, 1, 2);
  if (unit.empty()) {
    if (!d.mapped || d.mapped->unit_if_missing.empty()) return;
    const auto known = d.all.codes.ucum(d.mapped->unit_if_missing);
    d.ucum = known.empty() ? d.mapped->unit_if_missing : std::string(known);
    return;
  }
  const auto& aliases = d.all.from.unit_aliases;
  if (const auto own = aliases.find(unit); own != aliases.end()) {
    d.ucum = own->second;
    d.note(6, "unit", unit + " is " + d.ucum + " here (profile)");
    return;
  }
  d.ucum = d.all.codes.ucum(unit);
  if (d.ucum.empty() && d.all.read.get(d.obx, 6, 1, 3) == "UCUM") d.ucum = unit;
  // `10^9/L` with a caret that nobody escaped: the delimiter cut the unit in two.
  if (auto whole = d.all.read.whole(d.obx, 6); d.ucum.empty() && whole != unit)
    if (d.ucum = d.all.codes.ucum(whole); !d.ucum.empty()) unit = std::move(whole);
  if (d.ucum.empty()) d.out.unit = unit;
}

void harmonise(result_draft& d) {
  if (d.out.sent.unit.empty() && d.ucum.empty()) return missing_unit(d);
  if (d.out.sent.unit.empty()) {
    if (!d.numeric()) return;
    d.note(6, "unit", "missing: " + d.ucum + " (profile)");
  }
  if (d.ucum.empty()) {
    // Of a test that nobody mapped nothing depends on the unit: both stand in the list of what is unmapped.
    if (d.numeric() && !d.loinc.empty()) d.review(6, "unknown-unit", "unit " + d.out.sent.unit + " is not known: nothing was converted");
    return;
  }
  d.out.unit = d.ucum;
  if (!d.test) return;
  const auto plan = plan_units(d.all.codes, *d.test, d.loinc, d.ucum, d.all.from.units);
  if (!plan.trouble.empty()) {
    if (d.numeric())
      d.review(6, std::string(plan.trouble), d.ucum + (plan.trouble == "assay-mismatch" ? " points to another assay than " : " does not go with ") + d.loinc);
    return;
  }
  if (d.loinc_as_sent && plan.sent_loinc != d.loinc)
    d.note(3, "code", d.loinc + " does not go with " + d.ucum + ": " + std::string(plan.sent_loinc) + " was taken");
  convert_result(d, plan);
}

} // namespace aorta::lab
