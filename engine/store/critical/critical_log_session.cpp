#include "engine/store/critical/critical_log_session.hpp"

#include "engine/store/critical/alert_rows.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::critical_act;
using ports::critical_alert;
using ports::critical_filter;
using ports::critical_log;
using ports::critical_step;
using ports::critical_times;
using ports::page;

critical_step step_of(const critical_act& what, bool same, timestamp at) {
  critical_step out;
  out.at = at;
  out.who = what.who;
  out.key = what.key;
  out.role = what.role;
  switch (what.what) {
    case critical::act::acknowledge: out.kind = "acknowledged"; break;
    case critical::act::read_back:
      out.kind = same ? "read_back" : "read_back_differs";
      out.detail = what.unit.empty() ? what.value : what.value + " " + what.unit;
      break;
    case critical::act::hand_over:
      out.kind = "handed_over";
      out.target = what.to ? what.to->email : "";
      out.detail = what.reason;
      break;
    case critical::act::close:
      out.kind = "closed";
      out.target = what.outcome;
      out.detail = what.reason;
  }
  return out;
}

} // namespace

result<page<critical_alert>> critical_log_session::alerts(const critical_filter& filter) {
  return guarded<page<critical_alert>>("reading alerts", [&] {
    const int most = std::clamp(filter.limit, 1, 1000);
    sql_text sql = text();
    sql << alert_columns << " WHERE a.clinic_id = " << sql.arg(filter.clinic, "bigint");
    if (!filter.states.empty()) { // literals, since a partial index is chosen by them
      sql << " AND a.state IN (";
      for (size_t i = 0; i < filter.states.size(); ++i)
        sql << (i > 0 ? ", '" : "'") << critical::name(filter.states[i]) << "'";
      sql << ")";
    }
    if (filter.message) sql << " AND a.message_id = " << sql.arg(to_text(*filter.message), "uuid");
    if (!filter.cursor.empty()) sql << " AND a.id < " << sql.arg(filter.cursor, "uuid");
    sql << " ORDER BY a.id DESC LIMIT " << sql.arg(int64_t{most} + 1, "bigint");
    page<critical_alert> out;
    const auto answers = run_({sql}, false, filter.clinic);
    for (const auto& row : answers.at(0)) out.items.push_back(read_alert(row, locks_));
    if (int(out.items.size()) > most) {
      out.items.pop_back();
      out.next = to_text(out.items.back().id);
    }
    return out;
  });
}

std::optional<critical_alert> critical_log_session::read(model::clinic_id clinic, const uuid& id) {
  sql_text sql = text();
  sql << alert_columns << " WHERE a.clinic_id" << sql.beside(clinic)
      << " AND a.id = " << sql.arg(to_text(id), "uuid");
  const auto answers = run_({sql, alert_steps_sql(of_.speaks, clinic, id)}, false, clinic);
  if (answers.at(0).empty()) return std::nullopt;
  auto out = read_alert(answers[0][0], locks_);
  out.steps = read_alert_steps(answers.at(1), locks_);
  return out;
}

result<std::optional<critical_alert>> critical_log_session::alert(model::clinic_id clinic, const uuid& id) {
  return guarded<std::optional<critical_alert>>("reading an alert", [&] { return read(clinic, id); });
}

/// Only where it stands as it was seen.
sql_text critical_log_session::change_sql(model::clinic_id clinic, const critical_alert& seen,
                                          const critical_act& what, bool same, const uuid& token) const {
  sql_text sql = text();
  sql << "UPDATE critical_alert SET last_act = " << sql.arg(to_text(token), "uuid");
  const auto time = [&](timestamp when) { return sql.arg(sortable(when), "timestamptz"); };
  if (what.what == critical::act::acknowledge)
    sql << ", state = 'acknowledged', next_at = NULL, acknowledged_at = COALESCE(acknowledged_at, "
        << time(now()) << "), acknowledged_by = " << sql.arg(what.who.id, "bigint");
  if (what.what == critical::act::read_back && same)
    sql << ", state = 'read_back', read_at = " << time(now());
  if (what.what == critical::act::hand_over)
    sql << ", state = 'notified', admitted = true, level = " << std::to_string(critical::no_rung_left)
        << ", next_at = " << time(now() + what.within);
  if (what.what == critical::act::close)
    sql << ", state = 'closed', next_at = NULL, closed_at = " << time(now())
        << ", closed_by = " << sql.arg(what.who.id, "bigint")
        << ", outcome = " << sql.arg(what.outcome, "text")
        << ", reason = " << sql.arg(what.reason.empty() ? sql_value() : sql_value(what.reason), "text");
  sql << " WHERE id = " << sql.arg(to_text(seen.id), "uuid") << " AND clinic_id" << sql.beside(clinic)
      << " AND state = " << sql.arg(std::string(critical::name(seen.is)), "text")
      << " RETURNING CAST(id AS text)";
  return sql;
}

bool critical_log_session::change(model::clinic_id clinic, const critical_alert& seen,
                                  const critical_act& what, bool same) {
  const auto at = now();
  const auto token = of_.how.ids->next(at);
  auto step = step_of(what, same, at);
  const auto detail = is_sealed_step(step.kind) ? locks_.seal(step.detail, at) : step.detail;
  auto wrote = step_sql(of_.speaks, clinic, seen.id, step, detail);
  wrote << " AND a.last_act = " << wrote.arg(to_text(token), "uuid");
  std::vector<sql_text> all{change_sql(clinic, seen, what, same, token), wrote};
  if (what.what == critical::act::acknowledge) {
    sql_text review = text();
    review << "UPDATE review_queue SET state = 'resolved', action = 'acknowledged', resolved_at = "
           << review.arg(sortable(at), "timestamptz")
           << ", resolved_by = " << review.arg(what.who.id, "bigint")
           << " WHERE state = 'open' AND id IN (SELECT a.review_id FROM critical_alert a WHERE a.id = "
           << review.arg(to_text(seen.id), "uuid")
           << " AND a.last_act = " << review.arg(to_text(token), "uuid") << ")";
    all.push_back(std::move(review));
  }
  return !run_(all, true, clinic).at(0).empty();
}

result<std::optional<critical_log::outcome>> critical_log_session::act(model::clinic_id clinic,
                                                                       const uuid& id,
                                                                       const critical_act& what) {
  return guarded<std::optional<outcome>>("changing an alert", [&]() -> std::optional<outcome> {
    auto seen = read(clinic, id);
    if (!seen) return std::nullopt;
    outcome out;
    out.why = critical::why_not(what.what, seen->is);
    const bool may = out.why.empty();
    const bool same = what.what != critical::act::read_back ||
      critical::reads_same(seen->content.value, what.value, what.unit);
    const bool changed = may && change(clinic, *seen, what, same);
    out.now = may ? read(clinic, id).value_or(*seen) : std::move(*seen);
    if (may && !changed) out.why = critical::why_not(what.what, out.now.is);
    if (may && !changed && out.why.empty()) out.why = "it has changed meanwhile: look again";
    using kind = outcome::kind;
    out.is = !changed ? kind::not_now : same ? kind::done : kind::differs;
    return out;
  });
}

result<std::vector<critical_times>> critical_log_session::times(model::clinic_id clinic, timestamp from,
                                                                timestamp to) {
  return guarded<std::vector<critical_times>>("reading the times of alerts", [&] {
    sql_text sql = text();
    sql << "SELECT band, state, CAST(detected_at AS text), CAST(due_at AS text), CAST(notified_at AS text),"
        << " CAST(acknowledged_at AS text), CAST(read_at AS text),"
        << " (SELECT CAST(max(s.at) AS text) FROM critical_step s WHERE s.alert_id = critical_alert.id"
        << " AND s.kind IN ('superseded', 'withdrawn')),"
        << " (SELECT CAST(count(*) AS text) FROM critical_step s WHERE s.alert_id = critical_alert.id"
        << " AND s.kind = 'late') FROM critical_alert WHERE clinic_id = " << sql.arg(clinic, "bigint")
        << " AND detected_at >= " << sql.arg(sortable(from), "timestamptz") << " AND detected_at < "
        << sql.arg(sortable(to), "timestamptz") << " AND state <> 'folded' ORDER BY detected_at";
    std::vector<critical_times> out;
    const auto answers = run_({sql}, false, clinic);
    for (const auto& row : answers.at(0)) {
      auto& one = out.emplace_back();
      one.how = critical::band_from(required(row[0])).value_or(critical::band::risk);
      one.is = critical::state_from(required(row[1])).value_or(critical::state::open);
      one.detected = read_time(required(row[2])).value_or(timestamp{});
      one.due_at = read_time(required(row[3]));
      one.notified_at = read_time(required(row[4]));
      one.acknowledged_at = read_time(required(row[5]));
      one.read_at = read_time(required(row[6]));
      if (row[7]) one.ended_at = read_time(*row[7]);
      one.came_late = one.is == critical::state::late || required(row[8]) != "0";
    }
    return out;
  });
}

} // namespace aorta::store
