// The statements about deliveries in which the two databases differ.
#pragma once

#include "engine/store/messages/rows.hpp"

namespace aorta::store {

/// id, state, holds, attempts, refusals, perhaps, next_at, last_code, changed_at, token, owner.
const row_statement& settle_statement();
/// id, changed_at, token, owner; each row that it changes comes back with its id and whether it was perhaps
/// sent before.
const row_statement& begin_statement();
/// destination, part, token, owner, seconds or the end as a text; each that is still held comes back.
const row_statement& extend_statement();

/// A delivery of an event, once for each receiver: id, clinic_id, destination, part, order_key, event_id,
/// control_id, urgent, created_at, changed_at.
const row_statement& tell_statement();

} // namespace aorta::store
