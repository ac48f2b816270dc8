// Units: how they are written, and what a result becomes when it is brought to the clinic's normal form.
#pragma once

#include "engine/base/decimal.hpp"
#include "engine/lab/profile.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::lab {

/// One spelling for many: lower case, no blanks, `u` for both micro signs, `x` for the multiplication sign, digits for superscripts.
std::string fold_unit(std::string_view sent);

/// A factor within one part in 10^9 of a power of ten is that power.
double snap_to_power_of_ten(double factor) noexcept;

/// The check digit of a LOINC code is right (mod 10): `2160-0`.
bool is_loinc(std::string_view code) noexcept;

/// to = from * scale + offset.
struct affine {
  double scale = 1, offset = 0;
  bool same_kind = true; ///< only the unit changes, not the kind of quantity
  double operator()(double from) const noexcept { return from * scale + offset; }
  bool identity() const noexcept { return scale == 1 && offset == 0; }
};

/// From one UCUM unit to another for one test; through the mass and molar forms of `test` (may be null) where they differ in kind.
std::optional<affine> between(const code_table& codes, const test_definition* test, std::string_view loinc, std::string_view from, std::string_view to);

/// What value, range, unit and code of a result become together.
struct unit_plan {
  std::string_view loinc, unit;   ///< afterwards
  std::string_view sent_loinc;    ///< the code that fits the unit as sent, for a result that must stay as sent
  affine change;
  uint8_t decimals = 2;
  std::string_view trouble;       ///< empty; or `unit-mismatch`, `assay-mismatch`: stays as sent, a person must look
};
/// `loinc` is one of the codes of `test`, `ucum` a known unit. The code follows the unit, whatever the sender's code said.
unit_plan plan_units(const code_table& codes, const test_definition& test, std::string_view loinc, std::string_view ucum, unit_system system);

/// The number after `change`. Powers of ten are exact; anything else is rounded to `decimals`, or to two significant digits where
/// rounding would leave nothing of it. Nothing when out of range.
std::optional<decimal> convert(const affine& change, const decimal& number, uint8_t decimals) noexcept;

} // namespace aorta::lab
