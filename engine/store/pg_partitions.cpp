#include "engine/store/pg_partitions.hpp"

#include "engine/store/pg_link.hpp"

#include <cstdio>
#include <string>

namespace aorta::store {
namespace {

using std::chrono::months;
using std::chrono::year_month;
using std::chrono::years;

std::string day_text(year_month month) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-01 00:00:00+00", int(month.year()), unsigned(month.month()));
  return buffer;
}

std::string numbered(const std::string& table, year_month month, bool whole_year) {
  char buffer[16];
  if (whole_year) std::snprintf(buffer, sizeof buffer, "_%04d", int(month.year()));
  else std::snprintf(buffer, sizeof buffer, "_%04d_%02u", int(month.year()), unsigned(month.month()));
  return table + buffer;
}

/// Under a lock, since two engines may do it together. A partition has no policy of its own: whoever asks it directly sees nothing.
/// The errors that end it quietly: rows of the range stand in the DEFAULT partition (check_violation); another partition has the range, or the
/// table has a DEFAULT one already (invalid_object_definition).
void attach(PGconn* on, const std::string& table, const std::string& part, const std::string& bounds) {
  postgresql_script(on, "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass('" + table + "') AND relkind = 'p')"
                        " OR EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass('" + part + "')) THEN RETURN; END IF;"
                        " SET LOCAL lock_timeout = '500ms'; PERFORM pg_advisory_xact_lock(7020310001); BEGIN"
                        " CREATE TABLE IF NOT EXISTS " + part + " (LIKE " + table + " INCLUDING ALL); ALTER TABLE " + part +
                        " ENABLE ROW LEVEL SECURITY; ALTER TABLE " + part + " FORCE ROW LEVEL SECURITY; ALTER TABLE " + table +
                        " ATTACH PARTITION " + part + " " + bounds +
                        "; EXCEPTION WHEN check_violation OR invalid_object_definition THEN NULL; END; END $$");
}

void attach_range(PGconn* on, const std::string& table, const std::string& part, year_month from, year_month to) {
  attach(on, table, part, "FOR VALUES FROM ('" + day_text(from) + "') TO ('" + day_text(to) + "')");
}

} // namespace

year_month month_of(timestamp when) noexcept {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(when)};
  return {day.year(), day.month()};
}

void make_partitions_ahead(PGconn* on, timestamp now) {
  const std::string log = "hl7_message_log", audit = "security_audit";
  const auto month = month_of(now);
  const auto january = month.year() / std::chrono::January;
  // What is needed first comes first. The DEFAULT ones last: once they are there, each further partition must lock them.
  for (int i = 0; i <= years_ahead; ++i)
    attach_range(on, audit, numbered(audit, january + years{i}, true), january + years{i}, january + years{i + 1});
  for (int i = 0; i <= months_ahead; ++i)
    attach_range(on, log, numbered(log, month + months{i}, false), month + months{i}, month + months{i + 1});
  for (const auto& table : {log, audit}) attach(on, table, table + "_default", "DEFAULT");
}

} // namespace aorta::store
