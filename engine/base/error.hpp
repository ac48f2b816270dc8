// What can go wrong with a message, as a value. Exceptions stay inside the adapter that met them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace aorta {

/// Why a message, a request or a start could not go on. `hl7::ack_rule` maps each to AA/AE/AR and an HL70357
/// code.
enum class error_code : uint8_t {
  no_header,            ///< the bytes do not start with MSH: nothing to answer to by name
  header_field_missing, ///< MSH-9 or MSH-10 absent: the same bytes will never pass
  frame_too_large,      ///< past the listener's limit
  unsupported_type,     ///< MSH-9.1 that no route of this listener takes
  unsupported_event,    ///< MSH-9.2 that no route takes, though the type is known
  unsupported_version,
  unsupported_processing_id,
  segment_missing, ///< a segment the chain needs (PID, OBR)
  segment_sequence,
  field_missing,
  data_type, ///< a field that cannot be what its type says; bytes that are not of the declared charset
  table_value,
  unknown_key, ///< no profile for this sender, no such record
  rejected,    ///< a rule of the route's file does not take it
  conflict,    ///< somebody else was first
  store_unavailable,
  undone, ///< the store took a transaction back to end a deadlock, or since tables changed: the same may be
          ///< done again at once
  deadline,
  paused,  ///< a person has paused the route
  invalid, ///< input of a command or a request
  internal,
};

std::string_view name(error_code code) noexcept;
/// The store is away or took it back: the same may be taken later.
constexpr bool passes(error_code code) noexcept {
  return code == error_code::store_unavailable || code == error_code::undone;
}

/// `where` names the place as the standard does (`PID-3`, `OBX[2]-5`), empty if there is none.
/// `text` is for people and never holds a patient's data.
struct error {
  error_code code = error_code::internal;
  std::string where;
  std::string text;
  friend bool operator==(const error&, const error&) = default;
};

/// Of what came from people and cannot be taken: a pattern, a key, a request to be sent.
inline error unusable(std::string text) { return {error_code::invalid, "", std::move(text)}; }

} // namespace aorta
