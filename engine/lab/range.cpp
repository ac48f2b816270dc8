#include "engine/lab/range.hpp"

#include "engine/lab/value.hpp"

namespace aorta::lab {
namespace {

struct phrase {
  std::string_view words;
  bool upper, inclusive;
};
constexpr phrase phrases[] = {{"up to", true, true},
                              {"less than", true, false},
                              {"below", true, false},
                              {"greater than", false, false},
                              {"more than", false, false},
                              {"above", false, false},
                              {"\u03ad\u03c9\u03c2", true, true},
                              {"\u03ad\u03c9\u03c3", true, true},
                              {"\u0388\u03c9\u03c2", true, true},
                              {"\u0395\u03a9\u03a3", true, true},
                              {"\u03b5\u03c9\u03c2", true, true},
                              {"\u03bc\u03ad\u03c7\u03c1\u03b9", true, true},
                              {"\u039c\u03ad\u03c7\u03c1\u03b9", true, true},
                              {"\u039c\u0395\u03a7\u03a1\u0399", true, true}};
constexpr std::string_view separators[] = {
  "-", "\u2013", "\u2014", "_", " to ", " TO ", " \u03ad\u03c9\u03c2 ", " \u03b5\u03c9\u03c2 "};

bool starts_with_words(std::string_view text, std::string_view words) noexcept {
  if (text.size() < words.size()) return false;
  for (size_t i = 0; i < words.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? char(text[i] + 32) : text[i];
    if (c != words[i] && text[i] != words[i]) return false;
  }
  return true;
}

reference_range one_sided(bool upper, bool inclusive, decimal bound) {
  reference_range out;
  (upper ? out.high : out.low) = bound;
  (upper ? out.high_inclusive : out.low_inclusive) = inclusive;
  return out;
}

std::optional<reference_range> two_sided(std::string_view text, bool comma) {
  for (const auto separator : separators)
    // From the second character: a sign may stand first, and the second number may have one of its own.
    for (size_t at = text.find(separator, 1); at != std::string_view::npos;
         at = text.find(separator, at + 1)) {
      const auto low = read_number(text.substr(0, at), comma),
                 high = read_number(text.substr(at + separator.size()), comma);
      if (!low || !high) continue;
      if (low->number() > high->number()) return std::nullopt;
      if (low->number() == 0 && high->number() == 0) return std::nullopt; // a form that nobody filled in
      return reference_range{low, high};
    }
  return std::nullopt;
}

/// `4,4 11,3`, as files write it. `1 200` may be a thousand: a blank counts where both ends have the same
/// digits behind the point, or the second is too short to be the rest of a number.
std::optional<reference_range> blank_between(std::string_view text, bool comma) {
  const auto at = text.find(' ');
  if (at == std::string_view::npos) return std::nullopt;
  const auto second = trimmed(text.substr(at));
  if (second.find(' ') != std::string_view::npos) return std::nullopt;
  const auto low = read_number(text.substr(0, at), comma), high = read_number(second, comma);
  if (!low || !high || low->scale != high->scale || low->number() > high->number()) return std::nullopt;
  if (low->scale == 0 && second.size() >= 3) return std::nullopt;
  if (low->number() == 0 && high->number() == 0) return std::nullopt;
  return reference_range{low, high};
}

std::optional<reference_range> plain_range(std::string_view text, bool comma) {
  auto rest = text;
  if (const auto sign = take_comparator(rest); !sign.empty()) {
    const auto bound = read_number(rest, comma);
    return bound ? std::optional(one_sided(sign[0] == '<', sign.size() == 2, *bound)) : std::nullopt;
  }
  for (const auto& p : phrases)
    if (starts_with_words(text, p.words)) {
      const auto bound = read_number(text.substr(p.words.size()), comma);
      return bound ? std::optional(one_sided(p.upper, p.inclusive, *bound)) : std::nullopt;
    }
  const auto range = two_sided(text, comma);
  return range ? range : blank_between(text, comma);
}

std::string_view without_brackets(std::string_view text) noexcept {
  if (text.size() > 2 &&
      ((text.front() == '(' && text.back() == ')') || (text.front() == '[' && text.back() == ']')))
    return trimmed(text.substr(1, text.size() - 2));
  return text;
}

char sex_of(std::string_view label) noexcept {
  label = trimmed(label);
  for (const auto word : {"m", "male", "men"})
    if (label.size() == std::string_view(word).size() && starts_with_words(label, word)) return 'M';
  for (const auto word : {"f", "female", "women"})
    if (label.size() == std::string_view(word).size() && starts_with_words(label, word)) return 'F';
  return 0;
}

/// `1.0-1.2 (M) 0.8-1.0 (F)`: every part must be a range with a sex, each sex once.
std::optional<reference_range> by_sex(std::string_view text, bool comma, std::string_view unit,
                                      model::gender sex) {
  std::optional<reference_range> men, women;
  while (!(text = trimmed(text)).empty()) {
    const size_t open = text.find('('), close = text.find(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
      return std::nullopt;
    auto body = trimmed(text.substr(0, open));
    if (!unit.empty() && body.ends_with(unit)) body = trimmed(body.substr(0, body.size() - unit.size()));
    const auto range = plain_range(body, comma);
    const char label = sex_of(text.substr(open + 1, close - open - 1));
    auto& slot = label == 'M' ? men : women;
    if (!range || label == 0 || slot) return std::nullopt;
    slot = range;
    slot->chosen_sex = label;
    text = text.substr(close + 1);
    while (!text.empty() && (text[0] == ',' || text[0] == ';' || text[0] == '/' || text[0] == ' '))
      text.remove_prefix(1);
  }
  return sex == model::gender::male ? men : sex == model::gender::female ? women : std::nullopt;
}

} // namespace

std::optional<reference_range> read_range(std::string_view text, bool decimal_comma, std::string_view unit,
                                          model::gender sex) {
  text = trimmed(text);
  if (text.empty() || text.size() > 200) return std::nullopt;
  if (const auto range = plain_range(without_brackets(text), decimal_comma)) return range;
  if (!unit.empty() && text.size() > unit.size() && text.ends_with(unit))
    if (const auto range = plain_range(without_brackets(trimmed(text.substr(0, text.size() - unit.size()))),
                                       decimal_comma))
      return range;
  return text.find('(') == std::string_view::npos ? std::nullopt : by_sex(text, decimal_comma, unit, sex);
}

std::string to_text(const reference_range& range) {
  if (range.low && range.high) return range.low->text() + "-" + range.high->text();
  if (range.high) return (range.high_inclusive ? "<=" : "<") + range.high->text();
  if (range.low) return (range.low_inclusive ? ">=" : ">") + range.low->text();
  return {};
}

std::optional<reference_range> convert(const affine& change, const reference_range& range, uint8_t decimals) {
  auto out = range;
  if (range.low && !(out.low = convert(change, *range.low, decimals))) return std::nullopt;
  if (range.high && !(out.high = convert(change, *range.high, decimals))) return std::nullopt;
  return out;
}

} // namespace aorta::lab
