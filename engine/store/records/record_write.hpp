// Changes through FHIR as rows of both databases: clinical rows with what belongs to them, entries, versions,
// codes, identifiers.
#pragma once

#include "engine/store/records/record_read.hpp"

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace aorta::store {

/// Rows of one statement.
struct bulk {
  row_statement what;
  std::vector<sql_row> rows;
  bool each_must_be_there = false; ///< an update; the statement returns what it changed
};

/// Rows as this transaction last read or wrote them. An update sets those columns alone that differ: what the
/// clinic's own system commits meanwhile in another column of the row stays.
class rows_met {
public:
  void keep(const model::record& row) { rows_.insert_or_assign({row.of, row.key()}, row); }
  const model::record* find(const model::record& row) const {
    const auto at = rows_.find({row.of, row.key()});
    return at == rows_.end() ? nullptr : &at->second;
  }
  void clear() noexcept { rows_.clear(); }

private:
  std::map<std::pair<model::table, std::string>, model::record> rows_;
};

/// All changes, in the order in which they must be done. Throws `failure` (invalid) for a value that its
/// column does not take; nothing was asked of the database then.
std::vector<bulk> plan_changes(const record_context& in, std::span<const ports::change> all,
                               const rows_met& met, timestamp now);

/// Parts of it (record_rows.cpp): rows of the clinical tables.
struct bulk_column {
  std::string name, type; ///< PostgreSQL's type
};
row_statement bulk_insert(std::string_view table, const std::vector<bulk_column>& columns,
                          std::string_view then = "");
/// Rows whose first `keys` columns are the same. The last column is no table's: a letter for each of those
/// between, '1' where it is to be set. `also` follows the assignments.
row_statement bulk_update(std::string_view table, const std::vector<bulk_column>& columns, size_t keys,
                          std::string_view also, std::string_view returning);
row_statement bulk_delete(std::string_view table, const std::vector<bulk_column>& keys);
void plan_rows(const record_context& in, std::span<const ports::change> all, const rows_met& met,
               timestamp now, std::vector<bulk>& out);

} // namespace aorta::store
