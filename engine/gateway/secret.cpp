#include "engine/gateway/secret.hpp"

#include "engine/base/base64.hpp"

#include <openssl/rand.h>

namespace aorta::gateway {

std::string new_secret() {
  unsigned char bytes[32];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return {};
  static constexpr char hex[] = "0123456789abcdef";
  std::string out = "aorta_";
  for (const auto byte : bytes) {
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
  return out;
}

std::string new_webhook_secret() {
  unsigned char bytes[32];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return {};
  return "whsec_" + base64::encode({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

} // namespace aorta::gateway
