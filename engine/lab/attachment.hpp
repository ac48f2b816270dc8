// Encapsulated data (ED, HL7 v2.5.1 chapter 2A.24): source ^ type ^ subtype ^ encoding ^ data.
#pragma once

#include "engine/model/lab.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::lab {

/// Strict but for blanks and line ends, which are skipped, and padding, which may be missing.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_hex(std::string_view text);

/// HL70191 and HL70291 as a MIME type: `application^pdf`, `IM^JPEG` -> `image/jpeg`; `application/octet-stream` when nothing is said.
std::string content_type(std::string_view type, std::string_view subtype);

/// Nothing when the data are missing or not in the encoding named (`A`, `Hex`, `Base64`; case ignored).
std::optional<model::attachment> read_attachment(std::string_view type, std::string_view subtype, std::string_view encoding, std::string data);

/// `application/pdf, 60021 bytes`: what is shown in place of megabytes.
std::string describe(const model::attachment& what);

} // namespace aorta::lab
