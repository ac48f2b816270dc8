#include "engine/store/sql/fault_words.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

namespace aorta::store {
namespace {

struct entry {
  std::string_view start; ///< of the SQLSTATE
  fault_words words;
};

// The first that fits; whole states before their classes.
constexpr entry sqlstates[]{
  {"0A000",
   {"the tables were changed under a prepared statement", "a new connection is made; nothing need be done"}},
  {"22021", {"a text holds bytes that the database's encoding does not take", "the database must be UTF8"}},
  {"23505", {"a row with this key is there already", ""}},
  {"23514",
   {"no partition takes a row of this date, or a check refuses it", "aorta migrate makes the partitions"}},
  {"23",
   {"the database refuses a row by one of its constraints",
    "compare the table's constraints with schema/postgresql"}},
  {"22", {"the database refuses a value", "compare the columns' types with schema/postgresql"}},
  {"25006",
   {"the database takes no writes", "it is a standby or set read-only: point store.url at the primary"}},
  {"25P02", {"the transaction had been broken off", "a new one is begun; nothing need be done"}},
  {"25P03", {"the server ended a transaction that stood idle too long", "it is begun anew"}},
  {"26000",
   {"a prepared statement is gone",
    "a pooler between the engine and PostgreSQL must pool sessions, not transactions"}},
  {"28P01", {"the password is wrong", "see store.url or AORTA_STORE_URL"}},
  {"28", {"the server lets this role not in", "see pg_hba.conf and the role's LOGIN right"}},
  {"3D000", {"there is no such database", "create it, or mend store.url"}},
  {"3F000", {"there is no such schema", "see the role's search_path"}},
  {"40P01", {"two transactions waited for each other and this one was broken off", "it is tried again"}},
  {"40", {"the transaction was broken off because of another one", "it is tried again"}},
  {"42501", {"the role lacks a right", "GRANT it; `aorta check --online` lists all that are missing"}},
  {"42P01", {"a table is missing", "run `aorta migrate`, and see the role's search_path"}},
  {"42703", {"a column is missing", "run `aorta migrate`"}},
  {"42P05",
   {"a prepared statement is there twice",
    "a pooler between the engine and PostgreSQL must pool sessions, not transactions"}},
  {"42", {"the tables are not as this program knows them", "compare them with schema/postgresql"}},
  {"53100", {"the server's disk is full", "free space; work goes on by itself"}},
  {"53200", {"the server has no memory left", "see its memory limits; the work is tried again"}},
  {"53300", {"the server has no connection left", "raise max_connections, or lower the number of lanes"}},
  {"53", {"the server has too little of something", "see its log; work goes on by itself"}},
  {"54", {"something is larger than the server takes", ""}},
  {"55P03",
   {"a lock was not given in time",
    "somebody holds it (VACUUM FULL, ALTER TABLE, LOCK TABLE: see pg_locks); it is tried again"}},
  {"57014", {"the work was cancelled or took too long", "it is tried again"}},
  {"57P03", {"the server is starting or stopping", "work goes on by itself"}},
  {"57P", {"the server ended the connection", "work goes on by itself"}},
  {"58", {"the server's files cannot be read or written", "see its log and its disk"}},
  {"08", {"the connection to the database was lost", "work goes on by itself when the server is back"}},
  {"XX001", {"the server's data are damaged", "see its log; restore a backup"}},
  {"XX002", {"an index of the server is damaged", "see its log; REINDEX it"}},
};

} // namespace

fault_words words_for_sqlstate(std::string_view state) noexcept {
  if (state.empty())
    return {"the connection to the database was lost", "work goes on by itself when the server is back"};
  for (const auto& each : sqlstates)
    if (state.starts_with(each.start)) return each.words;
  return {"the database refused the work", "see its log"};
}

fault_words words_for_sqlite(int code) noexcept {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {"another program holds the SQLite file", "end its transaction; it is tried again"};
    case SQLITE_NOMEM: return {"there is no memory left for SQLite", "it is tried again"};
    case SQLITE_READONLY:
      return {"the SQLite file may not be written", "the engine's user must own the file and its folder"};
    case SQLITE_IOERR:
      return {"the SQLite file cannot be read or written", "see the disk and the kernel's log"};
    case SQLITE_FULL: return {"the disk of the SQLite file is full", "free space; work goes on by itself"};
    case SQLITE_CANTOPEN:
      return {"the SQLite file cannot be opened", "its folder must exist and belong to the engine's user"};
    case SQLITE_CORRUPT: return {"the SQLite file is damaged", "stop the engine and restore a backup"};
    case SQLITE_NOTADB: return {"the file is no SQLite database", "mend store.url, or restore a backup"};
    case SQLITE_AUTH:
    case SQLITE_PERM:
      return {"the SQLite file may not be used", "the engine's user must own the file and its folder"};
    case SQLITE_CONSTRAINT:
      return {"the store refuses a row by one of its constraints", "compare the tables with schema/sqlite"};
    case SQLITE_TOOBIG: return {"a value is larger than SQLite takes", ""};
    case SQLITE_SCHEMA:
    case SQLITE_ERROR: return {"the tables are not as this program knows them", "run `aorta migrate`"};
    default: return {"the SQLite file refused the work", ""};
  }
}

} // namespace aorta::store
