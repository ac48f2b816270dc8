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
  std::set<std::string> named, acknowledged;
  for (const auto& route : table.entries())
    if (route.context->clinic == clinic) {
      named.insert(route.how.send.begin(), route.how.send.end());
      acknowledged.insert(route.how.acknowledgements());
    }
  std::vector<api::destination_view> out;
  for (const auto& [name, how] : board.destinations()) {
    const bool of_acks = acknowledged.contains(name);
    const bool of_claims = how.is == config::destination::kind::gesy;
    if (!named.contains(name) && !of_acks && !of_claims && how.events.empty()) continue;
    api::destination_view view;
    view.of_acknowledgements = of_acks;
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

std::vector<api::listener_view> view_listeners(
  const std::map<std::string, std::unique_ptr<lab_listener>>& all) {
  using milliseconds = std::chrono::duration<double, std::milli>;
  std::vector<api::listener_view> out;
  for (const auto& [name, each] : all) {
    const auto recent = each->recent().told(telemetry::recent::clock::now());
    api::listener_view view;
    view.name = name;
    view.connections = each->server().connections();
    view.per_second = recent.per_second;
    if (recent.p50) view.p50_ms = milliseconds(*recent.p50).count();
    if (recent.p99) view.p99_ms = milliseconds(*recent.p99).count();
    view.last_at = recent.last_at;
    out.push_back(std::move(view));
  }
  return out;
}

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

std::vector<std::string> view_indexes(const routes::table& table, model::clinic_id clinic) {
  std::set<std::string> out;
  for (const auto& route : table.entries())
    if (route.context->clinic == clinic)
      for (const auto& each : route.how.found_by) out.insert(each.name);
  return {out.begin(), out.end()};
}

void show_deliveries(api::engine_view& to, const routes::current_table& table, delivering& by) {
  to.destinations = [&table, &by](model::clinic_id clinic) {
    return view_destinations(*table.get(), by.board(), clinic);
  };
  to.delivers_to = [&by](model::clinic_id clinic, const std::string& destination) {
    return by.board().delivers_to(clinic, destination);
  };
  to.deliveries_changed = [&by] { by.look(); };
  to.check_webhook_url = [&by](const std::string& url) { return check_webhook_url(url, by.events()); };
  to.forward_again = [&table, &by](const ports::message_detail& what, const std::string& destination) {
    return forward_again(*table.get(), by.board(), what, destination);
  };
}

std::vector<std::string> warnings_of(const routes::table& table, const resuming& accepted,
                                     std::span<const ports::accepted_backlog> waiting,
                                     const delivery_board& deliveries) {
  std::vector<std::string> out;
  const auto code_of = [&](model::clinic_id clinic) {
    for (const auto& each : table.entries())
      if (each.context->clinic == clinic) return "clinic '" + each.how.clinic + "'";
    return "clinic " + std::to_string(clinic);
  };
  for (const auto& each : accepted.nobodys())
    out.push_back(code_of(each.clinic) + ": no route takes accepted messages any more (" + each.type +
                  " by listener '" + each.listener + "'): they wait until one does");
  for (const auto& each : waiting)
    if (!accepted.looks_after(each.of.id))
      out.push_back("clinic '" + each.of.code + "' is not in the configuration: " +
                    std::to_string(each.count) + " accepted messages wait until it is");
  for (const auto& each : deliveries.left_overs())
    out.push_back(
      code_of(each.clinic) + ": " + std::to_string(each.count) +
      " deliveries wait for a destination that is not in the configuration (GET /api/destinations)");
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
