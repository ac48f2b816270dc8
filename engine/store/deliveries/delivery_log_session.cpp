#include "engine/store/deliveries/delivery_log_session.hpp"

#include "engine/store/deliveries/delivery_counts.hpp"
#include "engine/store/deliveries/parked_reviews.hpp"
#include "engine/store/messages/forgotten_messages.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::delivery_filter;
using ports::delivery_log;
using ports::delivery_row;
using ports::destination_stop;
using ports::forward;
using ports::page;
using ports::queue_state;

constexpr const char* delivery_columns =
  "SELECT CAST(d.id AS text), d.destination, CAST(d.part AS text), d.state, CAST(d.holds AS text),"
  " CAST(d.message_id AS text), CAST(d.event_id AS text), d.control_id, CAST(d.resent AS text),"
  " CAST(d.perhaps AS text), CAST(d.attempts AS text), CAST(d.next_at AS text), d.last_code,"
  " CAST(d.created_at AS text), CAST(d.changed_at AS text) FROM delivery d WHERE d.clinic_id = ";

} // namespace

delivery_row read_delivery_row(const text_row& row) {
  const auto id = [&](size_t i) { return uuid_from_text(required(row[i])); };
  const auto number = [&](size_t i) { return read_integer(required(row[i])); };
  delivery_row out;
  out.id = id(0).value_or(uuid{});
  out.destination = required(row[1]);
  out.part = uint32_t(number(2));
  out.state = delivery::state_from(required(row[3])).value_or(delivery::state::waiting);
  out.holds = delivery::holding(std::clamp<int64_t>(number(4), 0, 2));
  out.message = id(5);
  out.event = id(6);
  out.control_id = required(row[7]);
  out.resent = read_boolean(required(row[8]));
  out.perhaps = read_boolean(required(row[9]));
  out.attempts = uint32_t(number(10));
  out.next_at = read_time(required(row[11]));
  out.last_code = required(row[12]);
  out.created_at = read_time(required(row[13])).value_or(timestamp{});
  out.changed_at = read_time(required(row[14])).value_or(timestamp{});
  return out;
}

sql_text delivery_row_sql(dialect speaks, model::clinic_id clinic, const uuid& id) {
  sql_text sql(speaks);
  sql << delivery_columns << sql.arg(clinic, "bigint") << " AND d.id = " << sql.arg(to_text(id), "uuid");
  return sql;
}

result<page<delivery_row>> delivery_log_session::deliveries(const delivery_filter& filter) {
  return guarded<page<delivery_row>>("reading deliveries", [&] {
    const int most = std::clamp(filter.limit, 1, 1000);
    sql_text sql = text();
    sql << delivery_columns << sql.arg(filter.clinic, "bigint");
    if (!filter.destination.empty()) sql << " AND d.destination = " << sql.arg(filter.destination, "text");
    // Literals, since partial indexes are chosen by them.
    if (filter.state) sql << " AND d.state = '" << delivery::name(*filter.state) << "'";
    if (filter.message) {
      const auto id = to_text(*filter.message);
      sql << " AND d.id IN (SELECT id FROM delivery WHERE message_id = " << sql.arg(id, "uuid")
          << " AND NOT resent UNION ALL SELECT id FROM delivery WHERE message_id = " << sql.arg(id, "uuid")
          << " AND resent)";
    }
    if (filter.event) sql << " AND d.event_id = " << sql.arg(to_text(*filter.event), "uuid");
    if (!filter.cursor.empty()) sql << " AND d.id < " << sql.arg(filter.cursor, "uuid");
    sql << " ORDER BY d.id DESC LIMIT " << sql.arg(int64_t{most} + 1, "bigint");
    page<delivery_row> out;
    for (const auto& row : ask(sql, filter.clinic)) out.items.push_back(read_delivery_row(row));
    if (int(out.items.size()) > most) {
      out.items.pop_back();
      out.next = to_text(out.items.back().id);
    }
    return out;
  });
}

result<std::vector<queue_state>> delivery_log_session::counts(model::clinic_id clinic) {
  return guarded<std::vector<queue_state>>("counting deliveries", [&] {
    const auto answers = run_(delivery_counts_sql(of_.speaks, clinic), false, clinic);
    return read_delivery_counts(answers);
  });
}

result<std::vector<destination_stop>> delivery_log_session::stops(model::clinic_id clinic) {
  return guarded<std::vector<destination_stop>>("reading destinations", [&] {
    sql_text sql = text();
    sql << "SELECT destination, why, made_by, CAST(made_at AS text) FROM destination_stop WHERE clinic_id = "
        << sql.arg(clinic, "bigint") << " ORDER BY destination";
    std::vector<destination_stop> out;
    for (const auto& row : ask(sql, clinic))
      out.push_back({required(row[0]), required(row[1]), required(row[2]),
                     read_time(required(row[3])).value_or(timestamp{})});
    return out;
  });
}

status delivery_log_session::pause(model::clinic_id clinic, const std::string& destination,
                                   const std::string& by) {
  return guarded<done>("pausing a destination", [&] {
    sql_text sql = text();
    sql << "INSERT INTO destination_stop (clinic_id, destination, why, made_by, made_at) VALUES ("
        << sql.arg(clinic, "bigint") << ", " << sql.arg(destination, "text") << ", 'paused', "
        << sql.arg(by, "text") << ", " << sql.arg(sortable(now()), "timestamptz")
        << ") ON CONFLICT DO NOTHING";
    run_({sql}, true, clinic);
    return done{};
  });
}

status delivery_log_session::resume(model::clinic_id clinic, const std::string& destination) {
  return guarded<done>("resuming a destination", [&] {
    sql_text sql = text();
    sql << "DELETE FROM destination_stop WHERE clinic_id = " << sql.arg(clinic, "bigint")
        << " AND destination = " << sql.arg(destination, "text");
    run_({sql}, true, clinic);
    return done{};
  });
}

/// Until this transaction ends, no retention takes the bytes of the message; see `forget_messages`. SQLite
/// has one writer.
std::vector<sql_text> delivery_log_session::lock_bytes(bytes_of what, const uuid& id) {
  if (of_.speaks == dialect::sqlite) return {};
  sql_text sql = text();
  const auto place = sql.arg(to_text(id), "uuid");
  sql << "SELECT '1' FROM hl7_message_log WHERE id = "
      << (what == bytes_of::message ? place : "(SELECT message_id FROM delivery WHERE id = " + place + ")")
      << " FOR SHARE";
  return {sql};
}

std::optional<delivery_log::change> delivery_log_session::put(
  model::clinic_id clinic, const uuid& id, std::string_view columns_to, std::string_view states,
  std::string_view and_also, const std::vector<sql_text>& behind, std::vector<sql_text> all) {
  sql_text sql = text();
  sql << "UPDATE delivery SET " << columns_to << ", changed_at = " << sql.arg(sortable(now()), "timestamptz")
      << " WHERE id = " << sql.arg(to_text(id), "uuid") << " AND clinic_id = " << sql.arg(clinic, "bigint")
      << " AND state IN (" << states << ")" << and_also << " RETURNING CAST(id AS text)";
  const auto at = all.size();
  all.push_back(sql);
  all.push_back(delivery_row_sql(of_.speaks, clinic, id));
  all.insert(all.end(), behind.begin(), behind.end());
  const auto answers = run_(all, true, clinic);
  if (answers.at(at + 1).empty()) return std::nullopt;
  return change{read_delivery_row(answers.at(at + 1).at(0)), !answers.at(at).empty()};
}

result<std::optional<delivery_log::change>> delivery_log_session::retry(model::clinic_id clinic,
                                                                        const uuid& id) {
  return guarded<std::optional<change>>("retrying a delivery", [&] {
    return put(
      clinic, id, "state = 'waiting', holds = 0, refusals = 0, next_at = NULL",
      "'waiting', 'parked', 'skipped'",
      " AND coalesce(last_code, '') NOT IN ('erased', 'withdrawn') AND (destination NOT LIKE 'webhook:%' OR EXISTS (SELECT 1 FROM webhook_configs w"
      " WHERE w.clinic_id = delivery.clinic_id AND delivery.destination = 'webhook:' || CAST(w.id AS text)))"
      " AND (body IS NOT NULL OR message_id IS NULL OR EXISTS (SELECT 1 FROM hl7_message_log l WHERE l.id ="
      " delivery.message_id AND l.created_at = delivery.message_at AND l.raw_message <> ''))",
      {}, lock_bytes(bytes_of::delivery, id));
  });
}

result<std::optional<delivery_log::change>> delivery_log_session::skip(model::clinic_id clinic,
                                                                       const uuid& id) {
  return guarded<std::optional<change>>("skipping a delivery", [&] {
    sql_text place = text();
    place << "SELECT destination, CAST(order_key AS text) FROM delivery WHERE id = "
          << place.arg(to_text(id), "uuid") << " AND clinic_id = " << place.arg(clinic, "bigint");
    std::vector<sql_text> behind;
    for (const auto& row : ask(place, clinic))
      behind.push_back(close_parked(of_.speaks, locks_,
                                    {clinic, required(row[0]), read_integer(required(row[1]))},
                                    delivery::name(delivery::state::skipped), now()));
    return put(clinic, id, "state = 'skipped', holds = 0, next_at = NULL", "'waiting', 'parked'", {}, behind);
  });
}

result<delivery_row> delivery_log_session::resend(model::clinic_id clinic, const uuid& message,
                                                  timestamp received_at, const forward& what) {
  return guarded<delivery_row>("resending a message", [&] {
    const auto at = now();
    const auto id = of_.how.ids->next(at);
    const auto body = what.body.empty() ? sql_value() : sql_value(locks_.seal(what.body, at));
    sql_text sql = text();
    sql << "INSERT INTO delivery (id, clinic_id, destination, part, order_key, message_id, message_at,"
        << " control_id, resent, body, created_at, changed_at) SELECT " << sql.arg(to_text(id), "uuid")
        << ", " << sql.arg(clinic, "bigint") << ", " << sql.arg(what.destination, "text") << ", "
        << sql.arg(int64_t{what.part}, "bigint") << ", " << sql.arg(what.key, "bigint") << ", "
        << sql.arg(to_text(message), "uuid") << ", " << sql.arg(sortable(received_at), "timestamptz") << ", "
        << sql.arg(what.control_id, "text") << ", true, " << sql.arg(body, "text") << ", "
        << sql.arg(sortable(at), "timestamptz") << ", " << sql.arg(sortable(at), "timestamptz");
    std::vector<sql_text> all;
    if (what.body.empty()) { // it is read from the log
      all = lock_bytes(bytes_of::message, message);
      sql << " WHERE EXISTS (SELECT 1 FROM hl7_message_log WHERE id = " << sql.arg(to_text(message), "uuid")
          << " AND raw_message <> '')";
    }
    all.push_back(sql);
    all.push_back(delivery_row_sql(of_.speaks, clinic, id));
    const auto answers = run_(all, true, clinic);
    if (answers.back().empty())
      throw failure({error_code::conflict, "", "the message's bytes are gone by retention"});
    return read_delivery_row(answers.back().at(0));
  });
}

result<int64_t> delivery_log_session::forget(model::clinic_id clinic, timestamp before, int most) {
  return guarded<int64_t>("forgetting deliveries", [&] {
    sql_text sql = text();
    // By ids first: those are in the order in which they were made, and what old rows stay are few.
    sql << "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE id < "
        << sql.arg(first_id_at(before), "uuid") << " AND clinic_id = " << sql.arg(clinic, "bigint")
        << " AND state IN ('sent', 'skipped') AND changed_at < " << sql.arg(sortable(before), "timestamptz")
        << " ORDER BY id LIMIT " << sql.arg(int64_t{most}, "bigint") << ") RETURNING CAST(id AS text)";
    return int64_t(run_({sql}, true, clinic).at(0).size());
  });
}

result<int64_t> delivery_log_session::forget_events(model::clinic_id clinic, timestamp before, int most) {
  return guarded<int64_t>("forgetting events", [&] {
    sql_text sql = text();
    // A delivery has one index where a person asked for it, and another where nobody did.
    sql
      << "DELETE FROM event_outbox WHERE id IN (SELECT e.id FROM event_outbox e WHERE e.clinic_id = "
      << sql.arg(clinic, "bigint") << " AND e.due IS NULL AND e.created_at < "
      << sql.arg(sortable(before), "timestamptz")
      << " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event_id = e.id AND d.event_id IS NOT NULL AND NOT d.resent)"
      << " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event_id = e.id AND d.event_id IS NOT NULL AND d.resent)"
      << " ORDER BY e.created_at LIMIT " << sql.arg(int64_t{most}, "bigint")
      << ") RETURNING CAST(id AS text)";
    return int64_t(run_({sql}, true, clinic).at(0).size());
  });
}

} // namespace aorta::store
