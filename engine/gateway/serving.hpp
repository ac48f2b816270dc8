// Whoever waited is served: messages that wait for their patient are run again when somebody whom they may
// mean was created or changed, by whatever way. What still needs a person stays as it is.
#pragma once

#include "actors/connection.hpp"
#include "engine/ports/store.hpp"

#include <memory>
#include <vector>

namespace aorta::gateway {

/// One message after the other, in the order of receipt, by one node at a time. What has changed is in the
/// store (`ports::message_log::find_waiting`) until all that waited for it has been run, so nothing is
/// forgotten over a crash.
class serving {
public:
  struct parts {
    caf::actor_system* actors = nullptr;
    ports::store* store = nullptr;
    actors::route_finder find;
    const clock_source* clock = nullptr;
    id_source* ids = nullptr;
  };
  /// All that `from` points to outlives the actor system.
  explicit serving(parts from);

  void use(std::vector<model::clinic_id> clinics); ///< on one thread, with `look`
  void look(); ///< for a timer: nothing while the last look is still at work
  void stop(); ///< runs no more messages

  static constexpr unsigned looks_ms = 200;

private:
  class desk;
  std::shared_ptr<desk> desk_;
  std::vector<model::clinic_id> clinics_;
};

} // namespace aorta::gateway
