// What persons see of webhooks and do about them.
#include "engine/model/events.hpp"
#include "engine/store/deliveries/delivery_log_session.hpp"
#include "engine/store/deliveries/parked_reviews.hpp"
#include "engine/store/deliveries/webhook_rows.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

namespace aorta::store {
namespace {

using ports::delivery_row;
using ports::webhook;

webhook without_secrets(webhook of) {
  of.secret.clear();
  of.old_secret.clear();
  return of;
}

} // namespace

result<std::vector<webhook>> webhook_log_session::webhooks(model::clinic_id clinic) {
  return guarded<std::vector<webhook>>("reading webhooks", [&] {
    std::vector<webhook> out;
    const auto answers = run_({webhooks_sql(of_.speaks, clinic)}, false, clinic);
    for (const auto& row : answers.at(0)) out.push_back(without_secrets(read_webhook(row)));
    return out;
  });
}

result<std::optional<webhook>> webhook_log_session::webhook_of(model::clinic_id clinic, const uuid& id) {
  return guarded<std::optional<webhook>>("reading a webhook", [&]() -> std::optional<webhook> {
    const auto answers = run_({webhooks_sql(of_.speaks, clinic, &id)}, false, clinic);
    if (answers.at(0).empty()) return std::nullopt;
    return without_secrets(read_webhook(answers.at(0).at(0)));
  });
}

result<webhook> webhook_log_session::add_webhook(const webhook& what) {
  return guarded<webhook>("adding a webhook", [&] {
    const auto at = now();
    const auto id = of_.how.ids->next(at);
    const auto time = sortable(at);
    sql_text sql = text();
    sql
      << "INSERT INTO webhook_configs (id, clinic_id, url, event_types, secret, active, made_by, created_at,"
      << " changed_at) VALUES (" << sql.arg(to_text(id), "uuid") << ", " << sql.arg(what.clinic, "bigint")
      << ", " << sql.arg(what.url, "text") << ", " << sql.arg(json_list(what.event_types), "text") << ", "
      << sql.arg(locks_.encrypt(what.secret, at), "text") << ", " << (what.active ? "true" : "false") << ", "
      << sql.arg(what.made_by, "text") << ", " << sql.arg(time, "timestamptz") << ", "
      << sql.arg(time, "timestamptz") << ")";
    const auto answers = run_({sql, webhooks_sql(of_.speaks, what.clinic, &id)}, true, what.clinic);
    return without_secrets(read_webhook(answers.at(1).at(0)));
  });
}

result<bool> webhook_log_session::put_webhook(const webhook& what) {
  return guarded<bool>("changing a webhook", [&] {
    const auto at = now();
    sql_text sql = text();
    sql << "UPDATE webhook_configs SET url = " << sql.arg(what.url, "text")
        << ", event_types = " << sql.arg(json_list(what.event_types), "text")
        << ", active = " << (what.active ? "true, stopped_why = NULL" : "false");
    if (!what.secret.empty())
      sql << ", old_secret = secret, old_secret_until = "
          << sql.arg(sortable(what.old_secret_until), "timestamptz")
          << ", secret = " << sql.arg(locks_.encrypt(what.secret, at), "text");
    sql << ", changed_at = " << sql.arg(sortable(at), "timestamptz")
        << " WHERE clinic_id = " << sql.arg(what.clinic, "bigint")
        << " AND id = " << sql.arg(to_text(what.id), "uuid") << " RETURNING CAST(id AS text)";
    return !run_({sql}, true, what.clinic).at(0).empty();
  });
}

/// The deliveries after the webhook: whoever is just writing some for it is waited for.
result<bool> webhook_log_session::remove_webhook(model::clinic_id clinic, const uuid& id) {
  return guarded<bool>("removing a webhook", [&] {
    webhook of;
    of.id = id;
    sql_text gone = text(), left = text();
    gone << "DELETE FROM webhook_configs WHERE clinic_id = " << gone.arg(clinic, "bigint")
         << " AND id = " << gone.arg(to_text(id), "uuid") << " RETURNING CAST(id AS text)";
    left << "UPDATE delivery SET perhaps = (perhaps OR state = 'inflight'), state = 'skipped', holds = 0,"
         << " next_at = NULL, last_code = 'webhook-removed', changed_at = "
         << left.arg(sortable(now()), "timestamptz") << " WHERE clinic_id = " << left.arg(clinic, "bigint")
         << " AND destination = " << left.arg(of.destination(), "text")
         << " AND state IN ('waiting', 'inflight', 'parked')";
    const auto asked = close_all_parked(of_.speaks, clinic, of.destination(), "webhook-removed", now());
    return !run_({gone, left, asked}, true, clinic).at(0).empty();
  });
}

result<std::optional<delivery_row>> webhook_log_session::test_webhook(model::clinic_id clinic,
                                                                      const uuid& id) {
  return guarded<std::optional<delivery_row>>("testing a webhook", [&]() -> std::optional<delivery_row> {
    const auto at = now();
    const auto time = sortable(at);
    const auto event = to_text(of_.how.ids->next(at));
    const auto delivery = of_.how.ids->next(at);
    webhook of;
    of.id = id;
    const auto if_there = [&](sql_text& sql) {
      sql << " FROM webhook_configs WHERE clinic_id = " << sql.arg(clinic, "bigint")
          << " AND id = " << sql.arg(to_text(id), "uuid");
    };
    sql_text told = text(), sent = text();
    told << "INSERT INTO event_outbox (id, clinic_id, event_type, payload, created_at, due) SELECT "
         << told.arg(event, "uuid") << ", " << told.arg(clinic, "bigint") << ", "
         << told.arg(std::string(model::webhook_test_event), "text") << ", "
         << told.arg(R"({"webhook_id":")" + to_text(id) + "\"}", "text") << ", "
         << told.arg(time, "timestamptz") << ", NULL";
    if_there(told);
    sent
      << "INSERT INTO delivery (id, clinic_id, destination, part, order_key, event_id, control_id, created_at,"
      << " changed_at) SELECT " << sent.arg(to_text(delivery), "uuid") << ", " << sent.arg(clinic, "bigint")
      << ", " << sent.arg(of.destination(), "text") << ", 0, 0, " << sent.arg(event, "uuid") << ", "
      << sent.arg(event, "text") << ", " << sent.arg(time, "timestamptz") << ", "
      << sent.arg(time, "timestamptz");
    if_there(sent);
    const auto answers = run_({told, sent, delivery_row_sql(of_.speaks, clinic, delivery)}, true, clinic);
    if (answers.at(2).empty()) return std::nullopt;
    return read_delivery_row(answers.at(2).at(0));
  });
}

} // namespace aorta::store
