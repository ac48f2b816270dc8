// What the store holds under other keys for personal data is made with the first one, while engines serve.
#pragma once

#include "engine/store/open.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace aorta::store {

struct rotation {
  std::string key;                           ///< `key_id` of the first one
  int64_t renewed = 0;                       ///< values
  std::map<std::string, int64_t> unreadable; ///< by table: values that none of the keys opens
  std::vector<std::string> behind;           ///< hosts of engines that make values with another key
  /// Nothing is under another key, and no engine makes such: the others may go.
  bool done = false;
};

/// Walks all texts of all tables, page by page, each in a transaction of its own; a value is replaced where
/// it is still as it was read. To be run again after a kill: what is done is found done. `told` hears of each
/// table that had any. The schema must be this program's; on PostgreSQL the role must own the tables.
result<rotation> rotate_keys(const options& how,
                             const std::function<void(const std::string& table, int64_t renewed)>& told);

} // namespace aorta::store
