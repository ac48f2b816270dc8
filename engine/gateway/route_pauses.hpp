// Which routes are paused: as the store says, told to the routes of this node.
#pragma once

#include "actors/workers.hpp"
#include "routes/paused.hpp"

#include <atomic>
#include <memory>

namespace aorta::gateway {

class route_pauses {
public:
  /// What the routes ask.
  const std::shared_ptr<routes::paused_routes>& all() const noexcept { return all_; }
  /// At the start, before anything comes.
  status read(ports::store& store);
  /// Other nodes tell nobody: asked now and then, by a worker. One look at a time.
  void look(const actors::admin_worker& by);

private:
  std::shared_ptr<routes::paused_routes> all_ = std::make_shared<routes::paused_routes>();
  std::shared_ptr<std::atomic<bool>> looking_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace aorta::gateway
