#include "engine/base/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace aorta {
namespace {

constexpr int64_t power_of_ten(unsigned n) noexcept {
  int64_t out = 1;
  while (n-- > 0) out *= 10;
  return out;
}

decimal reduced(decimal d) noexcept {
  while (d.scale > 0 && d.units % 10 == 0) {
    d.units /= 10;
    --d.scale;
  }
  return d;
}

} // namespace

double decimal::number() const noexcept { return double(units) / double(power_of_ten(scale)); }

std::string decimal::text() const {
  const bool negative = units < 0;
  std::string digits = std::to_string(negative ? -uint64_t(units) : uint64_t(units));
  if (scale > 0) {
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - scale, 1, '.');
  }
  return negative ? "-" + digits : digits;
}

std::optional<decimal> decimal::from_text(std::string_view text) noexcept {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  decimal out;
  unsigned significant = 0;
  bool point = false, any = false;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    any = true;
    if (significant > 0 || c != '0') ++significant;
    if (significant > 18) return std::nullopt;
    if (point && ++out.scale > 18) return std::nullopt;
    out.units = out.units * 10 + (c - '0');
  }
  if (!any) return std::nullopt;
  if (negative) out.units = -out.units;
  return out;
}

std::optional<decimal> decimal::from_json(std::string_view text) noexcept {
  constexpr int most_digits = 18;
  const auto mark = text.find_first_of("eE");
  auto out = from_text(text.substr(0, mark));
  if (!out || mark == text.npos) return out;
  auto said = text.substr(mark + 1);
  if (said.size() > 1 && said[0] == '+' && said[1] != '-') said.remove_prefix(1);
  int exponent = 0;
  const auto [end, fault] = std::from_chars(said.data(), said.data() + said.size(), exponent);
  if (fault != std::errc{} || end != said.data() + said.size()) return std::nullopt;
  if (exponent < -most_digits || exponent > 2 * most_digits) {
    if (out->units != 0) return std::nullopt;
    return decimal{};
  }
  int scale = int(out->scale) - exponent;
  for (; scale < 0; ++scale) {
    if (std::abs(out->units) >= power_of_ten(most_digits - 1)) return std::nullopt;
    out->units *= 10;
  }
  if (scale > most_digits) return std::nullopt;
  out->scale = uint8_t(scale);
  return out;
}

std::optional<decimal> decimal::round(double value, uint8_t scale) noexcept {
  if (scale > 18) return std::nullopt;
  const double scaled = value * double(power_of_ten(scale));
  if (!(std::fabs(scaled) < 1e18)) return std::nullopt;
  // The product of a few exact decimals often lies a hair beside the half it should be: nudge by some of the
  // double's last places, never by so much that another digit could change (a nudge past 0.001 would).
  const double nudged = scaled + std::copysign(std::min(std::fabs(scaled) * 4e-15, 1e-3), scaled);
  return decimal{int64_t(std::round(nudged)), scale};
}

bool operator==(const decimal& a, const decimal& b) noexcept {
  const decimal x = reduced(a), y = reduced(b);
  return x.units == y.units && (x.scale == y.scale || x.units == 0);
}

} // namespace aorta
