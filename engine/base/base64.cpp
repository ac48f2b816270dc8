#include "engine/base/base64.hpp"

#include <array>

namespace aorta::base64 {
namespace {

constexpr std::string_view standard_letters =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr int8_t strange = -1, space = -2, pad_sign = -3;

using values = std::array<int8_t, 256>;

constexpr values values_of(alphabet of) {
  values out{};
  out.fill(strange);
  for (size_t i = 0; i < 64; ++i) {
    if (of != alphabet::url) out[uint8_t(standard_letters[i])] = int8_t(i);
    if (of != alphabet::standard) out[uint8_t(url_letters[i])] = int8_t(i);
  }
  for (const char c : {' ', '\t', '\r', '\n'}) out[uint8_t(c)] = space;
  out[uint8_t('=')] = pad_sign;
  return out;
}

constexpr std::array<values, 3> tables{values_of(alphabet::standard), values_of(alphabet::url),
                                       values_of(alphabet::either)};

/// What a text consists of, read to its end.
struct contents {
  size_t letters = 0, pads = 0;
  uint32_t last = 0; ///< bits of the letters since the last whole group
};

/// Gives each whole group of 24 bits to `take`. Nothing at the first character that may not stand there.
template <class Take>
std::optional<contents> walk(std::string_view text, const form& how, Take take) noexcept(noexcept(take(0u))) {
  const auto& table = tables[size_t(how.letters)];
  contents out;
  for (const char c : text) {
    const int8_t value = table[uint8_t(c)];
    if (value >= 0 && out.pads == 0) {
      out.last = out.last << 6 | uint32_t(value);
      if (++out.letters % 4 != 0) continue;
      take(out.last);
      out.last = 0;
    } else if (value == pad_sign && how.pad != padding::refused) {
      if (++out.pads > 2) return std::nullopt;
    } else if (value != space || how.between == spaces::refused) {
      return std::nullopt;
    }
  }
  return out;
}

/// Bits of the last letters that make no whole byte.
uint32_t spare_of(const contents& of) {
  return of.letters % 4 == 2 ? of.last & 15 : of.letters % 4 == 3 ? of.last & 3 : 0;
}

bool ends_well(const contents& of, const form& how) noexcept {
  if (of.letters % 4 == 1) return false;
  const bool is_padded = of.pads > 0 || how.pad == padding::required;
  if (is_padded && (of.letters + of.pads) % 4 != 0) return false;
  if (of.pads > 0 && of.letters == 0) return false;
  return how.spare == spare_bits::any || spare_of(of) == 0;
}

/// `fits` says whether such an end may be.
template <class Fits>
std::optional<std::string> decoded(std::string_view text, const form& how, Fits fits) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  char* to = out.data();
  const auto read = walk(text, how, [&](uint32_t group) {
    *to++ = char(group >> 16 & 0xff);
    *to++ = char(group >> 8 & 0xff);
    *to++ = char(group & 0xff);
  });
  if (!read || !fits(*read)) return std::nullopt;
  const auto held = read->letters % 4;
  if (held >= 2) *to++ = char((held == 2 ? read->last >> 4 : read->last >> 10) & 0xff);
  if (held == 3) *to++ = char(read->last >> 2 & 0xff);
  out.resize(size_t(to - out.data()));
  return out;
}

} // namespace

std::optional<std::string> decode(std::string_view text, const form& how) {
  return decoded(text, how, [&](const contents& of) { return ends_well(of, how); });
}

std::optional<std::string> decode_beginning(std::string_view text, const form& how) {
  return decoded(text, how, [](const contents&) { return true; });
}

bool is(std::string_view text, const form& how) noexcept {
  const auto read = walk(text, how, [](uint32_t) noexcept {});
  return read && ends_well(*read, how);
}

std::string encode(std::string_view bytes, alphabet letters) {
  const auto& of = letters == alphabet::url ? url_letters : standard_letters;
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  char* to = out.data();
  const auto byte = [&](size_t at) { return uint32_t(uint8_t(bytes[at])); };
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, to += 4) {
    const uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    to[0] = of[group >> 18];
    to[1] = of[group >> 12 & 63];
    to[2] = of[group >> 6 & 63];
    to[3] = of[group & 63];
  }
  if (const size_t rest = bytes.size() - i; rest > 0) {
    const uint32_t group = byte(i) << 16 | (rest == 2 ? byte(i + 1) << 8 : 0u);
    to[0] = of[group >> 18];
    to[1] = of[group >> 12 & 63];
    if (rest == 2) to[2] = of[group >> 6 & 63];
  }
  return out;
}

} // namespace aorta::base64
