#include "engine/store/deliveries/parked_reviews.hpp"

#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace aorta::store {
namespace {

using delivery::state;

const std::string parked_kind(ports::delivery_parked);

half_digest subject_of(cipher& locks, const parked_place& of) {
  return locks.blind(of.clinic, parked_kind, of.destination + "/" + std::to_string(of.key));
}

/// The reasons begin so, whatever they go on with.
std::string first_words(const std::string& destination) { return R"([{"where":")" + destination + "\","; }

/// A code is ours, a number of the protocol, or one word of a server: nothing else passes.
std::string safe(std::string_view code) {
  std::string out;
  for (const char c : code)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_')
      out += c;
  return out.substr(0, 40);
}

std::string reasons_of(const std::string& destination, const ports::delivery_turn::settled& what) {
  const auto attempts = std::to_string(what.what.attempts) +
    (what.what.attempts == 1 ? " attempt" : " attempts");
  return first_words(destination) + R"("rule":")" + parked_kind + R"(","detail":"delivery )" +
    to_text(what.id) + " is parked after " + attempts + ", the last one answered " + safe(what.what.code) +
    R"(: retry it, or skip it"}])";
}

struct row_seen {
  parked_place of;
  state now = state::waiting;
  std::string message; ///< of which it or its event tells; empty: of none
};

std::map<std::string, row_seen> read_rows(record_talk& talk, model::clinic_id clinic,
                                          const std::vector<std::string>& ids) {
  sql_text sql = talk.text();
  sql << "SELECT CAST(d.id AS text), d.destination, CAST(d.order_key AS text), d.state,"
      << " CAST(COALESCE(d.message_id, e.message_id) AS text) FROM delivery d"
      << " LEFT JOIN event_outbox e ON e.id = d.event_id WHERE d.id" << sql.list(ids, "uuid")
      << " AND d.clinic_id" << sql.beside(clinic);
  std::map<std::string, row_seen> out;
  for (const auto& row : talk.ask(sql))
    out[required(row[0])] = {{clinic, required(row[1]), read_integer(required(row[2]))},
                             delivery::state_from(required(row[3])).value_or(state::waiting),
                             required(row[4])};
  return out;
}

void ask_person(record_talk& talk, cipher& locks, const row_seen& row,
                const ports::delivery_turn::settled& what) {
  const auto now = talk.now();
  sql_text sql = talk.text();
  sql
    << "INSERT INTO review_queue (id, clinic_id, message_id, kind, reasons, candidates, created_at, subject)"
    << " VALUES (" << sql.arg(to_text(talk.base().how.ids->next(now)), "uuid") << ", "
    << sql.arg(row.of.clinic, "bigint") << ", "
    << sql.arg(row.message.empty() ? to_text(uuid{}) : row.message, "uuid") << ", "
    << sql.arg(parked_kind, "text") << ", " << sql.arg(reasons_of(row.of.destination, what), "text")
    << ", '[]', " << sql.arg(sortable(now), "timestamptz") << ", "
    << sql.arg(subject_of(locks, row.of), "uuid") << ") ON CONFLICT DO NOTHING";
  talk.tell(sql);
}

/// It was tried before: a person may have let it go again.
bool may_settle(const delivery::ruling& what) {
  return (what.now == state::sent && what.attempts > 1) || what.now == state::skipped;
}

} // namespace

void review_parked(record_talk& talk, cipher& locks, model::clinic_id clinic,
                   const ports::delivery_turn& what) {
  std::vector<std::string> ids;
  for (const auto& each : what.done)
    if (each.what.now == state::parked || may_settle(each.what)) ids.push_back(to_text(each.id));
  if (ids.empty()) return;
  const auto rows = read_rows(talk, clinic, ids);
  for (const auto& each : what.done) {
    const auto row = rows.find(to_text(each.id));
    // Whoever lost the lease has not written what it says.
    if (row == rows.end() || row->second.now != each.what.now) continue;
    if (each.what.now == state::parked) ask_person(talk, locks, row->second, each);
    else if (may_settle(each.what))
      talk.tell(
        close_parked(talk.base().speaks, locks, row->second.of, delivery::name(each.what.now), talk.now()));
  }
}

sql_text close_parked(dialect speaks, cipher& locks, const parked_place& of, std::string_view action,
                      timestamp now) {
  sql_text sql(speaks);
  sql << "UPDATE review_queue SET state = 'resolved', action = " << sql.arg(std::string(action), "text")
      << ", resolved_at = " << sql.arg(sortable(now), "timestamptz")
      << " WHERE subject = " << sql.arg(subject_of(locks, of), "uuid") << " AND clinic_id"
      << sql.beside(of.clinic) << " AND kind = " << sql.arg(parked_kind, "text")
      << " AND state = 'open' AND NOT EXISTS (SELECT 1 FROM delivery o WHERE o.clinic_id = "
      << sql.arg(of.clinic, "bigint") << " AND o.destination = " << sql.arg(of.destination, "text")
      << " AND o.order_key = " << sql.arg(of.key, "bigint")
      << " AND (o.state = 'parked' OR (o.state IN ('waiting', 'inflight') AND o.attempts > 0)))";
  return sql;
}

sql_text close_all_parked(dialect speaks, model::clinic_id clinic, const std::string& destination,
                          std::string_view action, timestamp now) {
  const auto begin = first_words(destination);
  sql_text sql(speaks);
  sql << "UPDATE review_queue SET state = 'resolved', action = " << sql.arg(std::string(action), "text")
      << ", resolved_at = " << sql.arg(sortable(now), "timestamptz")
      << " WHERE clinic_id = " << sql.arg(clinic, "bigint")
      << " AND state = 'open' AND kind = " << sql.arg(parked_kind, "text")
      << " AND substr(CAST(reasons AS text), 1, " << std::to_string(begin.size())
      << ") = " << sql.arg(begin, "text");
  return sql;
}

} // namespace aorta::store
