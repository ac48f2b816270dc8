#include "engine/pseudonym/known_data.hpp"

#include "engine/base/text.hpp"
#include "engine/identity/folded.hpp"
#include "engine/identity/identity.hpp"
#include "engine/pseudonym/pieces.hpp"
#include "engine/pseudonym/shifted.hpp"

#include <algorithm>
#include <array>

namespace aorta::pseudonym {
namespace {

constexpr size_t shortest = 4;       ///< of what tells somebody
constexpr size_t found_anywhere = 6; ///< so many digits are found inside a longer number too

/// Words of addresses that tell no place, and the names of the columns in which addresses are kept.
constexpr std::array<std::string_view, 18> of_no_place{
  "address", "apartment", "avenue", "block", "city",  "country", "diamerisma", "flat", "floor",
  "house",   "leoforos",  "name",   "odos",  "phone", "postal",  "road",       "side", "street"};

std::string digits_of(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c >= '0' && c <= '9') out += c;
  return out;
}

std::string without_zeros(const std::string& digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

/// Runs of digits; with `joined` also over one sign between two of them that people divide numbers by.
template <class Take>
void each_run(std::string_view text, bool joined, Take take) {
  std::string run;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : '\0';
    if (is_digit(c)) {
      run += c;
      continue;
    }
    const bool divides = std::string_view(" -./()").find(c) != std::string_view::npos && c != '\0';
    if (joined && divides && !run.empty() && i + 1 < text.size() && is_digit(text[i + 1])) continue;
    if (!run.empty()) take(run);
    run.clear();
  }
}

} // namespace

void known_data::add_text(std::string_view text, std::string_view what) {
  if (length(text) >= shortest) texts_.emplace(text, what);
}

void known_data::add_digits(std::string digits, std::string_view what) {
  if (digits.size() >= shortest) digits_.emplace(std::move(digits), what);
}

void known_data::add_name(std::string_view utf8) {
  for (const auto& each : pieces_of(utf8)) {
    if (each.is != piece::kind::word || length(each.text) < shortest) continue;
    const auto folded = identity::folded(each.text);
    const bool tells = std::any_of(folded->words.begin(), folded->words.end(),
                                   [](const auto& word) { return word.is == identity::word_kind::name; });
    if (!tells) continue;
    add_text(each.text, "a name");
    words_.emplace(folded->exact, "a name");
  }
}

void known_data::add_number(std::string_view utf8) {
  using identity::id_kind;
  const auto number = identity::normalise(id_kind::passport, utf8);
  if (identity::is_placeholder(id_kind::passport, number) ||
      identity::is_placeholder(id_kind::cyprus_id, without_zeros(digits_of(utf8))))
    return;
  const auto digits = digits_of(utf8);
  if (digits.empty()) return add_name(utf8);
  // Of digits alone, `add_digits` says better where they begin and end.
  if (digits.size() != trimmed(utf8, blanks).size()) add_text(trimmed(utf8, blanks), "a number");
  add_digits(digits, "a number");
  add_digits(without_zeros(digits), "a number");
}

void known_data::add_phone(std::string_view utf8) {
  if (const auto at = utf8.find('@'); at != std::string_view::npos) {
    add_text(trimmed(utf8, blanks), "an e-mail address");
    add_text(trimmed(utf8.substr(0, at), blanks), "an e-mail address");
    return;
  }
  const auto digits = without_zeros(digits_of(utf8));
  add_digits(digits, "a telephone number");
  if (digits.starts_with("357") && digits.size() > 8) add_digits(digits.substr(3), "a telephone number");
}

void known_data::add_address(std::string_view utf8) {
  for (const auto& each : pieces_of(utf8)) {
    if (each.is == piece::kind::digits && !identity::is_placeholder(identity::id_kind::cyprus_id, each.text))
      add_digits(each.text, "an address");
    if (each.is != piece::kind::word || length(each.text) < shortest) continue;
    const auto word = identity::fold_exactly(each.text);
    if (!word.empty() && !std::binary_search(of_no_place.begin(), of_no_place.end(), word))
      words_.emplace(word, "an address");
  }
}

void known_data::add_birth(const std::chrono::year_month_day& date) {
  if (!date.ok() || identity::weigh_date(date) == identity::date_weight::nothing) return;
  const auto year = padded(int(date.year()), 4);
  const int month = int(unsigned(date.month())), day = int(unsigned(date.day()));
  for (const auto& written :
       {year + padded(month, 2) + padded(day, 2), padded(day, 2) + padded(month, 2) + year,
        padded(month, 2) + padded(day, 2) + year, std::to_string(day) + std::to_string(month) + year})
    add_digits(written, "a birth date");
}

std::string_view known_data::find(std::string_view text) const {
  for (const auto& [needle, what] : texts_)
    if (text.find(needle) != std::string_view::npos) return what;
  if (!words_.empty())
    for (const auto& each : pieces_of(text)) {
      if (each.is != piece::kind::word) continue;
      const auto found = words_.find(identity::fold_exactly(each.text));
      if (found != words_.end()) return found->second;
    }
  std::string_view out;
  for (const bool joined : {false, true})
    each_run(text, joined, [&](const std::string& run) {
      for (const auto& [needle, what] : digits_)
        if (run == needle || (needle.size() >= found_anywhere && run.find(needle) != std::string::npos))
          out = what;
    });
  return out;
}

} // namespace aorta::pseudonym
