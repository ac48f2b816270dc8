// Fields of a message as UTF-8 text: escapes resolved, then decoded from the message's charset.
#pragma once

#include "engine/base/result.hpp"
#include "engine/hl7/message.hpp"
#include "engine/hl7/message_charset.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::lab {

class text_reader {
public:
  /// `charset` overrides MSH-18, whose first value counts otherwise. A charset that nobody knows does no harm
  /// where every byte is ASCII; else the error is `table_value` at `MSH-18`. Bytes that the charset does not
  /// have, but the wider one that such senders mean, are read as that.
  static result<text_reader> make(const hl7::message& msg, std::string_view charset);

  /// Component 0: the whole repetition. Empty for what is absent, empty or null (`""`).
  std::string get(const hl7::segment_view& segment, size_t field, size_t repetition = 1, size_t component = 0,
                  size_t subcomponent = 0);
  /// The same of every repetition, in one pass over the field.
  std::vector<std::string> repetitions(const hl7::segment_view& segment, size_t field, size_t component = 0);
  /// What `get` gives for a component that was found before (`segment_view::components`).
  std::string text(const hl7::field_view& of, const hl7::segment_view& segment, size_t field,
                   size_t component);
  /// First component of the first repetition without its padding: what a field of a simple or coded type
  /// says.
  std::string first(const hl7::segment_view& segment, size_t field);
  /// The same, or where the first component is blank the next that says something (`^F`): a state, a type,
  /// nothing that identifies.
  std::string code(const hl7::segment_view& segment, size_t field);
  /// All of a field as sent, null included; its own delimiters stay.
  std::string whole(const hl7::segment_view& segment, size_t field);
  /// Escapes resolved, but not decoded: for attachments.
  std::string bytes(const hl7::field_view& view) const;
  /// Decoded, but with its escapes: for paths whose backslashes nobody escaped.
  std::string unresolved(const hl7::field_view& view) const;

  /// As sent, its delimiters included, with each byte that is no character of the charset as an escape (HL7
  /// v2.5.1, chapter 2.7.7): `Pleuraerg\XFC\sse`.
  std::string with_escapes(const hl7::field_view& view) const;

  /// The first field asked for whose bytes are not of the charset, or that holds a NUL; without the segment's
  /// name.
  struct fault {
    size_t field;
    std::string text;
  };
  const std::optional<fault>& failed() const noexcept { return fault_; }
  /// Texts that could not be read for certain since the last call: what they show is in doubt, or has holes
  /// (U+FFFD) in it. Only texts that people read are taken so, never what identifies a patient, an order or a
  /// test.
  struct doubt {
    size_t field;
    bool holes;
    bool withheld = false; ///< nothing was taken from it
  };
  /// Whether a text of this field, read since the last call of `take_doubts`, has holes; from then on it
  /// counts as withheld.
  bool withhold(size_t field) noexcept;
  std::vector<doubt> take_doubts() noexcept { return std::exchange(doubts_, {}); }
  const hl7::decoder& charset() const noexcept { return decoder_; }
  bool charset_unknown() const noexcept { return unknown_; }
  const hl7::message& source() const noexcept { return *message_; }
  bool several_charsets() const noexcept { return several_; }

private:
  text_reader(const hl7::message& msg, hl7::message_charset from);
  enum class use : uint8_t { identifies, shown };
  static use use_of(std::string_view segment, size_t field, size_t component) noexcept;
  std::string decode(std::string_view raw, const hl7::segment_view& segment, size_t field, size_t component);
  const hl7::message* message_;
  hl7::decoder decoder_;
  bool plain_ = false; ///< every byte of the message is ASCII or good UTF-8: nothing to decode
  bool nul_ = false;
  bool several_ = false;
  bool unknown_ = false; ///< MSH-18 names what nobody knows
  bool wider_ = false;   ///< read as another charset than the one named
  std::vector<doubt> doubts_;
  bool broken_ = false; ///< some field is broken over lines
  std::optional<fault> fault_;
};

} // namespace aorta::lab
