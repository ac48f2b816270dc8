// What a database's codes mean to whoever runs the engine, and what helps (PostgreSQL 15 appendix A;
// sqlite.org/rescode.html).
#pragma once

#include <string_view>

namespace aorta::store {

struct fault_words {
  std::string_view what, remedy;
};

/// By the whole SQLSTATE, else by its class; empty: the connection was lost without one.
fault_words words_for_sqlstate(std::string_view state) noexcept;
/// Extended result codes by their primary one.
fault_words words_for_sqlite(int code) noexcept;

} // namespace aorta::store
