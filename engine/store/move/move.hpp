// A whole store of SQLite into an empty database of PostgreSQL.
#pragma once

#include "engine/store/open.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace aorta::store {

struct moved_table {
  std::string name;
  int64_t rows = 0;
  std::string digest; ///< SHA-256 of its rows in the order of their keys, as text: the same in both, or
                      ///< nothing was moved
};

/// `from`: SQLite, which nothing may have open and which stays as it is, but that no engine starts on it any
/// more. `to`: postgresql://... as the owner of its tables, with none or with empty ones of this program's
/// schema. Brings the schema up to date, and then copies all rows with their ids, sets the sequences, reads
/// everything again and compares it, in one transaction: killed before its end, the database is as empty as
/// it was. `told` hears of each table that had rows.
result<std::vector<moved_table>> move(const options& from, const std::string& to,
                                      const std::function<void(const moved_table&)>& told);

} // namespace aorta::store
