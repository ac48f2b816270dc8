// A chain as its route file shows it: `parse() | map_lab() | match_patient() | persist() | ack()`.
#pragma once

#include "actors/stage.hpp"
#include "actors/supervisor.hpp"

#include <string>
#include <variant>
#include <vector>

namespace aorta::routes {

using middle_spawner = actors::stage_actor (*)(caf::actor_system&, actors::route_context_ptr, actors::stage_actor next);
using first_spawner = actors::stage_actor (*)(caf::actor_system&, actors::route_context_ptr, std::vector<actors::stage_actor> lanes);
using last_spawner = actors::stage_actor (*)(caf::actor_system&, actors::route_context_ptr, actors::finish_actor next);

/// One stage by the name that configuration files use.
struct stage {
  std::string name;
  std::variant<first_spawner, middle_spawner, last_spawner> spawn;
};

inline stage parse() { return {"parse", &actors::spawn_parser}; }
inline stage map_lab() { return {"map-lab", &actors::spawn_mapper}; }
inline stage match_patient() { return {"match-patient", &actors::spawn_matcher}; }
inline stage persist() { return {"persist", &actors::spawn_persister}; }
inline stage parse_bundle() { return {"parse-bundle", &actors::spawn_bundle_parser}; }
inline stage file_bundle() { return {"file-bundle", &actors::spawn_bundle_filer}; }
inline stage answer() { return {"answer", &actors::spawn_bundle_answerer}; }
inline stage ack() { return {"ack", &actors::spawn_acker}; }

/// Ordered stages: the first one spreads over the lanes, the last one ends them.
struct chain {
  std::vector<stage> stages;

  std::vector<std::string> names() const;
  /// Spawns it: the first stage once, the others once a lane, from the end to the beginning.
  actors::spawned_chain spawn(caf::actor_system& sys, actors::route_context_ptr route, actors::finish_actor finish) const;
};

chain operator|(stage a, stage b);
chain operator|(chain a, stage b);

/// A message kind: which types it takes, and how they go.
struct kind {
  std::vector<std::string> accepts;
  chain how;
};

/// Laboratory results (oru.cpp).
kind oru();
/// FHIR bundles (fhir_bundle.cpp).
kind fhir_bundle();
/// What no route takes, and what is no message: kept and refused (refused.cpp).
kind refused();

} // namespace aorta::routes
