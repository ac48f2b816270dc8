#include "engine/pseudonym/replace.hpp"

#include "engine/pseudonym/pieces.hpp"

#include <algorithm>

namespace aorta::pseudonym {
namespace {

constexpr size_t longest_title = 4;       ///< Dr, MD, Jr: they tell nobody
constexpr size_t most_words_of_value = 3; ///< "not detected", "growth of E. coli" is a sentence already
constexpr size_t longest_value = 40;      ///< characters

bool has_digit(std::string_view text) { return text.find_first_of("0123456789") != std::string_view::npos; }

size_t words_in(std::string_view text) {
  const auto all = pieces_of(text);
  return size_t(
    std::count_if(all.begin(), all.end(), [](const auto& each) { return each.is == piece::kind::word; }));
}

/// Codes stay, whatever they are: a code that was replaced would be another test. Words beside them are for
/// people.
std::string kept(std::string_view text, uint16_t component, pseudonyms& by) {
  if (component > 1 && by.is_time(text)) return by.time(text);
  return component > 1 && !by.known().find(text).empty() ? by.text(text) : std::string(text);
}

std::string title(std::string_view text, pseudonyms& by) {
  return length(text) <= longest_title ? std::string(text) : by.text(text);
}

/// A number, or, where systems have none, the name in its place.
std::string number_or_name(std::string_view text, pseudonyms& by) {
  return has_digit(text) ? by.number(text) : by.name(text);
}

std::string of_name(std::string_view text, const leaf_place& at, pseudonyms& by) {
  if (at.component <= 3) return by.name(text);
  return at.component <= 6 ? title(text, by) : kept(text, at.component, by);
}

/// The parts of XCN, and in the same order those of NDL.
std::string of_staff(std::string_view text, uint16_t part, pseudonyms& by) {
  if (part == 1) return number_or_name(text, by);
  if (part <= 4) return by.name(text);
  return part <= 7 ? title(text, by) : kept(text, part, by);
}

std::string of_number(std::string_view text, const leaf_place& at, pseudonyms& by) {
  if (at.component == 1) return by.number(text);
  if (at.component == 2 && length(text) > 2) return by.number(text); // a check digit is one digit
  return kept(text, at.component, by);
}

std::string of_phone(std::string_view text, const leaf_place& at, pseudonyms& by) {
  switch (at.component) {
    case 2:
    case 3:
    case 5: return kept(text, at.component, by);
    case 9: return by.text(text);
    default: return by.phone(text);
  }
}

std::string of_pair(std::string_view text, const leaf_place& at, pseudonyms& by) {
  return at.component <= 2 && at.subcomponent == 1 ? by.number(text) : kept(text, 2, by);
}

std::string of_person(std::string_view text, const leaf_place& at, pseudonyms& by) {
  if (at.component == 1) return of_staff(text, at.subcomponent, by);
  return by.is_time(text) ? by.time(text) : by.text(text);
}

} // namespace

bool is_plain_value(std::string_view text, const known_data& known) {
  return length(text) <= longest_value && words_in(text) <= most_words_of_value && known.find(text).empty();
}

std::string replaced(std::string_view text, const leaf_setting& where, pseudonyms& by) {
  const auto& at = where.at;
  switch (where.is) {
    case content::kept: return kept(text, at.component, by);
    case content::coded:
      if (!where.with_code || (at.component == 1 && words_in(text) > most_words_of_value))
        return by.text(text);
      return kept(text, at.component, by);
    case content::time: return at.component == 1 ? by.time(text) : kept(text, at.component, by);
    case content::birth: return at.component == 1 ? by.birth(text) : kept(text, at.component, by);
    case content::number: return of_number(text, at, by);
    case content::order: return at.component == 1 ? by.number(text) : kept(text, at.component, by);
    case content::pair: return of_pair(text, at, by);
    case content::name: return of_name(text, at, by);
    case content::staff: return of_staff(text, at.component, by);
    case content::person: return of_person(text, at, by);
    case content::phone: return of_phone(text, at, by);
    case content::address:
      return at.component == 6 || at.component == 7 ? kept(text, at.component, by) : by.text(text);
    case content::organisation: return kept(text, 2, by);
    case content::timing: return by.is_time(text) ? by.time(text) : kept(text, 2, by);
    case content::value: return is_plain_value(text, by.known()) ? std::string(text) : by.text(text);
    case content::text: return by.text(text);
  }
  return by.text(text);
}

} // namespace aorta::pseudonym
