#include "engine/hl7/charset.hpp"

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace aorta::hl7 {

/// Each byte's character in UTF-8. Only charsets of one byte a character are taken: in the others a
/// delimiter's byte may be half of a character, and the message could not have been divided rightly.
struct decoder::converter {
  struct character {
    uint8_t size = 0; ///< 0: the charset has no character here
    char text[3] = {};
  };
  std::array<character, 256> table;
};

namespace {

std::string folded(std::string_view name) {
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  std::string out(name);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = char(c - 32);
  return out;
}

/// HL7 table 0211 -> IANA. Names that are not in the table pass through.
std::string iana_name(const std::string& name) {
  if (name.empty() || name == "UNICODE UTF-8" || name == "UNICODE" || name == "UTF8") return "UTF-8";
  if (name == "US-ASCII" || name == "ISO IR6" || name == "ANSI_X3.4-1968") return "ASCII";
  if (name.starts_with("8859/") || name.starts_with("8859-")) return "ISO-8859-" + name.substr(5);
  return name;
}

struct close_converter {
  void operator()(UConverter* converter) const noexcept { ucnv_close(converter); }
};
using open_converter = std::unique_ptr<UConverter, close_converter>;

open_converter open(const std::string& name) {
  UErrorCode wrong = U_ZERO_ERROR;
  open_converter out(ucnv_open(name.c_str(), &wrong));
  if (U_FAILURE(wrong) || ucnv_getMaxCharSize(out.get()) != 1) return nullptr;
  ucnv_setToUCallBack(out.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &wrong);
  return U_FAILURE(wrong) ? nullptr : std::move(out);
}

/// The character of one byte, or -1. The control characters from 128 on are no text: who sends these bytes
/// means another charset.
int32_t character_of(UConverter* converter, uint8_t byte) noexcept {
  const char source = char(byte);
  UChar target[4];
  UErrorCode wrong = U_ZERO_ERROR;
  const int32_t count = ucnv_toUChars(converter, target, 4, &source, 1, &wrong);
  if (U_FAILURE(wrong) || count != 1 || target[0] == 0xFFFD) return -1;
  return target[0] >= 0x80 && target[0] < 0xA0 ? -1 : int32_t(target[0]);
}

error undecodable(size_t at, const std::string& charset) {
  return {error_code::data_type, "",
          "byte " + std::to_string(at + 1) + " of the field is not a character of " + charset};
}

} // namespace

result<decoder> decoder::make(std::string_view name) {
  decoder out;
  out.name_ = iana_name(folded(name));
  if (out.name_ == "UTF-8" || out.name_ == "ASCII") return out;
  const error unknown{error_code::table_value, "MSH-18", "the character set is not known here"};
  if (out.name_.find('\0') != std::string::npos || out.name_.size() > 60) return unknown;
  const auto source = open(out.name_);
  if (!source) return unknown;

  auto made = std::make_shared<converter>();
  for (unsigned byte = 0; byte < 256; ++byte) {
    const int32_t character = character_of(source.get(), uint8_t(byte));
    if (byte < 128 && character != int32_t(byte))
      return unknown; // EBCDIC and others that are no extension of ASCII
    if (character < 0) continue;
    auto& entry = made->table[byte];
    int32_t size = 0;
    U8_APPEND_UNSAFE(entry.text, size, character);
    entry.size = uint8_t(size);
  }
  out.converter_ = std::move(made);
  return out;
}

result<std::string> decoder::decode(std::string_view bytes) const {
  if (is_ascii(bytes)) return std::string(bytes);
  if (converter_ == nullptr) {
    if (name_ != "ASCII" && is_utf8(bytes)) return std::string(bytes);
    return error{error_code::data_type, "", "the field's bytes are not " + name_};
  }
  std::string out;
  out.reserve(bytes.size() * 2);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto& entry = converter_->table[uint8_t(bytes[i])];
    if (entry.size == 0) return undecodable(i, name_);
    out.append(entry.text, entry.size);
  }
  return out;
}

result<std::string> decoder::encode(std::string_view text) const {
  if (is_ascii(text)) return std::string(text);
  const error missing{error_code::data_type, "", "the text has a character that " + name_ + " lacks"};
  if (converter_ == nullptr) {
    if (name_ != "ASCII" && is_utf8(text)) return std::string(text);
    return missing;
  }
  std::string out;
  while (!text.empty()) {
    const auto here = [&](const converter::character& c) {
      return c.size > 0 && text.starts_with(std::string_view(c.text, c.size));
    };
    const auto& table = converter_->table;
    const auto found = std::find_if(table.begin(), table.end(), here);
    if (found == table.end()) return missing;
    out += char(found - table.begin());
    text.remove_prefix(found->size);
  }
  return out;
}

bool is_ascii(std::string_view bytes) noexcept {
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    if (word & 0x8080808080808080u) return false;
  }
  return std::all_of(bytes.begin() + std::ptrdiff_t(at), bytes.end(),
                     [](char c) { return uint8_t(c) < 128; });
}

std::string decoder::decode_with_holes(std::string_view bytes) const {
  constexpr std::string_view hole = "\ufffd";
  std::string out;
  if (converter_) {
    for (const char c : bytes) {
      const auto& entry = converter_->table[uint8_t(c)];
      out += entry.size == 0 ? hole : std::string_view(entry.text, entry.size);
    }
    return out;
  }
  const auto* const data = reinterpret_cast<const uint8_t*>(bytes.data());
  for (size_t at = 0; at < bytes.size();) {
    const size_t most = name_ == "ASCII" || data[at] < 0x80 ? 1 : std::min<size_t>(4, bytes.size() - at);
    size_t length = 1;
    while (length <= most && !(name_ == "ASCII" ? data[at] < 0x80 : is_utf8(bytes.substr(at, length))))
      ++length;
    out += length <= most ? bytes.substr(at, length) : hole;
    at += length <= most ? length : 1;
  }
  return out;
}

bool has_upper_controls(std::string_view bytes) noexcept {
  return std::any_of(bytes.begin(), bytes.end(),
                     [](char c) { return uint8_t(c) >= 0x80 && uint8_t(c) < 0xa0; });
}

std::string_view wider_charset(std::string_view name) noexcept {
  static constexpr std::pair<std::string_view, std::string_view> wider[] = {
    {"ISO-8859-7", "windows-1253"}, {"ISO-8859-1", "windows-1252"}, {"ISO-8859-15", "windows-1252"},
    {"ISO-8859-2", "windows-1250"}, {"ISO-8859-9", "windows-1254"}, {"ASCII", "UTF-8"}};
  const auto at = std::find_if(std::begin(wider), std::end(wider),
                               [&](const auto& each) { return each.first == name; });
  return at == std::end(wider) ? std::string_view{} : at->second;
}

bool is_utf8(std::string_view bytes) noexcept {
  const auto* const data = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t at = 0;
  while (at < bytes.size()) {
    const uint8_t lead = data[at];
    if (lead < 0x80) {
      ++at;
      continue;
    }
    // RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF; only the second byte's range depends
    // on the first.
    const size_t more = lead >= 0xC2 && lead <= 0xDF ? 1
      : (lead & 0xF0) == 0xE0                        ? 2
      : lead >= 0xF0 && lead <= 0xF4                 ? 3
                                                     : 0;
    if (more == 0 || bytes.size() - at <= more) return false;
    const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (data[at + 1] < low || data[at + 1] > high) return false;
    for (size_t i = 2; i <= more; ++i)
      if ((data[at + i] & 0xC0) != 0x80) return false;
    at += more + 1;
  }
  return true;
}

} // namespace aorta::hl7
