// A running engine: listeners, fronts and workers around the routes. Started once, ended in order.
#pragma once

#include "engine/config/config.hpp"
#include "engine/gateway/config_desk.hpp"
#include "engine/gateway/ending.hpp"
#include "engine/gateway/reload.hpp"
#include "engine/ports/store.hpp"
#include "routes/table.hpp"

#include <memory>

namespace aorta::gateway {

struct parts {
  config::settings settings;
  ports::store* store = nullptr;
  ending* end = nullptr;
  config_loader load;            ///< for SIGHUP
  config_trial read;             ///< for what is not on the disk yet
  case_trial cases;              ///< before a configuration is published; null: there are none
  actors::work_hook before_work; ///< null in production
};

class engine;

class gateway {
public:
  /// `store` and `end` outlive it.
  explicit gateway(parts from);
  ~gateway(); ///< its actors have ended
  /// Serves until SIGTERM or SIGINT; the process's exit code.
  int run();

private:
  std::unique_ptr<engine> engine_;
};

} // namespace aorta::gateway
