// One delivery as far as its order and its attempts go; what is sent is the store's.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::delivery {

enum class state : uint8_t {
  waiting,
  inflight, ///< its bytes may have left
  sent,     ///< the receiver took it
  parked,   ///< it waits for a person
  skipped,  ///< it is not sent
};
std::string_view name(state) noexcept;
std::optional<state> state_from(std::string_view) noexcept;

/// How far a parked item makes others wait.
enum class holding : uint8_t { nobody, key, partition };

struct item {
  uuid id;
  int64_t sequence = 0; ///< the order in which they were committed
  int64_t key = 0;      ///< what keeps its order; 0: nothing does
  uint32_t attempts = 0;
  uint32_t refusals = 0; ///< of the attempts, how often the receiver said that it may pass later
  bool perhaps = false;  ///< an earlier attempt may have reached the receiver
  timestamp next_at{};   ///< not before
  bool urgent = false; ///< of a critical value: no pause is longer than `urgent_pause`, and none gives it up
};

/// What the receiver made of one attempt.
struct outcome {
  enum class kind : uint8_t {
    taken,    ///< AA, CA, 2xx
    later,    ///< AE, CE, 5xx, 408, 429: it may pass another time
    rejected, ///< AR, CR, other 4xx: it never will
    gone,     ///< 410: there is no such receiver any more
    silent,   ///< no answer, or none that speaks of this message
    untried,  ///< certainly not sent: something before it failed
  } is = kind::untried;
  bool perhaps = false; ///< of `silent`: the receiver may have got it
  std::string code;     ///< what it said, for people: `AE`, `503`, `late`; never its text, which may name
                        ///< somebody
  std::optional<std::chrono::seconds> wait; ///< it asked for so long a pause
};

/// What becomes of an item after an attempt.
struct ruling {
  state now = state::waiting;
  holding holds = holding::nobody;
  uint32_t attempts = 0, refusals = 0;
  bool perhaps = false;
  timestamp next_at{};
  std::string code;
};

} // namespace aorta::delivery
