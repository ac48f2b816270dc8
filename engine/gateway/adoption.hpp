// Another configuration while the engine runs: read and checked beside the loop, used at it. One at a time.
#pragma once

#include "actors/workers.hpp"
#include "engine/gateway/reload.hpp"
#include "engine/net/loop/loop.hpp"
#include "routes/table.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace aorta::gateway {

class adoption {
public:
  struct parts {
    config_loader load;
    ports::store* store = nullptr;
    net::loop* loop = nullptr;
    // The loop's:
    std::function<const config::settings&()> now;
    std::function<const routes::surroundings&()> around;
    std::function<actors::admin_worker()> worker;
    std::function<bool()> is_ending;
    std::function<status()> may_use; ///< an error: the engine cannot take another one over yet
    std::function<status(next_configuration& next, const routes::surroundings& around)> use;
    std::function<void(const status&)> told; ///< of a reload: it was taken over, or why not
  };
  explicit adoption(parts from) : with_(std::move(from)) {}

  /// Everything anew that can be. On the loop's thread; the log tells how it ended.
  void reload();
  /// For a worker that waits until the engine runs by files that `write` puts there: of this hash, with
  /// aorta.toml as it was. Where it does not come to that, `undo` puts back what stood; nothing else is read
  /// in between. `deadline`: whether the engine runs by them is not known yet. Not from the loop's thread.
  status adopt(const std::string& hash, const std::function<status()>& write,
               const std::function<void()>& undo);

private:
  using next_ptr = std::shared_ptr<next_configuration>;
  result<next_ptr> read_and_check(const config::settings& now, routes::surroundings& around) const;
  struct begun {
    config::settings now;
    routes::surroundings around;
  };
  std::optional<begun> reserve();
  status read_and_use(begun& from, const std::string& hash);
  void free_again(); ///< on the loop
  status take_over(const next_ptr& next, const routes::surroundings& around);

  parts with_;
  bool at_work_ = false, again_ = false; ///< the loop's
};

} // namespace aorta::gateway
