// Abnormal flags (OBX-8, HL70078), flags that follow from value and range, and the limits past which a person
// must hear of it.
#pragma once

#include "engine/lab/range.hpp"
#include "engine/lab/value.hpp"
#include "engine/model/lab.hpp"

#include <limits>
#include <optional>
#include <string_view>

namespace aorta::lab {

/// Where a value may lie: a number is a point, `<0.5` everything below. What is measured is never negative,
/// so `<0.5` begins at 0.
struct interval {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  bool low_inclusive = true, high_inclusive = true;
};
/// Nothing for values that are no numbers.
std::optional<interval> interval_of(const value& v) noexcept;
interval convert(const affine& change, interval where) noexcept;

/// Strictly and wholly past the limit, equality by one part in 10^9.
bool wholly_above(const interval& where, double limit) noexcept;
bool wholly_below(const interval& where, double limit) noexcept;

/// What HL70078 (v2.3 to v2.8) means; nothing for codes that say nothing of normality (U, D, B, W).
std::optional<model::abnormal_flag> flag_of(std::string_view code) noexcept;
bool known_flag(std::string_view code) noexcept;

/// The one of two flags that weighs more; a conflict of low and high is `abnormal`.
model::abnormal_flag graver(model::abnormal_flag a, model::abnormal_flag b) noexcept;

/// Nothing when the interval is neither wholly inside nor wholly outside, or there is no bound.
std::optional<model::abnormal_flag> flag_from_range(const interval& where,
                                                    const reference_range& range) noexcept;

constexpr bool is_critical(model::abnormal_flag f) noexcept {
  return f == model::abnormal_flag::critical_low || f == model::abnormal_flag::critical_high;
}

} // namespace aorta::lab
