#include "engine/store/sql/failure.hpp"

#include "engine/store/sql/fault_words.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <span>

namespace aorta::store {
namespace {

bool starts_with_any(std::string_view state, std::span<const std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(), [&](auto start) { return state.starts_with(start); });
}

/// `The connection broke (table x), as role 'aorta' ...: try this (SQLSTATE 08006).`
std::string sentence(const fault_words& words, const fault_place& place, const std::string& number) {
  std::string out(words.what);
  if (!place.subject.empty()) out.append(" (").append(place.subject).append(")");
  if (!place.where.empty()) out.append(", ").append(place.where);
  if (!words.remedy.empty()) out.append(": ").append(words.remedy);
  return number.empty() ? out : out + " (" + number + ")";
}

} // namespace

failure from_sqlstate(std::string_view state, const fault_place& place) {
  static constexpr std::string_view away[]{"08",    "53",    "57P",   "58",    "40",
                                           "57014", "55P03", "25006", "XX001", "XX002"};
  // The transaction was broken off behind our back, or somebody changed the tables under prepared statements:
  // begin anew elsewhere.
  static constexpr std::string_view stale[]{"25P02", "25P03", "0A000", "26000", "42P05"};
  static constexpr std::string_view limits[]{"57014", "53200", "25P03", "08P01"};
  fault_traits traits;
  traits.reconnect = starts_with_any(state, stale);
  traits.perhaps_batch = state.empty() || starts_with_any(state, limits);
  const bool gone = state.empty() || traits.reconnect || starts_with_any(state, away);
  const bool undone = state == "40P01" || state == "40001" || state == "0A000";
  const auto code = undone ? error_code::undone
    : gone                 ? error_code::store_unavailable
    : state == "23505"     ? error_code::conflict
                           : error_code::internal;
  return failure(
    {code, "",
     sentence(words_for_sqlstate(state), place, state.empty() ? "" : "SQLSTATE " + std::string(state))},
    traits);
}

failure from_sqlite(int code, const fault_place& place) {
  bool gone = false;
  fault_traits traits;
  switch (code & 0xff) { // the rest is an extended code
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: traits.damaged = true; [[fallthrough]];
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN: gone = true; break;
    default: break;
  }
  traits.perhaps_batch = (code & 0xff) == SQLITE_NOMEM;
  const bool taken = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY;
  const auto kind = gone ? error_code::store_unavailable
    : taken              ? error_code::conflict
                         : error_code::internal;
  return failure({kind, "", sentence(words_for_sqlite(code), place, "SQLite error " + std::to_string(code))},
                 traits);
}

failure current_fault(std::string_view doing, const fault_place& place) {
  const auto failed = [&](const char* how) { return std::string(doing) + " failed" + how; };
  try {
    throw;
  } catch (const failure& e) { return e; } catch (const soci::postgresql_soci_error& e) {
    const std::string state = e.sqlstate();
    // SOCI names a lost connection with spaces where the server had no time to give a state.
    return from_sqlstate(state.find_first_not_of(" \0") == std::string::npos ? std::string_view{}
                                                                             : std::string_view(state),
                         place);
  } catch (const soci::sqlite3_soci_error& e) {
    return from_sqlite(e.result(), place);
  } catch (const soci::soci_error& e) {
    const bool gone = e.get_error_category() == soci::soci_error::connection_error;
    return failure(
      {gone ? error_code::store_unavailable : error_code::internal, "", failed(" in the database library")});
  } catch (const std::bad_alloc&) {
    return failure({error_code::store_unavailable, "", failed(": out of memory")}, {.perhaps_batch = true});
  } catch (const std::exception&) { return failure({error_code::internal, "", failed("")}); }
}

error current_failure(std::string_view doing) { return current_fault(doing).why(); }

} // namespace aorta::store
