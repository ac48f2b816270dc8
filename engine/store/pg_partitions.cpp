#include "engine/store/pg_partitions.hpp"

#include "engine/store/pg_link.hpp"

#include <cstdio>
#include <string>

namespace aorta::store {
namespace {

std::string day_text(std::chrono::year_month month) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-01 00:00:00+00", int(month.year()), unsigned(month.month()));
  return buffer;
}

/// Under a lock, since two engines may meet the first message of a month together.
void make(PGconn* on, const std::string& table, const std::string& part, std::chrono::year_month from, std::chrono::year_month to) {
  postgresql_script(on, "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass('" + table + "') AND relkind = 'p') AND to_regclass('" +
                            part + "') IS NULL THEN PERFORM pg_advisory_xact_lock(7020310001); CREATE TABLE IF NOT EXISTS " + part +
                            " PARTITION OF " + table + " FOR VALUES FROM ('" + day_text(from) + "') TO ('" + day_text(to) + "'); ALTER TABLE " + part +
                            " ENABLE ROW LEVEL SECURITY; ALTER TABLE " + part + " FORCE ROW LEVEL SECURITY; END IF; END $$");
}

} // namespace

std::chrono::year_month month_of(timestamp when) noexcept {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(when)};
  return {day.year(), day.month()};
}

void make_log_partition(PGconn* on, std::chrono::year_month month) {
  char name[64];
  std::snprintf(name, sizeof name, "hl7_message_log_%04d_%02u", int(month.year()), unsigned(month.month()));
  make(on, "hl7_message_log", name, month, month + std::chrono::months{1});
}

void make_audit_partition(PGconn* on, std::chrono::year year) {
  char name[64];
  std::snprintf(name, sizeof name, "security_audit_%04d", int(year));
  make(on, "security_audit", name, year / 1, (year + std::chrono::years{1}) / 1);
}

} // namespace aorta::store
