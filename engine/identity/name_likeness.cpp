// Names beside each other: which could be one person's, and which are proof.
#include "engine/identity/folded.hpp"
#include "engine/identity/likeness.hpp"

#include <algorithm>

namespace aorta::identity {

namespace {

using words = std::vector<const folded_word*>;

/// What a part of a name is meant as: two given names that both exist are never spellings of each other, two
/// family names may be.
enum class name_part : uint8_t { family, given };

/// One letter too many, too few or other.
bool one_letter_away(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  size_t i = 0;
  while (i < a.size() && a[i] == b[i]) ++i;
  return a.size() == b.size() ? i == a.size() || a.substr(i + 1) == b.substr(i + 1)
                              : a.substr(i) == b.substr(i + 1);
}

/// Family names of women end otherwise than those of their brothers: papadopulos, papadopulu.
std::string_view stem(std::string_view word) {
  if (word.size() < 7) return word;
  if (word.back() == 's') word.remove_suffix(1);
  const bool vowel = word.back() == 'a' || word.back() == 'e' || word.back() == 'i' || word.back() == 'o' ||
    word.back() == 'u';
  if (vowel) word.remove_suffix(1);
  return word;
}

bool similar_words(const folded_word& one, const folded_word& other, name_part as) {
  if (one.plain == other.plain || one.variant == other.variant) return true;
  if (as == name_part::given && one.given && other.given) return false;
  const std::string_view a = one.plain, b = other.plain;
  const auto& shorter = a.size() < b.size() ? a : b;
  const auto& longer = a.size() < b.size() ? b : a;
  if (shorter.size() >= 3 && longer.substr(0, shorter.size()) == shorter) return true;
  if (shorter.size() >= 4 && one_letter_away(a, b)) return true;
  return shorter.size() >= 7 && stem(a) == stem(b);
}

/// Which letters may stand for one another at the start of a name, as Greek names are written in Latin
/// letters and Latin ones typed in Greek.
bool same_initial(char a, char b) {
  constexpr std::string_view alike[] = {"ae", "bv", "bm", "ck", "ch", "cx", "hx", "kx",   "kq", "dn",
                                        "dt", "eh", "ei", "ih", "eo", "io", "fp", "gyji", "uy", "vw"};
  return a == b || std::any_of(std::begin(alike), std::end(alike), [&](auto set) {
           return set.find(a) != set.npos && set.find(b) != set.npos;
         });
}

bool initial_agrees(const folded_word& initial, const folded_word& word) {
  const std::string letters = first_letters(word);
  return std::any_of(letters.begin(), letters.end(),
                     [&](char letter) { return same_initial(initial.latin[0], letter); });
}

words of_kind(const folded_name& name, word_kind kind) {
  words out;
  for (const auto& word : name.words)
    if (word.is == kind) out.push_back(&word);
  return out;
}

/// Each initial of the one stands for a word of the other, unless the other tells fewer words; of initials
/// alone at least one does.
bool initials_agree(const folded_name& one, const folded_name& other) {
  const auto initials = of_kind(one, word_kind::initial);
  const auto strangers = size_t(std::count_if(initials.begin(), initials.end(), [&](const auto* initial) {
    return std::none_of(other.words.begin(), other.words.end(),
                        [&](const auto& word) { return initial_agrees(*initial, word); });
  }));
  const size_t spare = one.words.size() > other.words.size() ? one.words.size() - other.words.size() : 0;
  return strangers == 0 || (strangers <= spare && strangers < one.words.size());
}

bool any_similar(const words& left, const words& right, name_part as) {
  return std::any_of(left.begin(), left.end(), [&](const auto* word) {
    return std::any_of(right.begin(), right.end(),
                       [&](const auto* other) { return similar_words(*word, *other, as); });
  });
}

bool two_given_names(const words& one, const words& other) {
  return one.size() == 1 && other.size() == 1 && one[0]->given && other[0]->given &&
    one[0]->variant != other[0]->variant;
}

bool has(const folded_name& name, word_kind kind) {
  return std::any_of(name.words.begin(), name.words.end(), [&](const auto& word) { return word.is == kind; });
}

/// Something of a person's name, if only its first letter.
bool told(const folded_name& name) { return has(name, word_kind::name) || has(name, word_kind::initial); }

/// Parts of a name that could be one: a word of one equals, begins, or is one letter away from a word of the
/// other; initials agree.
bool similar_parts(const folded_name& one, const folded_name& other, name_part as) {
  if (!told(one) || !told(other)) return false;
  if (!initials_agree(one, other) || !initials_agree(other, one)) return false;
  const auto left = of_kind(one, word_kind::name), right = of_kind(other, word_kind::name);
  if (left.empty() || right.empty()) return true; // initials alone, and they agree
  if (any_similar(left, right, as)) return true;
  return one.key == other.key && !(as == name_part::given && two_given_names(left, right));
}

/// Nothing but words of a name, one of them longer than a letter: only that can prove.
bool proves(const folded_name& name) {
  return has(name, word_kind::name) && !has(name, word_kind::newborn) && !has(name, word_kind::test) &&
    !has(name, word_kind::unknown);
}

/// A name, its parts folded. A whole name in one field has its words in `together`.
struct parted {
  std::shared_ptr<const folded_name> family, given;
  const folded_name* together = nullptr;

  parted(std::string_view last, std::string_view first) : family(folded(last)), given(folded(first)) {
    if (!told(*given) && told(*family)) together = family.get();
    if (!told(*family) && told(*given)) together = given.get();
  }
  bool says_something() const { return told(*family) || told(*given); }
  bool has_kind(word_kind kind) const { return has(*family, kind) || has(*given, kind); }
};

/// Every word of one is a word of the other: two family names where the clinic has both of them, too.
bool all_similar(const folded_name& part, const folded_name& known, name_part as) {
  const auto right = of_kind(known, word_kind::name);
  return std::all_of(part.words.begin(), part.words.end(),
                     [&](const auto& word) { return any_similar({&word}, right, as); });
}

/// A name told in one field: one word, or words that are all of one part, decide as that part does; else
/// there is a word for each part.
bool fits_together(const folded_name& all, const parted& known, bool born_then) {
  if (all.words.size() < 2 || known.together != nullptr)
    return similar_parts(all, *known.family, name_part::family) ||
      similar_parts(all, *known.given, name_part::given);
  if (all_similar(all, *known.family, name_part::family) || all_similar(all, *known.given, name_part::given))
    return true;
  for (const auto& word : all.words) {
    folded_name first, rest;
    first.words = {word};
    for (const auto& other : all.words)
      if (&other != &word) rest.words.push_back(other);
    if (!similar_parts(first, *known.given, name_part::given)) continue;
    if (similar_parts(rest, *known.family, name_part::family)) return true;
    if (born_then && word.is == word_kind::name) return true; // a new family name
  }
  return false;
}

/// Two people of one family share half of their name. So both halves must be alike, in either order, or the
/// family name may be a new one if the birth date agrees. Where a half is not told, what there is decides.
bool one_person(const parted& said, const parted& known, bool born_then) {
  if (said.together != nullptr) return fits_together(*said.together, known, born_then);
  if (known.together != nullptr) return fits_together(*known.together, said, born_then);
  const bool given = similar_parts(*said.given, *known.given, name_part::given);
  if (given && similar_parts(*said.family, *known.family, name_part::family)) return true;
  if (similar_parts(*said.family, *known.given, name_part::given) &&
      similar_parts(*said.given, *known.family, name_part::family))
    return true;
  return given && born_then && has(*said.given, word_kind::name) && has(*known.given, word_kind::name);
}

/// Somebody who has no name yet, or nobody at all, is not a patient who has one.
bool is_somebody_else(const parted& said, const parted& known) {
  for (const auto kind : {word_kind::newborn, word_kind::test})
    if (said.has_kind(kind) && !known.has_kind(kind)) return true;
  return false;
}

fit fit_of(const parted& said, const parted& known) {
  const auto &family = *said.family, &given = *said.given, &last = *known.family, &first = *known.given;
  const bool both = !family.words.empty() && !given.words.empty() && !last.words.empty() &&
    !first.words.empty();
  if (both && proves(family) && proves(given) && proves(last) && proves(first)) {
    if (family.exact == last.exact && given.exact == first.exact) return fit::whole;
    if (family.variant == last.variant && given.variant == first.variant) return fit::variant;
    if (family.variant == first.variant && given.variant == last.variant) return fit::variant;
  }
  if (both &&
      ((family.key == last.key && given.key == first.key) ||
       (family.key == first.key && given.key == last.key)))
    return fit::candidate;
  if (said.together == nullptr || last.words.empty() || first.words.empty()) return fit::none;
  const auto& all = *said.together;
  for (const auto& [one, other] : {std::pair(&last, &first), std::pair(&first, &last)}) {
    if (proves(all) && proves(last) && proves(first) && all.variant == one->variant + " " + other->variant)
      return fit::variant;
    if (all.key == one->key + " " + other->key) return fit::candidate;
  }
  return fit::none;
}

} // namespace

agreement compare_name(const claims& who, const model::patient& known) {
  agreement found = agreement::unsaid;
  const parted patient(known.last_name, known.first_name);
  const bool born_then = compare_birth_date(who, known) == agreement::agrees &&
    weigh_date(*who.birth_date) == date_weight::whole;
  for (const auto& each : who.names) {
    const parted said(each.family, each.given);
    if (is_somebody_else(said, patient)) {
      found = agreement::differs;
      continue;
    }
    if (!said.says_something() || !patient.says_something()) continue;
    if (one_person(said, patient, born_then)) return agreement::agrees;
    found = agreement::differs;
  }
  return found;
}

bool says_something(const person_name& name) { return parted(name.family, name.given).says_something(); }

fit compare_name_and_birth_date(const claims& who, const model::patient& known) {
  if (compare_birth_date(who, known) != agreement::agrees) return fit::none;
  fit best = fit::none;
  const parted patient(known.last_name, known.first_name);
  for (const auto& said : who.names) best = std::max(best, fit_of(parted(said.family, said.given), patient));
  return best;
}

} // namespace aorta::identity
