// Base64 (RFC 4648): section 4 with `+` and `/`, section 5 with `-` and `_`. How strictly it is read is
// always said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::base64 {

enum class alphabet : uint8_t {
  standard, ///< section 4
  url,      ///< section 5
  either,   ///< for reading: both at once
};
enum class padding : uint8_t {
  required,
  optional, ///< may be missing; where it is there it must be right
  refused,
};
enum class spaces : uint8_t {
  refused,
  skipped, ///< blanks, tabs and line ends, anywhere
};
/// Bits behind the last whole byte.
enum class spare_bits : uint8_t {
  zero, ///< each text means other bytes (section 3.5)
  any,
};

struct form {
  alphabet letters = alphabet::standard;
  padding pad = padding::required;
  spaces between = spaces::refused;
  spare_bits spare = spare_bits::zero;
};

/// The bytes; nothing when it is not of this form. No text is no bytes.
std::optional<std::string> decode(std::string_view text, const form& how);

/// Of a document that goes on elsewhere: what has come of it, without the bits that make no whole byte yet.
/// Padding may stand at its end and need not fit.
std::optional<std::string> decode_beginning(std::string_view text, const form& how);

/// Whether `decode` would give something.
bool is(std::string_view text, const form& how) noexcept;

/// With padding. `either` writes the standard letters.
std::string encode(std::string_view bytes, alphabet letters = alphabet::standard);

} // namespace aorta::base64
