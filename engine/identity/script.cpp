#include "engine/identity/script.hpp"

#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>

namespace aorta::identity {

namespace {

struct pair_of_shapes {
  char16_t greek;
  char latin;
};
constexpr pair_of_shapes same_shape[] = {{u'Α', 'A'}, {u'Β', 'B'}, {u'Ε', 'E'}, {u'Ζ', 'Z'}, {u'Η', 'H'},
                                         {u'Ι', 'I'}, {u'Κ', 'K'}, {u'Μ', 'M'}, {u'Ν', 'N'}, {u'Ο', 'O'},
                                         {u'Ρ', 'P'}, {u'Τ', 'T'}, {u'Υ', 'Y'}, {u'Χ', 'X'}};

char16_t greek_look_alike(char32_t latin) noexcept {
  const char32_t upper = u_toupper(static_cast<UChar32>(latin));
  for (const auto& pair : same_shape)
    if (static_cast<char32_t>(pair.latin) == upper) return pair.greek;
  return 0;
}

bool is_script(UChar32 letter, UScriptCode script) {
  UErrorCode failed = U_ZERO_ERROR;
  return uscript_getScript(letter, &failed) == script && U_SUCCESS(failed);
}

/// Which script a word of both is meant in: the letters that only one of them has decide, then the majority,
/// then Greek.
enum class reading { as_it_is, greek, latin };
reading read_word(const icu::UnicodeString& word) {
  int greek = 0, latin = 0, only_greek = 0, only_latin = 0;
  for (int32_t i = 0; i < word.length(); i = word.moveIndex32(i, 1)) {
    const UChar32 letter = word.char32At(i);
    if (is_script(letter, USCRIPT_GREEK)) {
      ++greek;
      if (latin_look_alike(static_cast<char32_t>(letter)) == 0) ++only_greek;
    } else if (is_script(letter, USCRIPT_LATIN)) {
      ++latin;
      if (greek_look_alike(static_cast<char32_t>(letter)) == 0) ++only_latin;
    }
  }
  if (greek == 0 || latin == 0 || (only_greek > 0 && only_latin > 0)) return reading::as_it_is;
  if (only_greek > 0) return reading::greek;
  if (only_latin > 0) return reading::latin;
  return latin > greek ? reading::latin : reading::greek;
}

void append_word(icu::UnicodeString& out, const icu::UnicodeString& word) {
  const reading meant = read_word(word);
  for (int32_t i = 0; i < word.length(); i = word.moveIndex32(i, 1)) {
    const UChar32 letter = word.char32At(i);
    UChar32 other = 0;
    if (meant == reading::latin && is_script(letter, USCRIPT_GREEK))
      other = static_cast<unsigned char>(latin_look_alike(static_cast<char32_t>(letter)));
    if (meant == reading::greek && is_script(letter, USCRIPT_LATIN))
      other = greek_look_alike(static_cast<char32_t>(letter));
    if (other != 0 && u_islower(letter)) other = u_tolower(other);
    out.append(other != 0 ? other : letter);
  }
}

/// Each word in one script. Works on decomposed text, so that an accent does not hide a shape.
icu::UnicodeString one_script_a_word(const icu::UnicodeString& text) {
  icu::UnicodeString out, word;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (u_isalpha(c) || u_getCombiningClass(c) != 0) {
      word.append(c);
      continue;
    }
    append_word(out, word);
    word.remove();
    out.append(c);
  }
  append_word(out, word);
  return out;
}

bool is_ascii(const icu::UnicodeString& text) {
  for (int32_t i = 0; i < text.length(); ++i)
    if (text[i] >= 0x80) return false;
  return true;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_utf8(std::string_view text) {
  int32_t i = 0;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto length = static_cast<int32_t>(text.size());
  while (i < length) {
    UChar32 c = 0;
    U8_NEXT(bytes, i, length, c);
    if (c < 0) return false;
  }
  return true;
}

/// One a thread: ICU's transliterators are not to be shared.
class latinizer {
public:
  latinizer()
      : greek_(make(
          ":: NFC; γκ > gk; Γκ > Gk; ΓΚ > GK; :: Greek-Latin/UNGEGN; :: NFD; :: [:Nonspacing Mark:] Remove; :: NFC;")),
        any_(make(":: Any-Latin; :: Latin-ASCII; :: NFD; :: [:Nonspacing Mark:] Remove;")) {}

  std::string operator()(std::string_view utf8) const {
    if (!greek_ || !any_ || utf8.size() > 10'000 || !is_utf8(utf8)) return {};
    icu::UnicodeString text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
    text = one_script_a_word(text);
    greek_->transliterate(text);
    if (!is_ascii(text)) any_->transliterate(text);
    std::string latin;
    text.toUTF8String(latin);
    return latin;
  }

private:
  /// Null only if ICU's data are not installed; then names of other scripts fold to nothing and match nobody.
  static std::unique_ptr<icu::Transliterator> make(const char* rules) {
    UErrorCode failed = U_ZERO_ERROR;
    UParseError place;
    std::unique_ptr<icu::Transliterator> made(icu::Transliterator::createFromRules(
      "aorta", icu::UnicodeString::fromUTF8(rules), UTRANS_FORWARD, place, failed));
    return U_SUCCESS(failed) ? std::move(made) : nullptr;
  }

  std::unique_ptr<icu::Transliterator> greek_, any_;
};

} // namespace

char latin_look_alike(char32_t greek) noexcept {
  const char32_t upper = u_toupper(static_cast<UChar32>(greek));
  for (const auto& pair : same_shape)
    if (pair.greek == upper) return pair.latin;
  return 0;
}

std::string to_latin(std::string_view utf8) {
  if (is_ascii(utf8)) return std::string(utf8);
  thread_local const latinizer convert;
  return convert(utf8);
}

} // namespace aorta::identity
