// What a message about an appointment says (SIU, HL7 v2.5.1 chapter 10): of whom, which appointment, and what
// of it.
#pragma once

#include "engine/lab/notice_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::appointment {

enum class event : uint8_t {
  book,       ///< S12
  reschedule, ///< S13
  modify,     ///< S14
  cancel,     ///< S15
  erase,      ///< S17: it was booked by mistake
  no_show,    ///< S26
};
std::string_view code(event) noexcept; ///< `S12`
std::optional<event> event_from(std::string_view code) noexcept;

using lab::number;

struct notice : lab::notice {
  event what = event::book;
  number placer, filler; ///< SCH-1, SCH-2
  /// TQ1-7 and 8, else SCH-11.4 and 5, else the earliest of its resources; the end else by its duration.
  std::optional<timestamp> start, end;
  std::string state;        ///< column `status`, of SCH-25; empty: not told, or none it has
  std::string type;         ///< column `appointment_type`; empty: not told, or none of the clinic's words
  std::string reason;       ///< AIS-3 of each service, else SCH-7
  std::string location;     ///< AIL-3 of each place
  std::string event_reason; ///< SCH-6
  std::vector<std::string> providers; ///< AIP-3.1: licence numbers
};

/// Errors: `segment_missing` (PID, SCH), `field_missing` (PID-3 and PID-5 both empty; SCH-1 and SCH-2 both
/// empty), `segment_sequence` (two persons, two appointments), `data_type` with the place of bytes that are
/// not of the charset, `unsupported_event`.
result<notice> read(const hl7::message& msg, const lab::notice_reading& how);

} // namespace aorta::appointment
