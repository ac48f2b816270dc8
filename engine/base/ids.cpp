#include "engine/base/ids.hpp"

#include <random>

namespace aorta {

std::string to_text(const uuid& id) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += hex[id.bytes[i] >> 4];
    out += hex[id.bytes[i] & 15];
  }
  return out;
}

std::optional<uuid> uuid_from_text(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  uuid out;
  size_t nibble = 0;
  for (size_t i = 0; i < 36; ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return std::nullopt;
      continue;
    }
    const int v = c >= '0' && c <= '9' ? c - '0'
      : c >= 'a' && c <= 'f'           ? c - 'a' + 10
      : c >= 'A' && c <= 'F'           ? c - 'A' + 10
                                       : -1;
    if (v < 0) return std::nullopt;
    out.bytes[nibble / 2] = uint8_t(out.bytes[nibble / 2] << 4 | v);
    ++nibble;
  }
  return out;
}

uuid_v7_source::uuid_v7_source() {
  std::random_device seed;
  for (auto& word : state_) word = uint64_t(seed()) << 32 | seed();
}

uuid uuid_v7_source::next(timestamp now) {
  const auto micros = uint64_t(now.time_since_epoch().count());
  // 48 bits of milliseconds, then 12 bits that hold the microsecond's share of the millisecond: finer order
  // (RFC 9562 6.2, method 3).
  uint64_t tick = micros / 1000 << 12 | (micros % 1000) * 4096 / 1000;
  uint64_t noise = 0;
  {
    const std::lock_guard hold(lock_);
    if (tick <= last_tick_) tick = last_tick_ + 1;
    last_tick_ = tick;
    uint64_t a = state_[0];
    const uint64_t b = state_[1];
    state_[0] = b;
    a ^= a << 23;
    state_[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
    noise = state_[1] + b;
  }
  uuid out;
  const uint64_t millis = tick >> 12;
  for (size_t i = 0; i < 6; ++i) out.bytes[i] = uint8_t(millis >> (40 - 8 * i));
  out.bytes[6] = uint8_t(0x70 | (tick >> 8 & 0x0f));
  out.bytes[7] = uint8_t(tick);
  for (size_t i = 0; i < 8; ++i) out.bytes[8 + i] = uint8_t(noise >> (56 - 8 * i));
  out.bytes[8] = uint8_t(0x80 | (out.bytes[8] & 0x3f));
  return out;
}

} // namespace aorta
