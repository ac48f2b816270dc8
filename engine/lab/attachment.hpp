// Encapsulated data (ED, HL7 v2.5.1 chapter 2A.24): source ^ type ^ subtype ^ encoding ^ data.
#pragma once

#include "engine/base/base64.hpp"
#include "engine/model/lab.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::lab {

/// Base64 as laboratories send it: in lines, often without its padding.
inline constexpr base64::form as_sent{
  .pad = base64::padding::optional, .between = base64::spaces::skipped, .spare = base64::spare_bits::any};
std::optional<std::string> from_hex(std::string_view text);

/// What the first bytes say: `application/pdf`, `image/jpeg`, ... Empty for what is none of the documents
/// that laboratories send.
std::string_view type_of_content(std::string_view content) noexcept;
/// A PDF or picture whose end is missing. False for types whose end cannot be seen.
bool is_cut_off(std::string_view content) noexcept;

/// HL70191 and HL70291 as a MIME type: `application^pdf`, `IM^JPEG` -> `image/jpeg`, `TEXT^PDF` ->
/// `application/pdf`; `application/octet-stream` when nothing is said.
std::string content_type(std::string_view type, std::string_view subtype);

/// Nothing when the data are missing or not in the encoding named (`A`, `Hex`, `Base64`; case ignored). Where
/// none is named, base64 that gives a document of a known type is one. What the first bytes say counts over
/// the type named.
std::optional<model::attachment> read_attachment(std::string_view type, std::string_view subtype,
                                                 std::string_view encoding, std::string data);

/// `application/pdf, 60021 bytes`: what is shown in place of megabytes.
std::string describe(const model::attachment& what);

} // namespace aorta::lab
