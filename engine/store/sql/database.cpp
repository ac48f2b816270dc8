#include "engine/store/sql/database.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/native_sqlite.hpp"
#include "engine/store/sql/pg_link.hpp"
#include "engine/store/sql/record_link.hpp"
#include "engine/store/messages/postgresql_ledger.hpp"
#include "engine/store/messages/sqlite_ledger.hpp"

#include <poll.h>

#include <deque>

namespace aorta::store {

std::optional<std::string> sqlite_path(const std::string& url) {
  constexpr std::string_view start = "sqlite://";
  if (!url.starts_with(start) || url.size() == start.size()) return std::nullopt;
  return url.substr(start.size());
}

void point_at(database& of, const options& how) {
  of.how = how;
  if (const auto path = sqlite_path(how.url)) {
    of.speaks = dialect::sqlite;
    of.file.set_path(*path);
  } else if (how.url.starts_with("postgresql://") || how.url.starts_with("postgres://")) {
    of.speaks = dialect::postgresql;
    of.url = how.url;
  } else {
    throw failure(
      {error_code::invalid, "store.url", "the store's URL is neither sqlite://PATH nor postgresql://..."});
  }
}

interrupters::entry connect(database& to, soci::session& session) {
  return to.speaks == dialect::sqlite ? to.file.connect(session)
                                      : connect_postgresql(session, to.url, to.breaks);
}

std::string hash_literal(dialect speaks, const std::array<uint8_t, 16>& hash) {
  uuid id;
  id.bytes = hash;
  return speaks == dialect::postgresql ? "'" + to_text(id) + "'"
                                       : "x'" + to_hex(hash.data(), hash.size()) + "'";
}

std::unique_ptr<ledger> make_ledger(database& of) {
  return of.speaks == dialect::sqlite ? make_sqlite_ledger(of.file)
                                      : make_postgresql_ledger(of.url, of.breaks);
}

conversation::conversation(database& of, soci::session& session, std::optional<model::clinic_id> clinic,
                           bool changes)
    : of_(of),
      session_(session),
      turn_(of.file.writer(), std::defer_lock) {
  of.breaks.check();
  if (of.speaks == dialect::postgresql) {
    session_ << begin_transaction;
    open_ = true;
    std::string enter = enter_clinic; // a number needs no place for a value
    session_ << enter.replace(enter.find("$1"), 2, clinic ? "'" + std::to_string(*clinic) + "'" : "''");
    return;
  }
  of.file.look();
  if (changes) turn_.lock();
  of.breaks.check(); // meanwhile
  session_ << (changes ? "BEGIN IMMEDIATE" : "BEGIN");
  open_ = true;
}

conversation::~conversation() {
  if (!open_) return;
  try {
    session_ << "ROLLBACK";
  } catch (const soci::soci_error&) {
    open_ = false; // a lost connection takes its transaction with it
  }
}

namespace {
/// Values and places for results stay where they are while the statement lives.
struct bound {
  std::deque<std::string> values, results;
  std::deque<soci::indicator> value_states, result_states;
};

void bind(soci::statement& s, bound& kept, const text_row& values) {
  for (const auto& v : values) {
    kept.values.push_back(v ? (is_clean(*v) ? *v : cleaned(*v)) : std::string());
    kept.value_states.push_back(v ? soci::i_ok : soci::i_null);
    s.exchange(soci::use(kept.values.back(), kept.value_states.back()));
  }
}
} // namespace

std::vector<text_row> conversation::ask(const std::string& sql, const text_row& values, size_t columns) {
  bound kept;
  soci::statement s(session_);
  for (size_t i = 0; i < columns; ++i) {
    kept.results.emplace_back();
    kept.result_states.push_back(soci::i_ok);
    s.exchange(soci::into(kept.results.back(), kept.result_states.back()));
  }
  bind(s, kept, values);
  s.alloc();
  s.prepare(sql);
  s.define_and_bind();
  s.execute();
  std::vector<text_row> out;
  while (s.fetch()) {
    auto& row = out.emplace_back();
    for (size_t i = 0; i < columns; ++i)
      row.push_back(kept.result_states[i] == soci::i_ok ? std::optional(kept.results[i]) : std::nullopt);
  }
  return out;
}

long long conversation::tell(const std::string& sql, const text_row& values) {
  bound kept;
  soci::statement s(session_);
  bind(s, kept, values);
  s.alloc();
  s.prepare(sql);
  s.define_and_bind();
  s.execute(true);
  return s.get_affected_rows();
}

std::vector<text_row> conversation::ask(const sql_text& what) { return rows_at_once(session_, what); }

void conversation::commit() {
  session_ << "COMMIT";
  open_ = false;
  if (of_.speaks == dialect::sqlite) of_.file.look();
  else of_.breaks.check(); // a commit whose wait for its standby was broken off says nothing of that
}

soci::session& speaker::session() {
  if (!connected_) {
    broken_by_ = connect(*of_, session_);
    connected_ = true;
  }
  return session_;
}

answers_of speaker::alone(const std::vector<sql_text>& all, bool changes,
                          std::optional<model::clinic_id> clinic) {
  return talk(clinic, changes, [&](conversation& with) {
    answers_of out;
    for (const auto& sql : all) out.push_back(with.ask(sql));
    if (changes) with.commit();
    return out;
  });
}

/// A server that went away has closed the socket: its end of file can be read without asking the server
/// anything.
void speaker::notice_loss() {
  if (!connected_ || of_->speaks == dialect::sqlite) return;
  PGconn* on = native_postgresql(session_);
  pollfd socket{PQsocket(on), POLLIN, 0};
  for (int i = 0; i < 3 && ::poll(&socket, 1, 0) > 0; ++i) // its last words come before the end
    if (PQconsumeInput(on) != 1) return forget_if_lost();
}

void speaker::forget_if_lost() noexcept {
  if (!connected_ || of_->speaks == dialect::sqlite) return;
  try {
    if (PQstatus(native_postgresql(session_)) == CONNECTION_OK) return;
    connected_ = false;
    broken_by_.end();
    session_.close();
  } catch (const soci::soci_error&) { connected_ = false; }
}

failure speaker::fault() {
  const failure out = current_fault(
    "the store's work",
    {{}, of_->speaks == dialect::sqlite ? std::string_view(of_->file.path()) : std::string_view{}});
  of_->file.note(out);
  return out;
}

std::optional<std::string> or_null(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::string required(const std::optional<std::string>& cell) { return cell.value_or(std::string()); }

} // namespace aorta::store
