// How the adapters say that a call failed, until the edge of the room turns it into a value.
#pragma once

#include "engine/base/result.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace aorta::store {

/// Thrown inside this room only. Its text never holds a row's values: databases quote them in their messages, so those are not passed on.
class failure : public std::exception {
public:
  explicit failure(error why) : why_(std::move(why)) {}
  const error& why() const noexcept { return why_; }
  const char* what() const noexcept override { return why_.text.c_str(); }

private:
  error why_;
};

/// `store_unavailable` for a lost connection, a server that is starting, stopping, full or not writable, a deadlock that was broken up
/// (classes 08, 53, 57P, 40, and 57014, 55P03, 25006); `conflict` for a key that is taken (23505); `internal` for the rest.
error from_sqlstate(std::string_view sqlstate, std::string_view doing);
/// The same from an SQLite result code.
error from_sqlite(int code, std::string_view doing);
/// Whatever is being handled now (SOCI's exceptions too), as a value. To be called in a catch clause.
error current_failure(std::string_view doing);

/// Runs `work` and turns whatever it throws into an error.
template <class T, class F>
result<T> guarded(std::string_view doing, F&& work) {
  try {
    return work();
  } catch (...) {
    return current_failure(doing);
  }
}

} // namespace aorta::store
