// A dispatcher's session: leases, what waits, and what became of it.
#pragma once

#include "engine/ports/deliveries.hpp"
#include "engine/store/sql/database.hpp"

#include <memory>

namespace aorta::store {

std::unique_ptr<ports::delivery_session> make_delivery_session(std::shared_ptr<database> of);

} // namespace aorta::store
