// What stands in one case for what was said of real people: always the same for the same, in the same shape.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/pseudonym/invented_names.hpp"
#include "engine/pseudonym/known_data.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pseudonym {

/// How far all times of a case move: back by whole weeks, more than a year, and before `clock`. No birth date
/// comes to be a 1 January, which would say less (`identity::weigh_date`).
std::chrono::days choose_shift(uint64_t seed, std::chrono::sys_days received, std::chrono::sys_days clock,
                               const std::vector<std::chrono::year_month_day>& births);

class pseudonyms {
public:
  /// `known` outlives it. `vocabulary`: what free text may keep, in small letters without blanks around it.
  /// `births`: the whole dates of the case's people, whom dates without a day may mean.
  pseudonyms(uint64_t seed, const known_data& known, std::set<std::string> vocabulary,
             std::chrono::days shift, std::vector<std::chrono::year_month_day> births = {});

  std::string name(std::string_view utf8) { return names_.name(utf8); }
  /// Its digits by others, as many, its leading zeros kept; letters stay where they are three or fewer
  /// together (CY, ARC, K), since they say of what kind it is. CY0812345 and 812345 stay the same number.
  /// Placeholders stay.
  std::string number(std::string_view utf8);
  /// A telephone number keeps Cyprus's prefix and the two digits that tell a mobile; an e-mail address its
  /// last word.
  std::string phone(std::string_view utf8);
  /// A time in HL7's form (DTM, HL7 v2.5.1 chapter 2A.22) or in ISO 8601's, or a day written with its day
  /// first; what is none of these is no time afterwards either.
  std::string time(std::string_view utf8) const;
  /// The same of a birth date: placeholders stay, and what is a 1 January stays one, of another year.
  std::string birth(std::string_view utf8) const;
  std::chrono::year_month_day birth(const std::chrono::year_month_day& date) const;
  /// Neutral words as long as those that stood there, unless all of it is of the vocabulary; times move, and
  /// numbers are replaced.
  std::string text(std::string_view utf8);

  bool is_time(std::string_view utf8) const noexcept; ///< with a whole day at least
  const known_data& known() const noexcept { return known_; }

private:
  std::string digits(const std::string& run);
  std::string in_number(const std::string& word);

  const known_data& known_;
  invented_names names_;
  std::set<std::string> vocabulary_;
  std::chrono::days shift_;
  std::vector<std::chrono::year_month_day> births_;
  std::mt19937_64 random_;
  std::map<std::string, std::string> digits_, letters_; ///< real (without leading zeros, in small letters) ->
                                                        ///< invented
  std::set<std::string> taken_;                         ///< invented digits
};

} // namespace aorta::pseudonym
