// What is known of the people of a message: whatever of it is still in a text betrays them.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::pseudonym {

/// Strings of at least four characters; shorter ones tell nobody apart. Placeholders (999999, 1900-01-01,
/// UNKNOWN) are nobody's data.
class known_data {
public:
  void add_name(std::string_view utf8); ///< each of its words
  void add_number(std::string_view utf8);
  void add_phone(std::string_view utf8); ///< or an e-mail address
  void add_address(std::string_view utf8);
  void add_birth(const std::chrono::year_month_day& date);

  /// What it is that stands in `text` ("a name", "a number", ...); empty: nothing does. Names are found as
  /// they were written wherever they stand, and as whole words in either script, case and spelling of ELOT
  /// 743; numbers with whatever divides their digits.
  std::string_view find(std::string_view text) const;

private:
  void add_digits(std::string digits, std::string_view what);
  void add_text(std::string_view text, std::string_view what);

  std::map<std::string, std::string_view> texts_, words_, digits_; ///< and what each is
};

} // namespace aorta::pseudonym
