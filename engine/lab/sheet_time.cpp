// Days and times as spreadsheets write them.
#include "engine/base/text.hpp"
#include "engine/lab/sheet.hpp"
#include "engine/lab/value.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace aorta::lab {
namespace {

constexpr std::string_view serial = "excel", letters = "yMdHms";

struct parts_of_day {
  int year = 0, month = 0, day = 0, hour = -1, minute = -1, second = -1;
};

/// ISO 8601 has a T between day and time.
bool names_part(char letter) { return is_alpha(letter) && letter != 'T'; }

int* slot_of(parts_of_day& in, char letter) {
  switch (letter) {
    case 'y': return &in.year;
    case 'M': return &in.month;
    case 'd': return &in.day;
    case 'H': return &in.hour;
    case 'm': return &in.minute;
    default: return &in.second;
  }
}

/// Nothing for a day that no calendar has.
std::optional<std::string> written(const parts_of_day& of) {
  const std::chrono::year_month_day day{std::chrono::year{of.year}, std::chrono::month{unsigned(of.month)},
                                        std::chrono::day{unsigned(of.day)}};
  if (!day.ok() || of.year < 1800 || of.year > 2199) return std::nullopt;
  if (of.hour > 23 || of.minute > 59 || of.second > 59) return std::nullopt;
  char text[32];
  int size = std::snprintf(text, sizeof text, "%04d%02d%02d", of.year, of.month, of.day);
  if (of.hour >= 0 && of.minute >= 0)
    size += std::snprintf(text + size, sizeof text - size_t(size), "%02d%02d", of.hour, of.minute);
  if (of.hour >= 0 && of.minute >= 0 && of.second >= 0)
    size += std::snprintf(text + size, sizeof text - size_t(size), "%02d", of.second);
  return std::string(text, size_t(size));
}

/// `46346.395833`: a spreadsheet counts days, and the first two months of 1900 wrongly.
std::optional<std::string> from_serial(std::string_view cell) {
  std::string text(cell);
  for (char& c : text)
    if (c == ',') c = '.';
  double days = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (fault != std::errc{} || end != text.data() + text.size() || !(days >= 61) || days > 109'000)
    return std::nullopt;
  using namespace std::chrono;
  const auto seconds_of = std::chrono::seconds(std::llround(days * 86'400));
  const sys_seconds at = sys_days{year{1899} / 12 / 30} + seconds_of;
  const auto midnight = floor<std::chrono::days>(at);
  const year_month_day day{midnight};
  parts_of_day out{int(day.year()), int(unsigned(day.month())), int(unsigned(day.day()))};
  if (text.find('.') != text.npos) {
    const hh_mm_ss time{at - midnight};
    out.hour = int(time.hours().count());
    out.minute = int(time.minutes().count());
    out.second = int(time.seconds().count());
  }
  return written(out);
}

} // namespace

std::string sheet_pattern_fault(std::string_view pattern) {
  if (pattern == serial) return {};
  std::string seen;
  for (size_t at = 0; at < pattern.size();) {
    const char letter = pattern[at];
    const size_t end = std::min(pattern.find_first_not_of(letter, at), pattern.size());
    if (names_part(letter)) {
      const auto length = end - at;
      const bool known = letters.find(letter) != letters.npos &&
        (letter == 'y' ? length == 4 || length == 2 : length == 2 || (length == 1 && letter != 'm'));
      if (!known) return "'" + std::string(pattern.substr(at, length)) + "' means nothing in it";
      if (seen.find(letter) != seen.npos) return std::string("'") + letter + "' stands twice in it";
      seen += letter;
    }
    at = end;
  }
  for (const char needed : {'y', 'M', 'd'})
    if (seen.find(needed) == seen.npos) return std::string("it has no '") + needed + "'";
  if (seen.find('m') != seen.npos && seen.find('H') == seen.npos) return "it has minutes and no hours";
  return {};
}

std::optional<std::string> sheet_time(std::string_view cell, std::string_view pattern) {
  cell = trimmed(cell);
  if (pattern == serial) return from_serial(cell);
  parts_of_day out;
  size_t at = 0;
  for (size_t i = 0; i < pattern.size();) {
    const char letter = pattern[i];
    const size_t end = std::min(pattern.find_first_not_of(letter, i), pattern.size());
    const bool day_is_whole = out.day != 0 && out.month != 0 && out.year != 0;
    if (at == cell.size() && day_is_whole && (out.hour < 0 || out.minute >= 0)) break; // not all of its time
    if (!names_part(letter)) {
      if (at >= cell.size() || cell[at++] != letter) return std::nullopt;
      ++i;
      continue;
    }
    const size_t most = std::max<size_t>(end - i, 2), least = letter == 'y' || end - i > 1 ? end - i : 1;
    size_t digits = 0;
    while (digits < most && at + digits < cell.size() && is_digit(cell[at + digits])) ++digits;
    if (digits < least) return std::nullopt;
    int value = 0;
    std::from_chars(cell.data() + at, cell.data() + at + digits, value);
    *slot_of(out, letter) = letter == 'y' && most == 2 ? 2000 + value : value;
    at += digits;
    i = end;
  }
  return at == cell.size() ? written(out) : std::nullopt;
}

} // namespace aorta::lab
