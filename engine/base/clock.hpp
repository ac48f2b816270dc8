// Time is handed in: nothing pure reads a clock.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace aorta {

/// Microseconds since 1970-01-01T00:00Z.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

class clock_source {
public:
  virtual ~clock_source() = default;
  virtual timestamp now() const = 0;
};

/// The machine's own clock.
class system_clock_source final : public clock_source {
public:
  timestamp now() const override;
};

/// `2026-11-23T08:15:00.123456Z`; without the fraction when it is zero.
std::string to_iso(timestamp when);

/// The same instant as it reads `offset` away from UTC: `2026-11-20T09:00:00+02:00`.
std::string to_iso(timestamp when, std::chrono::minutes offset);

/// Reads `YYYY-MM-DD[(T| )hh:mm[:ss[.f..]][Z|+hh[:mm]|-hh[:mm]]]`; without an offset, as UTC. False if it is
/// not that.
bool from_iso(std::string_view text, timestamp& out) noexcept;

/// Days of the proleptic Gregorian calendar; false when there is no such day.
bool valid_date(int year, unsigned month, unsigned day) noexcept;

} // namespace aorta
