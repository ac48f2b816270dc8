// A message while it is edited: the index over its bytes, and the segments that are other ones by now. What
// was not edited stays as it came, byte for byte.
#pragma once

#include "engine/hl7/message.hpp"
#include "engine/hl7/message_charset.hpp"
#include "engine/hl7/places.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::edit {

inline constexpr size_t no_segment = size_t(-1);

/// What a place without a number means at the moment.
struct here {
  size_t segment = no_segment;       ///< at hand (`in = "OBX"`)
  size_t bound_segment = no_segment; ///< what `[*]` of a segment stands for
  uint16_t bound_repetition = 0;     ///< what `[*]` of a repetition stands for
};

/// One place of one segment; a repetition 0 is the whole field.
struct spot {
  size_t segment = no_segment;
  uint16_t field = 0, repetition = 0, component = 0, subcomponent = 0;
};

class draft {
public:
  /// `of` outlives it. `charset`: as the sender's profile names it; empty: MSH-18 counts.
  draft(const hl7::message& of, std::string_view charset);

  size_t segments() const noexcept { return lines_.size(); } ///< removed ones too
  bool removed(size_t segment) const noexcept { return lines_[segment].removed; }
  bool named(size_t segment, std::string_view name) const noexcept; ///< and not removed
  /// Where these places lie; `segment` is none where the message has no such segment. A segment without a
  /// number is the one at hand, or the last one of its name before that; without one at hand the first.
  spot find(const hl7::places& what, const here& at) const noexcept;
  std::string text_of(const spot& at) const; ///< `OBX[2]-5.1`

  hl7::field_view get(const spot& at) const noexcept; ///< a repetition 0 with a component: of the first one
  size_t repetitions(const spot& at) const noexcept;

  /// What `raw` says as UTF-8: escapes resolved, decoded, its delimiters written as the standard writes them
  /// (`^~&`). Of null the two quotes. Either `raw` itself or `room`, filled. False in `sure` where bytes are
  /// not of the charset; then there are holes in it.
  std::string_view read(std::string_view raw, std::string& room, bool& sure) const;
  /// The inverse, delimiters and all: one text. `data_type` when the message's charset or its delimiters
  /// cannot hold it.
  result<std::string> written(std::string_view text) const;
  /// Delimiters that do not fit into this spot, as escapes: what was two components is one text then.
  std::string fitted(std::string_view raw, const spot& into) const;

  /// Puts `raw` there, as it is; what is missing before it is made, empty. Errors: `data_type` when the
  /// message declares no delimiter for it.
  status write(const spot& at, std::string_view raw);
  void remove_segment(size_t segment);
  void remove_repetition(const spot& at);

  const hl7::delimiters& marks() const noexcept { return source_.marks(); }
  bool changed() const noexcept { return changed_; }
  std::string bytes() const; ///< the whole message as it is now

private:
  struct line {
    uint32_t name = 0; ///< three characters as a number
    bool removed = false, changed = false;
    std::string own = {}; ///< when it was changed
  };
  std::string_view text(size_t segment) const noexcept;
  std::string& own(size_t segment);
  const result<hl7::message_charset>& charset() const;

  const hl7::message& source_;
  std::string named_charset_;
  bool standard_marks_, broken_, changed_ = false;
  bool charset_told_anew_ = false; ///< MSH-18 was edited
  std::vector<line> lines_;
  mutable std::optional<result<hl7::message_charset>> charset_; ///< found out when first needed
};

} // namespace aorta::edit
