// Alerts of values that no message brought, inside a record session's transaction.
#pragma once

#include "engine/ports/critical.hpp"
#include "engine/store/records/record_talk.hpp"

namespace aorta::store {

/// The same rows as a filing's, by the same statements.
void write_alert(record_talk& talk, const ports::critical_note& what);

} // namespace aorta::store
