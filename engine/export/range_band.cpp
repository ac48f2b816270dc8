#include "engine/export/range_band.hpp"

#include "engine/base/decimal.hpp"

#include <algorithm>

namespace aorta::exports {
namespace {

std::optional<double> number(const std::string& text) {
  const auto read = decimal::from_text(text);
  return read ? std::optional(read->number()) : std::nullopt;
}

/// What the drawing spans, and where the range lies in it.
struct scale {
  double from = 0, to = 1, low = 0, high = 1;
  double at(double value) const { return std::clamp((value - from) / (to - from), 0.0, 1.0); }
};

std::optional<scale> scale_of(const range& within) {
  const auto low = number(within.low), high = number(within.high);
  if (!low && !high) return std::nullopt;
  scale out;
  if (low && high) {
    if (*high <= *low) return std::nullopt;
    const double span = *high - *low;
    out = {*low - span / 2, *high + span / 2, *low, *high};
  } else if (high) { // up to a bound
    if (*high <= 0) return std::nullopt;
    out = {0, *high * 1.5, 0, *high};
  } else {
    if (*low <= 0) return std::nullopt;
    out = {0, *low * 2, *low, *low * 2};
  }
  return out;
}

double seconds_of(const reading& one) {
  timestamp at{};
  from_iso(one.taken, at);
  return double(at.time_since_epoch().count()) / 1e6;
}

} // namespace

picture band_of(const reading& one) {
  const auto by = scale_of(one.within);
  const auto value = one.is_number ? number(one.value) : std::nullopt;
  if (!by || !value) return {};
  return [by = *by, value = *value](sheets& on, double x, double y, double width, double height) {
    const double middle = y + height / 2 - 0.5, long_side = width - 8, left = x + 4;
    on.rule(left, middle, left + long_side, middle, 0.6, 0.6);
    on.box(left + by.at(by.low) * long_side, middle - 2, (by.at(by.high) - by.at(by.low)) * long_side, 4,
           0.78);
    if (value < by.from) { // an arrow: it lies beyond the drawing
      on.path({{left + 3, middle - 2.5}, {left - 1, middle}, {left + 3, middle + 2.5}}, 1, 0);
    } else if (value > by.to) {
      const double end = left + long_side;
      on.path({{end - 3, middle - 2.5}, {end + 1, middle}, {end - 3, middle + 2.5}}, 1, 0);
    } else {
      on.dot(left + by.at(value) * long_side, middle, 1.8, 0);
    }
  };
}

picture trend_of(const std::vector<const reading*>& newest_first) {
  std::vector<std::pair<double, double>> all;
  for (auto each = newest_first.rbegin(); each != newest_first.rend(); ++each)
    if (const auto value = number((*each)->value)) all.emplace_back(seconds_of(**each), *value);
  if (all.size() < 2) return {};
  return [all](sheets& on, double x, double y, double width, double height) {
    const auto [least, most] = std::minmax_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    const double first = all.front().first, span = std::max(all.back().first - first, 1.0);
    const double low = least->second, rise = std::max(most->second - low, 1e-9);
    std::vector<std::pair<double, double>> points;
    for (const auto& [time, value] : all)
      points.emplace_back(x + 2 + (time - first) / span * (width - 4),
                          y + height - 2 - (value - low) / rise * (height - 4));
    on.path(points, 0.7, 0.45);
    for (const auto& [px, py] : points) on.dot(px, py, 1.2, 0.2);
    on.dot(points.back().first, points.back().second, 1.8, 0);
  };
}

} // namespace aorta::exports
