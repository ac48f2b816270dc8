// FNV-1a, 64 bits: a short name for a content where nobody has a reason to look for another content of the
// same name.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace aorta {

class fnv1a {
public:
  constexpr void add(std::string_view bytes) noexcept {
    for (const char c : bytes) state_ = (state_ ^ uint8_t(c)) * 0x100000001b3ull;
  }
  constexpr uint64_t value() const noexcept { return state_; }
  std::string hex() const { ///< 16 digits
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(state_));
    return text;
  }

private:
  uint64_t state_ = 0xcbf29ce484222325ull;
};

inline std::string fnv1a_of(std::string_view bytes) {
  fnv1a out;
  out.add(bytes);
  return out.hex();
}

} // namespace aorta
