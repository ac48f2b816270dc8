// Limits past which a person must hear of a value: for which tests one holds, and whether a value is past it.
#pragma once

#include "engine/lab/flag.hpp"
#include "engine/lab/profile.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace aorta::lab {

/// Who is measured against what.
struct measured {
  std::string_view loinc; ///< as the result will be filed; may be empty
  const test_definition* test = nullptr;
  std::string_view analyte = {}; ///< of the test, or of a result whose code is in doubt, but not what it
                                 ///< measures
  std::string_view unit = {};    ///< UCUM, as sent; empty when there is none or nobody knows it
  std::optional<double> upper_reference = {}; ///< in the unit as sent
};
measured measure(const code_table& codes, std::string_view loinc) noexcept;

/// A limit and how much of it holds for the test in question.
struct holding_limit {
  const critical_limit* limit;
  bool numbers; ///< low and high too; not of another assay on another scale (troponins), where only a
                ///< multiple of the reference says something
};
/// A limit with the row of the code table that its code names: looked up once for all that is held against
/// it.
struct known_limit {
  const critical_limit* limit;
  const test_definition* test; ///< null: none, or the limit is for an analyte
};
std::vector<known_limit> look_up(const code_table& codes, std::span<const critical_limit> all);

/// Those given for the test's own code, else those for its analyte: whoever names a code means the analyte,
/// unless its other codes have limits of their own.
std::vector<holding_limit> limits_for(const code_table& codes, std::span<const known_limit> all,
                                      const measured& what);

/// The change from the unit as sent into that of the limit's numbers; nothing when they cannot be compared.
std::optional<affine> into_unit_of(const code_table& codes, const critical_limit& limit,
                                   const measured& what);
/// UCUM of the limit's numbers.
std::string_view unit_of(const code_table& codes, const critical_limit& limit, const measured& what);

/// Wholly past the limit; nothing also when the two cannot be compared. Everything in the unit as sent: the
/// limit is met before any rounding.
std::optional<model::abnormal_flag> past(const code_table& codes, const holding_limit& limit,
                                         const interval& where, const measured& what);

/// Past the limit in some unit that may be meant: as the number stands, or as a count of single cells. False
/// where the unit as sent can be compared.
bool past_in_some_unit(const code_table& codes, const holding_limit& limit, const interval& where,
                       const measured& what);
/// Part of the interval is past the limit, and part of it is not.
bool may_be_past(const code_table& codes, const holding_limit& limit, const interval& where,
                 const measured& what);

/// `potassium` or the code that stands for it, as notes name a limit.
std::string_view name_of(const critical_limit& limit) noexcept;

} // namespace aorta::lab
