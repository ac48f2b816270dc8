#include "engine/lab/unit.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace aorta::lab {
namespace {

struct replacement {
  std::string_view from;
  std::string_view to;
};
constexpr std::array<replacement, 15> look_alikes{{{"\u00b5", "u"}, {"\u03bc", "u"}, {"\u00d7", "x"}, {"\u00b7", "."}, {"\u22c5", "."},
                                                   {"\u00b2", "2"}, {"\u00b3", "3"}, {"\u00b9", "1"}, {"\u2070", "0"}, {"\u2074", "4"},
                                                   {"\u2076", "6"}, {"\u2079", "9"}, {"\u00a0", ""}, {"\u202f", ""}, {"\u2212", "-"}}};

/// Which power of ten `scale` is, if it is one.
std::optional<int> exponent_of(double scale) noexcept {
  const double exponent = std::round(std::log10(scale));
  if (std::fabs(exponent) > 12) return std::nullopt;
  return std::fabs(scale / std::pow(10.0, exponent) - 1) < 1e-12 ? std::optional<int>(int(exponent)) : std::nullopt;
}

/// number x 10^exponent without rounding; zeros after `decimals` digits are dropped.
std::optional<decimal> shifted(decimal number, int exponent, uint8_t decimals) noexcept {
  int scale = int(number.scale) - exponent;
  while (scale < 0) {
    if (number.units > 100'000'000'000'000'000 || number.units < -100'000'000'000'000'000) return std::nullopt;
    number.units *= 10;
    ++scale;
  }
  while (scale > decimals && number.units % 10 == 0) {
    number.units /= 10;
    --scale;
  }
  if (scale > 18) return std::nullopt;
  number.scale = uint8_t(scale);
  return number;
}

enum class form : uint8_t { none, mass, molar };

struct placed {
  form is = form::none;
  double factor = 1; ///< into the form's own unit
};

placed place(const code_table& codes, const test_definition& test, std::string_view loinc, std::string_view unit) {
  if (!test.mass_unit.empty())
    if (const auto f = codes.same_kind_factor(unit, test.mass_unit, loinc)) return {form::mass, *f};
  if (!test.molar_unit.empty())
    if (const auto f = codes.same_kind_factor(unit, test.molar_unit, loinc)) return {form::molar, *f};
  return {};
}

/// The step between the two forms of a test.
std::optional<affine> step(const test_definition& test, form from, form to) {
  if (from == to) return affine{};
  if (test.factor == 0) return std::nullopt;
  if (to == form::mass) return affine{test.factor, test.offset, false};
  return affine{1 / test.factor, -test.offset / test.factor, false};
}

/// The plan's mass unit becomes another power of ten of it.
void scale_to(unit_plan& plan, std::string_view unit, std::optional<double> factor) {
  if (!factor) return;
  const auto steps = exponent_of(*factor).value_or(0);
  plan.unit = unit;
  plan.decimals = uint8_t(std::clamp(int(plan.decimals) - steps, 0, 12));
  plan.change.scale = snap_to_power_of_ten(plan.change.scale * *factor);
  plan.change.offset *= *factor;
}

} // namespace

std::string fold_unit(std::string_view sent) {
  std::string out;
  for (size_t i = 0; i < sent.size();) {
    const auto c = static_cast<unsigned char>(sent[i]);
    if (c < 0x80) {
      if (c != ' ' && c != '\t') out += char(c >= 'A' && c <= 'Z' ? c + 32 : c);
      ++i;
      continue;
    }
    bool replaced = false;
    for (const auto& [from, to] : look_alikes) {
      if (!sent.substr(i).starts_with(from)) continue;
      // A micro sign alone is no unit letter: `µ/L` is not U/L.
      if (to == "u" && (i + from.size() == sent.size() || sent[i + from.size()] == '/')) break;
      out += to;
      i += from.size();
      replaced = true;
      break;
    }
    if (!replaced) out += char(c), ++i;
  }
  return out;
}

double snap_to_power_of_ten(double factor) noexcept {
  if (!(factor > 0)) return factor;
  const double nearest = std::pow(10.0, std::round(std::log10(factor)));
  return std::fabs(factor / nearest - 1) < 1e-9 ? nearest : factor;
}

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

std::optional<affine> between(const code_table& codes, const test_definition* test, std::string_view loinc, std::string_view from, std::string_view to) {
  if (from == to) return affine{};
  if (const auto f = codes.same_kind_factor(from, to, loinc)) return affine{*f};
  if (!test) return std::nullopt;
  const auto a = place(codes, *test, loinc, from), b = place(codes, *test, loinc, to);
  if (a.is == form::none || b.is == form::none) return std::nullopt;
  const auto middle = step(*test, a.is, b.is);
  if (!middle) return std::nullopt;
  return affine{a.factor * middle->scale / b.factor, middle->offset / b.factor, middle->same_kind};
}

unit_plan plan_units(const code_table& codes, const test_definition& test, std::string_view loinc, std::string_view ucum, unit_system system) {
  const auto at = place(codes, test, loinc, ucum);
  if (at.is == form::none) {
    const bool other_scale = place(codes, test, {}, ucum).is != form::none; // refused for this test alone
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
  plan.change = {at.factor * middle->scale, middle->offset, middle->same_kind};
  if (mass && si && !test.si_mass_unit.empty()) scale_to(plan, test.si_mass_unit, codes.same_kind_factor(test.mass_unit, test.si_mass_unit, loinc));
  return plan;
}

std::optional<decimal> convert(const affine& change, const decimal& number, uint8_t decimals) noexcept {
  if (change.identity()) return number;
  if (change.same_kind && change.offset == 0)
    if (const auto exponent = exponent_of(change.scale)) return shifted(number, *exponent, decimals);
  const double value = change(number.number());
  auto rounded = decimal::round(value, decimals);
  if (rounded && rounded->units == 0 && std::fabs(value) > 1e-12) {
    const int needed = 1 - int(std::floor(std::log10(std::fabs(value))));
    rounded = decimal::round(value, uint8_t(std::min(needed, 12)));
  }
  return rounded;
}

} // namespace aorta::lab
