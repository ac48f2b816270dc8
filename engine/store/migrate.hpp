#pragma once

#include "engine/store/database.hpp"

namespace aorta::store {

/// Runs what is missing of schema/*, each file in one transaction. Throws.
void migrate(database& to);
/// Throws `failure` unless the schema is this binary's and the key reads what is stored.
void check(database& what);

} // namespace aorta::store
