// A connection to a file of SQLite as it is: no log is begun, nothing waits, nothing is made.
#pragma once

#include "engine/store/sql/native_sqlite.hpp"

#include <optional>
#include <string>

namespace aorta::store {

enum class raw_access : uint8_t { reads, writes };

class raw_sqlite {
public:
  /// `name`: a path, or an URI of SQLite. Throws `failure`.
  raw_sqlite(const std::string& name, raw_access how);
  ~raw_sqlite();
  raw_sqlite(const raw_sqlite&) = delete;
  raw_sqlite& operator=(const raw_sqlite&) = delete;
  sq::sqlite3* get() const noexcept { return to_; }
  void close() noexcept;

private:
  sq::sqlite3* to_ = nullptr;
};

/// The URI of a file that nobody else has open, and that has no log. It is looked at by the first question
/// only.
std::string unchanging(const std::string& path);
/// The URI of a store, for reading, that a `held_store` holds and whose log has come into it.
std::string held(const std::string& path);
/// What `PRAGMA integrity_check` says first; nothing when all is well. (`quick_check` of SQLite 3.40 finds
/// NULL in keys of tables WITHOUT ROWID where none is.)
std::optional<std::string> fault_in(sq::sqlite3* on);

} // namespace aorta::store
