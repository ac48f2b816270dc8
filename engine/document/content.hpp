// What is attached to a document: decoded, and of the type that is declared.
#pragma once

#include "engine/model/lab.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::document {

inline constexpr size_t most_text = 1u << 20;        ///< bytes of a document's text
inline constexpr size_t most_attachment = 20u << 20; ///< decoded bytes of all that is attached
inline constexpr size_t most_files = 32;

/// What the bytes are, by how they begin: `application/pdf`, `image/jpeg`, `image/png`, `image/gif`,
/// `image/tiff`, `application/rtf`, `application/xml`, `text/html`, or `text/plain` where nothing in them is
/// no text. Empty: none of these.
std::string_view type_of(std::string_view content) noexcept;

struct file_reading {
  std::optional<model::attachment> file;
  std::string_view trouble; ///< why there is none
};
/// ED (HL7 v2.5.1 chapter 2A.24). Type and subtype as HL70191 and HL70291 have them; encoding `A`, `Hex`,
/// `Base64`, or none. There is no file where it cannot be decoded, is cut off, or is not what it is declared
/// to be.
file_reading read_file(std::string_view type, std::string_view subtype, std::string_view encoding,
                       std::string data);

/// A document in base64 that somebody put into a text: its first bytes say so.
std::optional<file_reading> read_file_in_text(std::string_view text);

/// SHA-256 in hexadecimal and SHA-1 in base64.
std::string sha256(std::string_view bytes);
std::string sha1(std::string_view bytes);

} // namespace aorta::document
