// Partitions of tables that grow with time.
#pragma once

#include "engine/base/clock.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <string_view>

namespace aorta::store {

/// The month of `hl7_message_log`, the year of `security_audit`. Nothing is done when it is there, or when the table is not partitioned
/// (one that was there before the engine came). Outside of any transaction and pipeline; throws `failure`.
void make_log_partition(PGconn* on, std::chrono::year_month month);
void make_audit_partition(PGconn* on, std::chrono::year year);
std::chrono::year_month month_of(timestamp when) noexcept;

} // namespace aorta::store
