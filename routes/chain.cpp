#include "routes/chain.hpp"

#include <algorithm>

namespace aorta::routes {

chain operator|(stage a, stage b) { return {{std::move(a), std::move(b)}}; }

chain operator|(chain a, stage b) {
  a.stages.push_back(std::move(b));
  return a;
}

std::vector<std::string> chain::names() const {
  std::vector<std::string> out;
  for (const auto& each : stages) out.push_back(each.name);
  return out;
}

actors::spawned_chain chain::spawn(caf::actor_system& sys, actors::route_context_ptr route, actors::finish_actor finish) const {
  actors::spawned_chain out;
  std::vector<actors::stage_actor> lanes;
  for (uint32_t lane = 0; lane < std::max(1u, route->how.lanes); ++lane) {
    auto next = std::get<last_spawner>(stages.back().spawn)(sys, route, finish);
    out.stages.emplace_back(stages.back().name, caf::actor_cast<caf::actor>(next));
    for (size_t i = stages.size() - 2; i > 0; --i) {
      next = std::get<middle_spawner>(stages[i].spawn)(sys, route, next);
      out.stages.emplace_back(stages[i].name, caf::actor_cast<caf::actor>(next));
    }
    lanes.push_back(next);
  }
  out.entrance = std::get<first_spawner>(stages.front().spawn)(sys, route, std::move(lanes));
  out.stages.emplace_back(stages.front().name, caf::actor_cast<caf::actor>(out.entrance));
  return out;
}

} // namespace aorta::routes
