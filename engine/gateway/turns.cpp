#include "engine/gateway/turns.hpp"

#include "engine/telemetry/log.hpp"

namespace aorta::gateway {

turns::turns(caf::actor_system& in, ports::store* store, std::string fault)
    : fault_(std::move(fault)),
      worker_(actors::spawn_admin_worker(in, store)) {}

void turns::begin(turn what, std::function<void()> thrown) {
  const std::lock_guard hold(lock_);
  if (!worker_ || busy_->exchange(true)) return;
  worker_.give([busy = busy_, fault = fault_, what = std::move(what),
                thrown = std::move(thrown)](ports::message_log* admin) {
    try {
      what(admin);
    } catch (const std::exception&) { // what() may hold what was sent or stored
      telemetry::log(telemetry::level::error, fault, {{"reason", "internal"}});
      thrown();
    }
    *busy = false;
  });
}

void turns::end() {
  const std::lock_guard hold(lock_);
  worker_.end();
}

} // namespace aorta::gateway
