#pragma once

#include "engine/base/clock.hpp"
#include "engine/ports/store.hpp"

#include <libpq-fe.h>

#include <vector>

namespace aorta::store {

/// The role's rights, partitions of now and next month, settings of the server, a role that row-level
/// security does not bind. Throws `failure`.
void examine_postgresql(PGconn* on, timestamp now, std::vector<ports::finding>& out);

} // namespace aorta::store
