#include "engine/store/sql/native_sqlite.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <chrono>
#include <cstring>
#include <thread>

namespace aorta::store {
namespace {
// SQLITE_STATIC and SQLITE_TRANSIENT are C casts in SQLite's header.
const auto stays = sq::sqlite3_destructor_type(nullptr);
const auto copied = reinterpret_cast<sq::sqlite3_destructor_type>(intptr_t{-1});

failure fault_of(sq::sqlite3* on, int code) {
  const char* path = sq::sqlite3_db_filename(on, "main");
  return from_sqlite(code, {{}, path != nullptr ? path : ""});
}

} // namespace

sqlite_statement::sqlite_statement(sq::sqlite3* on, const std::string& sql) : on_(on) {
  check(sq::sqlite3_prepare_v3(on, sql.c_str(), int(sql.size()) + 1, SQLITE_PREPARE_PERSISTENT, &statement_,
                               nullptr));
}

sqlite_statement::~sqlite_statement() { sq::sqlite3_finalize(statement_); }

void sqlite_statement::check(int code) const {
  if (code != SQLITE_OK) throw fault_of(on_, sq::sqlite3_extended_errcode(on_));
}

sqlite_statement& sqlite_statement::null() {
  check(sq::sqlite3_bind_null(statement_, next_++));
  return *this;
}
sqlite_statement& sqlite_statement::text(std::string_view v) {
  if (!is_clean(v)) return own_text(cleaned(v));
  check(
    sq::sqlite3_bind_text(statement_, next_++, v.data() != nullptr ? v.data() : "", int(v.size()), stays));
  return *this;
}
sqlite_statement& sqlite_statement::own_text(std::string_view v) {
  check(
    sq::sqlite3_bind_text(statement_, next_++, v.data() != nullptr ? v.data() : "", int(v.size()), copied));
  return *this;
}
sqlite_statement& sqlite_statement::bytes(const half_digest& v) {
  check(sq::sqlite3_bind_blob(statement_, next_++, v.data(), int(v.size()), copied));
  return *this;
}
sqlite_statement& sqlite_statement::integer(int64_t v) {
  check(sq::sqlite3_bind_int64(statement_, next_++, v));
  return *this;
}
sqlite_statement& sqlite_statement::real(double v) {
  check(sq::sqlite3_bind_double(statement_, next_++, v));
  return *this;
}

bool sqlite_statement::step() {
  const int code = sq::sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  const int extended = code == SQLITE_DONE ? SQLITE_OK : sq::sqlite3_extended_errcode(on_);
  reset();
  if (extended != SQLITE_OK) throw fault_of(on_, extended);
  return false;
}

void sqlite_statement::run() {
  while (step()) continue;
}

void sqlite_statement::reset() noexcept {
  sq::sqlite3_reset(statement_);
  next_ = 1;
}

std::string sqlite_statement::column_text(int i) const {
  const auto* text = sq::sqlite3_column_text(statement_, i);
  return text == nullptr
    ? std::string()
    : std::string(reinterpret_cast<const char*>(text), size_t(sq::sqlite3_column_bytes(statement_, i)));
}
std::vector<std::string> sqlite_statement::texts(int columns) const {
  std::vector<std::string> out;
  for (int i = 0; i < columns; ++i) out.push_back(column_text(i));
  return out;
}
std::vector<std::optional<std::string>> sqlite_statement::row() const {
  std::vector<std::optional<std::string>> out(size_t(sq::sqlite3_column_count(statement_)));
  for (size_t i = 0; i < out.size(); ++i)
    if (sq::sqlite3_column_type(statement_, int(i)) != SQLITE_NULL) out[i] = column_text(int(i));
  return out;
}
std::string sqlite_statement::one_text() {
  std::string out;
  while (step()) out = column_text(0);
  return out;
}
int64_t sqlite_statement::column_integer(int i) const { return sq::sqlite3_column_int64(statement_, i); }
half_digest sqlite_statement::column_key(int i) const {
  half_digest out{};
  const void* bytes = sq::sqlite3_column_blob(statement_, i);
  if (bytes != nullptr && size_t(sq::sqlite3_column_bytes(statement_, i)) == out.size())
    std::memcpy(out.data(), bytes, out.size());
  return out;
}

void sqlite_script(sq::sqlite3* on, const std::string& sql) {
  if (sq::sqlite3_exec(on, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw fault_of(on, sq::sqlite3_extended_errcode(on));
}

sq::sqlite3* native_sqlite(soci::session& session) {
  return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

namespace {

/// SQLite's own way of waiting for another writer minds no `sqlite3_interrupt`.
int wait_for_writer(void* breaks, int times) {
  constexpr std::chrono::milliseconds each{10}, longest{10'000};
  if (each * times >= longest || static_cast<const interrupters*>(breaks)->interrupted()) return 0;
  std::this_thread::sleep_for(times < 10 ? each / 10 : each);
  return 1;
}

} // namespace

void set_up_sqlite(sq::sqlite3* on, const interrupters& breaks) {
  sq::sqlite3_busy_handler(on, wait_for_writer, const_cast<interrupters*>(&breaks));
  // Two engines that make one file's log at the same moment: SQLite refuses one of them without asking the
  // handler, since both might wait for ever.
  for (int times = 0;
       sq::sqlite3_exec(on, "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr) == SQLITE_BUSY; ++times)
    if (wait_for_writer(const_cast<interrupters*>(&breaks), times) == 0) break; // told by what follows
  // A page of a large index is touched once a message: 16 MB hold what stays warm. Readers never wait for the
  // writer in WAL. Its pages are copied into the file once in 32 MB: many messages touch the same ones.
  sqlite_script(
    on,
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=8000;"
    " PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;");
}

} // namespace aorta::store
