// Partitions of tables that grow with time: the months of `hl7_message_log`, the years of `security_audit`.
// They are made ahead and never where a message waits; what has no partition of its own date goes to the
// DEFAULT one.
#pragma once

#include "engine/base/clock.hpp"

#include <libpq-fe.h>

#include <chrono>

namespace aorta::store {

inline constexpr int months_ahead = 24, years_ahead = 2;
/// `most_moved`: the first takes part of a second
inline constexpr int64_t moved_at_work = 20'000, moved_by_migrate = int64_t{1} << 40;

/// The DEFAULT partitions and those of the time to come, as far as they are missing. Each is made on its own
/// and then attached, which waits half a second for a lock at the most (a dump reads for hours; whoever comes
/// behind the waiting lock waits too). Nothing is done where a table is not partitioned or where another
/// partition has the range. Rows of the range that stand in the DEFAULT partition move with it, up to
/// `most_moved` of them: as long as that lasts nobody reads the table. Where there are more, the range stays
/// as it is. Outside of any transaction and pipeline; throws `failure`, what was made until then stays.
void make_partitions_ahead(PGconn* on, timestamp now, int64_t most_moved);
std::chrono::year_month month_of(timestamp when) noexcept;

} // namespace aorta::store
