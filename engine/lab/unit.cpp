#include "engine/lab/unit.hpp"

#include <algorithm>
#include <string>

namespace aorta::lab {
namespace {

/// number x 10^exponent without rounding; zeros after `decimals` digits are dropped as long as more digits
/// stay than were sent.
std::optional<decimal> shifted(decimal number, int exponent, uint8_t decimals) noexcept {
  const auto sent = significant_digits(number);
  int scale = int(number.scale) - exponent;
  while (scale < 0) {
    if (number.units > 100'000'000'000'000'000 || number.units < -100'000'000'000'000'000)
      return std::nullopt;
    number.units *= 10;
    ++scale;
  }
  if (scale > 255) return std::nullopt;
  number.scale = uint8_t(scale);
  while (number.scale > decimals && number.units % 10 == 0 &&
         (number.units == 0 || significant_digits(number) > sent)) {
    number.units /= 10;
    --number.scale;
  }
  return number.scale > 18 ? std::nullopt : std::optional(number);
}

using form = placed_unit::form;

/// The step between the two forms of a test.
std::optional<affine> step(const test_definition& test, form from, form to) {
  if (from == to) return affine{};
  if (test.factor.units == 0) return std::nullopt;
  const auto factor = ratio::of(test.factor), offset = ratio::of(test.offset);
  if (to == form::mass) return affine{factor, offset};
  const auto back = inverse(factor);
  const auto shift = times(negative(offset), back);
  return shift ? std::optional(affine{back, *shift}) : std::nullopt;
}

/// First times `before`, then `change`, then times `after`.
std::optional<affine> composed(const ratio& before, const affine& change, const ratio& after) {
  const auto both = times(before, change.scale);
  const auto scale = both ? times(*both, after) : std::nullopt, offset = times(change.offset, after);
  return scale && offset ? std::optional(affine{*scale, *offset}) : std::nullopt;
}

/// The plan's mass unit becomes another power of ten of it.
void scale_to(unit_plan& plan, std::string_view unit, const std::optional<ratio>& factor) {
  if (!factor) return;
  const auto change = composed({}, plan.change, *factor);
  if (!change) return;
  plan.unit = unit;
  plan.decimals = uint8_t(
    std::clamp(int(plan.decimals) - (factor->is_power_of_ten() ? factor->exponent : 0), 0, 12));
  plan.change = *change;
}

} // namespace

bool is_loinc(std::string_view code) noexcept {
  if (code.size() < 3 || code.size() > 9 || code[code.size() - 2] != '-') return false;
  const char check = code.back();
  int sum = 0;
  bool doubled = true;
  for (size_t i = code.size() - 2; i-- > 0; doubled = !doubled) {
    if (code[i] < '0' || code[i] > '9') return false;
    const int digit = (code[i] - '0') * (doubled ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  return check == char('0' + (10 - sum % 10) % 10);
}

placed_unit place_unit(const code_table& codes, const test_definition& test, std::string_view loinc,
                       std::string_view ucum) {
  if (!test.mass_unit.empty())
    if (const auto f = codes.same_kind_factor(ucum, test.mass_unit, loinc)) return {form::mass, *f};
  if (!test.molar_unit.empty())
    if (const auto f = codes.same_kind_factor(ucum, test.molar_unit, loinc)) return {form::molar, *f};
  return {};
}

std::optional<affine> into_own_unit(const test_definition& test, const placed_unit& at) {
  if (at.is == form::none) return std::nullopt;
  const auto change = step(test, at.is, test.mass_unit.empty() ? form::molar : form::mass);
  return change ? composed(at.factor, *change, {}) : std::nullopt;
}

std::optional<affine> between(const code_table& codes, const test_definition* test, std::string_view loinc,
                              std::string_view from, std::string_view to) {
  if (from == to) return affine{};
  if (const auto f = codes.same_kind_factor(from, to, loinc)) return affine{*f};
  if (!test) return std::nullopt;
  const auto a = place_unit(codes, *test, loinc, from), b = place_unit(codes, *test, loinc, to);
  if (a.is == form::none || b.is == form::none) return std::nullopt;
  const auto middle = step(*test, a.is, b.is);
  if (!middle) return std::nullopt;
  return composed(a.factor, *middle, inverse(b.factor));
}

unit_plan plan_units(const code_table& codes, const test_definition& test, std::string_view loinc,
                     std::string_view ucum, const placed_unit& at, unit_system system) {
  if (at.is == form::none) {
    const bool other_scale = place_unit(codes, test, {}, ucum).is != form::none; // refused for this test
                                                                                 // alone
    return {loinc, ucum, loinc, {}, 2, other_scale ? "assay-mismatch" : "unit-mismatch"};
  }
  const bool si = system == unit_system::si;
  const auto preferred = si && test.si_mass_unit.empty() ? form::molar : form::mass;
  const auto other = preferred == form::mass ? form::molar : form::mass;
  const bool has_preferred = !(preferred == form::mass ? test.mass_loinc : test.molar_loinc).empty();
  auto target = has_preferred ? preferred : other;
  auto middle = step(test, at.is, target);
  if (!middle) target = at.is, middle = affine{};
  const bool mass = target == form::mass;
  unit_plan plan;
  plan.loinc = mass ? test.mass_loinc : test.molar_loinc;
  plan.unit = mass ? test.mass_unit : test.molar_unit;
  plan.sent_loinc = at.is == form::mass ? test.mass_loinc : test.molar_loinc;
  plan.decimals = mass ? test.mass_decimals : test.molar_decimals;
  const auto change = composed(at.factor, *middle, {});
  if (!change) return {loinc, ucum, loinc, {}, 2, "unit-mismatch"};
  plan.change = *change;
  if (mass && si && !test.si_mass_unit.empty())
    scale_to(plan, test.si_mass_unit, codes.same_kind_factor(test.mass_unit, test.si_mass_unit, loinc));
  return plan;
}

namespace {

unsigned digits_of(int64_t number) noexcept {
  unsigned out = 0;
  for (; number != 0; number /= 10) ++out;
  return out;
}

} // namespace

unsigned significant_digits(const decimal& number) noexcept {
  auto units = number.units;
  while (number.scale == 0 && units != 0 && units % 10 == 0) units /= 10;
  return digits_of(units);
}

std::optional<decimal> convert(const affine& change, const decimal& number, uint8_t decimals) noexcept {
  if (change.identity()) return number;
  if (change.scale.is_power_of_ten() && change.offset.is_zero())
    return shifted(number, change.scale.exponent, decimals);
  // The zeros of a whole number count where the table's digits put them: 100 -> 1.10 has enough.
  const unsigned wanted = std::max(significant_digits(number), 2u);
  auto out = scaled(number, change.scale, change.offset, decimals);
  for (uint8_t more = decimals; out && number.units != 0 && more < 12;) {
    if (out->units != 0 && digits_of(out->units) >= wanted) break;
    const auto finer = scaled(number, change.scale, change.offset, ++more);
    if (!finer) break;
    if (finer->units != 0)
      out = finer; // what is nothing at all, and not only rounded away, keeps the table's digits
  }
  return out;
}

} // namespace aorta::lab
