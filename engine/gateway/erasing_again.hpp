// Whom people had erased and a restore brought back is erased again, from the start on until it is done.
#pragma once

#include "actors/workers.hpp"
#include "engine/ports/store.hpp"

#include <atomic>
#include <memory>

namespace aorta::gateway {

class erasing_again {
public:
  /// Before anybody is served and anything is sent.
  void at_start(ports::store& in);
  /// At an admin worker, one look at a time. Nothing when nothing is left to do.
  void look(const actors::admin_worker& by);

private:
  struct state {
    std::atomic<bool> looking{false}, done{false};
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

} // namespace aorta::gateway
