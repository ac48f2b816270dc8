// Exact decimal numbers of laboratory values: 7.00 stays 7.00.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta {

/// `units` x 10^-`scale`. At most 18 digits in all; a longer number is not a decimal here.
struct decimal {
  int64_t units = 0;
  uint8_t scale = 0;

  double number() const noexcept;
  std::string text() const; ///< `-0.50`, `228.1`; never an exponent

  /// Digits with an optional sign and one point: `5`, `-0.30`, `065.88`, `+3`. Not `.`, `-`, `1.2e3`, `.5.`;
  /// `.5` and `5.` are read.
  static std::optional<decimal> from_text(std::string_view text) noexcept;
  /// A number of JSON (RFC 8259, 6), with its digits, also with an exponent: `7.20e0` is 7.20, `72E-1` 7.2.
  static std::optional<decimal> from_json(std::string_view text) noexcept;
  /// Half away from zero at `scale` digits. Nothing when out of range or not finite.
  static std::optional<decimal> round(double value, uint8_t scale) noexcept;

  /// Same value: 1.0 and 1.00 are equal.
  friend bool operator==(const decimal& a, const decimal& b) noexcept;
};

} // namespace aorta
