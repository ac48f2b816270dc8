#include "engine/store/critical/silence_log_session.hpp"

#include "engine/model/events.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::silence_change;
using ports::watched_listener;
using ports::watched_listeners;

/// Of what is told: told again, it is the same event.
uuid event_id(model::clinic_id clinic, const silence_change& what) {
  const digest d = sha256(std::to_string(clinic) + '/' + what.listener + '/' +
                          (what.silent ? "silent" : "back") + '/' + sortable(what.at));
  uuid out;
  std::copy_n(d.begin(), out.bytes.size(), out.bytes.begin());
  out.bytes[6] = uint8_t(0x80 | (out.bytes[6] & 0x0f)); // RFC 9562, version 8
  out.bytes[8] = uint8_t(0x80 | (out.bytes[8] & 0x3f));
  return out;
}

} // namespace

/// The store's own, since nodes' clocks differ; SQLite has one node.
std::string silence_log_session::now_in(sql_text& sql) const {
  if (of_.speaks != dialect::sqlite) return "clock_timestamp()";
  return sql.arg(sortable(of_.how.clock->now()), "timestamptz");
}

watched_listeners silence_log_session::read(model::clinic_id clinic) {
  sql_text clock = text(), rows = text();
  clock << "SELECT CAST(" << now_in(clock) << " AS text)";
  rows << "SELECT listener, CAST(last_at AS text), CAST(silent_since AS text) FROM listener_watch"
       << " WHERE clinic_id = " << rows.arg(clinic, "bigint") << " ORDER BY listener";
  const auto answers = run_({clock, rows}, false, clinic);
  watched_listeners out;
  out.now = read_time(required(answers.at(0).at(0)[0])).value_or(of_.how.clock->now());
  for (const auto& row : answers.at(1)) {
    auto& one = out.all.emplace_back();
    one.name = required(row[0]);
    one.last_at = read_time(required(row[1])).value_or(out.now);
    one.silent_since = read_time(required(row[2]));
  }
  return out;
}

result<watched_listeners> silence_log_session::listeners(model::clinic_id clinic,
                                                         const std::vector<std::string>& names) {
  return guarded<watched_listeners>("reading watched listeners", [&] {
    auto out = read(clinic);
    std::vector<sql_text> fresh;
    for (const auto& name : names) {
      const auto known = [&](const auto& each) { return each.name == name; };
      if (std::any_of(out.all.begin(), out.all.end(), known)) continue;
      auto& sql = fresh.emplace_back(text());
      sql << "INSERT INTO listener_watch (clinic_id, listener, last_at) VALUES (" << sql.arg(clinic, "bigint")
          << ", " << sql.arg(name, "text") << ", " << now_in(sql) << ") ON CONFLICT DO NOTHING";
    }
    if (!fresh.empty()) {
      run_(fresh, true, clinic);
      out = read(clinic);
    }
    std::erase_if(out.all, [&](const watched_listener& each) {
      return std::find(names.begin(), names.end(), each.name) == names.end();
    });
    return out;
  });
}

status silence_log_session::heard(model::clinic_id clinic, const std::string& listener, timestamp at) {
  return guarded<done>("noting that a listener was heard", [&] {
    sql_text sql = text();
    const auto time = sql.arg(sortable(at), "timestamptz");
    sql << "UPDATE listener_watch SET last_at = " << time
        << " WHERE clinic_id = " << sql.arg(clinic, "bigint")
        << " AND listener = " << sql.arg(listener, "text") << " AND last_at < "
        << sql.arg(sortable(at), "timestamptz");
    run_({sql}, true, clinic);
    return done{};
  });
}

result<bool> silence_log_session::tell(model::clinic_id clinic, const silence_change& what) {
  return guarded<bool>("telling of a silent listener", [&] {
    const auto id = to_text(event_id(clinic, what));
    sql_text row = text(), event = text();
    const auto time = [](sql_text& in, timestamp at) { return in.arg(sortable(at), "timestamptz"); };
    row << "UPDATE listener_watch SET silent_since = ";
    if (what.silent) row << time(row, what.at);
    else row << "NULL";
    row << " WHERE clinic_id = " << row.arg(clinic, "bigint")
        << " AND listener = " << row.arg(what.listener, "text");
    if (what.silent) row << " AND silent_since IS NULL AND last_at <= " << time(row, what.quiet_since);
    else row << " AND silent_since = " << time(row, what.at) << " AND last_at > silent_since";
    row << " RETURNING listener";
    // The event stands for the change: where that was not made now, its row says otherwise, or it is told
    // already.
    event << "INSERT INTO event_outbox (id, clinic_id, event_type, payload, created_at, due) SELECT "
          << event.arg(id, "uuid") << ", w.clinic_id, "
          << event.arg(std::string(what.silent ? model::laboratory_silent : model::laboratory_back), "text")
          << ", " << event.arg(what.payload, "text") << ", ";
    event << now_in(event) << ", " << now_in(event)
          << " FROM listener_watch w WHERE w.clinic_id = " << event.arg(clinic, "bigint")
          << " AND w.listener = " << event.arg(what.listener, "text");
    if (what.silent) event << " AND w.silent_since = " << time(event, what.at);
    else event << " AND w.silent_since IS NULL";
    event << " ON CONFLICT DO NOTHING";
    return !run_({row, event}, true, clinic).at(0).empty();
  });
}

status silence_log_session::shift(model::clinic_id clinic, std::chrono::milliseconds by, timestamp until) {
  return guarded<done>("moving the times of watched listeners", [&] {
    const auto seen = read(clinic);
    std::vector<sql_text> all;
    for (const auto& each : seen.all) {
      if (each.last_at > until) continue; // of after the jump
      auto& sql = all.emplace_back(text());
      sql << "UPDATE listener_watch SET last_at = " << sql.arg(sortable(each.last_at + by), "timestamptz");
      if (each.silent_since)
        sql << ", silent_since = " << sql.arg(sortable(*each.silent_since + by), "timestamptz");
      sql << " WHERE clinic_id = " << sql.arg(clinic, "bigint")
          << " AND listener = " << sql.arg(each.name, "text");
    }
    if (!all.empty()) run_(all, true, clinic);
    return done{};
  });
}

} // namespace aorta::store
