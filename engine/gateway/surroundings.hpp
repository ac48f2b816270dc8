// What the configuration makes of the store and of FHIR's names, for the routes.
#pragma once

#include "engine/config/config.hpp"
#include "engine/fhir/map.hpp"
#include "routes/table.hpp"

namespace aorta::gateway {

/// The clinics that are configured or that routes name, as the store has them; those it lacks are made.
status ensure_clinics(const config::settings& settings, ports::store& store, routes::surroundings& around);

/// Configured systems in the place of the engine's own.
fhir::identifier_systems systems_of(const config::fhir_settings& how);

} // namespace aorta::gateway
