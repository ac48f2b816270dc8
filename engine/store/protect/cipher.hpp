// Encryption at rest: Fernet tokens as OpenHeart writes them, compressed ones for messages, and keyed hashes
// that make people findable. Fernet: version byte 0x80, 64-bit big-endian seconds, 16-byte IV, AES-128-CBC
// with PKCS7, HMAC-SHA256 over all before it, URL-safe base64.
#pragma once

#include "engine/base/clock.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::store {

using digest = std::array<uint8_t, 32>;
using half_digest = std::array<uint8_t, 16>; ///< the first half of a digest

digest sha256(std::string_view bytes);
half_digest half(const digest& whole) noexcept;
std::string to_hex(const uint8_t* bytes, size_t size);

/// Another key, derived of the configured one, which a `cipher` takes: what is made with one of them cannot
/// be passed off as made with the other.
std::string key_for(std::string_view configured_key, std::string_view purpose);

/// One key's ciphers, made once and used for every value. Belongs to one thread at a time.
class cipher {
public:
  /// A Fernet key, or any text (then its SHA-256 is the key, as OpenHeart does). White space at the ends does
  /// not count.
  explicit cipher(std::string_view configured_key);
  ~cipher();
  cipher(const cipher&) = delete;
  cipher& operator=(const cipher&) = delete;

  std::string encrypt(std::string_view plain, timestamp at);
  /// Nothing when the token is none, was changed, or was made with another key.
  std::optional<std::string> decrypt(std::string_view token);

  /// The same with zstd before and after it.
  std::string seal(std::string_view bytes, timestamp at);
  std::optional<std::string> unseal(std::string_view token);

  /// Keyed hash of a lookup key within a clinic, under a key of its own that is derived from the PII key.
  half_digest blind(int64_t clinic, std::string_view kind, std::string_view value);

private:
  struct engines;
  std::unique_ptr<engines> engines_;
};

} // namespace aorta::store
