// What the columns of the clinical tables hold, and their cells between database and record.
#pragma once

#include "engine/model/record.hpp"
#include "engine/store/sql/record_link.hpp"

#include <map>
#include <string>
#include <string_view>

namespace aorta::store {

enum class holds : uint8_t { text, integer, number, boolean, time, day, id, json };
holds kind_of(model::table of, std::string_view column) noexcept;

/// Where a column of a record is kept.
enum class kept_in : uint8_t {
  table,
  pii,    ///< patient_pii, encrypted, as `NAME_encrypted`
  note,   ///< the current row of note_versions
  sealed, ///< in the table, encrypted
};
kept_in place_of(model::table of, std::string_view column) noexcept;

/// Which columns this database's tables have, with PostgreSQL's types: OpenHeart's may differ from the
/// engine's own.
class catalogue {
public:
  /// On SQLite every table is the engine's own.
  void read(record_link& from);
  bool has(std::string_view table, std::string_view column) const;
  std::string type(std::string_view table, std::string_view column, holds what) const;

private:
  bool all_ = true;
  std::map<std::string, std::string, std::less<>> types_; ///< by `table.column`
};

/// As records have it: times in ISO, booleans as words.
std::optional<std::string> from_database(std::optional<std::string> cell, holds what, dialect speaks);
/// As the database takes it; throws `failure` (invalid) for what is no such value.
sql_value to_database(const std::optional<std::string>& cell, holds what, dialect speaks);
/// What stands in a column that may not be NULL when a record says nothing.
std::optional<std::string> default_of(model::table of, std::string_view column, timestamp now);
/// Whether a text can be a key of this table; a UUID becomes lower case.
std::optional<std::string> readable_key(model::table of, const std::string& key);
std::string_view key_type(model::table of) noexcept; ///< bigint or uuid
std::string_view sql_type(holds what) noexcept;      ///< PostgreSQL's name

} // namespace aorta::store
