#include "engine/pseudonym/pseudonyms.hpp"

#include "engine/base/text.hpp"
#include "engine/identity/identity.hpp"
#include "engine/pseudonym/pieces.hpp"
#include "engine/pseudonym/shifted.hpp"

#include <algorithm>

namespace aorta::pseudonym {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr size_t kept_letters = 3; ///< of a number: they say of what kind it is

/// Words that say nothing, one after the other. A word of n letters is the first n of them.
constexpr std::string_view latin_stream = "loremipsumdolorsitametconsectetur";
constexpr std::string_view greek_stream[] = {"κ", "ε", "ι", "μ", "ε", "ν", "ο", "χ", "ω", "ρ", "ι",
                                             "ς", "ν", "ο", "η", "μ", "α", "τ", "ο", "υ", "λ", "α"};

std::string neutral(const std::string& like, size_t from) {
  std::string out;
  const size_t count = length(like);
  for (size_t i = from; i < from + count; ++i)
    if (script_of(like) == script::greek) out += greek_stream[i % std::size(greek_stream)];
    else out += latin_stream[i % latin_stream.size()];
  return in_case_of(like, out);
}

std::string joined_digits(const std::vector<piece>& all) {
  std::string out;
  for (const auto& each : all)
    if (each.is == piece::kind::digits) out += each.text;
  return out;
}

/// The pieces with `digits`, as many as there were, in place of their own.
template <class Word>
std::string relaid(const std::vector<piece>& all, std::string_view digits, Word word) {
  std::string out;
  for (const auto& each : all) {
    if (each.is != piece::kind::digits) {
      out += each.is == piece::kind::word ? word(each.text) : each.text;
      continue;
    }
    out += digits.substr(0, each.text.size());
    digits.remove_prefix(each.text.size());
  }
  return out;
}

bool is_first_of_january(const year_month_day& date) noexcept {
  return date.month() == std::chrono::January && date.day() == std::chrono::day{1};
}

/// Who has two digits of an own number has few to choose from.
bool is_placeholder(std::string_view core) {
  return core.size() >= 4 && identity::is_placeholder(identity::id_kind::cyprus_id, core);
}

bool says_nothing(std::string_view digits) { return digits.find_first_not_of('0') == std::string_view::npos; }

} // namespace

days choose_shift(uint64_t seed, sys_days received, sys_days clock,
                  const std::vector<year_month_day>& births) {
  std::mt19937_64 random(seed);
  const auto least = std::max(days{0}, received - clock);
  for (;;) {
    const auto weeks = 60 + (least.count() + 6) / 7 + int(random() % 140);
    const days shift{-7 * weeks};
    const bool weaker = std::any_of(births.begin(), births.end(), [&](const auto& each) {
      return !is_first_of_january(each) && is_first_of_january(sys_days{each} + shift);
    });
    if (!weaker) return shift;
  }
}

pseudonyms::pseudonyms(uint64_t seed, const known_data& known, std::set<std::string> vocabulary,
                       std::chrono::days shift, std::vector<year_month_day> births)
    : known_(known),
      names_(seed, known),
      vocabulary_(std::move(vocabulary)),
      shift_(shift),
      births_(std::move(births)),
      random_(seed) {}

std::string pseudonyms::digits(const std::string& run) {
  const size_t zeros = std::min(run.find_first_not_of('0'), run.size());
  const auto core = run.substr(zeros);
  if (core.empty()) return run;
  const auto found = digits_.find(core);
  if (found != digits_.end()) return run.substr(0, zeros) + found->second;
  std::string made;
  for (int tries = 0; tries < 10'000; ++tries) {
    made.clear();
    for (size_t i = 0; i < core.size(); ++i)
      made += char('0' + (i == 0 ? 1 + random_() % 9 : random_() % 10));
    if (made != core && !is_placeholder(made) && !taken_.contains(made) && known_.find(made).empty()) break;
  }
  taken_.insert(made);
  digits_.emplace(core, made);
  return run.substr(0, zeros) + made;
}

/// Of a number: letters that are no word's.
std::string pseudonyms::in_number(const std::string& word) {
  if (length(word) <= kept_letters) return word;
  auto& made = letters_[lower(word)];
  while (made.empty() || !known_.find(made).empty()) {
    made.clear();
    for (size_t i = 0; i < length(word); ++i) made += char('a' + random_() % 26);
  }
  return in_case_of(word, made);
}

std::string pseudonyms::number(std::string_view utf8) {
  const auto all = pieces_of(utf8);
  const auto real = joined_digits(all);
  if (is_placeholder(real.substr(std::min(real.find_first_not_of('0'), real.size()))))
    return std::string(utf8);
  return relaid(all, digits(real), [&](const std::string& word) { return in_number(word); });
}

std::string pseudonyms::phone(std::string_view utf8) {
  if (utf8.find('@') != std::string_view::npos) {
    const auto dot = utf8.rfind('.');
    const auto last = dot == std::string_view::npos ? std::string_view() : utf8.substr(dot);
    return text(utf8.substr(0, utf8.size() - last.size())) + std::string(last);
  }
  const auto all = pieces_of(utf8);
  const auto real = joined_digits(all);
  const size_t zeros = std::min(real.find_first_not_of('0'), real.size());
  size_t kept = zeros;
  if (real.compare(zeros, 3, "357") == 0 && real.size() - zeros > 8) kept += 3;
  if (real.size() - kept >= 8) kept += 2;
  // What follows a kept beginning may begin with zeros of its own.
  const auto replaced = real.substr(0, kept) + digits(real.substr(kept));
  return relaid(all, replaced, [&](const std::string& word) { return text(word); });
}

bool pseudonyms::is_time(std::string_view utf8) const noexcept {
  const auto found = day_of(utf8);
  return found && found->is != written_day::form::year && found->is != written_day::form::month;
}

std::string pseudonyms::time(std::string_view utf8) const {
  const auto found = day_of(utf8);
  if (found) return with_day(utf8, *found, sys_days{found->day} + shift_);
  std::string out(utf8);
  if (!says_nothing(joined_digits(pieces_of(utf8)))) // zeros alone say that there is no time
    for (char& c : out)
      if (c >= '0' && c <= '9') c = '9';
  return out;
}

year_month_day pseudonyms::birth(const year_month_day& date) const {
  if (identity::weigh_date(date) == identity::date_weight::nothing) return date;
  const year_month_day moved = sys_days{date} + shift_;
  if (!is_first_of_january(date)) return moved;
  const auto year = moved.month() > std::chrono::June ? moved.year() + std::chrono::years{1} : moved.year();
  const year_month_day weak{year, std::chrono::January, std::chrono::day{1}};
  const bool says_something = identity::weigh_date(weak) != identity::date_weight::nothing;
  return says_something ? weak : weak - std::chrono::years{1};
}

std::string pseudonyms::birth(std::string_view utf8) const {
  using form = written_day::form;
  const auto found = day_of(utf8);
  if (!found) return time(utf8);
  auto day = found->day;
  for (const auto& each : births_)
    if ((found->is == form::year || found->is == form::month) && each.year() == day.year() &&
        (found->is == form::year || each.month() == day.month()))
      day = each;
  return with_day(utf8, *found, birth(day));
}

std::string pseudonyms::text(std::string_view utf8) {
  const auto bare = trimmed(utf8, blanks_and_line_ends);
  if (length(bare) <= 1 || vocabulary_.contains(lower(bare))) return std::string(utf8);
  if (is_time(bare)) return time(bare);
  std::string out;
  for (const auto& each : pieces_of(utf8)) {
    if (each.is == piece::kind::other) out += each.text;
    else if (each.is == piece::kind::digits) out += digits(each.text);
    else {
      auto made = neutral(each.text, 0);
      for (size_t from = 1; from < latin_stream.size() && !known_.find(made).empty(); ++from)
        made = neutral(each.text, from);
      out += made;
    }
  }
  return out;
}

} // namespace aorta::pseudonym
