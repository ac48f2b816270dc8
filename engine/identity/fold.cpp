// One key for a name however it is spelt: Latin letters first (script.hpp), then one spelling a sound.
#include "engine/identity/identity.hpp"
#include "engine/identity/name_list.hpp"
#include "engine/identity/script.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>

namespace aorta::identity {

namespace {

bool is_vowel(char c) noexcept {
  return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}
bool is_voiceless(char c) noexcept { return c == 'h' || c == 'k' || c == 'p' || c == 's' || c == 't'; }

char at(const std::string& word, size_t i) noexcept { return i < word.size() ? word[i] : '\0'; }

/// Spellings of one letter: ch, kh and h; ph and f; c, q and k; x and ks; y and i; w and v. At the start:
/// yi/y before a vowel is gi.
std::string one_letter_each(const std::string& word) {
  std::string out;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i], next = at(word, i + 1);
    if (next == 'h' && (c == 'c' || c == 'k')) {
      out += 'h';
      ++i;
    } else if (next == 'h' && c == 'p') {
      out += 'f';
      ++i;
    } else if (next == 'h' && (c == 'g' || c == 'd')) {
      out += c;
      ++i;
    } else if (c == 'c' || c == 'q') out += 'k';
    else if (c == 'x') out += "ks";
    else if (c == 'w') out += 'v';
    else if (c == 'y' && i == 0 && is_vowel(next)) out += next == 'i' ? "g" : "gi";
    else if (c == 'y') out += 'i';
    else out += c;
  }
  return out;
}

struct spelling {
  std::string_view from, to;
  enum class place : uint8_t { anywhere, start, not_at_end } where = place::anywhere;
  bool by_sound = false; ///< merges vowels that other names tell apart: Raina, Rena
};

/// How much may be merged.
enum class folding : uint8_t {
  exact,  ///< what transliteration leaves open
  coarse, ///< also what sounds alike
};

/// In this order: the first that fits at a position is taken. What ELOT 743 gives (mp, nt, gk, ng, tz, ou,
/// ei, oi, ai) meets what people write.
constexpr std::array<spelling, 18> spellings{{{"mp", "b"},
                                              {"mb", "b"},
                                              {"nt", "d", spelling::place::start},
                                              {"nd", "nt"},
                                              {"ngk", "g"},
                                              {"gk", "g"},
                                              {"gg", "g"},
                                              {"ng", "g"},
                                              {"dj", "tz"},
                                              {"dz", "tz"},
                                              {"tj", "tz"},
                                              {"ou", "u"},
                                              {"oi", "i", spelling::place::start, true},
                                              {"ei", "i", spelling::place::not_at_end, true},
                                              {"ai", "e", spelling::place::not_at_end, true},
                                              {"ae", "e", spelling::place::not_at_end, true},
                                              {"au", "av"},
                                              {"eu", "ev"}}};

const spelling* spelling_at(const std::string& word, size_t i, folding how) {
  for (const auto& rule : spellings) {
    if (rule.from[0] != word[i] || (rule.by_sound && how == folding::exact)) continue;
    if (word.compare(i, rule.from.size(), rule.from) != 0) continue;
    if (rule.where == spelling::place::start && i != 0) continue;
    if (rule.where == spelling::place::not_at_end && i + rule.from.size() == word.size()) continue;
    return &rule;
  }
  return nullptr;
}

std::string one_spelling_a_sound(const std::string& word, folding how) {
  std::string out;
  for (size_t i = 0; i < word.size();) {
    if (const auto* rule = spelling_at(word, i, how)) {
      out += rule->to;
      i += rule->from.size();
    } else {
      out += word[i++];
    }
  }
  // αυ and ευ sound as af, ef before a voiceless letter: Eftychia, Evtychia and Eutychia are one name.
  for (size_t i = 1; i + 1 < out.size(); ++i)
    if (out[i] == 'f' && (out[i - 1] == 'a' || out[i - 1] == 'e') && is_voiceless(out[i + 1])) out[i] = 'v';
  return out;
}

void drop_doubles(std::string& word) {
  const auto is_letter = [](char c) { return c >= 'a'; };
  word.erase(std::unique(word.begin(), word.end(), [&](char a, char b) { return a == b && is_letter(a); }),
             word.end());
}

} // namespace

std::vector<std::string> words_of(std::string_view latin) {
  std::vector<std::string> words;
  bool open = false;
  for (const char c : latin) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9')) {
      if (!open) words.emplace_back();
      open = true;
      words.back() += lower;
    } else if (c != '\'' && c != '`' && static_cast<unsigned char>(c) < 0x80) {
      open = false;
    }
  }
  return words;
}

std::string fold_word_exactly(const std::string& latin) {
  return one_spelling_a_sound(one_letter_each(latin), folding::exact);
}

std::string fold_word(const std::string& latin) {
  std::string out = one_spelling_a_sound(one_letter_each(latin), folding::coarse);
  drop_doubles(out);
  return out;
}

std::string coarsen(std::string_view plain) {
  std::string word(plain), out;
  for (const std::string_view hadji : {"hadgi", "hatgi", "hagi", "haji", "hji", "hadj", "hatj"})
    if (word.starts_with(hadji)) {
      word.replace(0, hadji.size(), "hatzi");
      break;
    }
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i], next = at(word, i + 1);
    if (c == 'g' && (next == 'i' || next == 'e') && is_vowel(at(word, i + 2))) {
      out += 'i';
      ++i;
    } else if (c == 't' && next == 'h') {
      out += 't';
      ++i;
    } else out += c == 'e' ? 'i' : c;
  }
  word.clear();
  for (size_t i = 0; i < out.size(); ++i)
    if (!((out[i] == 'a' || out[i] == 'o') && at(out, i + 1) == 'i')) word += out[i];
  drop_doubles(word);
  return word;
}

namespace {

/// Χ"Γεωργίου, X''GEORGIOU: Chi and a mark that stands for the rest of Hatzi. Marks: ASCII, Greek tonos and
/// what word processors make of them.
std::string spelt_out(std::string_view utf8) {
  constexpr std::string_view chis[] = {"\xCE\xA7", "\xCF\x87", "X", "x"};
  constexpr std::string_view marks[] = {"\"",
                                        "'",
                                        "`",
                                        "\xC2\xB4",
                                        "\xCE\x84",
                                        "\xE2\x80\x98",
                                        "\xE2\x80\x99",
                                        "\xE2\x80\x9C",
                                        "\xE2\x80\x9D",
                                        "\xE2\x80\xB2",
                                        "\xE2\x80\xB3",
                                        "\xCA\xBC",
                                        "\xC2\xA8",
                                        "\xCE\x85"};
  const auto skip = [&](size_t at, auto& of) {
    for (const std::string_view each : of)
      if (utf8.compare(at, each.size(), each) == 0) return each.size();
    return size_t{0};
  };
  std::string out;
  bool start = true;
  for (size_t i = 0; i < utf8.size();) {
    const size_t chi = start ? skip(i, chis) : 0;
    size_t end = i + chi;
    for (size_t mark = chi; mark != 0 && end < utf8.size(); end += mark) mark = skip(end, marks);
    if (chi != 0 && end > i + chi) {
      out += "Chatzi"; // its C keeps the rest of the word in the script it is in
      i = utf8.find_first_not_of(' ', end) == utf8.npos ? utf8.size() : utf8.find_first_not_of(' ', end);
      start = false;
      continue;
    }
    start = utf8[i] == ' ' || utf8[i] == '-';
    out += utf8[i++];
  }
  return out;
}

/// Hadji Georgiou is one name in two words. `plain`: each as `fold_word` gives it.
std::string key_of(const std::vector<std::string>& plain_words) {
  const auto& list = name_list::built_in();
  std::string out, before;
  for (const auto& plain : plain_words) {
    const std::string coarse = coarsen(plain);
    if (coarse == "hatzi") {
      before = coarse;
      continue;
    }
    const std::string joined = before.empty() ? coarse : coarsen(before + coarse);
    before.clear();
    out += (out.empty() ? "" : " ") + list.key(joined);
  }
  return before.empty() ? out : out + (out.empty() ? "" : " ") + before;
}

folded_name fold_all(std::string_view utf8) {
  const auto& list = name_list::built_in();
  folded_name out;
  std::vector<std::string> plain_words;
  for (const auto& latin : words_of(to_latin(utf8))) {
    folded_word word{latin, fold_word_exactly(latin), fold_word(latin), {}, list.kind_of(latin), false};
    word.variant = list.full_form(word.plain);
    word.given = list.is_given(word.plain);
    const char* gap = out.plain.empty() ? "" : " ";
    out.exact += gap + word.exact;
    out.plain += gap + word.plain;
    out.variant += gap + word.variant;
    plain_words.push_back(word.plain);
    out.words.push_back(std::move(word));
  }
  if (const std::string longer = spelt_out(utf8); longer != utf8) {
    plain_words = words_of(to_latin(longer));
    for (auto& word : plain_words) word = fold_word(word);
  }
  out.key = key_of(plain_words);
  return out;
}

/// Names come again and again (the patient's own, given names), and one decision asks for the same name many
/// times.
class recent_names {
public:
  const std::shared_ptr<const folded_name>& operator()(std::string_view utf8) {
    if (const auto known = names_.find(utf8); known != names_.end()) return known->second;
    if (names_.size() >= most) names_.clear();
    return names_.emplace(utf8, std::make_shared<const folded_name>(fold_all(utf8))).first->second;
  }

private:
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  static constexpr size_t most = 2048;
  std::unordered_map<std::string, std::shared_ptr<const folded_name>, text_hash, std::equal_to<>> names_;
};

} // namespace

std::shared_ptr<const folded_name> folded(std::string_view utf8) {
  thread_local recent_names recent;
  return recent(utf8);
}

std::string first_letters(const folded_word& word) {
  std::string out(name_list::built_in().first_letters(word.variant));
  for (const auto* form : {&word.latin, &word.plain})
    if (out.find(form->front()) == out.npos) out += form->front();
  return out;
}

std::string fold_name(std::string_view utf8) { return folded(utf8)->plain; }

std::string fold_exactly(std::string_view utf8) { return folded(utf8)->exact; }

std::string fold_variant(std::string_view utf8) { return folded(utf8)->variant; }

std::string fold_to_key(std::string_view utf8) { return folded(utf8)->key; }

} // namespace aorta::identity
