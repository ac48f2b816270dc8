// One opened store: where it is and how it is spoken to.
#pragma once

#include "engine/store/protect/cipher.hpp"
#include "engine/store/sql/interrupters.hpp"
#include "engine/store/messages/ledger.hpp"
#include "engine/store/open.hpp"
#include "engine/store/sql/sqlite_file.hpp"

#include <soci/soci.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::store {

enum class dialect : uint8_t { sqlite, postgresql };

struct database {
  options how;
  dialect speaks = dialect::sqlite;
  std::string url;       ///< PostgreSQL
  std::string blind_key; ///< of lookup keys (`read_blind_key`); empty: that of the first key
  interrupters breaks;
  sqlite_file file{breaks};                                       ///< SQLite
  std::atomic<size_t> resources_written{0}, statistics_due{2000}; ///< by FHIR since the start; at how many
                                                                  ///< PostgreSQL is told to look anew
};

/// Nothing is opened yet. Throws `failure` for an URL that names no database.
void point_at(database& of, const options& how);

/// The entry ends before the session is closed.
[[nodiscard]] interrupters::entry connect(database& to, soci::session& session);
std::unique_ptr<ledger> make_ledger(database& of);

/// A hash as a column takes it: a UUID on PostgreSQL, 16 bytes on SQLite.
std::string hash_literal(dialect speaks, const std::array<uint8_t, 16>& hash);

/// A row as texts; nothing where it is NULL.
using text_row = std::vector<std::optional<std::string>>;

class sql_text; // record_link.hpp

/// Statements that are no hot path, through SOCI, in SQL that both databases understand: everything goes and
/// comes as text. One transaction at a time; undone unless `commit` was called. On PostgreSQL it names the
/// clinic for row-level security.
class conversation {
public:
  conversation(database& of, soci::session& session, std::optional<model::clinic_id> clinic, bool changes);
  ~conversation();
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;

  /// Parameters are `:a`, `:b`, ... in the order of `values`, each used once. NULL for nothing; texts are
  /// escaped where they must be.
  std::vector<text_row> ask(const std::string& sql, const text_row& values, size_t columns);
  /// How many rows it changed.
  long long tell(const std::string& sql, const text_row& values);
  std::vector<text_row> ask(const sql_text& what);
  void commit();

private:
  database& of_;
  soci::session& session_;
  std::unique_lock<std::mutex> turn_;
  bool open_ = false;
};

/// Runs `work` in a conversation. A connection that was lost while nobody used it is made anew before the
/// work begins.
class speaker {
public:
  explicit speaker(std::shared_ptr<database> of) : of_(std::move(of)) {}
  database& base() noexcept { return *of_; }
  soci::session& session(); ///< connected

  template <class F>
  auto talk(std::optional<model::clinic_id> clinic, bool changes, F&& work) {
    notice_loss();
    try {
      conversation with(*of_, session(), clinic, changes);
      return work(with);
    } catch (...) {
      forget_if_lost();
      throw fault();
    }
  }

  /// Several statements as a conversation of their own; the rows of each.
  std::vector<std::vector<text_row>> alone(const std::vector<sql_text>& all, bool changes,
                                           std::optional<model::clinic_id> clinic);

private:
  void notice_loss();
  void forget_if_lost() noexcept;
  failure fault(); ///< what is being handled
  std::shared_ptr<database> of_;
  soci::session session_;
  interrupters::entry broken_by_;
  bool connected_ = false;
};

/// Text or NULL.
std::optional<std::string> or_null(std::string text);
std::string required(const std::optional<std::string>& cell);

} // namespace aorta::store
