// How an alert of a critical value stands, and what persons may do about it as it stands (domain: critical
// results; ISO 15189:2022 7.4.1.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aorta::critical {

/// Delivered is not acknowledged: a machine has it, and nobody may have looked.
enum class state : uint8_t {
  open,         ///< nobody was told yet
  notified,     ///< it is on its way to the first
  delivered,    ///< the receiver's machine has it
  escalated,    ///< it is on its way to the next
  acknowledged, ///< a person has it
  read_back,    ///< and has repeated the value
  closed,
  late,        ///< too old for a ladder: it stands on a list of its own until somebody closes it
  folded,      ///< the same value of the same result again, of which another alert tells
  superseded,  ///< a correction came, which has an alert of its own
  withdrawn,   ///< the laboratory took the value back
  unreachable, ///< the ladder has ended, and nobody has acknowledged it
};
inline constexpr size_t states = size_t(state::unreachable) + 1;
std::string_view name(state) noexcept;
std::optional<state> state_from(std::string_view) noexcept;

/// Somebody is still to hear of it.
bool climbs(state) noexcept;
/// Nothing more comes of it.
bool has_ended(state) noexcept;

/// How bad it is: past a limit of life (LL, HH, the clinic's own limits), or what a laboratory calls so
/// without a number (AA), and what is told of a value that is critical no longer.
enum class band : uint8_t { risk, significant };
std::string_view name(band) noexcept;
std::optional<band> band_from(std::string_view) noexcept;

enum class act : uint8_t { acknowledge, read_back, hand_over, close };
/// Why it cannot be done now, for whoever asked; empty: it can.
std::string_view why_not(act what, state now) noexcept;

} // namespace aorta::critical
