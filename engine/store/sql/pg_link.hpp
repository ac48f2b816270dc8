// A PostgreSQL connection in pipeline mode behind SOCI's: many statements, one round trip (libpq 34.5).
#pragma once

#include "engine/store/sql/interrupters.hpp"
#include "engine/store/sql/pg_arrays.hpp"

#include <libpq-fe.h>
#include <soci/soci.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aorta::store {

/// The rows of one statement, as texts.
class pg_rows {
public:
  explicit pg_rows(PGresult* rows) : rows_(rows) {}
  const PGresult* native() const noexcept { return rows_.get(); }
  ExecStatusType status() const noexcept { return PQresultStatus(rows_.get()); }
  int size() const noexcept { return PQntuples(rows_.get()); }
  std::string text(int row, int column) const {
    return {PQgetvalue(rows_.get(), row, column), size_t(PQgetlength(rows_.get(), row, column))};
  }
  std::vector<std::string> texts(int row, int from = 0) const;
  std::vector<std::optional<std::string>> cells(int row) const;

private:
  struct clears {
    void operator()(PGresult* r) const noexcept { PQclear(r); }
  };
  std::unique_ptr<PGresult, clears> rows_;
};

/// What connections are opened with: the URL, an end to every wait, and every setting on which the engine's
/// promises rest, whatever the role's and the database's own defaults are (commits that wait for the disk,
/// read committed, UTC, plans that do not depend on an empty table). The entry ends before the session is
/// closed.
[[nodiscard]] interrupters::entry connect_postgresql(soci::session& session, const std::string& url,
                                                     interrupters& breaks);
PGconn* native_postgresql(soci::session& session);
/// Several statements at once, without values, outside of any pipeline. Throws `failure`.
void postgresql_script(PGconn* on, const std::string& sql);
/// One statement's rows, as above.
pg_rows postgresql_rows(PGconn* on, const std::string& sql);
pg_rows postgresql_rows(PGconn* on, const std::string& sql,
                        const std::vector<std::optional<std::string>>& texts);

/// Begins a transaction and says again what it needs of the session: a pooler may have put another server's
/// session behind this connection.
inline constexpr const char* begin_transaction = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// Names the clinic ($1) for row-level security in this transaction, and lets its commit wait for the disk.
inline constexpr const char* enter_clinic =
  "SELECT set_config('app.clinic_id', $1, true), set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
  " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)";

/// Statements are queued by `add` and sent by `flow`. Throws `failure`; a connection that was lost, or whose
/// statements or transaction are of no more use, is closed, and made anew by `connect`.
class pg_link {
public:
  /// `statements` are prepared once a connection; they are named by their place in the list.
  pg_link(std::string url, std::vector<std::string> statements, interrupters& breaks)
      : url_(std::move(url)),
        statements_(std::move(statements)),
        breaks_(breaks) {}

  bool connect(); ///< if there is no connection: then true
  /// Forgets a connection whose server went away while nobody used it; asks the server nothing.
  void notice_loss() noexcept;
  bool connected() const noexcept { return connected_; }

  void add(size_t statement, const std::vector<std::string>& texts);
  void add(size_t statement, std::vector<pg_array>& arrays);
  /// A statement by its text, which stays prepared on this connection from its first use on. Its rows' place
  /// in what `flow` gives.
  size_t add(const std::string& sql, const std::vector<std::optional<std::string>>& texts);
  /// Sends what was queued and waits for all of it. The rows of each statement in order.
  std::vector<pg_rows> flow();

private:
  void add(size_t statement, const std::vector<std::string_view>& values, int format);
  bool inside_transaction() const noexcept;
  PGresult* wait();
  [[noreturn]] void lost();
  void close() noexcept;

  std::string url_;
  std::vector<std::string> statements_;
  interrupters& breaks_;
  soci::session session_;
  interrupters::entry broken_by_;
  PGconn* on_ = nullptr;
  bool connected_ = false;
  size_t queued_ = 0;
  std::unordered_map<std::string, std::string> named_; ///< statements by their text
  std::vector<std::string> fresh_;                     ///< those that this flow prepares
  size_t names_ = 0;
};

} // namespace aorta::store
