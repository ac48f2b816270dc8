// gzip (RFC 1952) as a content coding of HTTP.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::net {

std::string gzip(std::string_view plain);
/// Nothing when the bytes are no gzip, end early, or would grow past `most`, or past a megabyte and a hundred
/// times their size: FHIR's JSON does not.
std::optional<std::string> gunzip(std::string_view packed, size_t most);
/// Whether an Accept-Encoding header takes gzip: named, or `*`, and not with q=0 (RFC 9110 12.5.3).
bool takes_gzip(std::string_view accept_encoding) noexcept;

} // namespace aorta::net
