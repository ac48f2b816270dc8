#include "engine/store/failure.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <array>

namespace aorta::store {

error from_sqlstate(std::string_view sqlstate, std::string_view doing) {
  static constexpr std::array<std::string_view, 7> away{"08", "53", "57P", "40", "57014", "55P03", "25006"};
  const bool gone = sqlstate.empty() || std::any_of(away.begin(), away.end(), [&](auto start) { return sqlstate.starts_with(start); });
  const std::string state = sqlstate.empty() ? "no connection" : "SQLSTATE " + std::string(sqlstate);
  const bool taken = sqlstate == "23505"; // a key that must be unique
  return {gone ? error_code::store_unavailable : taken ? error_code::conflict : error_code::internal, "", std::string(doing) + " failed: " + state};
}

error from_sqlite(int code, std::string_view doing) {
  bool gone = false;
  switch (code & 0xff) { // the rest is an extended code
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN: gone = true; break;
    default: break;
  }
  const bool taken = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY;
  return {gone ? error_code::store_unavailable : taken ? error_code::conflict : error_code::internal, "",
          std::string(doing) + " failed: SQLite error " + std::to_string(code)};
}

error current_failure(std::string_view doing) {
  try {
    throw;
  } catch (const failure& e) {
    return e.why();
  } catch (const soci::postgresql_soci_error& e) {
    const std::string state = e.sqlstate();
    // SOCI names a lost connection with spaces where the server had no time to give a state.
    return from_sqlstate(state.find_first_not_of(" \0") == std::string::npos ? std::string_view{} : std::string_view(state), doing);
  } catch (const soci::sqlite3_soci_error& e) {
    return from_sqlite(e.result(), doing);
  } catch (const soci::soci_error& e) {
    const bool gone = e.get_error_category() == soci::soci_error::connection_error;
    return {gone ? error_code::store_unavailable : error_code::internal, "", std::string(doing) + " failed in the database library"};
  } catch (const std::bad_alloc&) {
    return {error_code::store_unavailable, "", std::string(doing) + " failed: out of memory"};
  } catch (const std::exception&) {
    return {error_code::internal, "", std::string(doing) + " failed"};
  }
}

} // namespace aorta::store
