#pragma once

#include "engine/ports/critical.hpp"
#include "engine/store/sql/database.hpp"

namespace aorta::store {

/// Connects at once, so that a store which is away is told here.
std::unique_ptr<ports::critical_session> make_critical_session(std::shared_ptr<database> of);

} // namespace aorta::store
