// How the adapters say that a call failed, until the edge of the room turns it into a value.
#pragma once

#include "engine/base/result.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace aorta::store {

/// What a failure means for the connection and for what was being done.
struct fault_traits {
  bool reconnect = false; ///< this connection is of no more use (its statements, its transaction); a new one
                          ///< may do the same work
  bool perhaps_batch = false; ///< the connection broke or a limit struck while it worked: what it was given
                              ///< may be the reason
  bool damaged = false;       ///< the SQLite file itself
};

/// Thrown inside this room only. Its text never holds a row's values: databases quote them in their messages,
/// so those are not passed on.
class failure : public std::exception {
public:
  explicit failure(error why, fault_traits traits = {}) : why_(std::move(why)), traits_(traits) {}
  const error& why() const noexcept { return why_; }
  const fault_traits& traits() const noexcept { return traits_; }
  const char* what() const noexcept override { return why_.text.c_str(); }

private:
  error why_;
  fault_traits traits_;
};

/// What is known beside the database's own code; all of it may be empty.
struct fault_place {
  std::string_view subject; ///< the table, constraint or server's sentence without values: `table
                            ///< lab_results`
  std::string_view where;   ///< `as role 'aorta' in database 'clinic' at 127.0.0.1:5432`; the SQLite file's
                            ///< path
};

/// A sentence: what went wrong, where, and what helps; the SQLSTATE ends it in brackets.
/// `store_unavailable` for a lost connection, a server that is starting, stopping, full, damaged or not
/// writable, a deadlock that was broken up, a connection whose statements or transaction are of no more use
/// (classes 08, 53, 57P, 58, 40, and 57014, 55P03, 25006, 25P02, 25P03, 0A000, 26000, 42P05, XX001, XX002);
/// `undone` for a deadlock that was broken up, a transaction that could not be serialised, tables that
/// changed under prepared statements (40P01, 40001, 0A000); `conflict` for a key that is taken (23505);
/// `internal` for the rest.
failure from_sqlstate(std::string_view sqlstate, const fault_place& place = {});
/// The same from an SQLite result code; a damaged file (11) and one that is no database (26) are
/// `store_unavailable`.
failure from_sqlite(int code, const fault_place& place = {});
/// Whatever is being handled now (SOCI's exceptions too), as a failure or as a value. To be called in a catch
/// clause.
failure current_fault(std::string_view doing, const fault_place& place = {});
error current_failure(std::string_view doing);

/// Runs `work` and turns whatever it throws into an error.
template <class T, class F>
result<T> guarded(std::string_view doing, F&& work) {
  try {
    return work();
  } catch (...) { return current_failure(doing); }
}

} // namespace aorta::store
