// What is done with goes after its time, a little at a time, at one node.
#pragma once

#include "actors/workers.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/config/config.hpp"

#include <memory>

namespace aorta::gateway {

class retention {
public:
  /// All of it outlives this, and what an admin worker was asked for.
  retention(ports::store& store, const clock_source& clock, id_source& ids);
  ~retention();
  /// What is older than it is kept goes, at an admin worker, which does other work between two pages: bytes
  /// of messages, rows of messages, deliveries, events. One sweep at a time, and each clinic at whoever has
  /// its lease.
  void sweep(const actors::admin_worker& by, const config::settings::retention& keeps);

private:
  class desk;
  std::shared_ptr<desk> desk_;
};

} // namespace aorta::gateway
