// What HTTP shows of the running routes.
#pragma once

#include "actors/context.hpp"
#include "engine/api/api.hpp"
#include "engine/gateway/delivering.hpp"
#include "engine/gateway/lab_listener.hpp"
#include "engine/gateway/resuming.hpp"
#include "routes/table.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace aorta::gateway {

/// On the loop.
std::vector<api::listener_view> view_listeners(
  const std::map<std::string, std::unique_ptr<lab_listener>>& all);

std::vector<api::route_view> view_routes(const routes::table& table);
std::vector<std::string> view_indexes(const routes::table& table, model::clinic_id clinic);

/// What persons see of deliveries and do about them. A URL is shown without its query, which may hold a
/// secret; a message goes again as its route writes it now (`pipeline::forward_again`), `conflict` when that
/// is not there any more. All of it outlives the view.
void show_deliveries(api::engine_view& to, const routes::current_table& table, delivering& by);

/// What waits without being looked after, since the configuration has changed: for a person, who may bring it
/// back or leave it out. Messages are taken all the same. `waiting`: as it was counted last.
std::vector<std::string> warnings_of(const routes::table& table, const resuming& accepted,
                                     std::span<const ports::accepted_backlog> waiting,
                                     const delivery_board& deliveries);

/// Why what comes would not be filed now, as far as routes and commits tell.
std::vector<std::string> faults_of(const routes::table& table, const actors::store_board& store);

} // namespace aorta::gateway
