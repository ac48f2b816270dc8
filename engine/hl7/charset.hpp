// From a message's charset to UTF-8: a byte that the charset does not have is an error, or U+FFFD where the
// caller can show a hole; never a guess.
#pragma once

#include "engine/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aorta::hl7 {

/// Decodes one named charset: UTF-8, ASCII or one of a byte a character. In others (Big5, GB 18030, UTF-16) a
/// delimiter's byte may be half of a character, so that the message could not be divided rightly: they are
/// refused. Copies share their table; `decode` may be called from any thread. The bytes 0x80-0x9F, which 8859
/// leaves to control characters, are no text and an error.
class decoder {
public:
  /// `name`: a value of MSH-18 (HL70211: `UNICODE UTF-8`, `8859/7`, `8859/1`, `ASCII`, ...) or an IANA name
  /// (`windows-1253`). Empty: UTF-8. Errors: `table_value` at `MSH-18` for a name nobody knows.
  static result<decoder> make(std::string_view name);

  /// Decodes a field whose escapes are resolved. `data_type`, without a place, when the bytes are not of this
  /// charset. ASCII-only input is copied without conversion.
  result<std::string> decode(std::string_view bytes) const;
  /// The same with U+FFFD in place of each byte that is no character.
  std::string decode_with_holes(std::string_view bytes) const;
  /// The inverse, of UTF-8 text. `data_type`, without a place, when the charset lacks one of its characters.
  result<std::string> encode(std::string_view text) const;
  const std::string& name() const noexcept { return name_; }

private:
  struct converter;
  std::string name_;
  std::shared_ptr<const converter> converter_; ///< null for UTF-8 and ASCII
};

bool is_utf8(std::string_view bytes) noexcept;
bool is_ascii(std::string_view bytes) noexcept;
/// Bytes 0x80-0x9F, which no ISO 8859 charset has text for.
bool has_upper_controls(std::string_view bytes) noexcept;

/// The charset that is meant by whoever names `name` (as `decoder::name` has it) and sends bytes that it does
/// not have: Windows' own forms of ISO 8859 have characters at 0x80-0x9F, and UTF-8 holds ASCII. Empty: none.
std::string_view wider_charset(std::string_view name) noexcept;

} // namespace aorta::hl7
