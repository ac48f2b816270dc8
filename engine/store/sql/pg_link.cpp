#include "engine/store/sql/pg_link.hpp"

#include "engine/store/sql/failure.hpp"

#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace aorta::store {
namespace {

constexpr std::chrono::seconds longest_wait{30};

[[noreturn]] void fail_without_connection() {
  throw failure({error_code::store_unavailable, "", "there is no connection to PostgreSQL"});
}

/// The role and the database, which a remedy needs; never the password.
std::string connection_place(const PGconn* on) {
  const auto word = [](const char* text) { return std::string(text != nullptr ? text : ""); };
  return "as role '" + word(PQuser(on)) + "' in database '" + word(PQdb(on)) + "' at " + word(PQhost(on)) +
    ":" + word(PQport(on));
}

/// The server's own sentence where it can only hold names of tables, roles and settings; else the table, when
/// it tells one.
std::string subject_of(const PGresult* why, std::string_view state) {
  const auto field = [&](int which) {
    const char* text = PQresultErrorField(why, which);
    return std::string(text != nullptr ? text : "");
  };
  for (const std::string_view plain : {"42501", "42P01", "42703", "3F000", "28", "53", "57P"})
    if (state.starts_with(plain)) return field(PG_DIAG_MESSAGE_PRIMARY);
  std::string out;
  if (const auto table = field(PG_DIAG_TABLE_NAME); !table.empty()) out = "table " + table;
  if (const auto constraint = field(PG_DIAG_CONSTRAINT_NAME); !constraint.empty())
    out += (out.empty() ? "" : ", ") + ("constraint " + constraint);
  return out;
}

failure fault_of(const PGconn* on, const PGresult* why) {
  const char* state = why != nullptr ? PQresultErrorField(why, PG_DIAG_SQLSTATE) : nullptr;
  const std::string number = state != nullptr ? state : "", subject = subject_of(why, number),
                    where = connection_place(on);
  return from_sqlstate(number, {subject, where});
}

std::string with_limits(const std::string& url) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") +
    "connect_timeout=5&keepalives_idle=5&keepalives_interval=2&keepalives_count=3&tcp_user_timeout=20000&client_encoding=UTF8"
    "&application_name=aorta";
}

bool readable(const std::string& url) {
  char* why = nullptr;
  PQconninfoOption* parts = PQconninfoParse(url.c_str(), &why);
  PQfreemem(why); // it quotes the URL with its password
  PQconninfoFree(parts);
  return parts != nullptr;
}

void open_session(soci::session& session, const std::string& url) {
  const std::string whole = with_limits(url);
  if (!readable(whole)) throw failure({error_code::invalid, "store.url", "the store's URL cannot be read"});
  try {
    session.open(soci::postgresql, whole);
  } catch (const soci::soci_error& e) {
    // The server's own words (refused, wrong password, no such database); they name host, user and database
    // only.
    std::string text = "no connection to PostgreSQL: ";
    for (const char c : std::string_view(e.what())) text += c == '\n' || c == '\t' ? ' ' : c;
    throw failure({error_code::store_unavailable, "", text});
  }
}

} // namespace

std::vector<std::string> pg_rows::texts(int row, int from) const {
  std::vector<std::string> out;
  for (int i = from; i < PQnfields(rows_.get()); ++i) out.push_back(text(row, i));
  return out;
}

std::vector<std::optional<std::string>> pg_rows::cells(int row) const {
  std::vector<std::optional<std::string>> out(size_t(PQnfields(rows_.get())));
  for (size_t i = 0; i < out.size(); ++i)
    if (PQgetisnull(rows_.get(), row, int(i)) == 0) out[i] = text(row, int(i));
  return out;
}

PGconn* native_postgresql(soci::session& session) {
  return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

namespace {

pg_rows checked(const PGconn* on, pg_rows out) {
  const auto state = out.status();
  if (state != PGRES_COMMAND_OK && state != PGRES_TUPLES_OK && state != PGRES_EMPTY_QUERY)
    throw fault_of(on, out.native());
  return out;
}

std::vector<const char*> pointers_to(const std::vector<std::optional<std::string>>& texts) {
  std::vector<const char*> out(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) out[i] = texts[i] ? texts[i]->c_str() : nullptr;
  return out;
}

} // namespace

pg_rows postgresql_rows(PGconn* on, const std::string& sql) {
  return checked(on, pg_rows(PQexec(on, sql.c_str())));
}

pg_rows postgresql_rows(PGconn* on, const std::string& sql,
                        const std::vector<std::optional<std::string>>& texts) {
  const auto values = pointers_to(texts);
  return checked(
    on,
    pg_rows(PQexecParams(on, sql.c_str(), int(values.size()), nullptr, values.data(), nullptr, nullptr, 0)));
}

void postgresql_script(PGconn* on, const std::string& sql) { postgresql_rows(on, sql); }

namespace {

/// Nothing that a role's or a database's own defaults say may change what is written, when it counts as kept,
/// or how it is found.
constexpr const char* session_settings =
  "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET client_min_messages = warning; SET statement_timeout = '30s'; SET lock_timeout = '20s';"
  " SET idle_in_transaction_session_timeout = '60s'; SET standard_conforming_strings = on; SET array_nulls = on; SET transform_null_equals = off;"
  " SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off; SET default_transaction_deferrable = off;"
  // A role that row-level security binds is to see its clinic's rows, not an error.
  " SET row_security = on;"
  // Every statement of the engine goes by an index. A plan that was made while a table was empty must not
  // scan it later.
  " SET plan_cache_mode = force_generic_plan; SET jit = off; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
  " SET enable_nestloop = on; SET enable_indexscan = on; SET enable_bitmapscan = on; SET enable_partition_pruning = on;"
  // An ACK means that the disk has it. `remote_apply` waits for a standby beyond that, and stays.
  " SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') <> 'remote_apply';"
  // Limits of newer servers that would end sessions or transactions which wait for work.
  " SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('idle_session_timeout', 'transaction_timeout');"
  // Who looks after whoever asked: what a killed engine waited for ends too (since 14, and not on every
  // system).
  " DO $$ BEGIN PERFORM set_config('client_connection_check_interval', '2s', false);"
  " EXCEPTION WHEN undefined_object OR invalid_parameter_value THEN NULL; END $$;"
  // The schemas that the role names, the system's before them and temporary tables last, so that nobody's
  // table or function stands in for ours.
  " SELECT set_config('search_path', coalesce((SELECT string_agg(quote_ident(s), ', ' ORDER BY n) FROM unnest(current_schemas(false))"
  " WITH ORDINALITY AS p (s, n) WHERE s <> 'pg_catalog'), 'public') || ', pg_temp', false)";

} // namespace

interrupters::entry connect_postgresql(soci::session& session, const std::string& url, interrupters& breaks) {
  breaks.check();
  open_session(session, url);
  PGconn* const on = native_postgresql(session);
  PQsetNoticeProcessor(
    on, [](void*, const char*) {}, nullptr); // else libpq prints them, with whatever they quote
  postgresql_script(on, session_settings);
  return breaks.add_postgresql({PQgetCancel(on), PQfreeCancel});
}

bool pg_link::connect() {
  if (connected_ && PQstatus(on_) == CONNECTION_OK && !inside_transaction()) return false;
  close();
  broken_by_ = connect_postgresql(session_, url_, breaks_);
  on_ = native_postgresql(session_);
  connected_ = true;
  if (PQenterPipelineMode(on_) != 1) lost();
  for (size_t i = 0; i < statements_.size(); ++i) {
    if (PQsendPrepare(on_, std::to_string(i).c_str(), statements_[i].c_str(), 0, nullptr) != 1) lost();
    ++queued_;
  }
  try {
    flow();
  } catch (const failure&) {
    close(); // half prepared: the next call starts from the beginning
    throw;
  }
  return true;
}

/// Nobody who connects is inside a transaction of his own: one that is open, or was broken off, was left
/// behind.
bool pg_link::inside_transaction() const noexcept {
  const auto state = PQtransactionStatus(on_);
  return state == PQTRANS_INTRANS || state == PQTRANS_INERROR;
}

void pg_link::notice_loss() noexcept {
  if (!connected_) return;
  pollfd socket{PQsocket(on_), POLLIN, 0};
  for (int i = 0; i < 3 && ::poll(&socket, 1, 0) > 0; ++i) // its last words come before the end
    if (PQconsumeInput(on_) != 1) return close();
}

void pg_link::close() noexcept {
  connected_ = false;
  on_ = nullptr;
  queued_ = 0;
  named_.clear();
  fresh_.clear();
  broken_by_.end();
  try {
    session_.close();
  } catch (const soci::soci_error&) {
    connected_ = false; // it was lost already: closing has nothing left to do
  }
}

void pg_link::lost() {
  const failure why = fault_of(on_, nullptr);
  close();
  throw why;
}

void pg_link::add(size_t statement, const std::vector<std::string_view>& values, int format) {
  if (!connected_) fail_without_connection();
  std::vector<const char*> at(values.size());
  std::vector<int> sizes(values.size()), formats(values.size(), format);
  for (size_t i = 0; i < values.size(); ++i) {
    at[i] = values[i].data();
    sizes[i] = int(values[i].size());
  }
  if (PQsendQueryPrepared(on_, std::to_string(statement).c_str(), int(values.size()), at.data(), sizes.data(),
                          formats.data(), 0) != 1)
    lost();
  ++queued_;
}

void pg_link::add(size_t statement, const std::vector<std::string>& texts) {
  add(statement, std::vector<std::string_view>(texts.begin(), texts.end()), 0); // texts end with a NUL, as
                                                                                // libpq wants them
}

void pg_link::add(size_t statement, std::vector<pg_array>& arrays) {
  std::vector<std::string_view> bytes;
  bytes.reserve(arrays.size());
  for (auto& a : arrays) bytes.push_back(a.bytes());
  add(statement, bytes, 1);
}

size_t pg_link::add(const std::string& sql, const std::vector<std::optional<std::string>>& texts) {
  if (!connected_) fail_without_connection();
  auto at = named_.find(sql);
  if (at == named_.end()) {
    at = named_.emplace(sql, 'q' + std::to_string(++names_)).first;
    fresh_.push_back(sql);
    if (PQsendPrepare(on_, at->second.c_str(), sql.c_str(), 0, nullptr) != 1) lost();
    ++queued_;
  }
  const auto values = pointers_to(texts);
  if (PQsendQueryPrepared(on_, at->second.c_str(), int(values.size()), values.data(), nullptr, nullptr, 0) !=
      1)
    lost();
  return queued_++;
}

/// The next result, or null where one ends. A server that says nothing for too long is as good as gone.
PGresult* pg_link::wait() {
  const auto until = std::chrono::steady_clock::now() + longest_wait;
  while (PQisBusy(on_) == 1) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until -
                                                                            std::chrono::steady_clock::now());
    pollfd socket{PQsocket(on_), POLLIN, 0};
    const int ready = left.count() > 0 ? ::poll(&socket, 1, int(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0 || PQconsumeInput(on_) != 1) lost();
  }
  return PQgetResult(on_);
}

std::vector<pg_rows> pg_link::flow() {
  if (!connected_) fail_without_connection();
  if (PQpipelineSync(on_) != 1) lost();
  std::vector<pg_rows> out;
  std::optional<failure> wrong; // the first fault; what follows it was not done
  for (size_t left = std::exchange(queued_, 0); left > 0; --left) {
    PGresult* r = wait();
    if (r == nullptr) lost();
    out.emplace_back(r);
    if (PQresultStatus(r) == PGRES_FATAL_ERROR && !wrong) wrong = fault_of(on_, r);
    while (PGresult* more = wait()) PQclear(more);
  }
  if (wrong) // what comes after the fault was not prepared
    for (const auto& sql : fresh_) named_.erase(sql);
  fresh_.clear();
  const pg_rows end(wait());
  const bool synced = end.status() == PGRES_PIPELINE_SYNC && PQstatus(on_) == CONNECTION_OK;
  if (!synced && !wrong) wrong = fault_of(on_, nullptr);
  if (!synced || (wrong && wrong->traits().reconnect)) close();
  if (wrong) throw *wrong;
  breaks_.check(); // a commit whose wait for its standby was broken off says nothing of that
  return out;
}

} // namespace aorta::store
