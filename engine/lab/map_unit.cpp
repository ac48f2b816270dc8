#include "engine/lab/flag.hpp"
#include "engine/lab/map_result.hpp"
#include "engine/lab/unit.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace aorta::lab {
namespace {

using model::value_kind;

/// `0-0` is the same in every unit.
bool holds_number(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '1' && c <= '9'; });
}

/// As printf's `%.7g`.
void append_short(std::string& out, double n) {
  char buffer[32];
  const auto end = std::to_chars(buffer, std::end(buffer), n, std::chars_format::general, 7).ptr;
  out.append(buffer, size_t(end - buffer));
}

/// `umol/L -> mg/dL x 0.0113118 (2160-0)`.
std::string unit_note(std::string_view from, const unit_plan& plan) {
  std::string out;
  out.reserve(80);
  out.append(from).append(" -> ").append(plan.unit);
  if (plan.change.identity()) out += " same number";
  else append_short(out += " x ", plan.change.scale.number());
  if (const double offset = plan.change.offset.number(); offset != 0)
    append_short(out += offset > 0 ? " + " : " - ", std::fabs(offset));
  return out.append(" (").append(plan.loinc).append(")");
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

/// `10^9/L` with a caret that nobody escaped: the delimiter cut the unit in two. What stands behind it may be
/// a coding system.
void join_cut_unit(result_draft& d) {
  std::string whole = d.out.sent.unit;
  for (size_t component = 2; component <= 4; ++component) {
    const auto next = d.all.read.get(d.obx, 6, 1, component);
    if (trimmed(next).empty()) return;
    whole.append("^").append(trimmed(next));
    if (d.ucum = d.all.codes.ucum(whole); !d.ucum.empty()) {
      d.out.sent.unit = std::move(whole);
      return;
    }
  }
}

/// The number in the test's own unit, where its limits of life are.
std::optional<interval> in_own_unit(const result_draft& d) {
  const auto where = interval_of(d.val);
  const auto change = where ? into_own_unit(*d.test, d.placed) : std::nullopt;
  return change ? std::optional(convert(*change, *where)) : std::nullopt;
}

/// Outside of what any living person was measured with.
bool beyond_life(const result_draft& d) {
  const auto where = in_own_unit(d);
  return where &&
    (wholly_above(*where, d.test->life_high.number()) || wholly_below(*where, d.test->life_low.number()));
}

/// The unit sent is rather a slip of the pen than the test's own on another scale: a micro sign was lost, or
/// a prefix. Single cells are counted in long numbers, which the limits of life judge.
bool far_from_own_unit(const result_draft& d) {
  constexpr double far = 1e5;
  const double factor = d.placed.factor.number();
  return d.placed.is != placed_unit::form::none && d.ucum != "/uL" &&
    (factor >= far * 0.999 || factor <= 1.001 / far);
}

/// What cannot be believed is kept as sent and shown to a person.
bool unbelievable(result_draft& d) {
  if (!d.numeric()) return false;
  if (far_from_own_unit(d))
    d.review(6, "unit-scale", d.ucum + " is too far from the usual unit of " + d.loinc + ": kept as sent");
  else if (beyond_life(d))
    d.review(5, "beyond-life", "outside of what a living person can have for " + d.loinc + ": kept as sent");
  else return false;
  return true;
}

void missing_unit(result_draft& d) {
  if (!d.numeric() || !d.test) return;
  if (!d.effective_unit().empty()) { // nothing is lost without it
    if (beyond_life(d))
      d.review(5, "beyond-life",
               "outside of what a living person can have for " + d.loinc + ": kept as sent");
    return;
  }
  d.review(6, "missing-unit", "no unit, and the profile names none for this test");
}

void convert_result(result_draft& d, const unit_plan& plan) {
  const bool numeric = d.numeric() || d.val.kind == value_kind::none;
  const bool range_stays = d.out.range_text && !d.range && holds_number(*d.out.range_text);
  if (!numeric || (range_stays && !plan.change.identity())) {
    if (numeric)
      d.note(7, "unit",
             "the range cannot be converted: value, unit and code stay as sent (" +
               std::string(plan.sent_loinc) + ")");
    return keep_as_sent(d, plan);
  }
  if (d.ucum != plan.unit) d.note(6, "unit", unit_note(d.ucum, plan));
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

std::string_view result_draft::effective_unit() const noexcept {
  if (!ucum.empty() || !out.sent.unit.empty() || !test) return ucum;
  const auto& own = test->own_unit();
  return own == "{INR}" || own == "1" || own == "{ratio}" || own == "[pH]" ? std::string_view(own)
                                                                           : std::string_view{};
}

namespace {

/// OBX-6 as sent, and what it is in UCUM.
void read_unit_field(result_draft& d) {
  auto& unit = d.out.sent.unit;
  const auto part = [&](size_t component) {
    return std::string(trimmed(d.all.read.get(d.obx, 6, 1, component)));
  };
  unit = part(1);
  if (unit.empty()) unit = part(2);
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
  if (d.ucum.empty()) join_cut_unit(d);
  if (d.ucum.empty() && names_ucum(part(3))) d.ucum = unit;
  if (d.ucum.empty()) d.ucum = d.all.codes.ucum(part(2)); // a code of the sender's own, and the unit in words
  if (d.ucum.empty()) d.out.unit = unit;
}

} // namespace

void take_unit(result_draft& d) {
  read_unit_field(d);
  if (d.test) d.placed = place_unit(d.all.codes, *d.test, d.loinc, d.effective_unit());
}

void harmonise(result_draft& d) {
  if (d.out.sent.unit.empty() && d.ucum.empty()) return missing_unit(d);
  if (d.out.sent.unit.empty()) {
    if (!d.numeric()) return;
    d.note(6, "unit", "missing: " + d.ucum + " (profile)");
  }
  if (d.ucum.empty()) {
    // Nothing depends on the unit of a test that nobody mapped: it is in the list of unmapped codes.
    if (d.numeric() && d.loinc.empty())
      d.note(6, "unit", "unit " + d.out.sent.unit + " is not known, nor is the test");
    else if (d.numeric())
      d.review(6, "unknown-unit", "unit " + d.out.sent.unit + " is not known: nothing was converted");
    return;
  }
  d.out.unit = d.ucum;
  if (!d.test) return;
  const auto plan = plan_units(d.all.codes, *d.test, d.loinc, d.ucum, d.placed, d.all.from.units);
  if (!plan.trouble.empty()) {
    if (d.numeric())
      d.review(
        6, std::string(plan.trouble),
        d.ucum +
          (plan.trouble == "assay-mismatch" ? " points to another assay than " : " does not go with ") +
          d.loinc);
    return;
  }
  if (d.loinc_as_sent && plan.sent_loinc != d.loinc)
    d.note(3, "code",
           d.loinc + " does not go with " + d.ucum + ": " + std::string(plan.sent_loinc) + " was taken");
  if (unbelievable(d)) return keep_as_sent(d, plan);
  convert_result(d, plan);
}

} // namespace aorta::lab
