// Orders of laboratories without results, as long as they wait.
#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/store/access/access_session.hpp"

namespace aorta::store {

/// Along an index of those alone. Throws `failure`.
ports::page<ports::waiting_order> read_overdue(dialect speaks, const run_alone& run,
                                               const ports::overdue_filter& filter);

} // namespace aorta::store
