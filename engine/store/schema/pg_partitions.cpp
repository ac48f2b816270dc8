#include "engine/store/schema/pg_partitions.hpp"

#include "engine/store/sql/pg_link.hpp"

#include <cstdio>
#include <string>

namespace aorta::store {
namespace {

using std::chrono::months;
using std::chrono::year_month;
using std::chrono::years;

std::string day_text(year_month month) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-01 00:00:00+00", int(month.year()),
                unsigned(month.month()));
  return buffer;
}

std::string numbered(const std::string& table, year_month month, bool whole_year) {
  char buffer[16];
  if (whole_year) std::snprintf(buffer, sizeof buffer, "_%04d", int(month.year()));
  else std::snprintf(buffer, sizeof buffer, "_%04d_%02u", int(month.year()), unsigned(month.month()));
  return table + buffer;
}

std::string made(const std::string& table, const std::string& part) {
  return " CREATE TABLE IF NOT EXISTS " + part + " (LIKE " + table + " INCLUDING ALL); ALTER TABLE " + part +
    " ENABLE ROW LEVEL SECURITY;";
}

/// Under a lock, since two engines may do it together. A partition has no policy of its own: whoever asks it
/// directly sees nothing. The error that ends it quietly: another partition has the range, or the table has a
/// DEFAULT one already (invalid_object_definition). `otherwise`: where rows of the range stand in the DEFAULT
/// partition (check_violation). A table of the partition's name that holds rows of other times is left as it
/// is, and what comes next is made all the same: `examine` tells what is missing.
void attach(PGconn* on, const std::string& table, const std::string& part, const std::string& bounds,
            const std::string& otherwise) {
  postgresql_script(
    on,
    "DO $$ DECLARE rest text; at text; names text; held bigint; BEGIN IF NOT EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass('" +
      table + "') AND relkind = 'p') OR EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass('" +
      part +
      "')) THEN RETURN; END IF;"
      " SET LOCAL lock_timeout = '500ms'; PERFORM pg_advisory_xact_lock(7020310001); BEGIN" +
      made(table, part) + " ALTER TABLE " + part + " FORCE ROW LEVEL SECURITY; ALTER TABLE " + table +
      " ATTACH PARTITION " + part + " " + bounds +
      "; EXCEPTION WHEN invalid_object_definition THEN NULL; WHEN check_violation THEN BEGIN " + otherwise +
      " EXCEPTION WHEN check_violation THEN NULL; END; END; END $$");
}

/// Moves the rows of the range out of the DEFAULT partition, which is locked for that, and attaches them. The
/// policies are lifted for the owner while he moves rows, inside the transaction: without a policy of its own
/// a partition shows him none.
std::string moved(const std::string& table, const std::string& part, const std::string& bounds,
                  const std::string& range, int64_t most) {
  const auto run = [](const std::string& sql) { return " EXECUTE format('" + sql + "', rest, at, names);"; };
  const std::string rows = " FROM %1$s WHERE " + range;
  return "SELECT nullif(p.partdefid, 0)::regclass::text, quote_ident(a.attname) INTO rest, at FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid ="
         " p.partrelid AND a.attnum = p.partattrs[0] WHERE p.partrelid = to_regclass('" +
    table +
    "'); IF rest IS NULL THEN RETURN; END IF;"
    " SELECT string_agg(quote_ident(attname), ', ') INTO names FROM pg_attribute WHERE attrelid = to_regclass('" +
    table + "') AND attnum > 0 AND NOT attisdropped AND attgenerated = '';" +
    run("LOCK TABLE %1$s IN ACCESS EXCLUSIVE MODE") + run("ALTER TABLE %1$s NO FORCE ROW LEVEL SECURITY") +
    " EXECUTE format('SELECT count(*) FROM (SELECT 1" + rows + " LIMIT " + std::to_string(most) +
    " + 1) r', rest, at) INTO held; IF held <= " + std::to_string(most) + " THEN" + made(table, part) +
    run("WITH moved AS (DELETE" + rows + " RETURNING %3$s) INSERT INTO " + part +
        " (%3$s) SELECT %3$s FROM moved") +
    " ALTER TABLE " + part + " FORCE ROW LEVEL SECURITY; END IF;" +
    run("ALTER TABLE %1$s FORCE ROW LEVEL SECURITY") + " IF held <= " + std::to_string(most) +
    " THEN ALTER TABLE " + table + " ATTACH PARTITION " + part + " " + bounds + "; END IF;";
}

void attach_range(PGconn* on, const std::string& table, const std::string& part, year_month from,
                  year_month to, int64_t most) {
  const std::string bounds = "FOR VALUES FROM ('" + day_text(from) + "') TO ('" + day_text(to) + "')";
  const std::string range = "%2$s >= ''" + day_text(from) + "'' AND %2$s < ''" + day_text(to) + "''";
  attach(on, table, part, bounds, moved(table, part, bounds, range, most));
}

} // namespace

year_month month_of(timestamp when) noexcept {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(when)};
  return {day.year(), day.month()};
}

void make_partitions_ahead(PGconn* on, timestamp now, int64_t most_moved) {
  const std::string log = "hl7_message_log", audit = "security_audit";
  const auto month = month_of(now);
  const auto january = month.year() / std::chrono::January;
  // What is needed first comes first. The DEFAULT ones last: once they are there, each further partition must
  // lock them.
  for (int i = 0; i <= years_ahead; ++i)
    attach_range(on, audit, numbered(audit, january + years{i}, true), january + years{i},
                 january + years{i + 1}, most_moved);
  for (int i = 0; i <= months_ahead; ++i)
    attach_range(on, log, numbered(log, month + months{i}, false), month + months{i}, month + months{i + 1},
                 most_moved);
  for (const auto& table : {log, audit}) attach(on, table, table + "_default", "DEFAULT", "NULL;");
}

} // namespace aorta::store
