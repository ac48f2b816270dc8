// Hours of the week by a clinic's clock.
#pragma once

#include "engine/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::critical {

inline constexpr int a_day = 24 * 60, a_week = 7 * a_day; ///< in minutes

/// Days of the week and a span of their time, by the clinic's clock. A span that ends before it begins
/// reaches into the next day.
struct open_hours {
  uint8_t days = 0x7f;             ///< bit 0: Monday
  uint16_t from = 0, to = 24 * 60; ///< minutes of the day
  friend bool operator==(const open_hours&, const open_hours&) = default;
};
/// `07:00-15:00`, `Mon-Fri 07:00-15:00`, `Sat,Sun 20:00-08:00`. Nothing for what is none.
std::optional<open_hours> read_hours(std::string_view text);

/// Minutes since Monday, by the clock of this zone; by UTC when nobody knows it.
int minute_of_week(const std::string& time_zone, timestamp at);
/// No hours: always.
bool is_open(const std::vector<open_hours>& all, int minute_of_week);
/// For people: `Mon,Tue,Wed 07:00-15:00`; `always` for none.
std::string words_for(const std::vector<open_hours>& all);
/// For people: `Sat 03:00`.
std::string name_of_minute(int minute_of_week);

} // namespace aorta::critical
