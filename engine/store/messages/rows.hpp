// Rows on their way into a database: what each statement of a commit takes, in the dialects of both.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/decimal.hpp"
#include "engine/base/ids.hpp"
#include "engine/store/protect/cipher.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::store {

enum class cell : uint8_t { id, key, text, integer, boolean, time, number };

struct column {
  std::string_view name;
  cell type;
};

/// Takes one statement's rows cell by cell, in the order of its columns; the row goes out with its last cell.
/// A text must live until then. Bytes that a database cannot hold as text are escaped on the way (`cleaned`).
class row_sink {
public:
  virtual ~row_sink() = default;
  virtual void null() = 0;
  virtual void id(const uuid& v) = 0;
  virtual void key(const half_digest& v) = 0;
  virtual void text(std::string_view v) = 0;
  virtual void integer(int64_t v) = 0;
  virtual void boolean(bool v) = 0;
  virtual void time(timestamp v) = 0;
  virtual void number(const decimal& v) = 0;

  void text_or_null(std::string_view v) { v.empty() ? null() : text(v); }
};

/// What a commit writes, in the order in which it is done: versions move before rows change.
enum class write : uint8_t {
  bump, ///< a late version came: the current one counts up, and takes over numbers and specimen time that it
        ///< did not have
  supersede, ///< the current version is copied to the history
  withdraw,  ///< a message turned out to be another patient's: its results lose their values
  restore,   ///< or show again what its version had replaced
  update,    ///< the new version takes the place of the current one
  keep,      ///< no OBX brought that version: all but its value and state stays as it was
  result,    ///< a new result
  history,   ///< a version that is none of the current ones
  attachment,
  report, ///< what was said of a whole order
  reopen, ///< the clinic's orders that only a message cancelled which turned out to be another patient's
  unsay,  ///< what such a message said of a whole order is not shown any more
  unend,  ///< what a message that is run again said of whole orders
  ending, ///< a whole order is cancelled or withdrawn
  log,
  log_again,    ///< a stored message was run again
  log_accepted, ///< an accepted one was filed
  accepted,     ///< its receipt alone is acknowledged now
  unkey,        ///< it failed for a reason that may pass: its repeat is taken anew
  settle,       ///< what waited for a person is done
  found,        ///< a message waits for its patient no more
  review,
  ask_anew, ///< the same question of a message, with what is known today
  waits,    ///< under which keys a message waits for its patient
  unfind,   ///< what its route had it found by, before it is run again
  found_by, ///< by what its route has it found
  answered, ///< the same bytes were taken now: nobody need look at their refusal
  event,
  alert_moved,    ///< the same critical value, now somebody else's or standing again
  alert_unfolded, ///< the step that tells of it
  alert_unfold,   ///< of the same value of its patient that was folded into it somebody is to hear now
  alert,          ///< somebody is to hear of a critical value
  alert_ended,    ///< the step that tells of it
  alert_end,      ///< a correction has come, or the value was taken back
  order,
  unmapped,
  unmapped_unit,
  link_end, ///< what a person said of a message's patient before
  link,
  linked_order, ///< an order of that message
  word,         ///< what a person says of one OBX
  unteach,      ///< a decision teaches no more
  unhint,       ///< and nobody is found by it
  teach,
  hint,
  taught_by, ///< a message was filed because of a decision
  forward,   ///< it is to be passed on
  news,      ///< what may end a message's wait for its patient
  audit,     ///< who was told of whom
};
inline constexpr size_t writes = size_t(write::audit) + 1; ///< the last of them

struct row_statement {
  std::vector<column> columns;
  std::string sqlite;     ///< for one row: parameters in the order of `columns`
  std::string postgresql; ///< for all rows: one array a column
};

/// The statements of a commit, by `write`. Built once.
const std::array<row_statement, writes>& row_statements();

/// Columns that `lab_results` and `lab_result_versions` share, in the order in which rows are written; the
/// first is the result's id.
const std::vector<column>& result_columns();

std::string_view array_type(cell type) noexcept; ///< PostgreSQL's name: `uuid[]`

std::string marks(size_t count); ///< SQLite's: `?1, ?2`
/// PostgreSQL's `SELECT unnest($1::uuid[]) AS id, ...`: in the select list it needs no tuple store a column,
/// which `FROM unnest(...)` would fill.
std::string unnested(const std::vector<column>& columns);

} // namespace aorta::store
