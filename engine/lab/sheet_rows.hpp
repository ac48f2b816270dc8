// What both halves of reading a sheet know of its rows: which column is what, and what a row says by itself
// and with what stands above it.
#pragma once

#include "engine/csv/reader.hpp"
#include "engine/hl7/charset.hpp"
#include "engine/lab/sheet.hpp"

namespace aorta::lab {

using sheet_cells = std::vector<std::string>; ///< decoded, and without blanks at both ends

/// Errors (`data_type`, no place): a byte that the charset does not have.
result<sheet_cells> decoded_cells(const hl7::decoder& charset, const std::vector<std::string_view>& raw);
csv::dialect dialect_of(const sheet_layout& how);

struct sheet_head {
  struct test {
    size_t place;
    std::string code, unit;
  };
  static constexpr size_t none = size_t(-1);
  std::array<size_t, sheet_fields> places{};
  std::vector<test> tests; ///< with `test_a_column`
  size_t width = 0;        ///< cells of the headings
};

/// Of a row that may be the headings, and the one below it. Errors (`invalid`): what is missing, or there
/// twice.
result<sheet_head> read_head(const sheet_layout& how, const sheet_cells& headings, const sheet_cells& below);
/// How many of the headings that the profile names are missing in this row.
size_t missing_headings(const sheet_layout& how, const sheet_cells& row);

/// What the cells of one row say, each of its column.
struct sheet_row {
  std::array<std::string, sheet_fields> said;
  std::vector<std::pair<const sheet_head::test*, std::string>> tests; ///< what is not blank
  std::string_view trouble; ///< empty, or why its cells may not be what their columns say

  const std::string& at(sheet_field of) const noexcept { return said[size_t(of)]; }
  bool says_person() const noexcept;
  bool says_order() const noexcept;
  /// The same for rows of one message.
  std::string group() const;
  /// Whose specimen, and of when: with a test's code what may stand in a file more than once.
  std::string measured() const;
};
sheet_row read_cells(const sheet_layout& how, const sheet_head& head, const sheet_cells& cells);
bool says_nothing(const sheet_layout& how, std::string_view value); ///< blank, or of `not_done`
/// There is nothing to file of the row: no value, and neither a state that would say more nor a remark.
bool has_no_value(const sheet_layout& how, const sheet_row& row);
/// The tests that the row is of, as far as it says any.
struct sheet_code {
  std::string code;
  bool has_value = false; ///< or something else that is filed of it
};
std::vector<sheet_code> codes_of(const sheet_layout& how, const sheet_head& head, const sheet_row& row);

/// Fills what is blank with what stands above, where the laboratory writes so.
class sheet_filler {
public:
  explicit sheet_filler(const sheet_layout& how) : how_(how) {}
  void fill(sheet_row& row);
  void forget() { above_ = {}; }

private:
  const sheet_layout& how_;
  sheet_row above_;
};

/// A filled row as a report of its own, without `sub_id`. Errors as `report_of_part`, `where` is the column.
result<plain_report> report_of_row(const sheet_layout& how, std::string_view lab, const sheet_row& row);

// The lines in front of a part's rows.
inline constexpr std::string_view head_line = "csv-head: ", above_line = "csv-above: ",
                                  places_line = "csv-places: ", charset_line = "csv-charset: ",
                                  line_end = "\r\n";

} // namespace aorta::lab
