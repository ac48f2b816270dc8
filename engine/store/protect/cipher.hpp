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
#include <vector>

namespace aorta::store {

using digest = std::array<uint8_t, 32>;
using half_digest = std::array<uint8_t, 16>; ///< the first half of a digest

digest sha256(std::string_view bytes);
half_digest half(const digest& whole) noexcept;
std::string to_hex(const uint8_t* bytes, size_t size);

/// Each line of what is configured is a key, without white space at its ends. The first one makes what is
/// new; all of them open what there is.
std::vector<std::string> keys_by_line(std::string_view configured);

/// Another key, derived of one, which a `cipher` takes: what is made with one of them cannot be passed off as
/// made with the other.
std::string key_for(std::string_view key, std::string_view purpose);
/// Eight hexadecimal digits by which persons tell one key from another.
std::string key_id(std::string_view key);
/// Of lookup keys, as it follows from a key for personal data; 32 bytes.
std::string blind_key_of(std::string_view key);

/// The ciphers of an installation's keys, made once and used for every value. Belongs to one thread at a
/// time.
class cipher {
public:
  /// Keys by lines: Fernet keys, or any texts (then the SHA-256 of one is the key, as OpenHeart does).
  /// `blind_key`: 32 bytes; empty: that of the first one.
  explicit cipher(std::string_view configured_keys, std::string_view blind_key = {});
  ~cipher();
  cipher(const cipher&) = delete;
  cipher& operator=(const cipher&) = delete;

  std::string encrypt(std::string_view plain, timestamp at);
  /// Nothing when the token is none, was changed, or was made with none of the keys.
  std::optional<std::string> decrypt(std::string_view token);
  /// Which key made it, from 0; nothing as above.
  std::optional<size_t> made_by(std::string_view token);
  /// What it holds and when it was made, under the first key; nothing as above.
  std::optional<std::string> renewed(std::string_view token);

  /// The same with zstd before and after it.
  std::string seal(std::string_view bytes, timestamp at);
  std::optional<std::string> unseal(std::string_view token);

  /// Keyed hash of a lookup key within a clinic, under a key of its own.
  half_digest blind(int64_t clinic, std::string_view kind, std::string_view value);

private:
  struct engines;
  std::unique_ptr<engines> engines_;
};

} // namespace aorta::store
