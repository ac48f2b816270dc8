#include "engine/critical/ladder.hpp"

#include "engine/lab/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aorta::critical {
namespace {

using namespace std::chrono;

constexpr int a_day = 24 * 60, a_week = 7 * a_day;
constexpr std::array<std::string_view, 7> days{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

std::optional<int> read_day(std::string_view text) {
  const auto at = std::find(days.begin(), days.end(), text);
  return at == days.end() ? std::nullopt : std::optional(int(at - days.begin()));
}

/// `Mon-Fri`, `Sat,Sun`, `Fri-Mon`.
std::optional<uint8_t> read_days(std::string_view text) {
  uint8_t out = 0;
  for (;;) {
    const auto end = text.find(',');
    const auto part = text.substr(0, end);
    const auto dash = part.find('-');
    const auto from = read_day(part.substr(0, dash));
    const auto to = dash == part.npos ? from : read_day(part.substr(dash + 1));
    if (!from || !to) return std::nullopt;
    for (int day = *from;; day = (day + 1) % 7) {
      out |= uint8_t(1u << day);
      if (day == *to) break;
    }
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

/// `07:30`; `24:00` is the end of the day.
std::optional<uint16_t> read_minute(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  int hour = 0, minute = 0;
  const auto read = [&](std::string_view digits, int& into) {
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + 2, into);
    return fault == std::errc{} && end == digits.data() + 2 && into >= 0;
  };
  if (!read(text.substr(0, 2), hour) || !read(text.substr(3, 2), minute) || minute > 59) return std::nullopt;
  const int all = hour * 60 + minute;
  return all <= a_day ? std::optional(uint16_t(all)) : std::nullopt;
}

/// Minutes since Monday, by the clinic's clock.
int minute_of_week(const rules& by, timestamp now) {
  const auto* zone = lab::find_zone(by.time_zone);
  const auto local = now + (zone != nullptr ? lab::offset_at(*zone, now) : minutes(0));
  const auto day = floor<std::chrono::days>(local);
  const int weekday = int(year_month_weekday(day).weekday().iso_encoding()) - 1;
  return weekday * a_day + int(floor<minutes>(local - day).count());
}

bool is_open(const open_hours& span, int minute) {
  const int day = minute / a_day, at = minute % a_day;
  const auto on = [&](int which) { return (span.days >> which & 1) != 0; };
  if (span.from < span.to) return on(day) && at >= span.from && at < span.to;
  return (on(day) && at >= span.from) || (on((day + 6) % 7) && at < span.to);
}

bool is_open(const rung& of, int minute) {
  return of.hours.empty() ||
    std::any_of(of.hours.begin(), of.hours.end(), [&](const auto& span) { return is_open(span, minute); });
}

std::vector<const rung*> rungs_for(const rules& by, band how, bool matched) {
  std::vector<const rung*> out;
  for (const auto& each : by.rungs) {
    const bool of = each.of == whose::anybody || (each.of == whose::matched) == matched;
    if (of && (!each.only || *each.only == how)) out.push_back(&each);
  }
  return out;
}

/// After the last rung, or when there is none.
pause until_by_hand(const rules& by, const std::vector<const rung*>& mine) {
  return mine.empty() ? by.by_hand : std::max(pause(0), by.by_hand - mine.back()->after);
}

} // namespace

std::optional<open_hours> read_hours(std::string_view text) {
  open_hours out;
  if (const auto blank = text.find(' '); blank != text.npos) {
    const auto of = read_days(text.substr(0, blank));
    if (!of) return std::nullopt;
    out.days = *of;
    text.remove_prefix(blank + 1);
  }
  if (text.size() != 11 || text[5] != '-') return std::nullopt;
  const auto from = read_minute(text.substr(0, 5)), to = read_minute(text.substr(6));
  if (!from || !to || *from == *to || *from == a_day) return std::nullopt;
  out.from = *from;
  out.to = *to;
  return out;
}

move climb(const standing& of, const rules& by, timestamp now) {
  using enum move::kind;
  if (!climbs(of.is)) return {};
  const auto mine = rungs_for(by, of.how, of.matched);
  if (!of.admitted) {
    if (of.known) return {fold};
    if (of.observed && of.detected - *of.observed > by.fresh) return {late};
    const auto first = mine.empty() ? by.by_hand : mine.front()->after;
    if (first > pause(0)) return {wait, nullptr, 0, now + first};
  } else if (!of.next_at || *of.next_at > now) {
    return {};
  }
  if (of.level >= mine.size()) return {unreachable, nullptr, of.level, std::nullopt};
  const auto* at = mine[of.level];
  const bool last = of.level + 1 == mine.size();
  const auto then = last ? until_by_hand(by, mine) : mine[of.level + 1]->after - at->after;
  return {is_open(*at, minute_of_week(by, now)) ? notify : wait, at, of.level + 1, now + then};
}

std::vector<planned> plan(const rules& by, band how, bool matched, timestamp now) {
  std::vector<planned> out;
  const auto mine = rungs_for(by, how, matched);
  for (const auto* each : mine)
    out.push_back({now + each->after, each, is_open(*each, minute_of_week(by, now + each->after))});
  const auto last = mine.empty() ? pause(0) : mine.back()->after;
  out.push_back({now + last + until_by_hand(by, mine), nullptr});
  return out;
}

std::string gap_of(const rules& by, band how, bool matched) {
  const auto mine = rungs_for(by, how, matched);
  if (mine.empty()) return "at any time";
  constexpr int step = 15;
  for (int minute = 0; minute < a_week; minute += step) {
    const bool reached = std::any_of(mine.begin(), mine.end(), [&](const rung* each) {
      return is_open(*each, (minute + int(floor<minutes>(each->after).count())) % a_week);
    });
    if (reached) continue;
    const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return std::string(days[size_t(minute / a_day)]) + " " + two(minute % a_day / 60) + ":" +
      two(minute % 60);
  }
  return {};
}

} // namespace aorta::critical
