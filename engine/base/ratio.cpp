#include "engine/base/ratio.hpp"

#include <cmath>
#include <numeric>

namespace aorta {
namespace {

__extension__ using wide = __int128;

void drop_zeros(int64_t& term, int& exponent, int direction) noexcept {
  while (term != 0 && term % 10 == 0) {
    term /= 10;
    exponent += direction;
  }
}

ratio lowest(int64_t up, int64_t down, int exponent) noexcept {
  if (up == 0) return {0, 1, 0};
  if (down < 0) up = -up, down = -down;
  drop_zeros(up, exponent, 1);
  drop_zeros(down, exponent, -1);
  const int64_t common = std::gcd(up, down);
  return {up / common, down / common, exponent};
}

bool multiply(wide& number, wide by) noexcept { return !__builtin_mul_overflow(number, by, &number); }

bool shift(wide& number, int zeros) noexcept {
  for (; zeros > 0; --zeros)
    if (!multiply(number, 10)) return false;
  return true;
}

/// up / down x 10^exponent with every power of ten in the terms.
bool spread(int exponent, wide& up, wide& down) noexcept {
  return exponent < 0 ? shift(down, -exponent) : shift(up, exponent);
}

} // namespace

ratio ratio::of(const decimal& number) noexcept { return lowest(number.units, 1, -int(number.scale)); }

double ratio::number() const noexcept {
  // Divided by the power where it is negative: 10^-9 is no double, 10^9 is.
  const double plain = double(up) / double(down);
  return exponent < 0 ? plain / std::pow(10.0, -exponent) : plain * std::pow(10.0, exponent);
}

std::optional<ratio> times(const ratio& a, const ratio& b) noexcept {
  // Across before the product: the terms stay as small as they can be.
  const int64_t first = std::gcd(a.up, b.down), second = std::gcd(b.up, a.down);
  if (a.up == 0 || b.up == 0) return ratio{0, 1, 0};
  int64_t up = 0, down = 0;
  if (__builtin_mul_overflow(a.up / first, b.up / second, &up) ||
      __builtin_mul_overflow(a.down / second, b.down / first, &down))
    return std::nullopt;
  return lowest(up, down, a.exponent + b.exponent);
}

ratio inverse(const ratio& of) noexcept { return lowest(of.down, of.up, -of.exponent); }

ratio negative(const ratio& of) noexcept { return {-of.up, of.down, of.exponent}; }

std::optional<decimal> scaled(const decimal& number, const ratio& scale, const ratio& offset,
                              uint8_t decimals) noexcept {
  if (decimals > 18) return std::nullopt;
  wide up = number.units, down = scale.down, more = offset.up, below = offset.down;
  if (!multiply(up, scale.up) || !spread(scale.exponent - int(number.scale) + decimals, up, down))
    return std::nullopt;
  if (!spread(offset.exponent + decimals, more, below)) return std::nullopt;
  if (more != 0) {
    if (!multiply(up, below) || !multiply(more, down) || !multiply(down, below)) return std::nullopt;
    if (__builtin_add_overflow(up, more, &up)) return std::nullopt;
  }
  const bool below_zero = up < 0;
  if (below_zero) up = -up;
  wide units = up / down;
  if (const wide rest = up % down; rest >= down - rest) ++units;
  if (units >= wide{1'000'000'000'000'000'000}) return std::nullopt;
  return decimal{below_zero ? -int64_t(units) : int64_t(units), decimals};
}

} // namespace aorta
