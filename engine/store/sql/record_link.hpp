// One connection on which statements are queued and sent together, with values and answers as texts:
// PostgreSQL in one round trip, SQLite one after the other. And the few places where the two spell a
// statement differently.
#pragma once

#include "engine/store/sql/database.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::store {

/// NULL, a text (escaped if it must be), or a keyed hash: a UUID on PostgreSQL, bytes on SQLite.
struct sql_value {
  enum class kind : uint8_t { null, text, bytes } is = kind::null;
  std::string text;

  sql_value() = default;
  sql_value(std::nullopt_t) {}
  sql_value(const char* v) : is(kind::text), text(v) {}
  sql_value(std::string v);
  sql_value(std::optional<std::string> v);
  sql_value(int64_t v) : is(kind::text), text(std::to_string(v)) {}
  sql_value(const half_digest& v)
      : is(kind::bytes),
        text(reinterpret_cast<const char*>(v.data()), v.size()) {}
};
using sql_row = std::vector<sql_value>;

inline sql_value number_or_null(const std::optional<int64_t>& v) { return v ? sql_value(*v) : sql_value(); }

/// A statement under construction; parameters are numbered as they are added.
class sql_text {
public:
  explicit sql_text(dialect speaks) : speaks_(speaks) {}
  sql_text& operator<<(std::string_view text) {
    text_ += text;
    return *this;
  }
  /// The place of one value. `type`: PostgreSQL's name (bigint, text, uuid, timestamptz, ...).
  std::string arg(sql_value v, std::string_view type);
  /// ` = ANY(...)` or ` IN (...)`. Integers must be written as such.
  std::string list(const std::vector<std::string>& values, std::string_view type);

  /// ` = CLINIC` behind a column, where another condition finds the rows: PostgreSQL, which keeps the plans
  /// of tables that were new, must not go along an index by the clinic alone. SQLite compares as the column
  /// is.
  std::string beside(model::clinic_id clinic) {
    return (speaks_ == dialect::postgresql ? " + 0 = " : " = ") + arg(clinic, "bigint");
  }

  /// The same parameters so far, another text around them.
  sql_text restarted() const {
    sql_text out(speaks_);
    out.values_ = values_;
    return out;
  }
  static sql_text whole(dialect speaks, std::string text, sql_row values) {
    sql_text out(speaks);
    out.text_ = std::move(text);
    out.values_ = std::move(values);
    return out;
  }
  dialect speaks() const noexcept { return speaks_; }
  const std::string& text() const noexcept { return text_; }
  const sql_row& values() const noexcept { return values_; }

private:
  std::string next(sql_value v);
  dialect speaks_;
  std::string text_;
  sql_row values_;
};

/// The rows of each of several statements.
using answers_of = std::vector<std::vector<text_row>>;
/// One statement at once, on a connection of SOCI's. Throws `failure`.
std::vector<text_row> rows_at_once(soci::session& on, const sql_text& what);

/// `{"a",NULL}`: an array as PostgreSQL reads it.
std::string array_text(const std::vector<std::optional<std::string>>& items);

/// Throws `failure`; after one nothing is queued.
class record_link {
public:
  virtual ~record_link() = default;
  virtual dialect speaks() const noexcept = 0;
  /// Makes a connection if there is none or the old one was lost meanwhile, and says whether it did. Not
  /// inside a transaction.
  virtual bool ready() = 0;
  virtual void add(const std::string& sql, const sql_row& values) = 0;
  /// Runs what was queued; the rows of each statement in order.
  virtual std::vector<std::vector<text_row>> flow() = 0;
  /// Forgets what was queued and not sent.
  virtual void forget() noexcept = 0;

  void add(const sql_text& what) { add(what.text(), what.values()); }
  /// All rows by one statement on PostgreSQL, one after the other on SQLite. How many answers of `flow` that
  /// makes.
  size_t add_rows(const row_statement& what, const std::vector<sql_row>& rows);
};
std::unique_ptr<record_link> make_record_link(database& of);

} // namespace aorta::store
