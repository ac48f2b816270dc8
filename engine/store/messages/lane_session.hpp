#pragma once

#include "engine/ports/lane.hpp"
#include "engine/store/sql/database.hpp"

namespace aorta::store {

/// Connects at once, so that a store which is away is told here.
std::unique_ptr<ports::lane> make_lane_session(std::shared_ptr<database> of);

/// The patient in clear. Throws `failure` when a value cannot be read with the key.
model::patient open_patient(const found_patient& found, cipher& locks);

} // namespace aorta::store
