// What HTTP shows of the running routes.
#pragma once

#include "actors/context.hpp"
#include "engine/api/api.hpp"
#include "engine/gateway/delivering.hpp"
#include "routes/table.hpp"

#include <string>
#include <vector>

namespace aorta::gateway {

std::vector<api::route_view> view_routes(const routes::table& table);

/// What persons see of deliveries and do about them. A URL is shown without its query, which may hold a
/// secret; a message goes again as its route writes it now (`pipeline::forward_again`), `conflict` when that
/// is not there any more. All of it outlives the view.
void show_deliveries(api::engine_view& to, const routes::current_table& table, delivering& by);

/// Why what comes would not be filed now, as far as routes and commits tell.
std::vector<std::string> faults_of(const routes::table& table, const actors::store_board& store);

} // namespace aorta::gateway
