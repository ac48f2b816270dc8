#include "engine/store/messages/sqlite_ledger.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/native_sqlite.hpp"
#include "engine/store/sql/sqlite_file.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

/// One statement's rows, bound and run one after the other.
class sqlite_sink final : public row_sink {
public:
  sqlite_sink(sq::sqlite3* on, const row_statement& what)
      : statement_(on, what.sqlite),
        width_(what.columns.size()) {}
  void restart() noexcept { // after a row that was given up half way
    statement_.reset();
    at_ = 0;
  }
  void null() override { next(statement_.null()); }
  void id(const uuid& v) override { next(statement_.own_text(to_text(v))); }
  void key(const half_digest& v) override { next(statement_.bytes(v)); }
  void text(std::string_view v) override { next(statement_.text(v)); }
  void integer(int64_t v) override { next(statement_.integer(v)); }
  void boolean(bool v) override { next(statement_.integer(v ? 1 : 0)); }
  void time(timestamp v) override {
    if (v != last_time_ || last_text_.empty()) { // most times of a message are one
      last_time_ = v;
      last_text_ = sortable(v);
      next(statement_.own_text(last_text_));
    } else {
      next(statement_.own_text(last_text_));
    }
  }
  void number(const decimal& v) override { next(statement_.real(v.number())); }

private:
  void next(sqlite_statement&) {
    if (++at_ < width_) return;
    at_ = 0;
    statement_.run();
  }
  sqlite_statement statement_;
  size_t width_, at_ = 0;
  timestamp last_time_{};
  std::string last_text_;
};

/// An accepted message is filed once: whoever takes its row away, or marks it, in the transaction that files
/// it.
constexpr std::array<const char*, 2> taken_up_statements{
  "DELETE FROM accepted_messages WHERE message_id = ?1 AND clinic_id = ?2 AND destination IS NULL",
  "UPDATE accepted_messages SET filed = 1 WHERE message_id = ?1 AND clinic_id = ?2 AND destination IS NOT NULL AND filed = 0"};

class sqlite_ledger final : public ledger {
public:
  explicit sqlite_ledger(sqlite_file& file) : file_(file), turn_(file.writer(), std::defer_lock) {}
  ~sqlite_ledger() override { rollback(); }

  found_people find(model::clinic_id clinic, const std::vector<half_digest>& hashes,
                    const std::vector<int64_t>& orders) override;
  std::map<model::patient_id, model::patient_id> merged(
    model::clinic_id clinic, const std::vector<model::patient_id>& patients) override;
  std::vector<earlier_filing> earlier(model::clinic_id clinic, const std::vector<uuid>& messages) override;
  std::vector<standing_result> past(model::clinic_id clinic, const earlier_filing& of) override;
  standing_acts acts(model::clinic_id clinic, const std::vector<uuid>& messages) override;
  std::vector<standing_decision> decisions(model::clinic_id clinic,
                                           const std::vector<half_digest>& claims) override;
  std::vector<result_cells> results(model::clinic_id clinic, const std::vector<uuid>& ids) override;
  std::vector<result_cells> own_history(model::clinic_id clinic, const earlier_filing& of) override;
  answers begin(const questions& ask) override;
  std::vector<ports::message_record> logged(model::clinic_id clinic,
                                            const std::vector<uuid>& messages) override;
  row_sink& into(write which) override;
  void flush() override { /* each row goes out with its last cell */
  }
  void commit() override;
  void rollback() noexcept override;

private:
  void connect();
  sqlite_statement& statement(std::unique_ptr<sqlite_statement>& kept, const char* sql);
  void take_keys(const questions& ask, answers& out);
  void take_standing(const questions& ask, answers& out);
  void take_orders(const questions& ask, answers& out);
  void take_ended(const questions& ask, answers& out);
  void take_accepted(const questions& ask, answers& out);

  sqlite_file& file_;
  std::unique_lock<std::mutex> turn_;
  soci::session session_;
  interrupters::entry broken_by_;
  sq::sqlite3* on_ = nullptr;
  bool open_ = false; ///< inside a transaction
  std::array<std::unique_ptr<sqlite_sink>, writes> sinks_;
  std::unique_ptr<sqlite_statement> begin_, commit_, find_, key_, key_of_, patient_, standing_, under_placer_,
    orders_, decisions_, ended_, linked_;
};

void sqlite_ledger::connect() {
  if (on_ != nullptr) return file_.before_work();
  broken_by_ = file_.connect(session_);
  on_ = native_sqlite(session_);
}

sqlite_statement& sqlite_ledger::statement(std::unique_ptr<sqlite_statement>& kept, const char* sql) {
  connect();
  if (!kept) kept = std::make_unique<sqlite_statement>(on_, sql);
  kept->reset();
  return *kept;
}

found_people sqlite_ledger::find(model::clinic_id clinic, const std::vector<half_digest>& hashes,
                                 const std::vector<int64_t>& orders) {
  auto& s = statement(
    find_,
    "SELECT p.patient_id, p.mrn, p.birth_date, p.gender, p.gesy_beneficiary_id, i.first_name_encrypted,"
    " i.last_name_encrypted, i.cyprus_id_encrypted, i.arc_number_encrypted, b.kind = 'alias' FROM patient_blind_index b"
    " JOIN patients p ON p.patient_id = b.patient_id AND p.clinic_id = b.clinic_id"
    " JOIN patient_pii i ON i.patient_id = p.patient_id WHERE b.clinic_id = ?1 AND b.hash = ?2 AND p.is_deleted = 0");
  found_people out;
  std::map<model::patient_id, size_t> places;
  for (const auto& hash : hashes) {
    s.integer(clinic).bytes(hash);
    while (s.step()) {
      const auto [at, fresh] = places.try_emplace(s.column_integer(0), out.patients.size());
      if (fresh)
        out.patients.push_back({s.column_integer(0),
                                {},
                                s.column_text(1),
                                s.column_text(2),
                                s.column_text(3),
                                s.column_text(4),
                                s.column_text(5),
                                s.column_text(6),
                                s.column_text(7),
                                s.column_text(8)});
      auto& one = out.patients[at->second];
      if (std::find(one.hashes.begin(), one.hashes.end(), hash) == one.hashes.end())
        one.hashes.push_back(hash);
      if (s.column_integer(9) != 0) one.aliases.push_back(hash);
    }
  }
  static const std::string of_order = linked_orders_of("= ?1", "?2");
  auto& linked = statement(linked_, of_order.c_str());
  for (const auto key : orders) {
    linked.integer(key).integer(clinic);
    while (linked.step()) {
      const auto cells = linked.row();
      const auto person = [&](int at) {
        return cells[size_t(at)] ? std::optional<model::patient_id>(linked.column_integer(at)) : std::nullopt;
      };
      out.linked.push_back({key, linked.column_integer(1), linked.column_key(2), person(3), person(4)});
    }
  }
  return out;
}

std::map<model::patient_id, model::patient_id> sqlite_ledger::merged(
  model::clinic_id clinic, const std::vector<model::patient_id>& patients) {
  connect();
  sqlite_statement s(
    on_,
    "SELECT survivor_id FROM patient_merges WHERE merged_id = ?1 AND clinic_id = ?2 AND undone_at IS NULL");
  std::map<model::patient_id, model::patient_id> out;
  for (const auto id : patients) {
    s.integer(id).integer(clinic);
    while (s.step()) out.emplace(id, s.column_integer(0));
  }
  return out;
}

std::vector<earlier_filing> sqlite_ledger::earlier(model::clinic_id clinic,
                                                   const std::vector<uuid>& messages) {
  std::vector<earlier_filing> out;
  if (messages.empty()) return out;
  connect();
  sqlite_statement log(
    on_,
    "SELECT patient_id FROM hl7_message_log WHERE id = ?1 AND clinic_id = ?2 AND patient_id IS NOT NULL");
  sqlite_statement results(
    on_, "SELECT id FROM lab_results WHERE patient_id = ?1 AND message_id = ?2 AND order_key IS NOT NULL");
  for (const auto& id : messages) {
    log.own_text(to_text(id)).integer(clinic);
    while (log.step()) {
      earlier_filing filed{id, log.column_integer(0), {}};
      results.integer(*filed.patient).own_text(to_text(id));
      while (results.step())
        if (const auto found = uuid_from_text(results.column_text(0))) filed.results.push_back(*found);
      out.push_back(std::move(filed));
    }
  }
  return out;
}

std::vector<standing_result> sqlite_ledger::past(model::clinic_id clinic, const earlier_filing& of) {
  connect();
  const auto patient = of.patient.value_or(0);
  sqlite_statement s(on_, past_of_message("?1", "?2", "?3"));
  s.own_text(to_text(of.message)).integer(patient).integer(clinic);
  std::vector<standing_result> out;
  while (s.step()) out.push_back(read_standing({patient, 0}, s.texts(standing_width)));
  return out;
}

standing_acts sqlite_ledger::acts(model::clinic_id clinic, const std::vector<uuid>& messages) {
  standing_acts out;
  if (messages.empty()) return out;
  connect();
  sqlite_statement reviews(
    on_,
    "SELECT id, kind, reasons, action, state FROM review_queue WHERE message_id = ?1 AND clinic_id = ?2 ORDER BY id");
  sqlite_statement links(
    on_,
    "SELECT id, patient_id FROM message_links WHERE message_id = ?1 AND clinic_id = ?2 AND replaced_at IS NULL");
  sqlite_statement decisions(
    on_,
    "SELECT id, claims, patient_id FROM patient_decisions WHERE message_id = ?1 AND clinic_id = ?2 AND withdrawn_at IS NULL");
  sqlite_statement uses(
    on_,
    "SELECT m.id FROM patient_decision_uses s JOIN hl7_message_log m ON m.id = s.message_id"
    " WHERE s.decision_id = ?1 AND m.patient_id = ?2 ORDER BY m.id");
  const auto id_in = [](const sqlite_statement& s, int i) {
    return uuid_from_text(s.column_text(i)).value_or(uuid{});
  };
  for (const auto& message : messages) {
    reviews.own_text(to_text(message)).integer(clinic);
    while (reviews.step())
      out.reviews.push_back({id_in(reviews, 0), message, reviews.column_text(1), reviews.column_text(2),
                             reviews.column_text(3), reviews.column_text(4) == "open"});
    links.own_text(to_text(message)).integer(clinic);
    while (links.step()) {
      const auto cells = links.row();
      out.links.push_back(
        {id_in(links, 0), message, cells[1] ? std::optional(links.column_integer(1)) : std::nullopt});
    }
    decisions.own_text(to_text(message)).integer(clinic);
    while (decisions.step())
      out.decisions.push_back(
        {id_in(decisions, 0), message, decisions.column_key(1), {}, decisions.column_integer(2), {}, {}});
  }
  for (auto& each : out.decisions) {
    uses.own_text(to_text(each.id)).integer(each.patient);
    while (uses.step()) each.uses.push_back(id_in(uses, 0));
  }
  return out;
}

std::vector<standing_decision> sqlite_ledger::decisions(model::clinic_id clinic,
                                                        const std::vector<half_digest>& claims) {
  std::vector<standing_decision> out;
  auto& s = statement(
    decisions_,
    "SELECT id, message_id, claims, patient_state, patient_id, seen, made_at FROM patient_decisions"
    " WHERE claims = ?1 AND clinic_id = ?2 AND withdrawn_at IS NULL");
  for (const auto& hash : claims) {
    s.bytes(hash).integer(clinic);
    while (s.step())
      out.push_back({uuid_from_text(s.column_text(0)).value_or(uuid{}),
                     uuid_from_text(s.column_text(1)).value_or(uuid{}), s.column_key(2), s.column_key(3),
                     s.column_integer(4), s.column_text(5),
                     read_time(s.column_text(6)).value_or(timestamp{})});
  }
  return out;
}

std::vector<result_cells> sqlite_ledger::results(model::clinic_id clinic, const std::vector<uuid>& ids) {
  std::vector<result_cells> out;
  connect();
  sqlite_statement s(
    on_, "SELECT " + result_names(false) + " FROM lab_results r WHERE r.id = ?1 AND r.clinic_id = ?2");
  for (const auto& id : ids) {
    s.own_text(to_text(id)).integer(clinic);
    while (s.step()) out.push_back(s.row());
  }
  return out;
}

std::vector<result_cells> sqlite_ledger::own_history(model::clinic_id clinic, const earlier_filing& of) {
  connect();
  sqlite_statement s(on_, own_history_of("?1", "?2", "?3"));
  s.own_text(to_text(of.message)).integer(of.patient.value_or(0)).integer(clinic);
  std::vector<result_cells> out;
  while (s.step()) out.push_back(s.row());
  return out;
}

answers sqlite_ledger::begin(const questions& ask) {
  connect();
  turn_.lock();
  statement(begin_, "BEGIN IMMEDIATE").run();
  open_ = true;
  answers out;
  take_keys(ask, out);
  auto& patient = statement(
    patient_, "SELECT 1 FROM patients WHERE patient_id = ?1 AND clinic_id = ?2 AND is_deleted = 0");
  for (const auto id : ask.patients) {
    patient.integer(id).integer(ask.clinic);
    while (patient.step()) out.patients.insert(id);
  }
  take_standing(ask, out);
  if (!ask.placers.empty() || !ask.fillers.empty()) take_orders(ask, out);
  take_ended(ask, out);
  take_accepted(ask, out);
  return out;
}

void sqlite_ledger::take_keys(const questions& ask, answers& out) {
  auto& put = statement(
    key_,
    "INSERT INTO hl7_message_keys (key, message_id, received_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
  for (const auto& row : ask.keys) {
    put.bytes(row.key).own_text(to_text(row.message)).own_text(sortable(row.received_at)).run();
    if (sq::sqlite3_changes(on_) > 0) continue;
    auto& get = statement(key_of_, "SELECT message_id FROM hl7_message_keys WHERE key = ?1");
    get.bytes(row.key);
    while (get.step())
      if (const auto id = uuid_from_text(get.column_text(0))) out.taken[row.key] = *id;
  }
}

void sqlite_ledger::take_standing(const questions& ask, answers& out) {
  static const std::string of_order = "SELECT " + standing_columns() +
    " FROM lab_results WHERE patient_id = ?1 AND order_key = ?2 AND clinic_id = ?3";
  auto& s = statement(standing_, of_order.c_str());
  for (const auto& where : ask.places) {
    s.integer(where.patient).integer(where.order_key).integer(ask.clinic);
    while (s.step()) out.standing.push_back(read_standing(where, s.texts(standing_width)));
  }
  if (ask.lone_placers.empty()) return;
  // Reads the patient's part of the index: only for orders that came without the laboratory's number.
  static const std::string of_placer = "SELECT " + standing_columns() +
    ", order_key FROM lab_results WHERE patient_id = ?1 AND placer_order_number = ?2"
    " AND order_key IS NOT NULL AND clinic_id = ?3";
  auto& u = statement(under_placer_, of_placer.c_str());
  for (const auto& where : ask.lone_placers) {
    u.integer(where.patient).text(where.placer).integer(ask.clinic);
    while (u.step())
      out.standing.push_back(
        read_standing({where.patient, u.column_integer(standing_width)}, u.texts(standing_width)));
  }
}

void sqlite_ledger::take_orders(const questions& ask, answers& out) {
  auto& s = statement(
    orders_,
    "SELECT id, placer_order_number, filler_order_number, status, panel_code FROM lab_orders WHERE patient_id = ?1 AND clinic_id = ?2");
  for (const auto patient : ask.patients) {
    s.integer(patient).integer(ask.clinic);
    while (s.step()) {
      known_order o{{}, patient, s.column_text(1), s.column_text(2), s.column_text(3), s.column_text(4)};
      const bool asked = std::binary_search(ask.placers.begin(), ask.placers.end(), o.placer) ||
        std::binary_search(ask.fillers.begin(), ask.fillers.end(), o.filler);
      const auto id = asked ? uuid_from_text(s.column_text(0)) : std::nullopt;
      if (!id) continue;
      o.id = *id;
      out.orders.push_back(std::move(o));
    }
  }
}

void sqlite_ledger::take_ended(const questions& ask, answers& out) {
  static const std::string of_report = std::string("SELECT ") + ending_columns + " FROM lab_reports r" +
    ending_join + " WHERE r.id = ?1 AND r.clinic_id = ?2";
  auto& s = statement(ended_, of_report.c_str());
  for (const auto& id : ask.reports) {
    s.own_text(to_text(id)).integer(ask.clinic);
    while (s.step()) read_ending(s.texts(ending_width), out);
  }
}

void sqlite_ledger::take_accepted(const questions& ask, answers& out) {
  if (ask.accepted.empty()) return;
  for (const auto* sql : taken_up_statements) {
    sqlite_statement s(on_, sql);
    for (const auto& id : ask.accepted) {
      s.own_text(to_text(id)).integer(ask.clinic).run();
      if (sq::sqlite3_changes(on_) > 0) out.taken_up.insert(id);
    }
  }
}

std::vector<ports::message_record> sqlite_ledger::logged(model::clinic_id clinic,
                                                         const std::vector<uuid>& messages) {
  std::vector<ports::message_record> out;
  if (messages.empty()) return out;
  sqlite_statement s(
    on_,
    "SELECT id, patient_id, processing_status, ack_code, error_code, error_where, error_message, results_created"
    " FROM hl7_message_log WHERE id = ?1 AND clinic_id = ?2");
  for (const auto& id : messages) {
    s.own_text(to_text(id)).integer(clinic);
    while (s.step()) out.push_back(read_outcome(s.texts(8)));
  }
  return out;
}

row_sink& sqlite_ledger::into(write which) {
  auto& sink = sinks_[size_t(which)];
  if (!sink) sink = std::make_unique<sqlite_sink>(on_, row_statements()[size_t(which)]);
  return *sink;
}

void sqlite_ledger::commit() {
  statement(commit_, "COMMIT").run();
  open_ = false;
  turn_.unlock();
  file_.look(); // into a file that is not there any more nothing was committed
}

void sqlite_ledger::rollback() noexcept {
  for (auto& sink : sinks_)
    if (sink) sink->restart();
  // SQLite rolls back by itself after some errors (disk full): then this one has nothing to do and says so.
  if (open_ && sq::sqlite3_get_autocommit(on_) == 0)
    sq::sqlite3_exec(on_, "ROLLBACK", nullptr, nullptr, nullptr);
  open_ = false;
  if (turn_.owns_lock()) turn_.unlock();
}

} // namespace

std::unique_ptr<ledger> make_sqlite_ledger(sqlite_file& file) {
  return std::make_unique<sqlite_ledger>(file);
}

} // namespace aorta::store
