#include "engine/store/deliveries/webhook_rows.hpp"

#include "engine/base/hash.hpp"
#include "engine/model/events.hpp"
#include "engine/store/deliveries/delivery_rows.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"

#include <cstdlib>
#include <map>

namespace aorta::store {
namespace {

using ports::event_taker;
using ports::webhook;
using ports::webhook_partitions;

struct due_event {
  uuid id;
  std::string type;
  std::optional<model::patient_id> patient;
};

std::vector<due_event> due_events(record_talk& talk, model::clinic_id clinic, size_t most) {
  sql_text sql = talk.text();
  sql << "SELECT CAST(id AS text), event_type, CAST(patient_id AS text) FROM event_outbox WHERE clinic_id = "
      << sql.arg(clinic, "bigint") << " AND due IS NOT NULL ORDER BY "
      << (talk.base().speaks == dialect::sqlite ? "rowid" : "due") << " LIMIT "
      << sql.arg(int64_t(most), "bigint");
  std::vector<due_event> out;
  for (const auto& row : talk.ask(sql)) {
    auto& one = out.emplace_back();
    one.id = uuid_from_text(required(row[0])).value_or(uuid{});
    one.type = required(row[1]);
    if (row[2]) one.patient = read_integer(*row[2]);
  }
  return out;
}

/// Those of the configuration and the clinic's own. Nobody takes one of these away while its deliveries are
/// written, so that none is left behind that nobody skips.
std::vector<event_taker> all_takers(record_talk& talk, model::clinic_id clinic,
                                    std::span<const event_taker> configured) {
  std::vector<event_taker> out(configured.begin(), configured.end());
  sql_text sql = webhooks_sql(talk.base().speaks, clinic);
  if (talk.base().speaks == dialect::postgresql) sql << " FOR SHARE";
  for (const auto& row : talk.ask(sql)) {
    const auto one = read_webhook(row);
    if (one.active)
      out.push_back({one.destination(), one.event_types, webhook_partitions, delivery::order_by::patient});
  }
  return out;
}

struct delivery_order {
  int64_t key = 0;
  bool urgent = false;
};

/// Critical values of a patient keep their order among themselves: nothing else makes them wait.
delivery_order delivery_order_of(const due_event& what, delivery::order_by by) {
  using delivery::order_by;
  if (by == order_by::all) return {1, false};
  const bool urgent = model::is_urgent(what.type);
  if (by == order_by::none || !what.patient) return {0, urgent};
  return {*what.patient * 2 + (urgent ? 1 : 0), urgent};
}

uint32_t partition_of(const delivery_order& at, const uuid& id, uint32_t partitions) {
  if (at.key != 0) return uint32_t(std::abs(at.key % int64_t{partitions}));
  fnv1a spread;
  spread.add(to_text(id));
  return uint32_t(spread.value() % partitions);
}

void mark_given(record_talk& talk, model::clinic_id clinic, const std::vector<std::string>& ids,
                bool to_somebody) {
  if (ids.empty()) return;
  sql_text sql = talk.text();
  sql << "UPDATE event_outbox SET due = NULL";
  if (!to_somebody) sql << ", delivered_at = " << sql.arg(sortable(talk.now()), "timestamptz");
  sql << " WHERE clinic_id = " << sql.arg(clinic, "bigint") << " AND id" << sql.list(ids, "uuid");
  talk.tell(sql);
}

} // namespace

sql_text webhooks_sql(dialect speaks, model::clinic_id clinic, const uuid* id) {
  sql_text sql(speaks);
  sql
    << "SELECT CAST(id AS text), CAST(clinic_id AS text), url, event_types, CAST(active AS text), stopped_why, secret,"
    << " old_secret, CAST(old_secret_until AS text), made_by, CAST(created_at AS text), CAST(changed_at AS text)"
    << " FROM webhook_configs WHERE clinic_id = " << sql.arg(clinic, "bigint");
  if (id != nullptr) sql << " AND id = " << sql.arg(to_text(*id), "uuid");
  sql << " ORDER BY id";
  return sql;
}

webhook read_webhook(const text_row& row) {
  webhook out;
  out.id = uuid_from_text(required(row[0])).value_or(uuid{});
  out.clinic = read_integer(required(row[1]));
  out.url = required(row[2]);
  out.event_types = read_json_list(required(row[3]));
  out.active = read_boolean(required(row[4]));
  out.stopped_why = required(row[5]);
  out.secret = required(row[6]);
  out.old_secret = required(row[7]);
  out.old_secret_until = read_time(required(row[8])).value_or(timestamp{});
  out.made_by = required(row[9]);
  out.created_at = read_time(required(row[10])).value_or(timestamp{});
  out.changed_at = read_time(required(row[11])).value_or(timestamp{});
  return out;
}

size_t give_out(record_talk& talk, model::clinic_id clinic, std::span<const event_taker> configured,
                size_t most, const std::function<void(const std::string&, uint32_t)>& wrote) {
  const auto takers = all_takers(talk, clinic, configured);
  const auto events = due_events(talk, clinic, most);
  const auto at = talk.now();
  const std::string now = sortable(at);
  std::vector<sql_row> rows;
  std::map<bool, std::vector<std::string>> given; // by whether somebody takes it
  for (const auto& event : events) {
    bool taken = false;
    for (const auto& taker : takers) {
      if (!taker.takes(event.type)) continue;
      taken = true;
      const auto id = talk.base().how.ids->next(at);
      const auto place = delivery_order_of(event, taker.key);
      const auto part = partition_of(place, event.id, taker.partitions);
      rows.push_back({to_text(id), clinic, taker.destination, int64_t{part}, place.key, to_text(event.id),
                      to_text(event.id), int64_t{place.urgent ? 1 : 0}, now, now});
      wrote(taker.destination, part);
    }
    given[taken].push_back(to_text(event.id));
  }
  talk.count(talk.link().add_rows(tell_statement(), rows));
  for (const auto& [taken, ids] : given) mark_given(talk, clinic, ids, taken);
  return events.size();
}

} // namespace aorta::store
