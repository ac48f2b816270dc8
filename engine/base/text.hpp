// Small things with ASCII text that every room needs: what HL7, HTTP and TOML call a letter's case and a
// blank. Letters beyond ASCII stay as they are.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace aorta {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }
constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? char(c - 32) : c; }

inline std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}
inline std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return upper(c); });
  return out;
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) noexcept { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/// RFC 3986 2.1: all but what is unreserved, and these.
inline std::string percent_encoded(std::string_view text, std::string_view but = {}) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = is_alpha(c) || is_digit(c) ||
      std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain || but.find(c) != std::string_view::npos) out += c;
    else out += {'%', hex[static_cast<unsigned char>(c) >> 4], hex[static_cast<unsigned char>(c) & 15]};
  }
  return out;
}

inline constexpr std::string_view blanks = " \t";
inline constexpr std::string_view blanks_and_line_ends = " \t\r\n";

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF"; ///< of UTF-8, in front of a text

/// Without these characters at both ends.
constexpr std::string_view trimmed(std::string_view text, std::string_view of) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(of), text.size()));
  text.remove_suffix(text.size() - std::min(text.find_last_not_of(of) + 1, text.size()));
  return text;
}

} // namespace aorta
