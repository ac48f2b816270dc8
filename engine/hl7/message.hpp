// One HL7 v2 message as an index over its bytes; nothing is copied (HL7 v2.5.1 chapter 2).
#pragma once

#include "engine/base/result.hpp"
#include "engine/hl7/delimiters.hpp"
#include "engine/hl7/path.hpp"

#include <cstdint>
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
  std::string_view name() const noexcept;
  std::string_view raw() const noexcept; ///< without its terminator
  size_t fields() const noexcept;        ///< highest field number present; MSH counts the separator as MSH-1
  /// All repetitions of field `n` (from 1). In MSH, field 1 is the separator itself and field 2 the encoding characters.
  field_view field(size_t n) const noexcept;
  /// `get(4, 1, 2)` is the second component of the first repetition of field 4.
  field_view get(size_t field, size_t repetition, size_t component = 0, size_t subcomponent = 0) const noexcept;
  size_t repetitions(size_t field) const noexcept; ///< 0 when absent or empty

private:
  friend class message;
  segment_view(const message& owner, uint32_t index) noexcept : message_(&owner), index_(index) {}
  const message* message_;
  uint32_t index_;
};

class message {
public:
  const delimiters& marks() const noexcept { return marks_; }
  std::string_view bytes() const noexcept { return bytes_; }
  size_t segments() const noexcept { return segments_.size(); }
  segment_view segment(size_t i) const noexcept { return {*this, uint32_t(i)}; } ///< from 0, in the order received
  /// The index-th segment with this name, from 1.
  bool find(std::string_view name, size_t occurrence, size_t& position) const noexcept;

private:
  friend class segment_view;
  friend result<message> parse(std::string_view);
  struct span {
    uint32_t begin, end;   ///< bytes, without terminator
    uint32_t first, count; ///< into `separators_`: the field separators of this segment
  };
  std::string_view bytes_;
  delimiters marks_;
  std::vector<span> segments_;
  std::vector<uint32_t> separators_;
};

/// Indexes `bytes` (one message, without MLLP framing; at most 4 GiB - 1), which must outlive the message.
/// Takes CR, LF and CRLF line ends (an LF ends a segment only in a message without any CR, or right after one), a missing last
/// terminator, a UTF-8 byte-order mark and blank lines. Errors: `no_header` when it does not begin with a complete MSH-1 and MSH-2.
/// Whether MSH-9 and MSH-10 are there is the parser stage's question, see `check_header`.
result<message> parse(std::string_view bytes);

/// MSH-9.1 and MSH-10 must be there: `header_field_missing` with `MSH-9` or `MSH-10`; a type that is no code: `data_type`.
status check_header(const message& msg);

field_view get(const message& msg, const path& where) noexcept;

/// What the connection needs before the whole message is indexed: sender, type, id. Missing parts are empty.
struct header {
  std::string_view sending_application, sending_facility, receiving_application, receiving_facility; ///< first component, raw
  std::string_view datetime, type, event, control_id, processing_id, version, charset;
};
header peek(const message& msg) noexcept;

/// The message's bytes with every segment ended by CR, as the standard wants them on the wire.
std::string write(const message& msg);

/// One field's escapes resolved (HL7 v2.5.1 chapter 2.7) in the message's own delimiters: \F\ \S\ \T\ \R\ \E\ \P\ \Xhh..\;
/// \.br\ and \.sp\ become line feeds; highlighting \H\ \N\ and other formatting is dropped; what is no known escape stays as it is.
std::string unescape(std::string_view raw, const delimiters& marks);

/// The inverse for text that goes into a field: delimiters and CR/LF are escaped.
std::string escape(std::string_view text, const delimiters& marks);

} // namespace aorta::hl7
