// What HTTP shows of the running routes.
#pragma once

#include "actors/context.hpp"
#include "engine/api/api.hpp"
#include "routes/table.hpp"

#include <string>
#include <vector>

namespace aorta::gateway {

std::vector<api::route_view> view_routes(const routes::table& table);

/// Why what comes would not be filed now, as far as routes and commits tell.
std::vector<std::string> faults_of(const routes::table& table, const actors::store_board& store);

} // namespace aorta::gateway
