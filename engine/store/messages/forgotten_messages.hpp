// What goes by retention of messages that are done with: their bytes, and later their rows. Keys stay
// (`hl7_message_keys`), so that a repeat is known as one for ever.
#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/store/access/access_session.hpp"

#include <string>

namespace aorta::store {

/// Throws `failure`.
ports::forgotten forget_messages(dialect speaks, const run_alone& run, const ports::forgetting& what);

/// The smallest id of version 7 of a time, as text: ids begin with the milliseconds at which they were made
/// (RFC 9562 5.7), so that their index is one of times.
std::string first_id_at(timestamp when);

} // namespace aorta::store
