#include "engine/lab/value.hpp"

#include "engine/base/text.hpp"
#include "engine/lab/time.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

constexpr std::string_view no_break_space = "\u00a0", minus_sign = "\u2212";

bool digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), digit);
}

/// `1:160`; the first must be 1, so that a time of day is none.
bool titre(std::string_view text) noexcept {
  return text.starts_with("1:") && all_digits(text.substr(2)) && text.size() <= 12;
}

value as_text(std::string_view text, std::string_view trouble = {}) {
  value out;
  out.kind = model::value_kind::text;
  out.text = text;
  out.trouble = trouble;
  return out;
}

value as_number(std::string_view text, std::string_view comparator, decimal number) {
  value out;
  out.kind = comparator.empty() ? model::value_kind::number : model::value_kind::comparator;
  out.text = text;
  out.comparator = comparator;
  out.number = number;
  return out;
}

/// A name such as `007` or a grade such as `+3` is no measurement, unless the type says so.
bool plain_measurement(std::string_view number) noexcept {
  if (number.starts_with('+')) return false;
  if (number.starts_with('-')) number.remove_prefix(1);
  return !(number.size() > 1 && number[0] == '0' && digit(number[1]));
}

} // namespace

std::string_view trimmed(std::string_view text) noexcept {
  for (;;) {
    if (!text.empty() && (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r'))) text.remove_prefix(1);
    else if (text.starts_with(no_break_space)) text.remove_prefix(no_break_space.size());
    else break;
  }
  for (;;) {
    if (!text.empty() && (text.back() == ' ' || (text.back() >= '\t' && text.back() <= '\r')))
      text.remove_suffix(1);
    else if (text.ends_with(no_break_space)) text.remove_suffix(no_break_space.size());
    else return text;
  }
}

std::string upper_code(std::string_view text) { return upper(trimmed(text)); }

std::optional<decimal> read_number(std::string_view text, bool decimal_comma) noexcept {
  text = trimmed(text);
  char buffer[40];
  size_t size = 0;
  if (text.starts_with(minus_sign)) {
    buffer[size++] = '-';
    text.remove_prefix(minus_sign.size());
    if (text.starts_with('-') || text.starts_with('+')) return std::nullopt;
  }
  if (text.size() > sizeof buffer - 1) return std::nullopt;
  for (const char c : text) {
    if (c == ',' && !decimal_comma) return std::nullopt;
    buffer[size++] = c == ',' ? '.' : c; // a comma beside a point makes two points, which are refused
  }
  return decimal::from_text({buffer, size});
}

bool maybe_thousands(std::string_view text, std::string_view separators) noexcept {
  for (size_t at = 0; at < text.size(); ++at) {
    if (!digit(text[at])) continue;
    const bool first = at == 0 || (text[at - 1] != '.' && text[at - 1] != ',');
    const size_t begin = at;
    while (at < text.size() && digit(text[at])) ++at;
    if (!first || text[begin] == '0' || at - begin > 3 || at == text.size() ||
        separators.find(text[at]) == std::string_view::npos)
      continue;
    const auto rest = text.substr(at + 1);
    const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits == 3) return true;
  }
  return false;
}

namespace {

/// The next run of digits, points and commas at or behind `at`, which moves past it.
std::string_view next_number(std::string_view text, size_t& at) noexcept {
  const size_t begin = std::min(text.find_first_of("0123456789.,", at), text.size());
  at = std::min(text.find_first_not_of("0123456789.,", begin), text.size());
  return text.substr(begin, at - begin);
}

} // namespace

bool shows_decimal_point(std::string_view text) noexcept {
  for (size_t at = 0; at < text.size();) {
    const auto number = next_number(text, at);
    const size_t point = number.find('.');
    if (point == std::string_view::npos || number.find_first_of(".,", point + 1) != std::string_view::npos ||
        number.find(',') < point)
      continue;
    const size_t before = point, behind = number.size() - point - 1;
    if (behind > 0 && (behind != 3 || before == 0 || before > 3 || number[0] == '0')) return true;
  }
  return false;
}

bool shows_thousands(std::string_view text) noexcept {
  for (size_t at = 0; at < text.size();) {
    const auto number = next_number(text, at);
    const size_t point = number.find('.');
    if (point != std::string_view::npos && number.find_first_of(".,", point + 1) != std::string_view::npos)
      return true;
  }
  return false;
}

std::string_view take_comparator(std::string_view& text) noexcept {
  struct sign {
    std::string_view written, means;
  };
  static constexpr sign signs[] = {{"<=", "<="}, {">=", ">="}, {"=<", "<="},     {"=>", ">="},
                                   {"<", "<"},   {">", ">"},   {"\u2264", "<="}, {"\u2265", ">="}};
  const auto start = trimmed(text);
  for (const auto& [written, means] : signs)
    if (start.starts_with(written)) {
      text = trimmed(start.substr(written.size()));
      return means;
    }
  return {};
}

value read_numeric(std::string_view text, bool decimal_comma) {
  auto rest = text;
  const auto comparator = take_comparator(rest);
  if (const auto number = read_number(rest, decimal_comma)) return as_number(text, comparator, *number);
  return as_text(text, "not-a-number");
}

value read_text(std::string_view text, bool decimal_comma, bool numbers) {
  const auto bare = trimmed(text);
  if (titre(bare)) {
    auto out = as_text(text);
    out.kind = model::value_kind::titre;
    return out;
  }
  if (numbers) {
    auto rest = bare;
    const auto comparator = take_comparator(rest);
    if (plain_measurement(rest))
      if (const auto number = read_number(rest, decimal_comma)) return as_number(text, comparator, *number);
  }
  return as_text(text);
}

namespace {

/// SN whose sender wrote `<0.5`, `1:160` or `3-5` into the first component.
value read_in_one(const std::string& text, bool decimal_comma) {
  if (auto out = read_numeric(text, decimal_comma); out.number) return out;
  if (titre(trimmed(text))) return read_text(text, decimal_comma, false);
  for (const char separator : {'-', ':', '/'})
    if (const size_t at = text.find(separator, 1); at != std::string::npos) {
      const std::string first = text.substr(0, at), second = text.substr(at + 1);
      if (read_number(first, decimal_comma) && read_number(second, decimal_comma))
        return read_structured({"", first, {separator}, second}, decimal_comma);
    }
  return as_text(text,
                 std::any_of(text.begin(), text.end(), digit) ? std::string_view("not-a-number")
                                                              : std::string_view{});
}

} // namespace

value read_structured(const std::array<std::string, 4>& parts, bool decimal_comma) {
  if (!parts[0].empty() && parts[1].empty() && parts[2].empty() && parts[3].empty())
    return read_in_one(parts[0], decimal_comma);
  // `1^:^160` for `^1^:^160`: the comparator's place was left out, not left empty.
  if (parts[3].empty() && read_number(parts[0], decimal_comma))
    return read_structured({"", parts[0], parts[1], parts[2]}, decimal_comma);
  const auto &sign = parts[0], &first = parts[1], &separator = parts[2], &second = parts[3];
  const std::string text = sign + first + separator + second;
  std::string_view left = sign;
  const auto comparator = take_comparator(left);
  const auto a = read_number(first, decimal_comma), b = read_number(second, decimal_comma);
  const bool plain_sign = trimmed(sign).empty() || trimmed(sign) == "=";
  if (a && separator.empty() && second.empty()) {
    if (plain_sign) return as_number(first, {}, *a);
    if (!comparator.empty() && left.empty()) return as_number(text, comparator, *a);
    return as_text(text); // <> and the like
  }
  auto out = as_text(text);
  if (a && b && plain_sign && trimmed(separator) == "-") {
    out.kind = model::value_kind::range;
    out.number = a;
    out.upper = b;
  } else if (a && b && plain_sign && (trimmed(separator) == ":" || trimmed(separator) == "/")) {
    out.kind = *a == decimal{1, 0} && trimmed(separator) == ":" ? model::value_kind::titre
                                                                : model::value_kind::ratio;
  } else if (!a && !first.empty()) {
    out.trouble = "not-a-number";
  }
  return out;
}

value read_time_value(std::string_view type, std::string_view text) {
  auto out = as_text(text);
  auto bare = trimmed(text);
  bool good;
  if (type == "TM") {
    const auto zone = bare.find_first_of("+-");
    const auto clock = bare.substr(0, std::min(zone, bare.find('.')));
    good = (clock.size() == 2 || clock.size() == 4 || clock.size() == 6) && all_digits(clock) &&
      clock.substr(0, 2) < "24" && (clock.size() < 4 || clock.substr(2, 2) < "60") &&
      (clock.size() < 6 || clock.substr(4, 2) < "60");
  } else {
    good = told_time(bare).has_value();
  }
  if (good) out.kind = model::value_kind::datetime;
  else out.trouble = "not-a-time";
  return out;
}

} // namespace aorta::lab
