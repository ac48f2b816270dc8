// HL7 times (DTM and TS, HL7 v2.5.1 chapter 2A.22): any precision, with or without an offset.
#pragma once

#include "engine/model/lab.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::lab {

/// The digits of a time, checked, not yet an instant.
struct told {
  std::chrono::local_time<std::chrono::microseconds> local{};
  model::moment::precision precision = model::moment::precision::second;
  std::optional<std::chrono::minutes> offset;
};
/// `YYYY[MM[DD[hh[mm[ss[.f+]]]]]][+hhmm]`; the offset also as `+hh` and `+hh:mm`. Nothing for what is no
/// time.
std::optional<told> told_time(std::string_view text) noexcept;

/// Zeros that fill a field in which there is no time: `00000000`, `00000000000000+0000`.
bool says_no_time(std::string_view text) noexcept;

/// One IANA zone. Zones are kept per thread: they live as long as it, and a reference must not leave it.
struct local_zone;
const local_zone* find_zone(const std::string& name);

/// How far its clocks are from UTC at this instant.
std::chrono::minutes offset_at(const local_zone& zone, timestamp when) noexcept;

struct time_reading {
  model::moment when;
  bool skipped = false; ///< a local time that the beginning of summer time leaves out; read with the offset
                        ///< before
};
/// Also as ISO 8601 writes a day or a time of a day: `YYYY-MM-DD`, `YYYY-MM-DD hh:mm[:ss[.f+]]` with a blank
/// or a T between, Z for UTC. Nothing when `text` is no time. Without an offset of its own it is read in the
/// zone, or `otherwise` with that offset.
std::optional<time_reading> read_local(std::string_view text, const local_zone& zone,
                                       std::optional<std::chrono::minutes> otherwise = std::nullopt);

/// Reads an HL7 time (`20261123`, `202611231015`, `20261123101500.123+0200`); local to `time_zone` (IANA
/// name) without an offset.
std::optional<model::moment> read_time(std::string_view text, const std::string& time_zone);
bool known_time_zone(const std::string& name);

/// The offset that MSH-7 gives to the message's times (HL7 v2.5.1 chapter 2A.79), where it is not what the
/// zone has at that moment anyway: then the zone's own rules say more, since they know of summer time.
std::optional<std::chrono::minutes> default_offset(std::string_view header_time, const local_zone& zone);

} // namespace aorta::lab
