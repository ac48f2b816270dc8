#pragma once

#include "engine/store/sql/database.hpp"

namespace aorta::store {

/// Runs what is missing of schema/*, each file in one transaction. Throws.
void migrate(database& to);
/// Makes the partitions of the time to come (PostgreSQL); never waits long for a lock. Throws.
void make_ahead(database& of);
/// Throws `failure` unless the schema is this binary's and the key reads what is stored.
void check(database& what);

} // namespace aorta::store
