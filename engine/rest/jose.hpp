// Signed JSON web tokens and public keys (RFC 7515, 7517, 7518): RS384 and ES384 alone.
#pragma once

#include "engine/base/base64.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::rest {

/// Base64url as RFC 7515 section 2 has it: without padding, each text another value.
inline constexpr base64::form of_jose{.letters = base64::alphabet::url, .pad = base64::padding::refused};

struct jwt_parts {
  std::string_view signed_part; ///< header.payload as sent
  std::string header, payload, signature;
};
std::optional<jwt_parts> split_jwt(std::string_view jwt); ///< at most 16 kB

/// Whether one of the set's keys verifies the signature by the algorithm that the header names. A header with
/// `kid` is only tried with the key of this name. RSA keys need 2048 bits.
bool verify_jwt(const jwt_parts& jwt, std::string_view jwks_json);

/// Why no assertion could ever be verified with this set, or with one of its keys (RFC 7517 5): what to
/// register instead. Empty: all is well. Private members (RFC 7518 6.2.2, 6.3.2, 6.4) have no place in a
/// store.
std::string fault_of_jwks(std::string_view jwks_json);

} // namespace aorta::rest
