#include "engine/base/clock.hpp"

#include <cstdio>

namespace aorta {
namespace {

bool digits(std::string_view text, size_t at, size_t count, int& out) noexcept {
  if (at + count > text.size()) return false;
  out = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

std::string civil_text(timestamp local) {
  using namespace std::chrono;
  const auto day = floor<days>(local);
  const year_month_day date{day};
  const hh_mm_ss<microseconds> time{local - day};
  char buffer[64];
  int n = std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d", int(date.year()),
                        unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                        int(time.minutes().count()), int(time.seconds().count()));
  if (const auto fraction = time.subseconds().count(); fraction != 0)
    n += std::snprintf(buffer + n, sizeof buffer - size_t(n), ".%06d", int(fraction));
  return {buffer, size_t(n)};
}

} // namespace

timestamp system_clock_source::now() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string to_iso(timestamp when) { return civil_text(when) + "Z"; }

std::string to_iso(timestamp when, std::chrono::minutes offset) {
  const auto total = offset.count();
  const auto size = total < 0 ? -total : total;
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "%c%02d:%02d", total < 0 ? '-' : '+', int(size / 60) % 100,
                int(size % 60));
  return civil_text(when + offset) + buffer;
}

bool valid_date(int year, unsigned month, unsigned day) noexcept {
  return std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{month},
                                     std::chrono::day{day}}
    .ok();
}

bool from_iso(std::string_view text, timestamp& out) noexcept {
  using namespace std::chrono;
  int y = 0, m = 0, d = 0;
  if (!digits(text, 0, 4, y) || !digits(text, 5, 2, m) || !digits(text, 8, 2, d) || text[4] != '-' ||
      text[7] != '-')
    return false;
  if (!valid_date(y, unsigned(m), unsigned(d))) return false;
  timestamp when = sys_days{year{y} / m / d};
  size_t at = 10;
  if (at < text.size()) {
    int hour = 0, minute = 0, second = 0;
    if ((text[at] != 'T' && text[at] != ' ') || !digits(text, at + 1, 2, hour) ||
        !digits(text, at + 4, 2, minute) || text[at + 3] != ':')
      return false;
    at += 6;
    microseconds fraction{0};
    if (at < text.size() && text[at] == ':') {
      if (!digits(text, at + 1, 2, second)) return false;
      at += 3;
      if (at < text.size() && text[at] == '.') {
        int64_t unit = 100'000, micros = 0;
        if (++at == text.size() || text[at] < '0' || text[at] > '9') return false;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
          micros += (text[at] - '0') * unit;
        fraction = microseconds{micros};
      }
    }
    if (hour > 23 || minute > 59 || second > 59) return false;
    when += hours{hour} + minutes{minute} + seconds{second} + fraction;
    if (at < text.size() && text[at] == 'Z') {
      ++at;
    } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
      int off_hour = 0, off_minute = 0;
      const bool west = text[at] == '-';
      if (!digits(text, at + 1, 2, off_hour)) return false;
      at += 3;
      const bool colon = at < text.size() && text[at] == ':';
      if (colon) ++at;
      if (colon || at < text.size()) {
        if (!digits(text, at, 2, off_minute)) return false;
        at += 2;
      }
      if (off_hour > 15 || off_minute > 59) return false;
      const auto offset = hours{off_hour} + minutes{off_minute};
      when += west ? microseconds{offset} : -microseconds{offset};
    }
    if (at != text.size()) return false;
  }
  out = when;
  return true;
}

} // namespace aorta
