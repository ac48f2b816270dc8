#include "engine/base/ratio.hpp"

#include <cmath>
#include <iterator>
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

double power_of_ten(int n) noexcept {
  static constexpr double exact[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}; // further ones are rounded
  return size_t(n) < std::size(exact) ? exact[n] : std::pow(10.0, n);
}

} // namespace

ratio ratio::of(const decimal& number) noexcept { return lowest(number.units, 1, -int(number.scale)); }

double ratio::number() const noexcept {
  // Divided by the power where it is negative: 10^-9 is no double, 10^9 is.
  const double plain = double(up) / double(down);
  return exponent < 0 ? plain / power_of_ten(-exponent) : plain * power_of_ten(exponent);
}

std::optional<ratio> times(const ratio& a, const ratio& b) noexcept {
  if (a.up == 0 || b.up == 0) return ratio{0, 1, 0};
  if (a.is_power_of_ten()) return ratio{b.up, b.down, a.exponent + b.exponent};
  if (b.is_power_of_ten()) return ratio{a.up, a.down, a.exponent + b.exponent};
  // Across before the product: the terms stay as small as they can be.
  const int64_t first = std::gcd(a.up, b.down), second = std::gcd(b.up, a.down);
  int64_t up = 0, down = 0;
  if (__builtin_mul_overflow(a.up / first, b.up / second, &up) ||
      __builtin_mul_overflow(a.down / second, b.down / first, &down))
    return std::nullopt;
  return lowest(up, down, a.exponent + b.exponent);
}

ratio inverse(const ratio& of) noexcept {
  return of.up < 0 ? ratio{-of.down, -of.up, -of.exponent} : ratio{of.down, of.up, -of.exponent};
}

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
