// Units: how they are written, and what a result becomes when it is brought to the clinic's normal form.
#pragma once

#include "engine/base/decimal.hpp"
#include "engine/lab/profile.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::lab {

/// Letters that only look Latin are Latin (Greek capitals, `κ`), `u` stands for both micro signs, `x` for the
/// multiplication sign, digits for superscripts; no blanks. Case stays.
std::string plain_unit(std::string_view sent);
bool is_plain_unit(std::string_view sent) noexcept; ///< ASCII without blanks: `plain_unit` changes nothing
/// `plain_unit` in lower case: one spelling for many.
std::string fold_unit(std::string_view sent);
/// UCUM of a concentration, count or activity by its parts, however each is written: `Thousand/uL`,
/// `x10(3)/mcL`, `mg%`, `mUI/l`, `mmol.l^-1`, `mmol/mol Hb`, `mg/dL (calc)`. Empty for what is none. It may
/// name a unit that the table does not have.
std::string read_unit(std::string_view plain);

/// The check digit of a LOINC code is right (mod 10): `2160-0`.
bool is_loinc(std::string_view code) noexcept;

/// to = from * scale + offset.
struct affine {
  ratio scale = {}, offset = {0, 1, 0};
  double operator()(double from) const noexcept { return from * scale.number() + offset.number(); }
  bool identity() const noexcept { return scale.is_one() && offset.is_zero(); }
};

/// From one UCUM unit to another for one test; through the mass and molar forms of `test` (may be null) where
/// they differ in kind.
std::optional<affine> between(const code_table& codes, const test_definition* test, std::string_view loinc,
                              std::string_view from, std::string_view to);

/// In which form of a test a unit is; none of a unit that does not go with it.
struct placed_unit {
  enum class form : uint8_t { none, mass, molar } is = form::none;
  ratio factor = {}; ///< into the form's own unit
};
/// `loinc` is one of the codes of `test`, `ucum` a known unit.
placed_unit place_unit(const code_table& codes, const test_definition& test, std::string_view loinc,
                       std::string_view ucum);
/// From there into the test's own unit, in which its limits of life are; as `between` has it.
std::optional<affine> into_own_unit(const test_definition& test, const placed_unit& at);

/// What value, range, unit and code of a result become together.
struct unit_plan {
  std::string_view loinc, unit; ///< afterwards
  std::string_view sent_loinc;  ///< the code that fits the unit as sent, for a result that must stay as sent
  affine change;
  uint8_t decimals = 2;
  std::string_view trouble; ///< empty; or `unit-mismatch`, `assay-mismatch`: stays as sent, a person must
                            ///< look
};
/// `at`: where `place_unit` finds `ucum`. The code follows the unit, whatever the sender's code said.
unit_plan plan_units(const code_table& codes, const test_definition& test, std::string_view loinc,
                     std::string_view ucum, const placed_unit& at, unit_system system);
inline unit_plan plan_units(const code_table& codes, const test_definition& test, std::string_view loinc,
                            std::string_view ucum, unit_system system) {
  return plan_units(codes, test, loinc, ucum, place_unit(codes, test, loinc, ucum), system);
}

/// Digits that say something: all from the first that is not zero, but for the zeros at the end of a whole
/// number.
unsigned significant_digits(const decimal& number) noexcept;

/// The number after `change`, exact until it is rounded: to `decimals`, or to more where fewer significant
/// digits than were sent, or than two, would be left. Powers of ten only move the point. Nothing when out of
/// range.
std::optional<decimal> convert(const affine& change, const decimal& number, uint8_t decimals) noexcept;

} // namespace aorta::lab
