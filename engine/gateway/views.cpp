#include "engine/gateway/views.hpp"

#include "engine/gateway/webhooks.hpp"
#include "engine/pipeline/forward.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace aorta::gateway {
namespace {

std::vector<api::destination_view> view_destinations(const routes::table& table, const delivery_board& board,
                                                     model::clinic_id clinic) {
  std::set<std::string> named;
  for (const auto& route : table.entries())
    if (route.context->clinic == clinic) named.insert(route.how.send.begin(), route.how.send.end());
  std::vector<api::destination_view> out;
  for (const auto& [name, how] : board.destinations()) {
    if (!named.contains(name) && how.events.empty()) continue;
    api::destination_view view;
    view.name = name;
    view.kind = config::name(how.is);
    view.to = how.to.substr(0, how.to.find('?'));
    view.partitions = how.partitions;
    view.away = board.away(clinic, name);
    out.push_back(std::move(view));
  }
  return out;
}

result<ports::forward> forward_again(const routes::table& table, const delivery_board& board,
                                     const ports::message_detail& message, const std::string& destination) {
  const auto& all = table.entries();
  const auto route = std::find_if(all.begin(), all.end(), [&](const auto& each) {
    return each.how.name == message.log.route && each.context->clinic == message.log.clinic;
  });
  if (route == all.end())
    return error{error_code::conflict, "", "the route that took this message is not there any more"};
  const auto destinations = board.destinations();
  const auto to = destinations.find(destination);
  if (to == destinations.end())
    return error{error_code::unknown_key, "", "there is no such destination any more"};
  return pipeline::forward_again(*route->context, message.raw, to->second);
}

} // namespace

std::vector<api::route_view> view_routes(const routes::table& table) {
  std::vector<api::route_view> out;
  for (const auto& each : table.entries()) {
    const auto& board = *each.board;
    api::route_view view;
    view.name = each.how.name;
    view.state = !board.running                        ? "restarting"
      : each.context->paused && each.context->paused() ? "paused"
                                                       : "running";
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

void show_deliveries(api::engine_view& to, const routes::current_table& table, delivering& by) {
  to.destinations = [&table, &by](model::clinic_id clinic) {
    return view_destinations(*table.get(), by.board(), clinic);
  };
  to.deliveries_changed = [&by] { by.look(); };
  to.check_webhook_url = [&by](const std::string& url) { return check_webhook_url(url, by.events()); };
  to.forward_again = [&table, &by](const ports::message_detail& what, const std::string& destination) {
    return forward_again(*table.get(), by.board(), what, destination);
  };
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
