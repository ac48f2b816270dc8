// What messages have said of one field of a row, in the order of the times of which they speak: what counts
// of it does not depend on the order in which they came. What a person, or the clinic's own system, set
// stands among it.
#pragma once

#include "engine/base/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::records {

/// One statement. `by`: the message's id as text; empty: the clinic's own word.
struct statement {
  timestamp at{};                   ///< of which it speaks
  std::optional<std::string> value; ///< nothing: erased
  std::string by, event;            ///< event: `A01`
  /// It takes back what the newest run of statements of these events before it said. `value` counts where
  /// there is none, or nothing is left; `mute`: it has none.
  std::vector<std::string> takes_back = {};
  bool mute = false;
  /// The same was said again at these times by these messages, and nothing else in between.
  std::vector<std::pair<timestamp, std::string>> again = {};
  timestamp until() const noexcept { return again.empty() ? at : again.back().first; }
  friend bool operator==(const statement&, const statement&) = default;
};

/// Of one field; sorted by `at`, those of one time as they came. Bounded: the oldest words of messages are
/// forgotten.
class timeline {
public:
  static constexpr size_t most = 32, most_again = 16;

  timeline() = default;
  explicit timeline(std::vector<statement> kept) : all_(std::move(kept)) {}

  /// What stands in the row now, before anything is said: where it is not what counted, somebody else has
  /// set it, at `seen` as far as that is known, and after everything that has been said. Where nothing was
  /// said yet it stood always, or since it was `seen`.
  void meet(const std::optional<std::string>& standing, std::optional<timestamp> seen);
  void say(statement what);
  /// All that this message said is gone, as if it had never come. True if there was anything.
  bool forget(std::string_view message);

  /// What counts. Nothing: no value, or nothing was ever said.
  std::optional<std::string> counts() const;
  bool empty() const noexcept { return all_.empty(); }
  bool told_by_messages() const noexcept;
  const std::vector<statement>& all() const noexcept { return all_; }

private:
  std::vector<statement> all_;
};

/// Of one row: by column.
struct row_story {
  std::map<std::string, timeline, std::less<>> fields;
  std::string made_by; ///< the message that made the row; empty: it was there before
};
std::string to_json(const row_story& of);
/// Empty for a text that is none of ours.
row_story story_from(std::string_view json);

} // namespace aorta::records
