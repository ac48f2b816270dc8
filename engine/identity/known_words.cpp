#include "engine/identity/known_words.hpp"

#include "engine/identity/script.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>

namespace aorta::identity {
namespace {

struct letter {
  char32_t folded;
  size_t begin, end; ///< of its bytes
};

/// Without case and accents; a final sigma is a sigma.
char32_t fold(UChar32 c) {
  UErrorCode failed = U_ZERO_ERROR;
  static const auto* decomposed = icu::Normalizer2::getNFDInstance(failed);
  icu::UnicodeString parts;
  if (decomposed != nullptr && decomposed->getRawDecomposition(c, parts))
    return fold(parts.char32At(0)); // marks follow; a letter with two has them one inside the other
  return static_cast<char32_t>(u_foldCase(c, U_FOLD_CASE_DEFAULT));
}

std::vector<letter> letters_of(std::string_view utf8) {
  std::vector<letter> out;
  const auto size = static_cast<int32_t>(utf8.size());
  const auto* bytes = reinterpret_cast<const uint8_t*>(utf8.data());
  for (int32_t at = 0; at < size;) {
    const auto begin = static_cast<size_t>(at);
    UChar32 c = 0;
    U8_NEXT(bytes, at, size, c);
    if (c < 0) c = 0xFFFD;
    if (u_getCombiningClass(c) != 0) { // an accent by itself belongs to the letter before it
      if (!out.empty()) out.back().end = static_cast<size_t>(at);
      continue;
    }
    out.push_back({fold(c), begin, static_cast<size_t>(at)});
  }
  return out;
}

bool in_word(char32_t c) { return u_isalnum(static_cast<UChar32>(c)) != 0; }

size_t weight_of(const std::u32string& word) {
  return static_cast<size_t>(std::count_if(word.begin(), word.end(), in_word));
}

constexpr size_t least_of_name = 3, least_of_number = 5, least_of_stem = 4, longest_ending = 3;

/// Of what endings of Greek names are made, in either script.
bool in_ending(char32_t c) {
  return std::u32string_view(U"σναεηιουωsnaeiouyh").find(c) != std::u32string_view::npos;
}

std::u32string stem_of(std::u32string word) {
  for (int i = 0; i < 2 && word.size() > least_of_stem && in_ending(word.back()); ++i) word.pop_back();
  return word;
}

std::u32string folded_letters(std::string_view utf8) {
  std::u32string out;
  for (const auto& each : letters_of(utf8)) out += each.folded;
  return out;
}

/// `[seen] Anna` is a text.
bool looks_like_json(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  const auto second = first == text.npos ? first : text.find_first_not_of(blank, first + 1);
  if (second == text.npos) return false;
  return text[first] == '{' ? text[second] == '"' || text[second] == '}'
                            : text[first] == '[' && std::string_view("{[\"]").find(text[second]) != text.npos;
}

/// The string literal of JSON that begins at `begin`, with its quotes.
size_t end_of_literal(std::string_view json, size_t begin) {
  for (size_t at = begin + 1; at < json.size(); ++at) {
    if (json[at] == '\\') ++at;
    else if (json[at] == '"') return at + 1;
  }
  return json.size();
}

/// Members of JSON, FHIR's above all, that say what something is and not what somebody wrote.
bool is_coded(std::string_view member) {
  constexpr std::array coded{
    std::string_view("code"),      std::string_view("system"),       std::string_view("reference"),
    std::string_view("url"),       std::string_view("fullUrl"),      std::string_view("id"),
    std::string_view("unit"),      std::string_view("use"),          std::string_view("status"),
    std::string_view("type"),      std::string_view("resourceType"), std::string_view("version"),
    std::string_view("versionId"), std::string_view("contentType"),  std::string_view("hash"),
    std::string_view("profile"),   std::string_view("uri"),          std::string_view("uid")};
  return std::find(coded.begin(), coded.end(), member) != coded.end() || member.ends_with("Code") ||
    member.ends_with("Status") || member.ends_with("_code") || member.ends_with("_id");
}

constexpr size_t least_of_base64 = 32; ///< `data` of less is a word

bool has_letter(const std::vector<letter>& all) {
  return std::any_of(all.begin(), all.end(),
                     [](const letter& each) { return u_isalpha(static_cast<UChar32>(each.folded)) != 0; });
}

/// `\u0391` as it is meant; other escapes end a word as they are.
std::string unescaped(std::string_view literal) {
  icu::UnicodeString text = icu::UnicodeString::fromUTF8(
    {literal.data(), static_cast<int32_t>(literal.size())});
  std::string out;
  text.unescape().toUTF8String(out);
  return out;
}

} // namespace

void known_words::add_word(std::string_view utf8, bool inflects) {
  auto word = folded_letters(utf8);
  while (!word.empty() && !in_word(word.back())) word.pop_back();
  word.erase(word.begin(), std::find_if(word.begin(), word.end(), in_word));
  inflects = inflects && stem_of(word).size() >= least_of_stem;
  if (inflects) word = stem_of(std::move(word));
  if (word.empty() || std::any_of(words_.begin(), words_.end(), [&](const known& each) {
        return each.word == word && each.inflects == inflects;
      }))
    return;
  words_.push_back({std::move(word), inflects});
  std::stable_sort(words_.begin(), words_.end(), [](const known& a, const known& b) {
    return a.word.size() > b.word.size(); // the whole before its parts
  });
}

void known_words::add_name(std::string_view utf8) {
  for (const auto& spelling : {std::string(utf8), to_latin(utf8)}) {
    if (spelling.empty()) continue;
    std::string part;
    const auto keep = [&] {
      if (weight_of(folded_letters(part)) >= least_of_name) add_word(part, true);
      part.clear();
    };
    for (const auto& each : letters_of(spelling)) {
      if (in_word(each.folded)) part += spelling.substr(each.begin, each.end - each.begin);
      else keep();
    }
    keep();
    if (spelling.find_first_of(" -") != std::string::npos) add_word(spelling, false);
  }
}

void known_words::add(std::string_view utf8) {
  if (weight_of(folded_letters(utf8)) >= least_of_number) add_word(utf8, false);
}

std::vector<known_words::place> known_words::places(std::string_view utf8) const {
  std::vector<place> out;
  if (words_.empty()) return out;
  const auto all = letters_of(utf8);
  for (size_t at = 0; at < all.size();) {
    size_t step = 1;
    if (in_word(all[at].folded) && (at == 0 || !in_word(all[at - 1].folded)))
      for (const auto& [word, inflects] : words_) {
        size_t end = at + word.size();
        if (end > all.size() ||
            !std::equal(word.begin(), word.end(), all.begin() + static_cast<std::ptrdiff_t>(at),
                        [](char32_t a, const letter& b) { return a == b.folded; }))
          continue;
        for (size_t i = 0; inflects && i < longest_ending && end < all.size() && in_ending(all[end].folded);
             ++i)
          ++end;
        if (end < all.size() && in_word(all[end].folded)) continue;
        out.push_back({all[at].begin, all[end - 1].end});
        step = end - at;
        break;
      }
    at += step;
  }
  return out;
}

std::string known_words::plain_without(std::string_view utf8) const {
  if (!has_letter(letters_of(utf8))) return std::string(utf8);
  std::string out;
  size_t done = 0;
  for (const auto& each : places(utf8)) {
    out.append(utf8.substr(done, each.begin - done)).append(replacement);
    done = each.end;
  }
  return out.append(utf8.substr(done));
}

/// A string of JSON with its quotes.
std::string known_words::literal_without(std::string_view member, std::string_view literal) const {
  if (member == "data" && literal.size() > least_of_base64) return "\"\"";
  if (literal.find("\\u") == literal.npos) return plain_without(literal);
  return in(unescaped(literal)) ? "\"" + std::string(replacement) + "\"" : std::string(literal);
}

std::string known_words::without(std::string_view utf8) const {
  if (!looks_like_json(utf8)) return plain_without(utf8);
  std::string out, member;
  size_t done = 0;
  for (auto at = utf8.find('"'); at != utf8.npos; at = utf8.find('"', done)) {
    const auto end = end_of_literal(utf8, at);
    const auto literal = utf8.substr(at, end - at);
    out.append(utf8.substr(done, at - done));
    done = end;
    const auto behind = utf8.find_first_not_of(" \t\r\n", end);
    if (behind != utf8.npos && utf8[behind] == ':') {
      member = literal.substr(1, literal.size() - 2);
      out += literal;
    } else {
      out += is_coded(member) ? std::string(literal) : literal_without(member, literal);
    }
  }
  return out.append(utf8.substr(done));
}

} // namespace aorta::identity
