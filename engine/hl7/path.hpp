// A place in a message as the standard writes it: "PID-3", "OBX[2]-5[1].1.2". All indices start at 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::hl7 {

struct path {
  char segment[3] = {'M', 'S', 'H'};
  uint16_t occurrence = 1; ///< of the segment in the message
  uint16_t field = 0;      ///< 0: the whole segment
  uint16_t repetition = 1;
  uint16_t component = 0;    ///< 0: the whole repetition
  uint16_t subcomponent = 0; ///< 0: the whole component
  friend bool operator==(const path&, const path&) = default;
};

namespace path_text {
constexpr bool number(std::string_view text, size_t& at, uint16_t& out) noexcept {
  const size_t start = at;
  uint32_t value = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && value < 65536)
    value = value * 10 + uint32_t(text[at++] - '0');
  out = uint16_t(value);
  return at > start && value > 0 && value < 65536;
}
constexpr bool bracketed(std::string_view text, size_t& at, uint16_t& out) noexcept {
  if (at >= text.size() || text[at] != '[') return true;
  return number(text, ++at, out) && at < text.size() && text[at++] == ']';
}
} // namespace path_text

constexpr std::optional<path> parse_path(std::string_view text) noexcept {
  path out;
  if (text.size() < 3) return std::nullopt;
  for (size_t i = 0; i < 3; ++i) {
    const char c = text[i];
    if (!((c >= 'A' && c <= 'Z') || (i > 0 && c >= '0' && c <= '9'))) return std::nullopt;
    out.segment[i] = c;
  }
  size_t at = 3;
  if (!path_text::bracketed(text, at, out.occurrence)) return std::nullopt;
  if (at == text.size()) return out;
  if (text[at++] != '-' || !path_text::number(text, at, out.field)) return std::nullopt;
  if (!path_text::bracketed(text, at, out.repetition)) return std::nullopt;
  if (at == text.size()) return out;
  if (text[at++] != '.' || !path_text::number(text, at, out.component)) return std::nullopt;
  if (at == text.size()) return out;
  if (text[at++] != '.' || !path_text::number(text, at, out.subcomponent)) return std::nullopt;
  return at == text.size() ? std::optional<path>(out) : std::nullopt;
}

/// The same place as text: `OBX[2]-5[1].1`; indices that are 1 by default are left out.
std::string to_text(const path& where);

inline namespace literals {
/// A malformed literal stops the build.
consteval path operator""_path(const char* text, size_t size) {
  const auto parsed = parse_path({text, size});
  if (!parsed) throw "not an HL7 path";
  return *parsed;
}
} // namespace literals

} // namespace aorta::hl7
