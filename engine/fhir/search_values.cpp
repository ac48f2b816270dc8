#include "engine/fhir/search_values.hpp"

#include "engine/base/decimal.hpp"

#include <algorithm>
#include <cmath>

namespace aorta::fhir {
namespace {

using std::chrono::microseconds;

/// Reads digits and moves past them.
class digit_scanner {
public:
  explicit digit_scanner(std::string_view text) noexcept : rest_(text) {}
  bool number(size_t digits, int& out) noexcept {
    if (rest_.size() < digits) return false;
    out = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      out = out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }
  bool sign(char c) noexcept {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_end() const noexcept { return rest_.empty(); }

private:
  std::string_view rest_;
};

bool read_offset(digit_scanner& in, microseconds& offset) noexcept {
  if (in.at_end() || in.sign('Z')) return in.at_end();
  const bool east = in.sign('+');
  int hour = 0, minute = 0;
  if (!east && !in.sign('-')) return false;
  if (!in.number(2, hour) || !in.sign(':') || !in.number(2, minute) || !in.at_end()) return false;
  if (minute > 59 || hour > 14 || (hour == 14 && minute > 0)) return false;
  offset = std::chrono::hours{hour} + std::chrono::minutes{minute};
  if (!east) offset = -offset;
  return true;
}

/// Past `T`: the time of day, how long it means, and its offset.
bool read_time(digit_scanner& in, microseconds& time, microseconds& width, microseconds& offset) noexcept {
  int hour = 0, minute = 0, second = 0;
  if (!in.number(2, hour) || !in.sign(':') || !in.number(2, minute) || hour > 23 || minute > 59) return false;
  time = std::chrono::hours{hour} + std::chrono::minutes{minute};
  width = std::chrono::minutes{1};
  if (in.sign(':')) {
    if (!in.number(2, second) || second > 60) return false;
    time += std::chrono::seconds{second};
    width = std::chrono::seconds{1};
    if (in.sign('.')) {
      int digit = 0, many = 0;
      for (; in.number(1, digit); ++many) {
        if (width > microseconds{1}) time += (width /= 10) * digit;
      }
      if (many == 0) return false;
    }
  }
  return read_offset(in, offset);
}

} // namespace

std::optional<search_span> search_span_of(std::string_view text) noexcept {
  using namespace std::chrono;
  digit_scanner in(text);
  int y = 0, m = 1, d = 1;
  if (!in.number(4, y) || y == 0) return std::nullopt;
  if (in.at_end()) return search_span{sys_days{year{y} / 1 / 1}, sys_days{year{y + 1} / 1 / 1}};
  if (!in.sign('-') || !in.number(2, m) || m < 1 || m > 12) return std::nullopt;
  if (in.at_end()) {
    const auto month_then = year{y} / m;
    return search_span{sys_days{month_then / 1}, sys_days{(month_then + months{1}) / 1}};
  }
  if (!in.sign('-') || !in.number(2, d) || !valid_date(y, unsigned(m), unsigned(d))) return std::nullopt;
  const timestamp midnight = sys_days{year{y} / m / d};
  if (in.at_end()) return search_span{midnight, midnight + days{1}};
  microseconds time{0}, width{0}, offset{0};
  if (!in.sign('T') || !read_time(in, time, width, offset)) return std::nullopt;
  const timestamp when = midnight + time - offset;
  return search_span{when, when + width};
}

namespace {

std::optional<search_span> period_span(const node& period) noexcept {
  search_span out;
  const auto start = search_span_of(period.str("start")), end = search_span_of(period.str("end"));
  if (!start && !end) return std::nullopt;
  if (start) out.from = start->from;
  if (end) out.to = end->to;
  return out;
}

std::optional<search_span> timing_span(const node& timing) noexcept {
  std::optional<search_span> out;
  if (const node* events = timing.get("event")) {
    for (const node* each = events->first; each; each = each->next) {
      const auto one = search_span_of(each->text);
      if (!one) continue;
      out = out ? search_span{std::min(out->from, one->from), std::max(out->to, one->to)} : *one;
    }
  }
  const node* repeat = timing.get("repeat");
  const node* bounds = repeat ? repeat->get("boundsPeriod") : nullptr;
  if (const auto limits = bounds ? period_span(*bounds) : std::nullopt)
    out = out ? search_span{std::min(out->from, limits->from), std::max(out->to, limits->to)} : *limits;
  return out;
}

} // namespace

std::optional<search_span> search_span_of(const node& value) noexcept {
  if (value.is_string()) return search_span_of(value.text);
  if (!value.is_object()) return std::nullopt;
  if (value.get("event") || value.get("repeat")) return timing_span(value);
  return period_span(value);
}

bool compare(comparison how, const search_span& asked, const search_span& value, timestamp now) noexcept {
  const bool inside = value.from >= asked.from && value.to <= asked.to;
  switch (how) {
    case comparison::eq: return inside;
    case comparison::ne: return !inside;
    case comparison::gt: return value.to > asked.to;
    case comparison::lt: return value.from < asked.from;
    case comparison::ge: return value.to > asked.to || inside;
    case comparison::le: return value.from < asked.from || inside;
    case comparison::sa: return value.from >= asked.to;
    case comparison::eb: return value.to <= asked.from;
    case comparison::ap: {
      const auto gap = (now > asked.from ? now - asked.from : asked.from - now) / 10;
      return value.from < asked.to + gap && value.to > asked.from - gap;
    }
  }
  return false;
}

namespace {

/// More digits after the point, same value; false, and nothing changed, when they do not fit.
bool widen(magnitude& what, int scale) noexcept {
  magnitude out = what;
  if (out.units == 0) out.scale = scale;
  while (out.scale < scale) {
    if (__builtin_mul_overflow(out.units, 10, &out.units)) return false;
    ++out.scale;
  }
  what = out;
  return true;
}

} // namespace

double magnitude::number() const noexcept {
  return units == 0 ? 0.0 : double(units) * std::pow(10.0, -scale); // 0e400 is 0
}

std::optional<magnitude> magnitude_of(std::string_view text) noexcept {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto exponent_at = text.find_first_of("eE");
  const auto mantissa = text.substr(0, exponent_at);
  if (mantissa.empty() || !is_digit(mantissa.back()) ||
      !is_digit(mantissa[mantissa.size() > 1 && mantissa[0] == '-' ? 1 : 0]))
    return std::nullopt;
  const auto digits = decimal::from_text(mantissa);
  if (!digits) return std::nullopt;
  int exponent = 0;
  if (exponent_at != text.npos) {
    auto rest = text.substr(exponent_at + 1);
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    if (rest.empty() || rest.size() > 3 || !std::all_of(rest.begin(), rest.end(), is_digit))
      return std::nullopt;
    for (const char c : rest) exponent = exponent * 10 + (c - '0');
    if (negative) exponent = -exponent;
  }
  magnitude out{digits->units, digits->scale - exponent};
  // R4's own example: 1e2 means [95, 105), so a mantissa before an exponent has at least one digit after its
  // point.
  if (exponent_at != text.npos && digits->scale == 0) widen(out, out.scale + 1);
  return out;
}

namespace {

/// `tenths` of the last digit further; the number itself when it has too many digits.
magnitude moved(const magnitude& from, int tenths) noexcept {
  magnitude out;
  if (__builtin_mul_overflow(from.units, 10, &out.units) ||
      __builtin_add_overflow(out.units, tenths, &out.units))
    return from;
  out.scale = from.scale + 1;
  return out;
}

/// A tenth of its size away from the number.
magnitude approached(const magnitude& from, bool above) noexcept {
  const auto tenth = from.units < 0 ? -from.units : from.units;
  magnitude out;
  if (__builtin_mul_overflow(from.units, 10, &out.units) ||
      __builtin_add_overflow(out.units, above ? tenth : -tenth, &out.units))
    return from;
  out.scale = from.scale + 1;
  return out;
}

} // namespace

int order(const magnitude& a, const magnitude& b) noexcept {
  magnitude x = a, y = b;
  const int scale = std::max(x.scale, y.scale);
  if (widen(x, scale) && widen(y, scale)) return x.units < y.units ? -1 : x.units > y.units ? 1 : 0;
  // So far apart that double's digits suffice, whatever they are.
  const double p = a.number(), q = b.number();
  return p < q ? -1 : p > q ? 1 : 0;
}

std::optional<measure> measure_of(const node& value) noexcept {
  if (value.is == node::kind::number) {
    const auto exact = magnitude_of(value.text);
    return exact ? std::optional(measure{exact, exact}) : std::nullopt;
  }
  const auto number_in = [](const node* of) -> std::optional<magnitude> {
    const node* number = of ? of->get("value") : nullptr;
    return number && number->is == node::kind::number ? magnitude_of(number->text) : std::nullopt;
  };
  if (value.get("low") || value.get("high"))
    return measure{number_in(value.get("low")), number_in(value.get("high"))};
  const auto exact = number_in(&value);
  if (!exact) return std::nullopt;
  const auto comparator = value.str("comparator");
  if (comparator.starts_with('<')) return measure{std::nullopt, exact, false, comparator == "<"};
  if (comparator.starts_with('>')) return measure{exact, std::nullopt, comparator == ">", false};
  return measure{exact, exact};
}

namespace {

bool within(const measure& value, const magnitude& from, const magnitude& to, bool to_included) noexcept {
  if (!value.low || !value.high || order(*value.low, from) < 0) return false;
  const int end = order(*value.high, to);
  return end < 0 || (end == 0 && (to_included || value.high_open));
}

bool touches(const measure& value, const magnitude& from, const magnitude& to) noexcept {
  if (value.low && order(*value.low, to) > 0) return false;
  return !value.high || order(*value.high, from) >= 0;
}

} // namespace

bool compare(comparison how, const magnitude& asked, const measure& value) noexcept {
  const int low = value.low ? order(*value.low, asked) : -1,
            high = value.high ? order(*value.high, asked) : 1;
  switch (how) {
    case comparison::eq: return within(value, moved(asked, -5), moved(asked, 5), false);
    case comparison::ne: return !within(value, moved(asked, -5), moved(asked, 5), false);
    case comparison::gt: return high > 0;
    case comparison::lt: return low < 0;
    case comparison::ge: return high > 0 || (high == 0 && !value.high_open);
    case comparison::le: return low < 0 || (low == 0 && !value.low_open);
    case comparison::sa: return low > 0 || (low == 0 && value.low_open);
    case comparison::eb: return high < 0 || (high == 0 && value.high_open);
    case comparison::ap:
      return touches(value, approached(asked, false), approached(asked, true)) ||
        within(value, moved(asked, -5), moved(asked, 5), false);
  }
  return false;
}

reference_parts split_reference(std::string_view reference, std::string_view base) noexcept {
  reference_parts out{{}, {}, reference};
  auto rest = reference;
  if (!base.empty() && rest.starts_with(base)) {
    rest.remove_prefix(base.size());
    if (!base.ends_with('/')) {
      if (!rest.starts_with('/')) return out;
      rest.remove_prefix(1);
    }
  }
  if (const auto version = rest.find("/_history/"); version != rest.npos) rest = rest.substr(0, version);
  const auto slash = rest.find('/');
  if (slash == rest.npos || slash == 0 || slash + 1 == rest.size() || rest.find('/', slash + 1) != rest.npos)
    return out;
  if (rest.find(':') != rest.npos || rest[0] == '#') return out;
  out.type = rest.substr(0, slash);
  out.id = rest.substr(slash + 1);
  return out;
}

} // namespace aorta::fhir
