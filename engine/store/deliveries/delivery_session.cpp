#include "engine/store/deliveries/delivery_session.hpp"

#include "engine/store/deliveries/delivery_counts.hpp"
#include "engine/store/deliveries/delivery_rows.hpp"
#include "engine/store/deliveries/parked_reviews.hpp"
#include "engine/store/deliveries/webhook_rows.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/records/record_talk.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>
#include <set>

namespace aorta::store {
namespace {

using ports::delivery_answer;
using ports::delivery_session;
using ports::delivery_turn;
using ports::event_taker;
using ports::given_events;
using ports::lease;
using ports::parcel;
using ports::partition;
using ports::queue_state;
using ports::waiting_deliveries;
using ports::webhook;
using ports::webhook_destination;

constexpr const char* open_states = "state IN ('waiting', 'inflight')";

class database_delivery_session final : public delivery_session {
public:
  explicit database_delivery_session(std::shared_ptr<database> of)
      : talk_(of),
        locks_(of->how.pii_key, of->blind_key) {}
  void greet() { talk_.connect(); }

  result<std::vector<lease>> take(model::clinic_id clinic, std::span<const partition> wanted,
                                  const std::string& owner, std::chrono::seconds length) override {
    return talk_.in<std::vector<lease>>(clinic, purpose::changing, "taking leases",
                                        [&] { return take_free(clinic, wanted, owner, length); });
  }
  status release(model::clinic_id clinic, std::span<const lease> all, const std::string& owner) override {
    return talk_.in<done>(clinic, purpose::changing, "giving leases back", [&] {
      for (const auto& each : all) {
        sql_text sql = talk_.text();
        sql << "UPDATE lease SET until = " << moment(std::chrono::seconds(-1), sql);
        sql << " WHERE clinic_id = " << sql.arg(clinic, "bigint")
            << " AND destination = " << sql.arg(each.of.destination, "text")
            << " AND part = " << sql.arg(int64_t{each.of.part}, "bigint")
            << " AND token = " << sql.arg(each.token, "bigint") << " AND owner = " << sql.arg(owner, "text");
        talk_.tell(sql);
      }
      return done{};
    });
  }
  result<std::set<std::string>> stopped(model::clinic_id clinic) override {
    return talk_.in<std::set<std::string>>(clinic, purpose::reading, "reading destinations", [&] {
      sql_text sql = talk_.text();
      sql << "SELECT destination FROM destination_stop WHERE clinic_id = " << sql.arg(clinic, "bigint");
      std::set<std::string> out;
      for (const auto& row : talk_.ask(sql)) out.insert(required(row[0]));
      return out;
    });
  }
  result<std::vector<webhook>> webhooks(model::clinic_id clinic) override {
    return talk_.in<std::vector<webhook>>(clinic, purpose::reading, "reading webhooks", [&] {
      std::vector<webhook> out;
      for (const auto& row : talk_.ask(webhooks_sql(talk_.base().speaks, clinic)))
        if (auto one = read_webhook(row); one.active && reveal(one)) out.push_back(std::move(one));
      return out;
    });
  }
  result<given_events> give_out(model::clinic_id clinic, std::span<const event_taker> takers,
                                size_t most) override {
    const auto due = talk_.in<bool>(clinic, purpose::reading, "looking for events",
                                    [&] { return is_due(clinic); });
    if (!due) return due.error();
    if (!*due) return given_events{};
    return talk_.in<given_events>(clinic, purpose::changing, "giving events out", [&] {
      given_events out;
      out.events = aorta::store::give_out(talk_, clinic, takers, most,
                                          [&](const std::string& destination, uint32_t part) {
                                            out.to.insert({clinic, destination, part});
                                          });
      return out;
    });
  }
  result<waiting_deliveries> waiting(const partition& of, std::span<const int64_t> left_out,
                                     size_t most) override {
    return talk_.in<waiting_deliveries>(of.clinic, purpose::reading, "reading deliveries",
                                        [&] { return read(of, left_out, most); });
  }
  result<delivery_answer> write(model::clinic_id clinic, const delivery_turn& what, const std::string& owner,
                                std::chrono::seconds length) override {
    return talk_.in<delivery_answer>(clinic, purpose::changing, "writing deliveries",
                                     [&] { return take_turn(clinic, what, owner, length); });
  }
  status stop(model::clinic_id clinic, const std::string& destination, const std::string& why) override {
    return talk_.in<done>(clinic, purpose::changing, "stopping a destination", [&] {
      if (destination.starts_with(webhook_destination)) return stop_webhook(clinic, destination, why);
      sql_text sql = talk_.text();
      sql << "INSERT INTO destination_stop (clinic_id, destination, why, made_at) VALUES ("
          << sql.arg(clinic, "bigint") << ", " << sql.arg(destination, "text") << ", " << sql.arg(why, "text")
          << ", " << sql.arg(sortable(talk_.now()), "timestamptz") << ") ON CONFLICT DO NOTHING";
      talk_.tell(sql);
      return done{};
    });
  }
  status spread(model::clinic_id clinic, const std::string& destination, uint32_t partitions) override {
    return talk_.in<done>(clinic, purpose::changing, "spreading deliveries", [&] {
      sql_text sql = talk_.text();
      const auto home = "abs(order_key % " + std::to_string(partitions) + ")";
      sql << "UPDATE delivery SET part = " << home << " WHERE clinic_id = " << sql.arg(clinic, "bigint")
          << " AND destination = " << sql.arg(destination, "text")
          << " AND state IN ('waiting', 'inflight', 'parked') AND part <> " << home
          << " AND (order_key <> 0 OR part >= " << std::to_string(partitions) << ")";
      talk_.tell(sql);
      return done{};
    });
  }
  result<std::vector<queue_state>> counts(model::clinic_id clinic) override {
    return talk_.in<std::vector<queue_state>>(clinic, purpose::reading, "counting deliveries",
                                              [&] { return count(clinic); });
  }

private:
  /// False: it was sealed under another key. It rests until its secret is made anew.
  bool reveal(webhook& of) {
    const auto open = [&](std::string& text) {
      if (text.empty()) return true;
      auto plain = locks_.decrypt(text);
      if (plain) text = std::move(*plain);
      return plain.has_value();
    };
    if (!open(of.old_secret)) of.old_secret.clear();
    return open(of.secret);
  }

  bool is_due(model::clinic_id clinic) {
    sql_text sql = talk_.text();
    sql << "SELECT 1 FROM event_outbox WHERE clinic_id = " << sql.arg(clinic, "bigint")
        << " AND due IS NOT NULL LIMIT 1";
    return !talk_.ask(sql).empty();
  }

  done stop_webhook(model::clinic_id clinic, const std::string& destination, const std::string& why) {
    sql_text sql = talk_.text();
    sql << "UPDATE webhook_configs SET active = false, stopped_why = " << sql.arg(why, "text")
        << ", changed_at = " << sql.arg(sortable(talk_.now()), "timestamptz")
        << " WHERE clinic_id = " << sql.arg(clinic, "bigint")
        << " AND id = " << sql.arg(destination.substr(webhook_destination.size()), "uuid");
    talk_.tell(sql);
    return {};
  }

  bool sqlite() noexcept { return talk_.base().speaks == dialect::sqlite; }

  /// `from_now` by the store's own clock, since nodes' clocks differ.
  std::string moment(std::chrono::seconds from_now, sql_text& sql) {
    if (sqlite()) return sql.arg(sortable(talk_.now() + from_now), "timestamptz");
    return "clock_timestamp() + " + sql.arg(std::to_string(from_now.count()) + " seconds", "text") +
      "::interval";
  }

  std::vector<lease> take_free(model::clinic_id clinic, std::span<const partition> wanted,
                               const std::string& owner, std::chrono::seconds length) {
    sql_text held = talk_.text();
    held << "SELECT destination, part FROM lease WHERE clinic_id = " << held.arg(clinic, "bigint")
         << " AND until > ";
    held << moment(std::chrono::seconds(0), held);
    std::set<std::pair<std::string, int64_t>> taken;
    for (const auto& row : talk_.ask(held)) taken.emplace(required(row[0]), read_integer(required(row[1])));
    std::vector<partition> free;
    for (const auto& each : wanted)
      if (!taken.contains({each.destination, int64_t{each.part}})) free.push_back(each);
    std::sort(free.begin(), free.end()); // two nodes never wait for each other crosswise
    std::vector<lease> out;
    for (const auto& each : free) {
      sql_text sql = talk_.text();
      sql << "INSERT INTO lease (clinic_id, destination, part, owner, token, until) VALUES ("
          << sql.arg(clinic, "bigint") << ", " << sql.arg(each.destination, "text") << ", "
          << sql.arg(int64_t{each.part}, "bigint") << ", " << sql.arg(owner, "text") << ", 1, ";
      sql << moment(length, sql);
      sql << ") ON CONFLICT (clinic_id, destination, part) DO UPDATE SET owner = excluded.owner,"
          << " token = lease.token + 1, until = excluded.until WHERE lease.until < ";
      sql << moment(std::chrono::seconds(0), sql);
      sql << " RETURNING token";
      for (const auto& row : talk_.ask(sql)) out.push_back({each, read_integer(required(row[0]))});
    }
    return out;
  }

  waiting_deliveries read(const partition& of, std::span<const int64_t> left_out, size_t most) {
    waiting_deliveries out;
    const auto place = [&](sql_text& sql) {
      sql << " WHERE clinic_id = " << sql.arg(of.clinic, "bigint")
          << " AND destination = " << sql.arg(of.destination, "text")
          << " AND part = " << sql.arg(int64_t{of.part}, "bigint") << " AND ";
    };
    sql_text holds = talk_.text(), open = talk_.text();
    holds << "SELECT order_key, holds FROM delivery";
    place(holds);
    holds << "state = 'parked' AND holds <> 0";
    std::vector<std::string> keys;
    for (const auto key : left_out) keys.push_back(std::to_string(key));
    const auto read = [&](sql_text& sql, const char* which) {
      sql << "SELECT id, seq, order_key, state, attempts, refusals, perhaps, next_at, urgent FROM delivery";
      place(sql);
      sql << which << open_states;
      if (!keys.empty()) sql << " AND NOT (order_key" << sql.list(keys, "bigint") << ")";
      sql << " ORDER BY seq LIMIT " << sql.arg(int64_t(most), "bigint");
    };
    sql_text urgent = talk_.text();
    read(urgent, "urgent AND "); // first, however many wait before it
    read(open, "");
    talk_.link().add(holds);
    talk_.link().add(urgent);
    talk_.link().add(open);
    const auto answers = talk_.flow();
    for (const auto& row : answers.at(0)) {
      if (read_integer(required(row[1])) > 1) out.all_held = true;
      else out.held.insert(read_integer(required(row[0])));
    }
    std::set<uuid> seen;
    const auto take = [&](const text_row& row) {
      delivery::item one;
      one.id = uuid_from_text(required(row[0])).value_or(uuid{});
      one.sequence = read_integer(required(row[1]));
      one.key = read_integer(required(row[2]));
      one.attempts = uint32_t(read_integer(required(row[4])));
      one.refusals = uint32_t(read_integer(required(row[5])));
      one.perhaps = read_boolean(required(row[6])) || required(row[3]) == "inflight";
      one.next_at = read_time(required(row[7])).value_or(timestamp{});
      one.urgent = read_boolean(required(row[8]));
      if (seen.insert(one.id).second) out.items.push_back(one);
    };
    for (const size_t answer : {1, 2})
      std::for_each(answers.at(answer).begin(), answers.at(answer).end(), take);
    return out;
  }

  size_t add_extensions(model::clinic_id clinic, const delivery_turn& what, const std::string& owner,
                        std::chrono::seconds length) {
    const std::string until = sqlite() ? sortable(talk_.now() + length)
                                       : std::to_string(length.count()) + " seconds";
    std::vector<sql_row> rows;
    for (const auto& each : what.leases)
      rows.push_back({clinic, each.of.destination, int64_t{each.of.part}, each.token, owner, until});
    return talk_.link().add_rows(extend_statement(), rows);
  }

  size_t add_settled(const delivery_turn& what, const std::string& owner, const std::string& now) {
    std::vector<sql_row> rows;
    for (const auto& [lease, id, ruled] : what.done)
      rows.push_back({to_text(id), std::string(delivery::name(ruled.now)), int64_t(ruled.holds),
                      int64_t{ruled.attempts}, int64_t{ruled.refusals}, int64_t{ruled.perhaps ? 1 : 0},
                      ruled.next_at == timestamp{} ? sql_value() : sql_value(sortable(ruled.next_at)),
                      ruled.code.empty() ? sql_value() : sql_value(ruled.code), now, what.leases[lease].token,
                      owner});
    return talk_.link().add_rows(settle_statement(), rows);
  }

  /// An event is delivered when nobody who takes it still waits for it.
  void add_delivered(model::clinic_id clinic, const delivery_turn& what, const std::string& now) {
    std::vector<std::string> ids;
    for (const auto& [lease, id, ruled] : what.done)
      if (ruled.now == delivery::state::sent) ids.push_back(to_text(id));
    if (ids.empty()) return;
    sql_text sql = talk_.text();
    sql << "UPDATE event_outbox SET delivered_at = " << sql.arg(now, "timestamptz")
        << " WHERE clinic_id = " << sql.arg(clinic, "bigint")
        << " AND delivered_at IS NULL AND id IN (SELECT event_id FROM delivery"
        << " WHERE id" << sql.list(ids, "uuid") << " AND state = 'sent')"
        << " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event_id = event_outbox.id AND NOT d.resent"
        << " AND d.state NOT IN ('sent', 'skipped'))";
    talk_.link().add(sql);
  }

  size_t add_begun(const delivery_turn& what, const std::string& owner, const std::string& now) {
    std::vector<sql_row> rows;
    for (const auto& [lease, id] : what.begin)
      rows.push_back({to_text(id), now, what.leases[lease].token, owner});
    return talk_.link().add_rows(begin_statement(), rows);
  }

  delivery_answer take_turn(model::clinic_id clinic, const delivery_turn& what, const std::string& owner,
                            std::chrono::seconds length) {
    const std::string now = sortable(talk_.now());
    const size_t extended = add_extensions(clinic, what, owner, length);
    const size_t settled = add_settled(what, owner, now);
    const size_t begun = add_begun(what, owner, now);
    if (what.of_events) add_delivered(clinic, what, now);
    const auto answers = talk_.flow();
    delivery_answer out;
    std::set<std::pair<std::string, int64_t>> ours;
    for (size_t i = 0; i < extended; ++i)
      for (const auto& row : answers.at(i)) ours.emplace(required(row[0]), read_integer(required(row[1])));
    for (const auto& each : what.leases)
      out.held.push_back(ours.contains({each.of.destination, int64_t{each.of.part}}));
    std::map<std::string, bool> perhaps;
    for (size_t i = extended + settled; i < extended + settled + begun; ++i)
      for (const auto& row : answers.at(i)) perhaps[required(row[0])] = read_boolean(required(row[1]));
    if (!perhaps.empty()) read_bodies(clinic, perhaps, out.parcels);
    review_parked(talk_, locks_, clinic, what);
    return out;
  }

  void read_bodies(model::clinic_id clinic, const std::map<std::string, bool>& perhaps,
                   std::vector<parcel>& into) {
    std::vector<std::string> ids;
    for (const auto& [id, was] : perhaps) ids.push_back(id);
    sql_text sql = talk_.text();
    sql
      << "SELECT d.id, d.control_id, d.message_id, d.event_id, d.created_at, l.message_type,"
      << " l.sending_facility, COALESCE(d.body, l.raw_message), COALESCE(l.patient_id, e.patient_id), e.event_type,"
      << " e.created_at, e.payload, e.message_id, e.result_id FROM delivery d LEFT JOIN hl7_message_log l"
      << " ON l.id = d.message_id AND l.created_at = d.message_at LEFT JOIN event_outbox e ON e.id = d.event_id"
      << " WHERE d.id" << sql.list(ids, "uuid") << " AND d.clinic_id = " << sql.arg(clinic, "bigint");
    for (const auto& row : talk_.ask(sql)) {
      parcel& one = into.emplace_back();
      one.id = uuid_from_text(required(row[0])).value_or(uuid{});
      one.perhaps = perhaps.at(required(row[0]));
      one.control_id = required(row[1]);
      if (row[2]) one.message = uuid_from_text(*row[2]);
      if (row[3]) one.event = uuid_from_text(*row[3]);
      one.created_at = read_time(required(row[4])).value_or(timestamp{});
      one.message_type = required(row[5]);
      one.sender = required(row[6]);
      if (row[7]) one.body = locks_.unseal(*row[7]).value_or("");
      if (row[8]) one.patient = read_integer(*row[8]);
      if (!one.event || row[7]) continue; // what has a body of its own says it itself
      one.event_type = required(row[9]);
      one.event_at = read_time(required(row[10])).value_or(timestamp{});
      one.body = required(row[11]);
      one.message = uuid_from_text(required(row[12]));
      one.about = uuid_from_text(required(row[13]));
    }
  }

  std::vector<queue_state> count(model::clinic_id clinic) {
    for (const auto& each : delivery_counts_sql(talk_.base().speaks, clinic)) talk_.link().add(each);
    return read_delivery_counts(talk_.flow());
  }

  record_talk talk_;
  cipher locks_;
};

} // namespace

std::unique_ptr<delivery_session> make_delivery_session(std::shared_ptr<database> of) {
  auto out = std::make_unique<database_delivery_session>(std::move(of));
  out->greet();
  return out;
}

} // namespace aorta::store
