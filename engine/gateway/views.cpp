#include "engine/gateway/views.hpp"

#include <tuple>

namespace aorta::gateway {

std::vector<api::route_view> view_routes(const routes::table& table) {
  std::vector<api::route_view> out;
  for (const auto& each : table.entries()) {
    const auto& board = *each.board;
    api::route_view view;
    view.name = each.how.name;
    view.state = board.running ? "running" : "restarting";
    view.clinic = each.how.clinic;
    view.from = each.how.from;
    view.accept = each.how.accept;
    view.chain = each.how.chain;
    view.labs = each.how.labs;
    view.in_flight = board.in_flight;
    view.waiting = board.waiting;
    view.received = board.received;
    view.processed = board.processed;
    view.failed = board.failed;
    view.unmatched = board.unmatched;
    view.duplicate = board.duplicate;
    view.restarts = board.restarts;
    std::tie(view.last_error, view.last_error_at) = board.last_error();
    out.push_back(std::move(view));
  }
  return out;
}

std::vector<std::string> faults_of(const routes::table& table, const actors::store_board& store) {
  std::vector<std::string> out;
  if (store.away()) out.push_back("commits fail: the store is away: " + store.why());
  for (const auto& route : table.entries()) {
    if (!route.board->running) out.push_back("route '" + route.how.name + "' is being restarted");
    if (route.board->lanes_refused > 0)
      out.push_back("route '" + route.how.name +
                    "': the store refuses message after message: " + route.board->refusal());
  }
  return out;
}

} // namespace aorta::gateway
