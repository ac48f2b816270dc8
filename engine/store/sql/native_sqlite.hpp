// The few calls of SQLite's own interface that the lanes use behind SOCI's connection: bound values without
// copies, statements that stay. SOCI declares the interface inside a namespace of its own.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/store/protect/cipher.hpp"
#include "engine/store/sql/interrupters.hpp"
#include "engine/store/messages/rows.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::store {

namespace sq = sqlite_api;

/// A prepared statement; throws `failure`. Texts that are bound must live until `step`.
class sqlite_statement {
public:
  sqlite_statement(sq::sqlite3* on, const std::string& sql);
  ~sqlite_statement();
  sqlite_statement(const sqlite_statement&) = delete;
  sqlite_statement& operator=(const sqlite_statement&) = delete;

  sqlite_statement& null();
  sqlite_statement& text(std::string_view v);     ///< escaped if it must be
  sqlite_statement& own_text(std::string_view v); ///< copied
  sqlite_statement& bytes(const half_digest& v);
  sqlite_statement& integer(int64_t v);
  sqlite_statement& real(double v);

  /// True when there is a row. Ready for the next values after the last.
  bool step();
  void run();             ///< for statements without rows
  std::string one_text(); ///< runs to the end; the first cell of the last row
  std::string column_text(int i) const;
  std::vector<std::string> texts(int columns) const;   ///< the first columns; NULL is empty
  std::vector<std::optional<std::string>> row() const; ///< all columns
  int64_t column_integer(int i) const;
  half_digest column_key(int i) const;
  void reset() noexcept;

private:
  void check(int code) const;
  sq::sqlite3* on_;
  sq::sqlite3_stmt* statement_ = nullptr;
  int next_ = 1;
};

/// Several statements at once, without values.
void sqlite_script(sq::sqlite3* on, const std::string& sql);
sq::sqlite3* native_sqlite(soci::session& session);

/// Of a new connection: WAL, every commit synced, waiting for other writers instead of failing.
/// Other writers are waited for until `breaks` says that nothing is waited for any more. It outlives the
/// connection.
void set_up_sqlite(sq::sqlite3* on, const interrupters& breaks);

} // namespace aorta::store
