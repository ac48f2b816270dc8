// One key for a name however it is spelt: Latin letters first (script.hpp), then one spelling a sound.
#include "engine/identity/identity.hpp"
#include "engine/identity/script.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>

namespace aorta::identity {

namespace {

bool is_vowel(char c) noexcept { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y'; }
bool is_voiceless(char c) noexcept { return c == 'h' || c == 'k' || c == 'p' || c == 's' || c == 't'; }

char at(const std::string& word, size_t i) noexcept { return i < word.size() ? word[i] : '\0'; }

/// Letters and digits in lower case, one word an element. Apostrophes join (O'Neill), anything else separates.
std::vector<std::string> words_of(const std::string& latin) {
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

/// Spellings of one letter: ch, kh and h; ph and f; c, q and k; x and ks; y and i; w and v. At the start: yi/y before a vowel is gi.
std::string one_letter_each(const std::string& word) {
  std::string out;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i], next = at(word, i + 1);
    if (next == 'h' && (c == 'c' || c == 'k')) { out += 'h'; ++i; }
    else if (next == 'h' && c == 'p') { out += 'f'; ++i; }
    else if (next == 'h' && (c == 'g' || c == 'd')) { out += c; ++i; }
    else if (c == 'c' || c == 'q') out += 'k';
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

/// In this order: the first that fits at a position is taken. What ELOT 743 gives (mp, nt, gk, ng, tz, ou, ei, oi, ai) meets what people write.
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
    if (rule.by_sound && how == folding::exact) continue;
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
  word.erase(std::unique(word.begin(), word.end(), [&](char a, char b) { return a == b && is_letter(a); }), word.end());
}

std::string fold_word(const std::string& word, folding how) {
  std::string out = one_spelling_a_sound(one_letter_each(word), how);
  if (how == folding::coarse) drop_doubles(out);
  return out;
}

struct variants_of {
  std::string_view name;
  std::string_view others; ///< separated by spaces
};

/// Given names as Cypriots write and shorten them. Only names that are commonly used for one another.
constexpr variants_of variants[] = {
    {"georgios", "giorgos giorgis george giorkos giorkis"},
    {"konstantinos", "kostas kostis kostakis kostantinos constantine dinos"},
    {"ioannis", "giannis yannis john giannakis"},
    {"andreas", "andrew andrikos"},
    {"eleni", "helen helena elena"},
    {"aikaterini", "katerina catherine katherine"},
    {"evangelia", "evi vangelia"},
    {"evangelos", "vangelis"},
    {"dimitrios", "dimitris demetris demetrios mitsos"},
    {"dimitra", "demetra"},
    {"nikolaos", "nikos nicholas nicolas nikolakis"},
    {"michail", "michalis mike michalakis"},
    {"panagiotis", "panayiotis panikos"},
    {"panagiota", "panayiota giota"},
    {"christos", "chris christakis"},
    {"charalampos", "haris pampis mpampis pampos"},
    {"vasileios", "vasilis vassos basil"},
    {"vasiliki", "vaso vasoula"},
    {"stylianos", "stelios"},
    {"styliani", "stella"},
    {"antonios", "antonis antony anthony"},
    {"athanasios", "thanasis thanos"},
    {"theodoros", "thodoris theodore"},
    {"alexandros", "alexander alekos"},
    {"anastasios", "tasos anastasis"},
    {"anastasia", "tasoula"},
    {"eleftherios", "lefteris"},
    {"iakovos", "yiakovos jacob"},
    {"iosif", "joseph"},
    {"loukas", "luke"},
    {"markos", "mark"},
    {"pavlos", "paul"},
    {"petros", "peter petrakis"},
    {"stefanos", "stephen steven"},
    {"filippos", "philip"},
    {"savvas", "savvakis"},
    {"spyridon", "spyros"},
    {"emmanouil", "manolis emmanuel"},
    {"efstathios", "stathis"},
    {"efthymios", "thymios"},
    {"despoina", "despina despo"},
    {"eirini", "irene"},
    {"maria", "mary maroula"},
    {"margarita", "margaret"},
    {"ioanna", "gianna joanna"},
    {"zoi", "zoe"},
    {"sofia", "sophie"},
    {"anna", "anne annoula"},
};

const std::unordered_map<std::string, std::string>& variant_table() {
  static const auto table = [] {
    std::unordered_map<std::string, std::string> made;
    for (const auto& row : variants) {
      const std::string name = fold_word(std::string(row.name), folding::coarse);
      for (const auto& other : words_of(std::string(row.others))) made.emplace(fold_word(other, folding::coarse), name);
    }
    return made;
  }();
  return table;
}

struct folded_name {
  std::string exact, plain, variant;
};

folded_name fold_all(std::string_view utf8) {
  const auto& table = variant_table();
  folded_name out;
  for (const auto& word : words_of(to_latin(utf8))) {
    const std::string folded = fold_word(word, folding::coarse);
    const auto known = table.find(folded);
    const char* gap = out.plain.empty() ? "" : " ";
    out.exact += gap + fold_word(word, folding::exact);
    out.plain += gap + folded;
    out.variant += gap + (known == table.end() ? folded : known->second);
  }
  return out;
}

/// Names come again and again (the patient's own, given names), and one decision asks for the same name many times.
class recent_names {
public:
  /// Valid until the next call.
  const folded_name& operator()(std::string_view utf8) {
    if (const auto known = names_.find(utf8); known != names_.end()) return known->second;
    if (names_.size() >= most) names_.clear();
    return names_.emplace(utf8, fold_all(utf8)).first->second;
  }

private:
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  static constexpr size_t most = 2048;
  std::unordered_map<std::string, folded_name, text_hash, std::equal_to<>> names_;
};

const folded_name& folded(std::string_view utf8) {
  thread_local recent_names recent;
  return recent(utf8);
}

} // namespace

std::string fold_name(std::string_view utf8) { return folded(utf8).plain; }

std::string fold_exactly(std::string_view utf8) { return folded(utf8).exact; }

std::string fold_variant(std::string_view utf8) { return folded(utf8).variant; }

} // namespace aorta::identity
