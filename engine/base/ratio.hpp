// Exact factors between units: powers of ten, molar masses and their inverses.
#pragma once

#include "engine/base/decimal.hpp"

#include <cstdint>
#include <optional>

namespace aorta {

/// `up` / `down` x 10^`exponent`, in lowest terms: neither has a factor in common with the other, neither
/// ends in a zero, `down` is positive.
struct ratio {
  int64_t up = 1, down = 1;
  int exponent = 0;

  static ratio of(const decimal& number) noexcept;
  double number() const noexcept;
  bool is_zero() const noexcept { return up == 0; }
  bool is_one() const noexcept { return up == 1 && down == 1 && exponent == 0; }
  /// Only the decimal point moves.
  bool is_power_of_ten() const noexcept { return up == 1 && down == 1; }
};

/// Nothing when a term passes 18 digits; no product of a few molar masses and prefixes does.
std::optional<ratio> times(const ratio& a, const ratio& b) noexcept;
/// Not of zero.
ratio inverse(const ratio& of) noexcept;
ratio negative(const ratio& of) noexcept;

/// number x scale + offset, half away from zero at `decimals` digits, without any error before. Nothing when
/// out of range.
std::optional<decimal> scaled(const decimal& number, const ratio& scale, const ratio& offset,
                              uint8_t decimals) noexcept;

} // namespace aorta
