// What lets alerts climb their ladders: read what is due, write what was decided, under a lease.
#include "engine/store/critical/critical_session.hpp"

#include "engine/store/critical/alert_rows.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/records/record_talk.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

namespace aorta::store {
namespace {

using ports::call_by_hand;
using ports::critical_alert;
using ports::critical_due;
using ports::critical_move;
using ports::critical_notice;
using ports::critical_session;
using ports::forward;
using ports::lease;

class database_critical_session final : public critical_session {
public:
  explicit database_critical_session(std::shared_ptr<database> of) : talk_(of), locks_(of->how.pii_key) {}
  void greet() { talk_.connect(); }

  result<critical_due> due(model::clinic_id clinic, int most) override {
    return talk_.in<critical_due>(clinic, purpose::reading, "reading alerts", [&] {
      sql_text clock = talk_.text(), sql = talk_.text(), any = talk_.text();
      clock << "SELECT CAST(" << now_in(clock) << " AS text)";
      // Who has begun no ladder is due whatever a node's clock has said.
      sql << alert_columns << " WHERE a.clinic_id = " << sql.arg(clinic, "bigint")
          << " AND a.next_at IS NOT NULL AND (a.next_at <= " << now_in(sql)
          << " OR (a.state = 'open' AND NOT a.admitted)) ORDER BY a.next_at LIMIT "
          << sql.arg(int64_t{most}, "bigint");
      any << "SELECT 1 FROM critical_alert WHERE clinic_id = " << any.arg(clinic, "bigint")
          << " AND next_at IS NOT NULL LIMIT 1";
      const auto answers = talk_.ask_all({clock, sql, any});
      critical_due out;
      out.now = read_time(required(answers.at(0).at(0).at(0))).value_or(talk_.now());
      for (const auto& row : answers.at(1)) out.alerts.push_back(read_alert(row, locks_));
      out.waits = !answers.at(2).empty();
      for (auto& each : out.alerts)
        if (each.repeats && !each.admitted && each.result) each.same_as = told_before(clinic, each);
      return out;
    });
  }

  result<std::vector<std::pair<critical_notice, critical_alert>>> settled(model::clinic_id clinic,
                                                                          int most) override {
    using answer = std::vector<std::pair<critical_notice, critical_alert>>;
    return talk_.in<answer>(clinic, purpose::reading, "reading what became of notices", [&] {
      sql_text sql = talk_.text();
      sql << "SELECT CAST(n.delivery_id AS text), CAST(n.alert_id AS text), n.destination, d.state,"
          << " CAST(n.level AS text)"
          << " FROM critical_notice n LEFT JOIN delivery d ON d.id = n.delivery_id WHERE n.clinic_id = "
          << sql.arg(clinic, "bigint")
          << " AND NOT n.settled AND (d.id IS NULL OR d.state IN ('sent', 'skipped', 'parked')) LIMIT "
          << sql.arg(int64_t{most}, "bigint");
      answer out;
      for (const auto& row : talk_.ask(sql)) {
        critical_notice one;
        one.delivery = uuid_from_text(required(row[0])).value_or(uuid{});
        one.alert = uuid_from_text(required(row[1])).value_or(uuid{});
        one.destination = required(row[2]);
        one.delivered = required(row[3]) == "sent";
        if (row[4]) one.level = read_integer(*row[4]);
        sql_text its = talk_.text();
        its << alert_columns << " WHERE a.clinic_id" << its.beside(clinic)
            << " AND a.id = " << its.arg(to_text(one.alert), "uuid");
        const auto rows = talk_.ask(its);
        if (!rows.empty()) out.emplace_back(std::move(one), read_alert(rows[0], locks_));
      }
      return out;
    });
  }

  result<bool> write(const lease& mine, const std::string& owner, std::chrono::seconds length,
                     std::span<const critical_move> all) override {
    return talk_.in<bool>(mine.of.clinic, purpose::changing, "writing alerts", [&] {
      if (!extend(mine, owner, length)) return false;
      for (const auto& each : all) {
        if (each.settles) settle(mine.of.clinic, each);
        else make(mine.of.clinic, each);
      }
      return true;
    });
  }

  result<bool> shift(const lease& mine, const std::string& owner, std::chrono::seconds length,
                     std::chrono::milliseconds by, timestamp until) override {
    return talk_.in<bool>(mine.of.clinic, purpose::changing, "moving the times of alerts", [&] {
      if (!extend(mine, owner, length)) return false;
      sql_text sql = talk_.text();
      sql << "SELECT CAST(id AS text), CAST(next_at AS text) FROM critical_alert WHERE clinic_id = "
          << sql.arg(mine.of.clinic, "bigint") << " AND next_at IS NOT NULL AND admitted AND detected_at <= "
          << sql.arg(sortable(until), "timestamptz");
      for (const auto& row : talk_.ask(sql)) {
        const auto at = read_time(required(row[1]));
        if (!at) continue;
        sql_text moved = talk_.text();
        moved << "UPDATE critical_alert SET next_at = " << moved.arg(sortable(*at + by), "timestamptz")
              << " WHERE id = " << moved.arg(required(row[0]), "uuid");
        talk_.tell(moved);
      }
      return true;
    });
  }

private:
  /// The store's own, since nodes' clocks differ; SQLite has one node.
  std::string now_in(sql_text& sql) {
    if (talk_.base().speaks != dialect::sqlite) return "clock_timestamp()";
    return sql.arg(sortable(talk_.now()), "timestamptz");
  }

  /// Another alert of the same result of the same patient, of which somebody hears or has heard.
  std::optional<uuid> told_before(model::clinic_id clinic, const critical_alert& of) {
    sql_text sql = talk_.text();
    sql << "SELECT CAST(id AS text) FROM critical_alert WHERE clinic_id" << sql.beside(clinic)
        << " AND result_id = " << sql.arg(to_text(*of.result), "uuid") << " AND id <> "
        << sql.arg(to_text(of.id), "uuid")
        << " AND COALESCE(patient_id, 0) = " << sql.arg(of.patient.value_or(0), "bigint")
        << " AND admitted AND state NOT IN ('late', 'folded', 'superseded', 'withdrawn') ORDER BY id LIMIT 1";
    const auto rows = talk_.ask(sql);
    return rows.empty() ? std::nullopt : uuid_from_text(required(rows[0][0]));
  }

  /// Who has lost the lease writes nothing: the row is locked until the end.
  bool extend(const lease& mine, const std::string& owner, std::chrono::seconds length) {
    const bool sqlite = talk_.base().speaks == dialect::sqlite;
    sql_text sql = talk_.text();
    sql << "UPDATE lease SET until = ";
    if (sqlite) sql << sql.arg(sortable(talk_.now() + length), "timestamptz");
    else
      sql << "clock_timestamp() + " << sql.arg(std::to_string(length.count()) + " seconds", "text")
          << "::interval";
    sql << " WHERE clinic_id = " << sql.arg(mine.of.clinic, "bigint")
        << " AND destination = " << sql.arg(mine.of.destination, "text")
        << " AND part = " << sql.arg(int64_t{mine.of.part}, "bigint")
        << " AND token = " << sql.arg(mine.token, "bigint") << " AND owner = " << sql.arg(owner, "text")
        << " RETURNING token";
    return !talk_.ask(sql).empty();
  }

  void add_step(model::clinic_id clinic, const critical_move& what) {
    if (what.step.kind.empty()) return;
    talk_.tell(step_sql(talk_.base().speaks, clinic, what.of->id, what.step, what.step.detail));
  }

  /// Where the alert stands as it was read: a person, or a correction, may have been faster.
  void make(model::clinic_id clinic, const critical_move& what) {
    const auto now = talk_.now();
    const auto& was = *what.of;
    const bool asks = what.asks_person && !was.review; // it climbed before, and that review is open still
    const auto review = asks ? std::optional(talk_.base().how.ids->next(now)) : std::nullopt;
    sql_text sql = talk_.text();
    const auto time = [&](const std::optional<timestamp>& at) {
      return sql.arg(at ? sql_value(sortable(*at)) : sql_value(), "timestamptz");
    };
    sql << "UPDATE critical_alert SET state = " << sql.arg(std::string(critical::name(what.to)), "text")
        << ", level = " << sql.arg(int64_t(what.level), "bigint") << ", next_at = " << time(what.next_at);
    if (what.due_at) sql << ", admitted = true, due_at = COALESCE(due_at, " << time(what.due_at) << ")";
    if (what.same_as) sql << ", same_as = " << sql.arg(to_text(*what.same_as), "uuid");
    if (what.notice) sql << ", notified_at = COALESCE(notified_at, " << time(now) << ")";
    if (review) sql << ", review_id = " << sql.arg(to_text(*review), "uuid");
    sql << " WHERE id = " << sql.arg(to_text(was.id), "uuid") << " AND clinic_id" << sql.beside(clinic)
        << " AND state = " << sql.arg(std::string(critical::name(was.is)), "text")
        << " AND level = " << sql.arg(int64_t(was.level), "bigint") << " RETURNING CAST(id AS text)";
    if (talk_.ask(sql).empty()) return;
    add_step(clinic, what);
    if (what.notice) send(clinic, was, *what.notice, what.level, now);
    if (review) ask_person(clinic, was, *review, now);
    if (!what.last_word.empty()) tell_told(clinic, was, what.last_word, now);
    if (what.closes_review && was.review) close_review(clinic, *was.review, was.is, now);
  }

  void send(model::clinic_id clinic, const critical_alert& of, const forward& what, size_t level,
            timestamp now) {
    const auto id = to_text(talk_.base().how.ids->next(now));
    const auto at = sortable(now);
    sql_text row = talk_.text(), note = talk_.text();
    row
      << "INSERT INTO delivery (id, clinic_id, destination, part, order_key, event_id, control_id, body, urgent,"
      << " created_at, changed_at) VALUES (" << row.arg(id, "uuid") << ", " << row.arg(clinic, "bigint")
      << ", " << row.arg(what.destination, "text") << ", " << row.arg(int64_t{what.part}, "bigint") << ", "
      << row.arg(what.key, "bigint") << ", " << row.arg(id, "uuid") << ", "
      << row.arg(what.control_id, "text") << ", " << row.arg(locks_.seal(what.body, now), "text") << ", "
      << row.arg(int64_t{1}, "boolean") << ", " << row.arg(at, "timestamptz") << ", "
      << row.arg(at, "timestamptz") << ")";
    note << "INSERT INTO critical_notice (delivery_id, clinic_id, alert_id, destination, level) VALUES ("
         << note.arg(id, "uuid") << ", " << note.arg(clinic, "bigint") << ", "
         << note.arg(to_text(of.id), "uuid") << ", " << note.arg(what.destination, "text") << ", "
         << note.arg(int64_t(level), "bigint") << ")";
    talk_.tell(row);
    talk_.tell(note);
  }

  void tell_told(model::clinic_id clinic, const critical_alert& of, const std::string& body, timestamp now) {
    sql_text sql = talk_.text();
    sql << "SELECT DISTINCT destination FROM critical_notice WHERE alert_id = "
        << sql.arg(to_text(of.id), "uuid") << " AND clinic_id" << sql.beside(clinic)
        << " ORDER BY destination";
    for (const auto& row : talk_.ask(sql)) {
      forward last;
      last.destination = required(row[0]);
      last.control_id = to_text(of.id) + "-end";
      last.body = body;
      send(clinic, of, last, of.level, now);
    }
  }

  void ask_person(model::clinic_id clinic, const critical_alert& of, const uuid& id, timestamp now) {
    const auto about = of.message ? of.message : of.result ? of.result : std::optional(of.id);
    const std::string reasons = R"([{"where":")" +
      (of.position > 0 ? "OBX[" + std::to_string(of.position) + "]" : std::string()) + R"(","rule":")" +
      std::string(call_by_hand) + R"(","detail":"nobody has acknowledged the critical value of alert )" +
      to_text(of.id) + R"(: call by hand"}])";
    sql_text sql = talk_.text();
    sql
      << "INSERT INTO review_queue (id, clinic_id, message_id, kind, reasons, candidates, created_at) VALUES ("
      << sql.arg(to_text(id), "uuid") << ", " << sql.arg(clinic, "bigint") << ", "
      << sql.arg(to_text(*about), "uuid") << ", " << sql.arg(std::string(call_by_hand), "text") << ", "
      << sql.arg(reasons, "text") << ", '[]', " << sql.arg(sortable(now), "timestamptz") << ")";
    talk_.tell(sql);
  }

  void close_review(model::clinic_id clinic, const uuid& id, critical::state because, timestamp now) {
    sql_text sql = talk_.text();
    sql << "UPDATE review_queue SET state = 'resolved', action = "
        << sql.arg(std::string(critical::name(because)), "text")
        << ", resolved_at = " << sql.arg(sortable(now), "timestamptz")
        << " WHERE id = " << sql.arg(to_text(id), "uuid") << " AND clinic_id" << sql.beside(clinic)
        << " AND state = 'open'";
    talk_.tell(sql);
  }

  /// Once for each notice, whatever has become of the alert meanwhile.
  void settle(model::clinic_id clinic, const critical_move& what) {
    sql_text note = talk_.text();
    note << "UPDATE critical_notice SET settled = true WHERE delivery_id = "
         << note.arg(to_text(what.settles->delivery), "uuid") << " AND clinic_id" << note.beside(clinic)
         << " AND NOT settled RETURNING CAST(delivery_id AS text)";
    if (talk_.ask(note).empty()) return;
    const auto now = sortable(talk_.now());
    sql_text sql = talk_.text();
    // Of a rung before the one that is told now, or before a person who has it now, it changes nothing.
    const std::string concerns = "state IN ('notified', 'escalated') AND level " +
      (what.settles->level ? "= " + std::to_string(*what.settles->level)
                           : "< " + std::to_string(critical::no_rung_left));
    if (what.settles->delivered)
      sql << "UPDATE critical_alert SET delivered_at = COALESCE(delivered_at, " << sql.arg(now, "timestamptz")
          << "), state = CASE WHEN " << concerns << " THEN 'delivered' ELSE state END WHERE ";
    else // the next rung need not wait
      sql << "UPDATE critical_alert SET next_at = CASE WHEN " << concerns << " THEN "
          << sql.arg(now, "timestamptz") << " ELSE next_at END WHERE ";
    sql << "id = " << sql.arg(to_text(what.of->id), "uuid") << " AND clinic_id" << sql.beside(clinic);
    talk_.tell(sql);
    add_step(clinic, what);
  }

  record_talk talk_;
  cipher locks_;
};

} // namespace

std::unique_ptr<critical_session> make_critical_session(std::shared_ptr<database> of) {
  auto out = std::make_unique<database_critical_session>(std::move(of));
  out->greet();
  return out;
}

} // namespace aorta::store
