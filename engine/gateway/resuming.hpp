// Messages of enhanced mode, once their receipt was acknowledged: filed in the order of receipt, whether they
// have just come or a crash lies between.
#pragma once

#include "actors/connection.hpp"
#include "engine/ports/store.hpp"

#include <compare>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aorta::gateway {

/// What is to be done stands in the store (`ports::message_log::accepted`) until it is done, so there is one
/// way for all of them: by one node at a time, side by side for different patients and one after the other
/// for one. Whatever is done twice all the same finds in the store that it is done.
class resuming {
public:
  struct parts {
    caf::actor_system* actors = nullptr;
    ports::store* store = nullptr;
    actors::route_finder find;
    const clock_source* clock = nullptr;
    id_source* ids = nullptr;
    /// Deliveries were written: whoever sends them may look.
    std::function<void(model::clinic_id, std::span<const ports::forward>)> forwarded;
  };
  /// All that `from` points to outlives the actor system.
  explicit resuming(parts from);

  /// Accepted messages that no route of their clinic takes, as far as this node has met one lately.
  struct stranded {
    model::clinic_id clinic = 0;
    std::string type, listener;
    friend auto operator<=>(const stranded&, const stranded&) = default;
  };

  void use(std::vector<model::clinic_id> clinics); ///< on one thread, with `look`
  bool looks_after(model::clinic_id clinic) const; ///< any thread
  std::vector<stranded> nobodys() const;           ///< any thread
  void look();                                     ///< for a timer
  void stop();                                     ///< begins no more
  /// For connections, see `actors::connection_context::accepted`. From any thread, until the actors end.
  std::function<void(std::optional<actors::later_answer>)> accepted() const;

  static constexpr unsigned looks_ms = 200;

private:
  class desk;
  std::shared_ptr<desk> desk_;
};

} // namespace aorta::gateway
