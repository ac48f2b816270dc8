#pragma once

#include "engine/store/sql/database.hpp"

namespace aorta::store {

/// Runs what is missing of schema/*, each file in one transaction. Throws.
void migrate(database& to);
/// Makes the partitions of the time to come (PostgreSQL); never waits long for a lock. Throws.
void make_ahead(database& of);
struct proven {
  size_t done = 0;     ///< migrations that the store has had
  bool behind = false; ///< this binary has more
};
/// Throws `failure` unless the key reads what is stored, and for a schema that is newer than this binary.
proven proven_schema(database& what);
/// Throws `failure` unless the schema is this binary's and the keys read what is stored.
void check_schema(database& what);
/// The same, and the first key is the one that makes values, and patients are found as this binary does.
void check(database& what);

} // namespace aorta::store
