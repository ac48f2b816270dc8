// A laboratory's file: rows of results in CSV (RFC 4180, with the habits of spreadsheets), as its profile's
// `[csv]` describes it. A file is divided into parts, one for each order of one patient; each part goes the
// way of a message, and its bytes say all that is needed to read it again.
#pragma once

#include "engine/base/result.hpp"
#include "engine/lab/plain_report.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::lab {

/// What a column may say.
enum class sheet_field : uint8_t {
  mrn,
  cyprus_id,
  arc,
  family,
  given,
  birth_date,
  sex,
  order_number,
  placer_number,
  panel_code,
  panel_name,
  collected_at,
  collected_time,
  reported_at,
  specimen,
  code,
  name,
  value,
  unit,
  range,
  low,
  high,
  flag,
  status,
  comment,
};
inline constexpr size_t sheet_fields = size_t(sheet_field::comment) + 1;
std::string_view name(sheet_field of) noexcept;

/// A column by its heading, or by its place from 1. Neither: the file does not say it.
struct sheet_column {
  std::string heading;
  uint32_t place = 0;
  bool given() const noexcept { return place != 0 || !heading.empty(); }
  friend bool operator==(const sheet_column&, const sheet_column&) = default;
};

struct sheet_layout {
  enum class units_in : uint8_t {
    column,  ///< `unit`, or nowhere
    heading, ///< `Creatinine (mg/dL)`
    below,   ///< the row under the headings
  };
  enum class repeated : uint8_t {
    nothing,
    order,   ///< blank cells of patient and order together mean the row above
    patient, ///< blank cells of the patient mean the one above, also beside an order of its own
  };
  char delimiter = ',';
  std::string charset; ///< as `hl7::decoder` knows it; empty: UTF-8. A file with a byte-order mark is UTF-8
  bool headings = true;
  bool test_a_column = false; ///< a row is a patient's order, and each column without another meaning a test
  units_in units = units_in::column;
  repeated repeats = repeated::nothing; ///< until a total, headings or a blank row
  std::string date = "dd/MM/yyyy", time = "dd/MM/yyyy HH:mm";
  std::vector<std::string> ignore; ///< with `test_a_column`: headings of columns that are no tests
  std::vector<std::string> skip;   ///< a row that begins so is no result: totals
  /// Values that say that there is none.
  std::vector<std::string> not_done{"-", "--", "not done", "δεν έγινε", "Δεν έγινε", "ΔΕΝ ΕΓΙΝΕ"};
  std::array<sheet_column, sheet_fields> columns;

  /// Of all that it says: another one may divide a file in another way.
  std::string fingerprint() const;
  const sheet_column& at(sheet_field of) const noexcept { return columns[size_t(of)]; }
};

/// `20261120` or `202611200930` as HL7 has it, of a cell that `pattern` describes: `yyyy`, `yy` (2000 to
/// 2099), `MM` or `M`, `dd` or `d`, `HH` or `H`, `mm`, `ss`, and whatever stands between, a T too; `excel`:
/// days since 30 December 1899, with the time behind the point. A time of a day may be missing at the end.
/// Nothing: it does not fit, or is no day.
std::optional<std::string> sheet_time(std::string_view cell, std::string_view pattern);
/// Why nothing can be read by such a pattern; empty: it can.
std::string sheet_pattern_fault(std::string_view pattern);

/// Rows of one order, or one row that has a verdict already.
struct sheet_part {
  uint64_t first_line = 0, last_line = 0; ///< of the file
  uint32_t rows = 1;
  std::string bytes;        ///< of an envelope; empty: nothing is filed of it
  std::string_view verdict; ///< why nothing is: `total`, `heading`, `no-value`
  bool unreadable = false;  ///< `report_of_part` will say why
};

/// Divides a file. Nothing is given out before the file is known to be whole and to have its headings.
/// Memory: the file, and some 40 bytes for each test of each order in it.
class sheet {
public:
  /// Errors (`invalid`, `where` = `line 7` or empty): empty, UTF-16, bytes that the charset does not have, a
  /// heading that is missing or stands twice, an open quote, an end in the middle of a row, UTF-8 where the
  /// profile names another charset.
  static result<sheet> open(const sheet_layout& how, std::string_view lab, std::string bytes);
  sheet(sheet&&) noexcept;
  sheet& operator=(sheet&&) noexcept;
  ~sheet();

  /// In the order of their first lines; nothing at the end of the file.
  std::optional<sheet_part> next();
  uint64_t rows() const noexcept; ///< under the headings

private:
  struct state;
  explicit sheet(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

/// May stand in front of a part's bytes, with whatever names them, and with what says that they are given
/// once more.
inline constexpr std::string_view part_line = "csv-part: ", again_line = "csv-again: ";

/// What a part says. Errors: `data_type`, `where` = `row 2, collected_at`, what cannot be read;
/// `field_missing`, a row that does not say whose it is, of which test, or of when.
result<plain_report> report_of_part(const sheet_layout& how, std::string_view lab, std::string_view bytes);

} // namespace aorta::lab
