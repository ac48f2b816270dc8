// All that passes messages on: the dispatcher, what wakes it, and what is known of it.
#pragma once

#include "actors/dispatcher.hpp"
#include "engine/config/config.hpp"
#include "engine/gateway/composer.hpp"
#include "engine/gateway/delivery_board.hpp"
#include "engine/gateway/gesy_line.hpp"
#include "engine/net/loop/loop.hpp"
#include "engine/ports/store.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace aorta::gateway {

/// Store, loop, metrics and clock outlive it. `gesy` may be null.
class delivering {
public:
  delivering(caf::actor_system& sys, ports::store& store, net::loop& on, telemetry::metrics& metrics,
             const clock_source& clock, id_source& ids, const std::shared_ptr<gesy_line>& gesy);

  /// From now on; what is under way on a destination that changed ends first.
  void use(const config::settings& settings, const fhir::identifier_systems& systems,
           const std::map<std::string, model::clinic_id>& clinics);
  /// Deliveries were committed. Any thread, also after the end.
  std::function<void(model::clinic_id, std::span<const ports::forward>)> forwarded() const;
  void look();                                    ///< a person changed something
  void stop();                                    ///< begins nothing more
  bool ended() const noexcept { return *ended_; } ///< all that was under way is settled
  void release();                                 ///< the actor system waits until nobody holds its handle
  const delivery_board& board() const noexcept { return *board_; }
  /// Where webhooks may lead, as the settings are now. Any thread.
  config::event_settings events() const { return *std::atomic_load(&events_->now); }

private:
  struct bell {
    std::mutex lock;
    actors::dispatcher_actor to;
    void ring();
  };
  /// What the dispatcher's thread asks, as the settings are now.
  struct event_rules {
    std::shared_ptr<const config::event_settings> now = std::make_shared<const config::event_settings>();
  };
  const clock_source& clock_;
  id_source& ids_;
  std::shared_ptr<std::shared_ptr<const exports::rules>> names_ =
    std::make_shared<std::shared_ptr<const exports::rules>>(std::make_shared<const exports::rules>());
  std::shared_ptr<event_rules> events_ = std::make_shared<event_rules>();
  std::shared_ptr<bell> bell_ = std::make_shared<bell>();
  std::shared_ptr<actors::dispatch_inbox> inbox_;
  std::shared_ptr<delivery_board> board_;
  std::shared_ptr<std::atomic<bool>> ended_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace aorta::gateway
