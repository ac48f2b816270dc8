// One HL7 v2 message as an index over its bytes; nothing is copied (HL7 v2.5.1 chapter 2).
#pragma once

#include "engine/base/result.hpp"
#include "engine/hl7/delimiters.hpp"
#include "engine/hl7/path.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::hl7 {

/// `null` is the wire's `""`: erase what you hold. It is not `empty`.
enum class presence : uint8_t { absent, empty, null, value };

/// A piece of a message: a field, one of its repetitions, a component or a subcomponent.
struct field_view {
  presence is = presence::absent;
  std::string_view raw; ///< still escaped and in the message's charset; valid while the message's bytes live
  explicit operator bool() const noexcept { return is == presence::value; }
};

class message;

/// One segment. Cheap to copy; valid while the message lives.
class segment_view {
public:
  std::string_view name() const noexcept; ///< in capitals where it is a standard one
  std::string_view raw() const noexcept;  ///< without its terminator; with its line ends where it was broken
                                          ///< over lines
  size_t field_at(uint32_t position) const noexcept; ///< the field in which a byte of the message lies; 0:
                                                     ///< the name
  size_t fields() const noexcept; ///< highest field number present; MSH counts the separator as MSH-1
  /// All repetitions of field `n` (from 1). In MSH, field 1 is the separator itself and field 2 the encoding
  /// characters.
  field_view field(size_t n) const noexcept;
  /// `get(4, 1, 2)` is the second component of the first repetition of field 4.
  field_view get(size_t field, size_t repetition, size_t component = 0,
                 size_t subcomponent = 0) const noexcept;
  /// The first components of a repetition, as `get` gives each, in one pass over it.
  void components(size_t field, size_t repetition, std::span<field_view> out) const noexcept;
  size_t repetitions(size_t field) const noexcept; ///< 0 when absent or empty

private:
  friend class message;
  /// MSH, BHS, FHS: the first field is the separator itself and the second must not be divided.
  bool declares_delimiters() const noexcept;
  segment_view(const message& owner, uint32_t index) noexcept : message_(&owner), index_(index) {}
  const message* message_;
  uint32_t index_;
};

/// Where one segment lies in the message's bytes, and its field separators in the message's list of them.
struct segment_span {
  uint32_t begin, end;   ///< bytes, without terminator
  uint32_t first, count; ///< the field separators of this segment
};

/// A line that was no segment as it stood (`lines.hpp`), and how it was read.
struct odd_line {
  enum class reading : uint8_t {
    joined,    ///< it goes on in the last field of the segment before it
    added,     ///< so does what follows ADD
    stray,     ///< behind MSH, whose fields are no text: it is kept by itself, under whatever name it has
    respelled, ///< blanks stood before its name, or that is written in small letters
  } as;
  uint32_t segment; ///< which one holds it, from 0
  uint32_t at;      ///< where the line begins in the message's bytes
};

class message {
public:
  const delimiters& marks() const noexcept { return marks_; }
  std::string_view bytes() const noexcept { return bytes_; }
  size_t segments() const noexcept { return segments_.size(); }
  const std::vector<odd_line>& odd_lines() const noexcept { return odd_; } ///< in the order received
  segment_view segment(size_t i) const noexcept {
    return {*this, uint32_t(i)};
  } ///< from 0, in the order received
  /// The index-th segment with this name, from 1.
  bool find(std::string_view name, size_t occurrence, size_t& position) const noexcept;

private:
  friend class segment_view;
  friend status parse_into(message&, std::string_view);
  std::string_view bytes_;
  delimiters marks_;
  std::vector<segment_span> segments_;
  std::vector<uint32_t> separators_;
  std::vector<odd_line> odd_;
};

/// Indexes `bytes` (one message, without MLLP framing; at most 4 GiB - 1), which must outlive the message.
/// Takes CR, LF and CRLF line ends, a missing last terminator, a UTF-8 byte-order mark and blank lines. An LF
/// ends a segment only where the message's first line end is an LF, right after a line end, or before a
/// standard segment's name; elsewhere it is content. A CR always ends a line. A line that is no segment goes
/// on in the field before it, see `odd_lines`: nothing is lost. Errors: `no_header` when it does not begin
/// with a complete MSH-1 and MSH-2 (visible ASCII, no letters or digits); `frame_too_large` past 4 GiB. A
/// delimiter that repeats an earlier one is off (0). Whether MSH-9 and MSH-10 are there is the parser stage's
/// question, see `check_header`.
result<message> parse(std::string_view bytes);

/// The same into a message that was used before, whose memory is kept. After an error `into` is empty.
status parse_into(message& into, std::string_view bytes);

/// MSH-9.1 and MSH-10 must be there: `header_field_missing` with `MSH-9` or `MSH-10`; a type that is no code:
/// `data_type`.
status check_header(const message& msg);

field_view get(const message& msg, const path& where) noexcept;

/// What the connection needs before the whole message is indexed: sender, type, id. Missing parts are empty.
struct header {
  /// first component, raw
  std::string_view sending_application, sending_facility, receiving_application, receiving_facility;
  std::string_view datetime, type, event, control_id, processing_id, version, charset;
};
header peek(const message& msg) noexcept;

/// The message's bytes with every line end as one CR, and a CR after the last segment if none was there. All
/// else, a byte-order mark and blank lines too, stays as it came.
std::string write(const message& msg);

/// One field's escapes resolved (HL7 v2.5.1 chapter 2.7) in the message's own delimiters:
/// \F\ \S\ \T\ \R\ \E\ \P\ \Xhh..\;
/// \.br\ \.sp\ \.sp<n>\ \.ce\ become line feeds, \.sk<n>\ blanks; highlighting \H\ \N\ and other formatting
/// is dropped; what is no known escape stays as it is. \X000d\ (a character written in two bytes) gives the
/// one byte. Works on bytes in the message's charset, so it comes before decoding.
std::string unescape(std::string_view raw, const delimiters& marks);

/// The inverse for text that goes into a field: delimiters and control characters are escaped, and so is a
/// text that would read as null. Where the message has no escape character they become blanks.
std::string escape(std::string_view text, const delimiters& marks);

} // namespace aorta::hl7
