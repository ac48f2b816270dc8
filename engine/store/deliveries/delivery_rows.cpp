#include "engine/store/deliveries/delivery_rows.hpp"

// Tables, a row a line:
// clang-format off

namespace aorta::store {
namespace {

/// A writer whose lease has ended, or is somebody else's, changes nothing.
constexpr const char* same_lease = "l.clinic_id = delivery.clinic_id AND l.destination = delivery.destination AND l.part = delivery.part AND l.token = ";

// `state || ''`: PostgreSQL must find each row by its id. By the index of open rows, of which it believes that they are few, it went along
// a whole backlog for each row of a turn: half a second with 10,000.
row_statement make_settle() {
  row_statement out;
  out.columns = {{"id", cell::id}, {"state", cell::text}, {"holds", cell::integer}, {"attempts", cell::integer}, {"refusals", cell::integer},
                 {"perhaps", cell::boolean}, {"next_at", cell::time}, {"last_code", cell::text}, {"changed_at", cell::time}, {"token", cell::integer},
                 {"owner", cell::text}};
  out.sqlite = "UPDATE delivery SET state = ?2, holds = ?3, attempts = ?4, refusals = ?5, perhaps = (perhaps OR ?6), next_at = ?7, last_code = ?8, changed_at = ?9"
               " WHERE id = ?1 AND state = 'inflight' AND EXISTS (SELECT 1 FROM lease l WHERE " + std::string(same_lease) + "?10 AND l.owner = ?11)";
  out.postgresql = "UPDATE delivery SET state = u.state, holds = u.holds, attempts = u.attempts, refusals = u.refusals, perhaps = (delivery.perhaps OR u.perhaps),"
                   " next_at = u.next_at, last_code = u.last_code, changed_at = u.changed_at FROM (" + unnested(out.columns) +
                   ") u, lease l WHERE delivery.id = u.id AND (delivery.state || '') = 'inflight' AND " + same_lease + "u.token AND l.owner = u.owner";
  return out;
}

row_statement make_begin() {
  row_statement out;
  out.columns = {{"id", cell::id}, {"changed_at", cell::time}, {"token", cell::integer}, {"owner", cell::text}};
  const std::string start = "UPDATE delivery SET perhaps = (delivery.perhaps OR delivery.state = 'inflight'), state = 'inflight', changed_at = ";
  out.sqlite = start + "?2 WHERE id = ?1 AND state IN ('waiting', 'inflight')" + " AND EXISTS (SELECT 1 FROM lease l WHERE " + same_lease + "?3 AND l.owner = ?4) RETURNING id, perhaps";
  out.postgresql = start + "u.changed_at FROM (" + unnested(out.columns) + ") u, lease l WHERE delivery.id = u.id AND (delivery.state || '') IN ('waiting', 'inflight') AND " + same_lease +
                   "u.token AND l.owner = u.owner RETURNING delivery.id, delivery.perhaps";
  return out;
}

row_statement make_extend() {
  row_statement out;
  out.columns = {{"clinic_id", cell::integer}, {"destination", cell::text}, {"part", cell::integer}, {"token", cell::integer}, {"owner", cell::text},
                 {"until", cell::text}};
  out.sqlite = "UPDATE lease SET until = ?6 WHERE clinic_id = ?1 AND destination = ?2 AND part = ?3 AND token = ?4 AND owner = ?5 RETURNING destination, part";
  out.postgresql = "UPDATE lease SET until = clock_timestamp() + u.until::interval FROM (" + unnested(out.columns) +
                   ") u WHERE lease.clinic_id = u.clinic_id AND lease.destination = u.destination AND lease.part = u.part AND lease.token = u.token"
                   " AND lease.owner = u.owner RETURNING lease.destination, lease.part";
  return out;
}

row_statement make_tell() {
  row_statement out;
  out.columns = {{"id", cell::id}, {"clinic_id", cell::integer}, {"destination", cell::text}, {"part", cell::integer}, {"order_key", cell::integer},
                 {"event_id", cell::id}, {"control_id", cell::text}, {"urgent", cell::boolean}, {"created_at", cell::time}, {"changed_at", cell::time}};
  const std::string start = "INSERT INTO delivery (id, clinic_id, destination, part, order_key, event_id, control_id, urgent, created_at, changed_at) ";
  out.sqlite = start + "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";
  out.postgresql = start + unnested(out.columns) + " ON CONFLICT DO NOTHING";
  return out;
}

} // namespace

const row_statement& settle_statement() {
  static const auto made = make_settle();
  return made;
}

const row_statement& begin_statement() {
  static const auto made = make_begin();
  return made;
}

const row_statement& tell_statement() {
  static const auto made = make_tell();
  return made;
}

const row_statement& extend_statement() {
  static const auto made = make_extend();
  return made;
}

} // namespace aorta::store
