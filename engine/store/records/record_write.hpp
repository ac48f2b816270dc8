// Changes through FHIR as rows of both databases: clinical rows with what belongs to them, entries, versions,
// codes, identifiers.
#pragma once

#include "engine/store/records/record_read.hpp"

#include <span>
#include <vector>

namespace aorta::store {

/// Rows of one statement.
struct bulk {
  row_statement what;
  std::vector<sql_row> rows;
  bool each_must_be_there = false; ///< an update; the statement returns what it changed
};

/// All changes, in the order in which they must be done. Throws `failure` (invalid) for a value that its
/// column does not take; nothing was asked of the database then.
std::vector<bulk> plan_changes(const record_context& in, std::span<const ports::change> all, timestamp now);

/// Parts of it (record_rows.cpp): rows of the clinical tables.
struct bulk_column {
  std::string name, type; ///< PostgreSQL's type
};
row_statement bulk_insert(std::string_view table, const std::vector<bulk_column>& columns,
                          std::string_view then = "");
/// Rows whose first `keys` columns are the same. `also` follows the assignments.
row_statement bulk_update(std::string_view table, const std::vector<bulk_column>& columns, size_t keys,
                          std::string_view also, std::string_view returning);
row_statement bulk_delete(std::string_view table, const std::vector<bulk_column>& keys);
void plan_rows(const record_context& in, std::span<const ports::change> all, timestamp now,
               std::vector<bulk>& out);

} // namespace aorta::store
