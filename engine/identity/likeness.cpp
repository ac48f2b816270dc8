#include "engine/identity/likeness.hpp"

#include <algorithm>

namespace aorta::identity {

namespace {

std::vector<std::string_view> split(std::string_view folded) {
  std::vector<std::string_view> words;
  while (!folded.empty()) {
    const size_t end = std::min(folded.find(' '), folded.size());
    if (end > 0) words.push_back(folded.substr(0, end));
    folded.remove_prefix(std::min(end + 1, folded.size()));
  }
  return words;
}

/// One letter too many, too few or other.
bool one_letter_away(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  size_t i = 0;
  while (i < a.size() && a[i] == b[i]) ++i;
  return a.size() == b.size() ? i == a.size() || a.substr(i + 1) == b.substr(i + 1) : a.substr(i) == b.substr(i + 1);
}

/// Family names of women end otherwise than those of their brothers: papadopulos, papadopulu.
std::string_view stem(std::string_view word) {
  if (word.size() < 7) return word;
  if (word.back() == 's') word.remove_suffix(1);
  const bool vowel = word.back() == 'a' || word.back() == 'e' || word.back() == 'i' || word.back() == 'o' || word.back() == 'u';
  if (vowel) word.remove_suffix(1);
  return word;
}

bool similar_words(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto& shorter = a.size() < b.size() ? a : b;
  const auto& longer = a.size() < b.size() ? b : a;
  if (shorter.size() >= 3 && longer.substr(0, shorter.size()) == shorter) return true;
  if (shorter.size() >= 4 && one_letter_away(a, b)) return true;
  return shorter.size() >= 7 && stem(a) == stem(b);
}

bool any_words_similar(std::string_view a, std::string_view b) {
  const auto left = split(a), right = split(b);
  return std::any_of(left.begin(), left.end(), [&](auto word) {
    return std::any_of(right.begin(), right.end(), [&](auto other) { return similar_words(word, other); });
  });
}

/// Two people of one family share half of their name. So both halves must be alike, in either order, or the family name may be a new one if
/// the birth date agrees. Where a half is not told, what there is decides.
bool one_person(const person_name& said, const model::patient& known, agreement born) {
  const bool family = similar(said.family, known.last_name), given = similar(said.given, known.first_name);
  const bool family_as_given = similar(said.family, known.first_name), given_as_family = similar(said.given, known.last_name);
  for (const auto half : {std::string_view(said.family), std::string_view(said.given), std::string_view(known.last_name), std::string_view(known.first_name)})
    if (fold_name(half).size() <= 1) return family || given || family_as_given || given_as_family;
  return (family && given) || (family_as_given && given_as_family) || (given && born == agreement::agrees);
}

bool says_something(const person_name& said) { return fold_name(said.family).size() > 1 || fold_name(said.given).size() > 1; }

} // namespace

bool similar(std::string_view one, std::string_view other) {
  return any_words_similar(fold_name(one), fold_name(other)) || any_words_similar(fold_variant(one), fold_variant(other));
}

agreement compare_birth_date(const claims& who, const model::patient& known) {
  if (!known.birth_date) return agreement::unsaid;
  if (!who.birth_date) {
    const bool other_year = who.birth_year && *who.birth_year != known.birth_date->year();
    const bool other_month = who.birth_year && who.birth_month && *who.birth_month != known.birth_date->month();
    return other_year || other_month ? agreement::differs : agreement::unsaid;
  }
  return *who.birth_date == *known.birth_date ? agreement::agrees : agreement::differs;
}

agreement compare_sex(const claims& who, const model::patient& known) {
  const auto told = [](model::gender sex) { return sex == model::gender::male || sex == model::gender::female; };
  if (!told(who.sex) || !told(known.sex)) return agreement::unsaid;
  return who.sex == known.sex ? agreement::agrees : agreement::differs;
}

agreement compare_name(const claims& who, const model::patient& known) {
  agreement found = agreement::unsaid;
  if (!says_something({known.last_name, known.first_name})) return found;
  for (const auto& said : who.names) {
    if (!says_something(said)) continue;
    if (one_person(said, known, compare_birth_date(who, known))) return agreement::agrees;
    found = agreement::differs;
  }
  return found;
}

std::string held_id(id_kind kind, const model::patient& known) {
  switch (kind) {
  case id_kind::cyprus_id: return normalise(kind, known.cyprus_id);
  case id_kind::arc: return normalise(kind, known.arc_number);
  case id_kind::mrn: return normalise(kind, known.mrn);
  case id_kind::gesy: return normalise(kind, known.gesy_beneficiary_id);
  case id_kind::passport:
  case id_kind::other: return {};
  }
  return {};
}

agreement compare_id(const claims& who, id_kind kind, const model::patient& known) {
  const std::string held = held_id(kind, known);
  if (held.empty()) return agreement::unsaid;
  agreement found = agreement::unsaid;
  for (const auto& id : who.ids) {
    if (id.kind != kind || id.value.empty()) continue;
    if (id.value == held) return agreement::agrees;
    found = agreement::differs;
  }
  return found;
}

fit compare_name_and_birth_date(const claims& who, const model::patient& known) {
  if (compare_birth_date(who, known) != agreement::agrees) return fit::none;
  const std::string last = fold_exactly(known.last_name), first = fold_exactly(known.first_name);
  if (last.empty() || first.empty()) return fit::none;
  const std::string last_variant = fold_variant(known.last_name), first_variant = fold_variant(known.first_name);
  fit best = fit::none;
  for (const auto& said : who.names) {
    const std::string family = fold_exactly(said.family), given = fold_exactly(said.given);
    if ((family == last && given == first) || (family == first && given == last)) return fit::whole;
    const std::string family_variant = fold_variant(said.family), given_variant = fold_variant(said.given);
    if (family_variant == last_variant && given_variant == first_variant) best = fit::variant;
    if (family_variant == first_variant && given_variant == last_variant) best = fit::variant;
  }
  return best;
}

} // namespace aorta::identity
