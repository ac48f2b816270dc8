// A table that edits and conditions look into: conf/tables/NAME.csv, two columns `from,to`.
#pragma once

#include "engine/base/result.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aorta::edit {

struct text_hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

struct table {
  std::string name;
  std::unordered_map<std::string, std::string, text_hash, std::equal_to<>> rows; ///< UTF-8, as they stand
};
using tables = std::map<std::string, std::shared_ptr<const table>>;

/// What is wrong with a line of a table.
struct table_fault {
  uint64_t line = 1; ///< of the file, from 1
  std::string text;
};

/// Reads the table's text into `rows`; every fault, in the order of lines. The first line is `from,to`; each
/// other has two fields, and no two begin with the same.
std::vector<table_fault> read_table(std::string_view text, table& into);

} // namespace aorta::edit
