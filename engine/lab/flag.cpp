#include "engine/lab/flag.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace aorta::lab {
namespace {

using model::abnormal_flag;

struct flag_meaning {
  std::string_view code;
  std::optional<abnormal_flag> flag;
};
constexpr flag_meaning meanings[] = {{"N", abnormal_flag::normal},
                                     {"L", abnormal_flag::low},
                                     {"H", abnormal_flag::high},
                                     {"LL", abnormal_flag::critical_low},
                                     {"HH", abnormal_flag::critical_high},
                                     {"A", abnormal_flag::abnormal},
                                     {"AA", abnormal_flag::abnormal},
                                     {"<", abnormal_flag::low},
                                     {">", abnormal_flag::high},
                                     {"LU", abnormal_flag::low},
                                     {"HU", abnormal_flag::high},
                                     {"S", abnormal_flag::normal},
                                     {"R", abnormal_flag::abnormal},
                                     {"I", abnormal_flag::indeterminate},
                                     {"MS", abnormal_flag::indeterminate},
                                     {"VS", abnormal_flag::normal},
                                     {"SDD", abnormal_flag::indeterminate},
                                     {"NS", abnormal_flag::abnormal},
                                     {"POS", abnormal_flag::abnormal},
                                     {"NEG", abnormal_flag::normal},
                                     {"IND", abnormal_flag::indeterminate},
                                     {"DET", abnormal_flag::abnormal},
                                     {"ND", abnormal_flag::normal},
                                     {"RR", abnormal_flag::abnormal},
                                     {"NR", abnormal_flag::normal},
                                     {"WR", abnormal_flag::indeterminate},
                                     {"E", abnormal_flag::indeterminate},
                                     {"EXP", abnormal_flag::normal},
                                     {"UNE", abnormal_flag::abnormal},
                                     {"null", std::nullopt},
                                     {"U", std::nullopt},
                                     {"D", std::nullopt},
                                     {"B", std::nullopt},
                                     {"W", std::nullopt},
                                     {"AC", std::nullopt},
                                     {"TOX", abnormal_flag::abnormal},
                                     {"QCF", std::nullopt},
                                     {"HX", abnormal_flag::high},
                                     {"LX", abnormal_flag::low}};

const flag_meaning* find(std::string_view code) noexcept {
  const auto at = std::find_if(std::begin(meanings), std::end(meanings),
                               [&](const flag_meaning& m) { return m.code == code; });
  return at == std::end(meanings) ? nullptr : at;
}

int weight(abnormal_flag f) noexcept {
  switch (f) {
    case abnormal_flag::critical_low:
    case abnormal_flag::critical_high: return 4;
    case abnormal_flag::low:
    case abnormal_flag::high: return 3;
    case abnormal_flag::abnormal: return 2;
    case abnormal_flag::indeterminate: return 1;
    case abnormal_flag::normal: return 0;
  }
  return 0;
}

bool same(double a, double b) noexcept {
  return a == b || std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b));
}

/// Every number of the interval is beyond `bound`, or on it where that counts as beyond.
bool above(const interval& where, double bound, bool bound_counts) noexcept {
  if (std::isinf(where.low)) return false;
  if (same(where.low, bound)) return bound_counts || !where.low_inclusive;
  return where.low > bound;
}
bool below(const interval& where, double bound, bool bound_counts) noexcept {
  if (std::isinf(where.high)) return false;
  if (same(where.high, bound)) return bound_counts || !where.high_inclusive;
  return where.high < bound;
}

} // namespace

std::optional<interval> interval_of(const value& v) noexcept {
  if (!v.number) return std::nullopt;
  const double n = v.number->number();
  switch (v.kind) {
    case model::value_kind::number: return interval{n, n};
    case model::value_kind::range: {
      const double m = v.upper ? v.upper->number() : n;
      return interval{std::min(n, m), std::max(n, m)};
    }
    case model::value_kind::comparator: {
      interval out;
      const bool inclusive = v.comparator.size() == 2;
      if (v.comparator.starts_with('<')) {
        out.high = n, out.high_inclusive = inclusive;
        if (n >= 0) out.low = 0;
      } else {
        out.low = n, out.low_inclusive = inclusive;
      }
      return out;
    }
    default: return std::nullopt;
  }
}

interval convert(const affine& change, interval where) noexcept {
  where.low = change(where.low);
  where.high = change(where.high);
  return where;
}

bool wholly_above(const interval& where, double limit) noexcept { return above(where, limit, false); }
bool wholly_below(const interval& where, double limit) noexcept { return below(where, limit, false); }

std::optional<abnormal_flag> flag_of(std::string_view code) noexcept {
  const auto* m = find(code);
  return m ? m->flag : std::nullopt;
}
bool known_flag(std::string_view code) noexcept { return find(code) != nullptr; }

abnormal_flag graver(abnormal_flag a, abnormal_flag b) noexcept {
  if (weight(a) != weight(b)) return weight(a) > weight(b) ? a : b;
  return a == b || weight(a) == 4 ? a : abnormal_flag::abnormal;
}

std::optional<abnormal_flag> flag_from_range(const interval& where, const reference_range& range) noexcept {
  if (range.low && below(where, range.low->number(), !range.low_inclusive)) return abnormal_flag::low;
  if (range.high && above(where, range.high->number(), !range.high_inclusive)) return abnormal_flag::high;
  if (!range.low && !range.high) return std::nullopt;
  const auto inside_low = !range.low || above(where, range.low->number(), range.low_inclusive);
  const auto inside_high = !range.high || below(where, range.high->number(), range.high_inclusive);
  return inside_low && inside_high ? std::optional(abnormal_flag::normal) : std::nullopt;
}

} // namespace aorta::lab
