// Fields of a message as UTF-8 text: escapes resolved, then decoded from the message's charset.
#pragma once

#include "engine/base/result.hpp"
#include "engine/hl7/charset.hpp"
#include "engine/hl7/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::lab {

class text_reader {
public:
  /// `charset` overrides MSH-18, whose first value counts otherwise. Error: `table_value` at `MSH-18`.
  static result<text_reader> make(const hl7::message& msg, std::string_view charset);

  /// Component 0: the whole repetition. Empty for what is absent, empty or null (`""`).
  std::string get(const hl7::segment_view& segment, size_t field, size_t repetition = 1, size_t component = 0, size_t subcomponent = 0);
  /// First component of the first repetition: what a field of a simple or coded type says.
  std::string first(const hl7::segment_view& segment, size_t field) { return get(segment, field, 1, 1); }
  /// All of a field as sent, null included; its own delimiters stay.
  std::string whole(const hl7::segment_view& segment, size_t field);
  /// Escapes resolved, but not decoded: for attachments.
  std::string bytes(const hl7::field_view& view) const;

  /// The first field asked for whose bytes are not of the charset, or that holds a NUL; without the segment's name.
  struct fault {
    size_t field;
    std::string text;
  };
  const std::optional<fault>& failed() const noexcept { return fault_; }
  bool several_charsets() const noexcept { return several_; }

private:
  text_reader(const hl7::message& msg, hl7::decoder from);
  std::string decode(std::string_view raw, size_t field);
  const hl7::message* message_;
  hl7::decoder decoder_;
  bool plain_ = false;  ///< every byte of the message is ASCII or good UTF-8: nothing to decode
  bool nul_ = false;
  bool several_ = false;
  std::optional<fault> fault_;
};

} // namespace aorta::lab
