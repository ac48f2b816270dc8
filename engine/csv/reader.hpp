// Reads comma separated values as RFC 4180 writes them, in pieces of any size, with line numbers.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::csv {

struct dialect {
  char delimiter = ',';             ///< not a quote, CR or LF
  size_t max_row_bytes = 16u << 20; ///< past that the file is refused: an open quote must not eat the memory
  size_t max_fields = 4096;         ///< in a row
  bool bare_quotes = false;         ///< a quote inside a field that does not begin with one is a character
};

/// One row. `fields` and the bytes behind them are valid while the handler runs.
struct row {
  uint64_t line = 0;           ///< of the file, from 1, where the row begins
  uint64_t begin = 0, end = 0; ///< its bytes in the file, without the line's end
  bool ended = true;           ///< false: the file ends without a line's end behind it
  std::vector<std::string_view> fields;
};

/// Fields are given as they are: nothing is trimmed, an empty field is an empty text. A field in quotes may
/// hold delimiters, line ends and doubled quotes. Lines end with CRLF, LF or CR; the last needs no end. A
/// line without any character is no row. A UTF-8 byte-order mark at the very start is dropped; the charset is
/// the caller's affair.
///
/// Errors (`invalid`, `where` = `line 7`): a quote inside a field that does not begin with one, characters
/// after a closing quote, a quote that is never closed (the line where it was opened), a row past the limits.
/// The rows before have been handed over; after an error nothing more comes.
class reader {
public:
  using row_handler = std::function<void(const row&)>;

  reader(dialect how, row_handler on_row);

  /// The next bytes of the file. False after an error.
  bool feed(std::string_view bytes);
  /// The file ends here. False after an error.
  bool finish();
  const std::optional<error>& failed() const noexcept { return failed_; }

private:
  enum class state : uint8_t { row_start, field_start, plain, quoted, quote_in_quoted };

  size_t take_plain(std::string_view bytes, size_t i);
  size_t take_quoted(std::string_view bytes, size_t i);
  void take_one(char c);
  void end_field();
  void end_row();
  void line_end(char c);
  bool refuse(uint64_t line, const char* text);
  size_t skip_mark(std::string_view bytes);

  dialect how_;
  row_handler on_row_;
  row row_;
  std::string text_;         ///< the row's fields without quotes, one after another
  std::vector<size_t> ends_; ///< where each field ends in `text_`
  std::optional<error> failed_;
  uint64_t line_ = 1, quote_line_ = 1;
  uint64_t fed_ = 0, byte_ = 0; ///< bytes of the pieces before; where in the file it is
  uint8_t mark_ = 0;            ///< bytes of the byte-order mark seen; 3: past the start
  state at_ = state::row_start;
  bool after_cr_ = false; ///< a LF that follows belongs to the CR before it
};

/// A row that lives on its own.
struct record {
  uint64_t line = 0;
  std::vector<std::string> fields;
  uint64_t begin = 0, end = 0;
  bool ended = true;
};

/// All rows of a text that is in memory already, or the first error.
result<std::vector<record>> read_all(std::string_view text, dialect how = {});

} // namespace aorta::csv
