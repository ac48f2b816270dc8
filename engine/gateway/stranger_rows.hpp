// One row a minute and peer, with how often: in the audit for those without a valid key, in the message log
// for frames that were no messages.
#pragma once

#include "actors/workers.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/gateway/strangers.hpp"
#include "routes/table.hpp"

namespace aorta::gateway {

/// The loop's. What it is made with outlives it.
class stranger_rows {
public:
  /// `unknown` counts by peer, `nonsense` by listener and peer.
  stranger_rows(caf::actor_system& sys, strangers& unknown, strangers& nonsense, const clock_source& clock,
                id_source& ids)
      : sys_(sys),
        unknown_(unknown),
        nonsense_(nonsense),
        clock_(clock),
        ids_(ids) {}

  /// Those whose minute is over.
  void tell(const actors::admin_worker& admin, const routes::table& table);

private:
  void log_nonsense(const strangers::total& of, const routes::table& table);
  caf::actor_system& sys_;
  strangers &unknown_, &nonsense_;
  const clock_source& clock_;
  id_source& ids_;
};

} // namespace aorta::gateway
