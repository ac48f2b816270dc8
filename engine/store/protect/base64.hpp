// URL-safe base64 (RFC 4648 5) with padding, as Fernet tokens and keys are written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aorta::store {

std::string to_base64url(std::string_view bytes);
/// Padded text only; the common alphabet's `+` and `/` are read as well, since Python's reader takes them.
/// Nothing when it is not base64.
std::optional<std::string> from_base64url(std::string_view text);

} // namespace aorta::store
