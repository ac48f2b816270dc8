#pragma once

#include "engine/ports/records.hpp"
#include "engine/store/sql/database.hpp"

namespace aorta::store {

/// Connects at once, so that a store which is away is told here.
std::unique_ptr<ports::record_session> make_record_session(std::shared_ptr<database> of);

} // namespace aorta::store
