// Stored messages that a person has run again, many at once: found, given to their routes, and their verdicts
// kept.
#pragma once

#include "actors/connection.hpp"
#include "engine/lab/profile.hpp"
#include "engine/ports/access.hpp"
#include "engine/ports/store.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace aorta::gateway {

/// One node at a time for each run, under a lease in the store. Verdicts and how far it is are one commit;
/// what was run after it and before a crash is run again, and then changes nothing.
class reissuing {
public:
  struct parts {
    caf::actor_system* actors = nullptr;
    ports::store* store = nullptr;
    actors::route_finder find;
    const clock_source* clock = nullptr;
    id_source* ids = nullptr;
    /// Of the clinic's routes, as they are now.
    std::function<std::vector<std::shared_ptr<const lab::profile>>(model::clinic_id)> profiles;
    std::function<uint64_t()> received; ///< how many messages came so far: while they come, it rests
  };
  /// All that `from` points to outlives the actor system.
  explicit reissuing(parts from);

  void use(std::vector<ports::clinic> clinics);
  void look(); ///< for a timer: nothing while the last look is still at work
  void stop();

  static constexpr unsigned looks_ms = 100;

private:
  class desk;
  std::shared_ptr<desk> desk_;
};

} // namespace aorta::gateway
