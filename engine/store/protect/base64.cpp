#include "engine/store/protect/base64.hpp"

#include <array>
#include <cstdint>

namespace aorta::store {
namespace {

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<int8_t, 256> reverse_alphabet() {
  std::array<int8_t, 256> out{};
  for (auto& v : out) v = -1;
  for (int i = 0; i < 64; ++i) out[uint8_t(alphabet[i])] = int8_t(i);
  out[uint8_t('+')] = 62;
  out[uint8_t('/')] = 63;
  return out;
}
constexpr auto values = reverse_alphabet();

} // namespace

std::string to_base64url(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  char* to = out.data();
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t v = uint32_t(uint8_t(bytes[i])) << 16 | uint32_t(uint8_t(bytes[i + 1])) << 8 |
      uint8_t(bytes[i + 2]);
    *to++ = alphabet[v >> 18];
    *to++ = alphabet[v >> 12 & 63];
    *to++ = alphabet[v >> 6 & 63];
    *to++ = alphabet[v & 63];
  }
  if (const size_t rest = bytes.size() - i; rest > 0) {
    const uint32_t v = uint32_t(uint8_t(bytes[i])) << 16 |
      (rest == 2 ? uint32_t(uint8_t(bytes[i + 1])) << 8 : 0u);
    *to++ = alphabet[v >> 18];
    *to++ = alphabet[v >> 12 & 63];
    if (rest == 2) *to = alphabet[v >> 6 & 63];
  }
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  size_t letters = text.size();
  while (letters > 0 && text.size() - letters < 2 && text[letters - 1] == '=') --letters;
  std::string out;
  out.resize(letters * 6 / 8);
  uint32_t held = 0;
  int bits = 0;
  size_t at = 0;
  for (size_t i = 0; i < letters; ++i) {
    const int v = values[uint8_t(text[i])];
    if (v < 0) return std::nullopt;
    held = held << 6 | uint32_t(v);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = char(held >> bits & 0xff);
    }
  }
  return out;
}

} // namespace aorta::store
