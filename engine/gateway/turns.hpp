// A piece of work that is looked at again and again, on an admin worker's thread and never beside itself.
#pragma once

#include "actors/workers.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace aorta::gateway {

class turns {
public:
  /// `fault`: the word in the log for what was thrown. `store` outlives the actor system.
  turns(caf::actor_system& in, ports::store* store, std::string fault);

  using turn = std::function<void(ports::message_log*)>;
  /// Nothing while the last one is still at work, and after the end. `thrown`: it threw; on the same thread.
  void begin(turn what, std::function<void()> thrown);
  void end(); ///< what was begun still ends

private:
  std::string fault_;
  std::mutex lock_;
  actors::admin_worker worker_; ///< null after the end
  std::shared_ptr<std::atomic<bool>> busy_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace aorta::gateway
