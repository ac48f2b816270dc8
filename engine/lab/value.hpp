// What stands in OBX-5, read by its type (HL7 v2.5.1 chapter 2A). The original text always stays.
#pragma once

#include "engine/base/decimal.hpp"
#include "engine/model/lab.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::lab {

/// A value before any conversion.
struct value {
  model::value_kind kind = model::value_kind::none;
  std::string text;              ///< what `value_text` is unless the number is converted
  std::optional<decimal> number; ///< of a number or comparator; a range's lower number
  std::optional<decimal> upper;  ///< a range's upper number
  std::string comparator;        ///< <, <=, >, >=
  std::string code;
  std::string_view trouble; ///< empty, or why a person must look: `not-a-number`, `not-a-time`,
                            ///< `unclear-number`
};

/// A number as laboratories write it, blanks around it allowed:
///   `065.88` 65.88, `+3` 3, `-0.5`, U+2212 as minus, `.5`, `5.`; `5,4` only with `decimal_comma`.
/// No number, never a guess: `1.2e3`, `-`, `.`, `1 234,5`, `1,234.5`, full-width digits, en dash, more than
/// 18 digits.
std::optional<decimal> read_number(std::string_view text, bool decimal_comma) noexcept;

/// Somewhere in `text` stands a number such as `250.000` or `8,200`: one to three digits that begin with no
/// zero, a separator, three digits. That may be a thousands separator; `separators`: which of the two count.
bool maybe_thousands(std::string_view text, std::string_view separators = ".,") noexcept;

/// Somewhere in `text` stands a number whose point can only be a decimal one: `0.850`, `3.9`, `1250.5`.
bool shows_decimal_point(std::string_view text) noexcept;
/// Somewhere in `text` stands a number with two points, or with a comma behind a point: `1.000.000`,
/// `1.234,5`. There points are for thousands.
bool shows_thousands(std::string_view text) noexcept;

/// Takes a leading `<`, `<=`, `>`, `>=`, `=<`, `=>`, U+2264 or U+2265 off `text`, with the blanks after it;
/// empty if there is none.
std::string_view take_comparator(std::string_view& text) noexcept;

/// NM: a number, or a comparator and a number (`> 50`, `<=5`). Anything else is kept as text with
/// `not-a-number`.
value read_numeric(std::string_view text, bool decimal_comma);

/// ST, TX, FT: text. With `numbers`, exactly a number or a comparator and a number counts as such, but not
/// with a plus sign (`+3` is a grade) and not with leading zeros before a digit (`007` is a name). `1:160` is
/// a titre.
value read_text(std::string_view text, bool decimal_comma, bool numbers);

/// SN: comparator, number, separator, number. `^5`, `<^0.5`, `^3^-^5` range, `^1^:^160` titre, `^2^:^3` and
/// `^1^/^2` ratio, `^2^+` text; also without the comparator's empty place (`3^-^5`) and with all in one
/// component (`<0.5`, `3-5`).
value read_structured(const std::array<std::string, 4>& parts, bool decimal_comma);

/// DT, TM, TS, DTM: kept as sent; `not-a-time` when it cannot be one.
value read_time_value(std::string_view type, std::string_view text);

std::string_view trimmed(std::string_view text) noexcept; ///< without blanks, tabs, line ends and U+00A0 at
                                                          ///< both ends
/// A code as its table has it: without padding and in capitals.
std::string upper_code(std::string_view text);

} // namespace aorta::lab
