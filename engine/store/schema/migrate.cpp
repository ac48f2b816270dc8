#include "engine/store/schema/migrate.hpp"

#include "engine/store/protect/key_proofs.hpp"
#include "engine/store/schema/examine.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/messages/waiting_rows.hpp"
#include "engine/store/sql/native_sqlite.hpp"
#include "engine/store/records/patient_rows.hpp"
#include "engine/store/sql/pg_link.hpp"
#include "engine/store/schema/pg_partitions.hpp"

#include <array>
#include <span>

namespace aorta::store {
namespace {

struct migration {
  std::string_view name, text;
};

const std::vector<migration> sqlite_migrations{
#include "migrations_sqlite.inc"
};
const std::vector<migration> postgresql_migrations{
#include "migrations_postgresql.inc"
};

const std::vector<migration>& migrations(const database& of) {
  return of.speaks == dialect::sqlite ? sqlite_migrations : postgresql_migrations;
}

void script(database& of, soci::session& session, const std::string& sql) {
  if (of.speaks == dialect::sqlite) sqlite_script(native_sqlite(session), sql);
  else postgresql_script(native_postgresql(session), sql);
}

std::vector<std::string> done_before(conversation& with) {
  std::vector<std::string> out;
  for (const auto& row :
       with.ask("SELECT value FROM aorta_meta WHERE key LIKE 'migration-%' ORDER BY key", {}, 1))
    out.push_back(required(row[0]));
  return out;
}

/// Waits for another engine that does the same. SQLite: its write lock; PostgreSQL: a lock of the session.
class alone {
public:
  alone(database& of, soci::session& session) : of_(of), session_(session) {
    if (of.speaks == dialect::postgresql)
      script(of, session,
             "SET lock_timeout = 0; SET statement_timeout = 0; SELECT pg_advisory_lock(7020310000)");
  }
  ~alone() {
    try {
      if (of_.speaks == dialect::postgresql) script(of_, session_, "SELECT pg_advisory_unlock(7020310000)");
    } catch (const std::exception&) {
      session_.close(); // a lost connection has no locks
    }
  }
  alone(const alone&) = delete;
  alone& operator=(const alone&) = delete;

private:
  database& of_;
  soci::session& session_;
};

void run_one(database& of, soci::session& session, const migration& what, size_t number) {
  conversation with(of, session, std::nullopt, true);
  const auto before = done_before(with);
  if (before.size() > number) return; // another engine was faster
  script(of, session, std::string(what.text));
  char key[32];
  std::snprintf(key, sizeof key, "migration-%04zu", number + 1);
  with.tell("INSERT INTO aorta_meta (key, value) VALUES (:a, :b)", {key, std::string(what.name)});
  with.commit();
}

/// A dump or another engine may hold a lock for a moment, or the role owns no table: what stays missing is
/// made by the timer and told by `examine`.
void make_partitions(database& of, soci::session& session) {
  constexpr int attempts = 5;
  for (int i = 0; i < attempts; ++i) try {
      return make_partitions_ahead(native_postgresql(session), of.how.clock->now(), moved_by_migrate);
    } catch (const failure& e) {
      if (PQstatus(native_postgresql(session)) != CONNECTION_OK) throw;
      if (!passes(e.why().code)) return;
    }
}

void expect_here(conversation& with) {
  const auto moved = with.ask("SELECT value FROM aorta_meta WHERE key = 'moved'", {}, 1);
  if (!moved.empty())
    throw failure({error_code::invalid, "store.url",
                   "this store was moved to PostgreSQL at " + required(moved[0][0]) +
                     ": let store.url (AORTA_STORE_URL) name that database"});
}

void expect_schema(const database& of, conversation& with) {
  if (!has_meta(of, with))
    throw failure({error_code::invalid, "", "the store has no schema yet: run aorta migrate"});
  const auto before = done_before(with);
  const auto& all = migrations(of);
  if (before.size() < all.size())
    throw failure(
      {error_code::invalid, "", "the store's schema is older than this program: run aorta migrate"});
  if (before.size() > all.size())
    throw failure({error_code::invalid, "", "the store's schema is newer than this program"});
  expect_here(with);
}

} // namespace

void migrate(database& to) {
  soci::session session;
  const auto broken_by = connect(to, session);
  cipher locks(to.how.pii_key);
  const alone waits(to, session);
  {
    conversation with(to, session, std::nullopt, true);
    if (!has_meta(to, with))
      with.tell("CREATE TABLE IF NOT EXISTS aorta_meta (key text PRIMARY KEY, value text NOT NULL)",
                {}); // a right that not every role has
    with.commit();
  }
  size_t known = 0;
  {
    conversation with(to, session, std::nullopt, false);
    known = done_before(with).size();
    expect_here(with);
    // Nothing is changed in a store that the key does not open or that a newer program made.
    if (known > 0) expect_keys(with, locks, missing_proof::taken, false);
    if (known > migrations(to).size()) expect_schema(to, with);
  }
  const auto& all = migrations(to);
  for (size_t i = known; i < all.size(); ++i) run_one(to, session, all[i], i);
  {
    conversation with(to, session, std::nullopt, true);
    keep_proofs(to, with, locks);
    read_blind_key(to, with);
    with.commit();
  }
  if (to.speaks == dialect::postgresql) make_partitions(to, session);
  hold_one_current(to, session);
  cipher finding(to.how.pii_key, to.blind_key);
  index_unfindable(to, session, finding);
  index_waiting(to, session, finding);
}

void make_ahead(database& of) {
  if (of.speaks != dialect::postgresql) return;
  soci::session session;
  const auto broken_by = connect(of, session);
  make_partitions_ahead(native_postgresql(session), of.how.clock->now(), moved_at_work);
}

proven proven_schema(database& what) {
  soci::session session;
  const auto broken_by = connect(what, session);
  cipher locks(what.how.pii_key);
  conversation with(what, session, std::nullopt, false);
  const size_t known = has_meta(what, with) ? done_before(with).size() : 0;
  if (known == 0 || known > migrations(what).size()) expect_schema(what, with);
  expect_keys(with, locks, missing_proof::refused, false);
  return {known, known < migrations(what).size()};
}

void check_schema(database& what) {
  soci::session session;
  const auto broken_by = connect(what, session);
  cipher locks(what.how.pii_key);
  conversation with(what, session, std::nullopt, false);
  expect_schema(what, with);
  expect_keys(with, locks, missing_proof::refused, false);
}

void check(database& what) {
  soci::session session;
  const auto broken_by = connect(what, session);
  cipher locks(what.how.pii_key);
  {
    conversation with(what, session, std::nullopt, false);
    expect_schema(what, with);
    expect_keys(with, locks, missing_proof::refused, true);
  }
  if (!has_current_keys(what, session))
    throw failure(
      {error_code::invalid, "",
       "the store keeps patients under keys of an older program, so that messages would miss them: run aorta migrate"});
}

} // namespace aorta::store
