// Bulk exports at work: page after page, and while messages come in a quarter of one thread's time at most.
// So are terms kept that searches miss (rest/missing_terms.hpp).
#pragma once

#include "engine/base/ids.hpp"
#include "engine/config/config.hpp"
#include "engine/export/rules.hpp"
#include "engine/ports/store.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <memory>

namespace aorta::gateway {

/// One node at a time for each export, under a lease in the store; a page and how far it is are one commit,
/// so that an export goes on after a crash where it was.
class exporting {
public:
  struct parts {
    caf::actor_system* actors = nullptr;
    ports::store* store = nullptr;
    const clock_source* clock = nullptr;
    id_source* ids = nullptr;
    std::function<exports::rules()> rules;
    std::function<uint64_t()> received; ///< messages so far, at this node
  };
  /// All that `from` points to outlives the actor system.
  explicit exporting(parts from);

  void look(); ///< for a timer: nothing while the last look is still at work
  void stop();

  static constexpr unsigned looks_ms = 50;

private:
  class desk;
  std::shared_ptr<desk> desk_;
};

} // namespace aorta::gateway
