// Parked deliveries wait for a person: one question for each destination and key of order, however many are
// parked there. It closes by itself when what was parked has gone out, or is left out.
#pragma once

#include "engine/ports/deliveries.hpp"
#include "engine/store/protect/cipher.hpp"
#include "engine/store/records/record_talk.hpp"

#include <string>
#include <string_view>

namespace aorta::store {

/// Whose order it is that waits.
struct parked_place {
  model::clinic_id clinic = 0;
  std::string destination;
  int64_t key = 0; ///< 0: nothing keeps an order there
};

/// Inside the transaction that has written the turn: asks for what was parked, and closes what is settled.
void review_parked(record_talk& talk, cipher& locks, model::clinic_id clinic,
                   const ports::delivery_turn& what);

/// Closes the question unless something of it is parked still, or is tried again. `action`: why.
sql_text close_parked(dialect speaks, cipher& locks, const parked_place& of, std::string_view action,
                      timestamp now);
/// The same of all keys of a destination that is not there any more.
sql_text close_all_parked(dialect speaks, model::clinic_id clinic, const std::string& destination,
                          std::string_view action, timestamp now);

} // namespace aorta::store
