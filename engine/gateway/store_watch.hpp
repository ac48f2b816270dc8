// Looks after the store while the engine runs: makes partitions ahead, and examines it. An admin worker of
// its own, since both may wait.
#pragma once

#include "actors/workers.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace aorta::gateway {

/// What each finding is to a log, on standard error or as JSON. True when one of them is a fault.
bool tell_findings(const std::vector<ports::finding>& all);

class store_watch {
public:
  store_watch(caf::actor_system& sys, ports::store& store);
  store_watch(const store_watch&) = delete;
  store_watch& operator=(const store_watch&) = delete;

  /// On one thread: asks its admin worker to look once more, unless it still does. To be called by a timer.
  void look();
  void stop(); ///< no more looks; `faults` may still be asked
  /// On any thread: why the store will not take what comes, as of the last look.
  std::vector<std::string> faults() const;

private:
  struct board;
  ports::store* store_;
  std::shared_ptr<board> board_; ///< shared with a look that is still going on
  actors::admin_worker admin_;
};

} // namespace aorta::gateway
