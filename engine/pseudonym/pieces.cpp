#include "engine/pseudonym/pieces.hpp"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

namespace aorta::pseudonym {
namespace {

icu::UnicodeString wide(std::string_view utf8) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
}

std::string narrow(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

bool is_letter(UChar32 c) { return u_isalpha(c) || u_getCombiningClass(c) != 0; }
bool joins(UChar32 c) { return c == '\'' || c == '"' || c == '`' || c == 0x2019 || c == 0x02BC; }

piece::kind kind_at(const icu::UnicodeString& text, int32_t at, piece::kind before) {
  const UChar32 c = text.char32At(at);
  if (is_letter(c)) return piece::kind::word;
  if (c >= '0' && c <= '9') return piece::kind::digits;
  const int32_t next = text.moveIndex32(at, 1);
  const bool inside = before == piece::kind::word && next < text.length() && is_letter(text.char32At(next));
  return inside && joins(c) ? piece::kind::word : piece::kind::other;
}

} // namespace

std::vector<piece> pieces_of(std::string_view utf8) {
  const auto text = wide(utf8);
  std::vector<piece> out;
  int32_t begin = 0;
  auto now = piece::kind::other;
  for (int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const auto is = kind_at(text, at, at == begin ? piece::kind::other : now);
    if (at > begin && is != now) {
      out.push_back({now, narrow(text.tempSubStringBetween(begin, at))});
      begin = at;
    }
    now = is;
  }
  if (begin < text.length()) out.push_back({now, narrow(text.tempSubStringBetween(begin))});
  return out;
}

script script_of(std::string_view word) {
  const auto text = wide(word);
  size_t latin = 0, greek = 0, others = 0;
  for (int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    UErrorCode failed = U_ZERO_ERROR;
    const auto is = uscript_getScript(text.char32At(at), &failed);
    if (is == USCRIPT_LATIN) ++latin;
    else if (is == USCRIPT_GREEK) ++greek;
    else if (u_isalpha(text.char32At(at))) ++others;
  }
  if (others > latin + greek) return script::other;
  return greek > latin ? script::greek : script::latin;
}

size_t length(std::string_view utf8) { return static_cast<size_t>(wide(utf8).countChar32()); }

std::string in_case_of(std::string_view like, std::string_view text) {
  const auto model = wide(like);
  auto out = wide(text);
  const icu::Locale greek("el");
  size_t upper = 0, lower = 0;
  for (int32_t at = 0; at < model.length(); at = model.moveIndex32(at, 1)) {
    if (u_isupper(model.char32At(at))) ++upper;
    if (u_islower(model.char32At(at))) ++lower;
  }
  if (lower == 0 && upper > 1) return narrow(out.toUpper(greek));
  out.toLower(greek);
  if (upper == 0) return narrow(out);
  // A small sigma at the end of a word stays what `toLower` made of it.
  const int32_t second = out.moveIndex32(0, 1);
  auto first = out.tempSubStringBetween(0, second);
  if (lower == 0) return narrow(first.toUpper(greek) + out.tempSubStringBetween(second));
  first = icu::UnicodeString(u_totitle(out.char32At(0)));
  return narrow(first + out.tempSubStringBetween(second));
}

} // namespace aorta::pseudonym
