#include "engine/gateway/secret.hpp"

#include "engine/base/base64.hpp"
#include "engine/ports/access.hpp"

#include <openssl/rand.h>

namespace aorta::gateway {

namespace {

std::string hex_of_chance(std::string out) {
  unsigned char bytes[32];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return {};
  static constexpr char hex[] = "0123456789abcdef";
  for (const auto byte : bytes) {
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
  return out;
}

} // namespace

std::string new_secret() { return hex_of_chance("aorta_"); }

std::string new_session_secret() { return hex_of_chance(std::string(ports::session_prefix)); }

std::string new_webhook_secret() {
  unsigned char bytes[32];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return {};
  return "whsec_" + base64::encode({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

} // namespace aorta::gateway
