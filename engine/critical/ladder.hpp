// Who hears of a critical value, and when: the clinic's ladder, as a function of what stands and of the time.
// It knows no clock, store or socket.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/critical/hours.hpp"
#include "engine/critical/state.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::critical {

using pause = std::chrono::milliseconds;

/// Of whom: of somebody's results, or of those that nobody's are yet.
enum class whose : uint8_t { anybody, matched, unmatched };

/// One who is told, so long after the engine has seen the value.
struct rung {
  std::string destination;
  std::string role; ///< for people: `ordering doctor`, `on-call`
  pause after{0};
  std::optional<band> only;
  whose of = whose::anybody;
  std::vector<open_hours> hours; ///< empty: always
  friend bool operator==(const rung&, const rung&) = default;
};

/// A clinic's. The defaults are a proposal; its board sets them.
struct rules {
  std::vector<rung> rungs;      ///< in the order of their times
  pause due{15 * 60'000};       ///< within which somebody is to acknowledge
  pause by_hand{30 * 60'000};   ///< then somebody has to call
  std::chrono::hours fresh{48}; ///< older values run no ladder
  std::string time_zone = "Asia/Nicosia";
  friend bool operator==(const rules&, const rules&) = default;
};

/// The level of an alert that a person has handed over: it climbs no further.
inline constexpr size_t no_rung_left = 1000;

/// An alert as it stands.
struct standing {
  state is = state::open;
  bool admitted = false; ///< a ladder was begun
  size_t level = 0;      ///< rungs that were climbed, of those that are for it
  band how = band::risk;
  bool matched = true;               ///< a patient is known
  bool known = false;                ///< another alert tells the same value of the same result
  std::optional<timestamp> observed; ///< the clinical time
  timestamp detected{};
  std::optional<timestamp> next_at;
};

struct move {
  enum class kind : uint8_t {
    rest,   ///< nothing is to be done now
    wait,   ///< it stands on a ladder, or a rung was passed by whose hours these are not
    notify, ///< `rung` hears of it
    late,
    fold,
    unreachable
  } is = kind::rest;
  const critical::rung* rung = nullptr; ///< of the rules
  size_t level = 0;
  std::optional<timestamp> next_at;
};

/// One rung at a time: the pauses between rungs are counted from when the one before was climbed, so that a
/// clock that jumps, or an engine that was away, does not call everybody at once.
move climb(const standing& of, const rules& by, timestamp now);
move climb(const standing&, rules&&, timestamp) = delete; // `rung` would point at nothing

/// What would happen from now on: each rung with its time, and at last when somebody has to call.
struct planned {
  timestamp at{};
  const critical::rung* rung = nullptr; ///< null: nobody is left, somebody has to call by hand
  bool open = true;                     ///< within its hours
};
std::vector<planned> plan(const rules& by, band how, bool matched, timestamp now);
std::vector<planned> plan(rules&&, band, bool, timestamp) = delete;

/// When such a value reaches nobody: empty: never; `at any time`, or an example (`Sat 03:00`).
std::string gap_of(const rules& by, band how, bool matched);

} // namespace aorta::critical
