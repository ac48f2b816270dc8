#include "engine/pseudonym/shifted.hpp"

#include "engine/base/text.hpp"

#include <algorithm>

namespace aorta::pseudonym {
namespace {

using std::chrono::year_month_day;

bool digits(std::string_view text, size_t at, size_t count) noexcept {
  return at + count <= text.size() &&
    std::all_of(text.begin() + at, text.begin() + at + count, [](char c) { return is_digit(c); });
}

int number(std::string_view text, size_t at, size_t count) noexcept {
  int out = 0;
  for (size_t i = at; i < at + count; ++i) out = out * 10 + (text[i] - '0');
  return out;
}

std::optional<year_month_day> day(int year, int month, int of) noexcept {
  const year_month_day out{std::chrono::year{year}, std::chrono::month(unsigned(month)),
                           std::chrono::day(unsigned(of))};
  if (year < 1800 || year > 2199 || !out.ok()) return std::nullopt;
  return out;
}

/// What may follow a packed day: pairs of digits, a fraction, an offset.
bool is_rest_of_time(std::string_view rest) noexcept {
  size_t run = 0;
  while (run < rest.size() && is_digit(rest[run])) ++run;
  return run <= 6 && run % 2 == 0 && rest.find_first_not_of("0123456789.+-:Z") == std::string_view::npos;
}

} // namespace

std::string padded(int number, size_t width) {
  auto out = std::to_string(number);
  if (out.size() < width) out.insert(0, width - out.size(), '0');
  return out;
}

std::optional<written_day> day_of(std::string_view text) noexcept {
  using form = written_day::form;
  written_day out;
  std::optional<year_month_day> found;
  const auto is = [&](form as, std::optional<year_month_day> when) {
    out.is = as;
    found = when;
  };
  const char third = text.size() > 2 ? text[2] : '\0', fifth = text.size() > 4 ? text[4] : '\0';
  if (text.size() == 4 && digits(text, 0, 4)) is(form::year, day(number(text, 0, 4), 7, 1));
  else if (text.size() == 6 && digits(text, 0, 6))
    is(form::month, day(number(text, 0, 4), number(text, 4, 2), 15));
  else if (digits(text, 0, 8) && is_rest_of_time(text.substr(8)))
    is(form::packed, day(number(text, 0, 4), number(text, 4, 2), number(text, 6, 2)));
  else if (digits(text, 0, 4) && fifth == '-' && digits(text, 5, 2) && text.size() >= 10 && text[7] == '-' &&
           digits(text, 8, 2) && (text.size() == 10 || !is_digit(text[10])))
    is(form::year_first, day(number(text, 0, 4), number(text, 5, 2), number(text, 8, 2)));
  else if (text.size() == 10 && (third == '/' || third == '.' || third == '-') && text[5] == third &&
           digits(text, 0, 2) && digits(text, 3, 2) && digits(text, 6, 4)) {
    out.divider = third;
    is(form::day_first, day(number(text, 6, 4), number(text, 3, 2), number(text, 0, 2)));
  }
  if (!found) return std::nullopt;
  out.day = *found;
  return out;
}

std::string with_day(std::string_view text, const written_day& of, const year_month_day& day) {
  using form = written_day::form;
  const auto year = padded(int(day.year()), 4), month = padded(int(unsigned(day.month())), 2),
             date = padded(int(unsigned(day.day())), 2);
  switch (of.is) {
    case form::year: return year;
    case form::month: return year + month;
    case form::packed: return year + month + date + std::string(text.substr(8));
    case form::year_first: return year + "-" + month + "-" + date + std::string(text.substr(10));
    case form::day_first: return date + of.divider + month + of.divider + year;
  }
  return {};
}

} // namespace aorta::pseudonym
