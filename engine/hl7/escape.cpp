#include "engine/hl7/message.hpp"

#include <algorithm>
#include <charconv>

namespace aorta::hl7 {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Characters below 128 written in two bytes each (`000d`) mean the one byte: a NUL in front of each was
/// never meant.
bool written_wide(std::string_view bytes) noexcept {
  if (bytes.empty() || bytes.size() % 2 != 0) return false;
  for (size_t i = 0; i < bytes.size(); i += 2)
    if (bytes[i] != 0 || bytes[i + 1] == 0 || uint8_t(bytes[i + 1]) > 127) return false;
  return true;
}

bool append_hex(std::string& out, std::string_view digits) {
  if (digits.empty() || digits.size() % 2 != 0) return false;
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_digit(digits[i]), low = hex_digit(digits[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes += char(high << 4 | low);
  }
  const size_t step = written_wide(bytes) ? 2 : 1;
  for (size_t i = step - 1; i < bytes.size(); i += step) out += bytes[i];
  return true;
}

/// The number behind a formatting command, 1 without one. A page has no more lines than 99: no small field
/// becomes a large text.
bool count_of(std::string_view digits, unsigned& out) noexcept {
  if (digits.starts_with('+')) digits.remove_prefix(1);
  out = 1;
  if (digits.empty()) return true;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return wrong == std::errc{} && end == digits.data() + digits.size() && out <= 99;
}

/// Formatting commands of FT (HL7 v2.5.1 chapter 2.7.6), without the point.
bool append_formatting(std::string& out, std::string_view command) {
  if (command.size() < 2) return false;
  const std::string word{char(command[0] | 0x20), char(command[1] | 0x20)};
  const std::string_view number = command.substr(2);
  unsigned count = 1;
  if (word == "br" || word == "ce") { // both end the line
    if (!number.empty()) return false;
    out += '\n';
    return true;
  }
  if (word == "sp" || word == "sk") {
    if (!count_of(number, count)) return false;
    out.append(count, word == "sp" ? '\n' : ' ');
    return true;
  }
  if (word == "fi" || word == "nf") return number.empty();
  if (word != "in" && word != "ti") return false;
  return std::all_of(number.begin(), number.end(),
                     [](char c) { return c == '+' || c == '-' || c == ' ' || (c >= '0' && c <= '9'); });
}

/// What stands between two escape characters. False when that is no escape.
bool append_resolved(std::string& out, std::string_view body, const delimiters& marks) {
  if (body.empty()) return false;
  if (body.size() > 1) {
    if (body[0] == 'X') return append_hex(out, body.substr(1));
    return body[0] == '.' && append_formatting(out, body.substr(1));
  }
  char mark = 0;
  switch (body[0]) {
    case 'F': mark = marks.field; break;
    case 'S': mark = marks.component; break;
    case 'T': mark = marks.subcomponent; break;
    case 'R': mark = marks.repetition; break;
    case 'E': mark = marks.escape; break;
    case 'P': mark = marks.truncation; break;
    case 'H':
    case 'N': return true;
    default: return false;
  }
  if (mark == 0) return false;
  out += mark;
  return true;
}

/// Escapes that are well formed but not resolved here: another charset (\C..\ \M..\), the sender's own
/// (\Z..\).
bool kept_whole(std::string_view body) noexcept {
  if (body.size() < 2 || (body[0] != 'C' && body[0] != 'M' && body[0] != 'Z')) return false;
  return std::all_of(body.begin() + 1, body.end(), [](char c) { return hex_digit(c) >= 0; });
}

char letter_of(char c, const delimiters& marks) noexcept {
  if (c == 0) return 0;
  if (c == marks.escape) return 'E';
  if (c == marks.field) return 'F';
  if (c == marks.component) return 'S';
  if (c == marks.repetition) return 'R';
  if (c == marks.subcomponent) return 'T';
  return c == marks.truncation ? 'P' : '\0';
}

} // namespace

std::string unescape(std::string_view raw, const delimiters& marks) {
  std::string out;
  out.reserve(raw.size());
  while (!raw.empty()) {
    const size_t open = marks.escape == 0 ? std::string_view::npos : raw.find(marks.escape);
    out += raw.substr(0, open);
    if (open == std::string_view::npos) break;
    raw.remove_prefix(open);
    const size_t close = raw.find(marks.escape, 1);
    if (close == std::string_view::npos) {
      out += raw;
      break;
    }
    const std::string_view body = raw.substr(1, close - 1);
    if (append_resolved(out, body, marks)) {
      raw.remove_prefix(close + 1);
    } else {
      // The second escape character may open an escape of its own (`C:\temp\T\x`).
      const size_t keep = kept_whole(body) ? close + 1 : close;
      out += raw.substr(0, keep);
      raw.remove_prefix(keep);
    }
  }
  return out;
}

std::string escape(std::string_view text, const delimiters& marks) {
  static constexpr char hex[] = "0123456789ABCDEF";
  const auto append_byte = [&](std::string& out, char c) {
    out += {marks.escape, 'X', hex[uint8_t(c) >> 4], hex[uint8_t(c) & 15], marks.escape};
  };
  const bool null_sign = text == "\"\"";
  std::string out;
  out.reserve(text.size() + 16);
  for (const char c : text) {
    const bool control = uint8_t(c) < 0x20 || c == 0x7f;
    const char letter = letter_of(c, marks);
    if (!control && letter == 0 && !null_sign) out += c;
    else if (marks.escape == 0) out += ' ';
    else if (letter != 0) out += {marks.escape, letter, marks.escape};
    else append_byte(out, c);
  }
  return out;
}

} // namespace aorta::hl7
