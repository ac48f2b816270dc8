// Signatures of Standard Webhooks 1.0.0 (github.com/standard-webhooks): what a receiver checks to know that a
// request is ours, and not an old one.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/result.hpp"

#include <string>
#include <string_view>

namespace aorta::delivery {

/// A key that signs: `v1`, HMAC-SHA256 with a secret of 24 to 64 bytes, or `v1a`, Ed25519 (RFC 8032).
class signature_key {
public:
  /// `whsec_` or `whsk_` and base64: a secret, or a private key of 32 bytes (its seed) or of 64 (seed and
  /// public key). Errors say what is wrong with the text and never show it.
  static result<signature_key> read(std::string_view text);

  /// `v1,...` or `v1a,...`: one element of `webhook-signature`.
  std::string sign(std::string_view id, timestamp at, std::string_view body) const;

  friend bool operator==(const signature_key&, const signature_key&) = default;

private:
  enum class kind : uint8_t { hmac_sha256, ed25519 } is_ = kind::hmac_sha256;
  std::string bytes_;
};

/// `webhook-timestamp`: whole seconds since 1970.
std::string webhook_timestamp(timestamp at);

} // namespace aorta::delivery
