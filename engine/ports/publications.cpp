#include "engine/ports/publications.hpp"

#include <openssl/sha.h>

#include <array>

namespace aorta::ports {

std::string_view name(config_version::kind of) noexcept {
  constexpr std::array<std::string_view, 4> names{"read", "published", "proposed", "withdrawn"};
  return names[size_t(of)];
}

std::string hash_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  static constexpr char hex[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < 8; ++i) out += {hex[digest[i] >> 4], hex[digest[i] & 15]};
  return out;
}

std::string hash_of(const config_texts& texts) {
  std::string all;
  for (const auto& [file, text] : texts) all += file + ' ' + hash_of(text) + '\n';
  return hash_of(all);
}

} // namespace aorta::ports
