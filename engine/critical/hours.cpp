#include "engine/critical/hours.hpp"

#include "engine/lab/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aorta::critical {
namespace {

using namespace std::chrono;

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

bool is_open(const open_hours& span, int minute) {
  const int day = minute / a_day, at = minute % a_day;
  const auto on = [&](int which) { return (span.days >> which & 1) != 0; };
  if (span.from < span.to) return on(day) && at >= span.from && at < span.to;
  return (on(day) && at >= span.from) || (on((day + 6) % 7) && at < span.to);
}

std::string time_of_day(int minute) {
  const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return two(minute / 60) + ":" + two(minute % 60);
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

int minute_of_week(const std::string& time_zone, timestamp now) {
  const auto* zone = lab::find_zone(time_zone);
  const auto local = now + (zone != nullptr ? lab::offset_at(*zone, now) : minutes(0));
  const auto day = floor<std::chrono::days>(local);
  const int weekday = int(year_month_weekday(day).weekday().iso_encoding()) - 1;
  return weekday * a_day + int(floor<minutes>(local - day).count());
}

bool is_open(const std::vector<open_hours>& all, int minute) {
  return all.empty() ||
    std::any_of(all.begin(), all.end(), [&](const auto& span) { return is_open(span, minute); });
}

std::string words_for(const std::vector<open_hours>& all) {
  std::string out;
  for (const auto& span : all) {
    out += out.empty() ? "" : "; ";
    std::string on;
    for (size_t day = 0; day < days.size(); ++day)
      if ((span.days >> day & 1) != 0) on.append(on.empty() ? "" : ",").append(days[day]);
    out += (span.days == open_hours().days ? "" : on + " ") + time_of_day(span.from) + "-" +
      time_of_day(span.to);
  }
  return out.empty() ? "always" : out;
}

std::string name_of_minute(int minute) {
  return std::string(days[size_t(minute / a_day)]) + " " + time_of_day(minute % a_day);
}

} // namespace aorta::critical
