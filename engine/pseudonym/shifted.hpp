// Times as messages write them, moved by days.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::pseudonym {

/// A day in a text, and how it is written.
struct written_day {
  enum class form : uint8_t {
    year,       ///< YYYY
    month,      ///< YYYYMM
    packed,     ///< YYYYMMDD, and whatever follows it: hours, fraction, offset
    year_first, ///< YYYY-MM-DD, and whatever follows it
    day_first,  ///< DD/MM/YYYY
  } is = form::packed;
  std::chrono::year_month_day day; ///< in the middle of what is not told
  char divider = '-';
};
/// Nothing when the text is no such time, of the years 1800 to 2199.
std::optional<written_day> day_of(std::string_view text) noexcept;

/// `text`, of which `of` was read, with another day in the same form.
std::string with_day(std::string_view text, const written_day& of, const std::chrono::year_month_day& day);

std::string padded(int number, size_t width); ///< zeros in front

} // namespace aorta::pseudonym
