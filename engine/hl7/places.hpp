// Places in a message: what a path names (path.hpp), where a segment or a repetition may also be every one.
#pragma once

#include "engine/hl7/path.hpp"

namespace aorta::hl7 {

/// Which of several: it is not said, one by its number, or every one.
struct which {
  enum class kind : uint8_t { unsaid, numbered, every } is = kind::unsaid;
  uint16_t number = 1;
  friend bool operator==(const which&, const which&) = default;
};

/// `OBX[*]-5[*].1`. Beside a path it tells apart what is not said and what is said to be the first, since
/// `PID-3` without an index is the whole field.
struct places {
  char segment[3] = {'M', 'S', 'H'};
  which occurrence = {}; ///< of the segment in the message
  uint16_t field = 0;    ///< 0: the whole segment
  which repetition = {};
  uint16_t component = 0, subcomponent = 0; ///< 0: what is above it, whole
  friend bool operator==(const places&, const places&) = default;

  std::string_view name() const noexcept { return {segment, sizeof segment}; }
  bool several() const noexcept {
    return occurrence.is == which::kind::every || repetition.is == which::kind::every;
  }
  /// Every repetition of the field together, divided as it stands.
  bool whole_field() const noexcept {
    return field != 0 && component == 0 && repetition.is == which::kind::unsaid;
  }
};

/// Nothing when it is no such place.
std::optional<places> parse_places(std::string_view text) noexcept;

/// The same as text, as it is written.
std::string to_text(const places& where);

} // namespace aorta::hl7
