#include "engine/store/critical/alert_rows.hpp"

#include "engine/store/critical/alert_content.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

namespace aorta::store {

using ports::critical_alert;
using ports::critical_step;
using ports::person;

const char* const alert_columns =
  "SELECT CAST(a.id AS text), a.state, a.band, a.why, CAST(a.message_id AS text), CAST(a.result_id AS text),"
  " CAST(a.review_id AS text), CAST(a.same_as AS text), CAST(a.position AS text), CAST(a.patient_id AS text),"
  " a.test_code, a.loinc_code, a.flag, a.content, CAST(a.observed_at AS text), CAST(a.detected_at AS text),"
  " CAST(a.repeats AS text), CAST(a.admitted AS text), CAST(a.level AS text), CAST(a.next_at AS text),"
  " CAST(a.due_at AS text), CAST(a.notified_at AS text), CAST(a.delivered_at AS text),"
  " CAST(a.acknowledged_at AS text), CAST(a.read_at AS text), CAST(a.closed_at AS text),"
  " CAST(a.acknowledged_by AS text), CAST(u.email AS text), CAST(a.closed_by AS text), CAST(c.email AS text),"
  " a.outcome, a.reason FROM critical_alert a LEFT JOIN users u ON u.user_id = a.acknowledged_by"
  " LEFT JOIN users c ON c.user_id = a.closed_by";

namespace {

std::optional<uuid> id_in(const std::optional<std::string>& cell) {
  return cell ? uuid_from_text(*cell) : std::nullopt;
}

std::optional<person> person_in(const std::optional<std::string>& id,
                                const std::optional<std::string>& email) {
  if (!id) return std::nullopt;
  return person{read_integer(*id), required(email)};
}

} // namespace

critical_alert read_alert(const text_row& row, cipher& locks, size_t from) {
  const auto cell = [&](size_t i) -> const std::optional<std::string>& { return row[from + i]; };
  const auto time = [&](size_t i) { return read_time(required(cell(i))); };
  critical_alert out;
  out.id = id_in(cell(0)).value_or(uuid{});
  out.is = critical::state_from(required(cell(1))).value_or(critical::state::open);
  out.how = critical::band_from(required(cell(2))).value_or(critical::band::risk);
  out.why = required(cell(3));
  out.message = id_in(cell(4));
  out.result = id_in(cell(5));
  out.review = id_in(cell(6));
  out.same_as = id_in(cell(7));
  out.position = cell(8) ? int(read_integer(*cell(8))) : 0;
  if (cell(9)) out.patient = read_integer(*cell(9));
  out.test_code = required(cell(10));
  out.loinc = required(cell(11));
  out.flag = required(cell(12));
  out.content = read_alert_content(locks.unseal(required(cell(13))).value_or(""));
  out.observed = time(14);
  out.detected = time(15).value_or(timestamp{});
  out.repeats = read_boolean(required(cell(16)));
  out.admitted = read_boolean(required(cell(17)));
  out.level = size_t(read_integer(required(cell(18))));
  out.next_at = time(19);
  out.due_at = time(20);
  out.notified_at = time(21);
  out.delivered_at = time(22);
  out.acknowledged_at = time(23);
  out.read_at = time(24);
  out.closed_at = time(25);
  out.acknowledged_by = person_in(cell(26), cell(27));
  out.closed_by = person_in(cell(28), cell(29));
  out.outcome = required(cell(30));
  out.reason = required(cell(31));
  return out;
}

bool is_sealed_step(std::string_view kind) noexcept {
  return kind == "read_back" || kind == "read_back_differs";
}

sql_text alert_steps_sql(dialect speaks, model::clinic_id clinic, const uuid& alert) {
  sql_text sql(speaks);
  sql
    << "SELECT CAST(s.at AS text), s.kind, CAST(s.user_id AS text), CAST(u.email AS text), s.key_name, s.role,"
    << " s.channel, s.target, s.detail FROM critical_step s LEFT JOIN users u ON u.user_id = s.user_id"
    << " WHERE s.alert_id = " << sql.arg(to_text(alert), "uuid") << " AND s.clinic_id" << sql.beside(clinic)
    << " ORDER BY s.seq";
  return sql;
}

std::vector<critical_step> read_alert_steps(const std::vector<text_row>& rows, cipher& locks) {
  std::vector<critical_step> out;
  for (const auto& row : rows) {
    auto& one = out.emplace_back();
    one.at = read_time(required(row[0])).value_or(timestamp{});
    one.kind = required(row[1]);
    one.who = person_in(row[2], row[3]);
    one.key = required(row[4]);
    one.role = required(row[5]);
    one.channel = required(row[6]);
    one.target = required(row[7]);
    one.detail = required(row[8]);
    if (is_sealed_step(one.kind)) one.detail = locks.unseal(one.detail).value_or("");
  }
  return out;
}

sql_text step_sql(dialect speaks, model::clinic_id clinic, const uuid& alert, const critical_step& what,
                  const std::string& detail) {
  const auto or_null = [](const std::string& text) { return text.empty() ? sql_value() : sql_value(text); };
  sql_text sql(speaks);
  sql
    << "INSERT INTO critical_step (clinic_id, alert_id, at, kind, user_id, key_name, role, channel, target, detail)"
    << " SELECT a.clinic_id, a.id, " << sql.arg(sortable(what.at), "timestamptz") << ", "
    << sql.arg(what.kind, "text") << ", "
    << sql.arg(what.who ? sql_value(what.who->id) : sql_value(), "bigint") << ", "
    << sql.arg(or_null(what.key), "text") << ", " << sql.arg(or_null(what.role), "text") << ", "
    << sql.arg(or_null(what.channel), "text") << ", " << sql.arg(or_null(what.target), "text") << ", "
    << sql.arg(or_null(detail), "text")
    << " FROM critical_alert a WHERE a.id = " << sql.arg(to_text(alert), "uuid") << " AND a.clinic_id"
    << sql.beside(clinic);
  return sql;
}

} // namespace aorta::store
