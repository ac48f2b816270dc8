// What a lane asks of PostgreSQL, as statements that each connection prepares once; each takes arrays, so
// that a batch is one question.
#pragma once

#include "engine/store/messages/rows.hpp"

#include <string>
#include <vector>

namespace aorta::store {

/// Besides the writes, which come first in the list.
enum reading : size_t {
  start = writes,
  clinic_is,
  end,
  undo,
  take_keys,
  holders,
  lock,
  patients,
  standing,
  orders,
  log_rows,
  find,
  earlier_rows,
  under_placer,
  act_reviews,
  act_links,
  act_decisions,
  decisions_for,
  results_now,
  past_rows,
  own_history_rows,
  ended_orders,
  linked_orders,
  merged_into, ///< into whom patients were merged
  take_up,     ///< accepted messages that are filed now
};

std::vector<std::string> postgresql_statements(); ///< the writes, and then as `reading` names them

} // namespace aorta::store
