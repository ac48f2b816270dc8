// Listeners that fall silent, orders that wait, and events that have been told long ago.
#include "engine/ports/silence.hpp"
#include "engine/ports/webhooks.hpp"
#include "test/unit/store/stores.hpp"

using namespace aorta;
using namespace aorta::test;
using namespace std::chrono;

namespace {

struct watch_store : fresh_store {
  explicit watch_store(aorta::test::on kind) : fresh_store(kind) {}
  ports::silence_log& log() { return admin().silence(); }
  ports::watched_listener lab() { return must(log().listeners(clinic, {"lab"})).all.at(0); }
  std::string events() const { return ask("SELECT count(*) FROM event_outbox"); }
  std::string mine() const { return std::to_string(clinic); }

  void order(int number, model::patient_id patient, const std::string& status, const std::string& ordered,
             const std::string& collected) const {
    const auto text = [](const std::string& time) { return time.empty() ? "NULL" : "'" + time + "'"; };
    const auto n = std::to_string(number);
    ask("INSERT INTO lab_orders (id, patient_id, clinic_id, order_number, status, order_date, collected_at)"
        " VALUES ('01900000-0000-7000-8000-00000000000" +
        n + "', " + std::to_string(patient) + ", " + mine() + ", 'O-" + n + "', '" + status + "', " +
        text(ordered) + ", " + text(collected) + ") RETURNING id");
  }
  std::string event(int day, const std::string& due) const {
    const auto id = "01900000-0000-7000-8000-00000000000" + std::to_string(day);
    ask("INSERT INTO event_outbox (id, clinic_id, event_type, payload, created_at, due) VALUES ('" + id +
        "', " + mine() + ", 'lab_result_filed', '{}', '2026-01-0" + std::to_string(day) +
        "T08:00:00.000000Z', " + due + ") RETURNING id");
    return id;
  }
  void deliver(const std::string& id, const std::string& of, const std::string& resent) const {
    ask(
      "INSERT INTO delivery (id, clinic_id, destination, part, order_key, event_id, control_id, resent, state,"
      " created_at, changed_at) VALUES ('" +
      id + "', " + mine() + ", 'ris', 0, 0, '" + of + "', 'c', " + resent +
      ", 'parked', '2026-01-01T08:00:00.000000Z', '2026-01-01T08:00:00.000000Z') RETURNING id");
  }
};

ports::silence_change change(bool silent, timestamp at, timestamp quiet_since = {}) {
  ports::silence_change out;
  out.listener = "lab";
  out.payload = R"({"listener":"lab"})";
  out.silent = silent;
  out.at = at;
  out.quiet_since = quiet_since;
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(watched)

BOOST_DATA_TEST_CASE(a_silence_is_told_once_whoever_tells_it_and_so_is_its_end, both) {
  watch_store store(sample);
  const auto first = store.lab();
  BOOST_TEST(!first.silent_since.has_value());
  const auto now = must(store.log().listeners(store.clinic, {"lab"})).now;
  BOOST_TEST(abs(now - first.last_at) < seconds(30));
  // A message came after what this node has seen.
  BOOST_TEST(!must(store.log().tell(store.clinic, change(true, now, first.last_at - seconds(1)))));
  BOOST_TEST(store.events() == "0");
  BOOST_TEST(must(store.log().tell(store.clinic, change(true, now, now))));
  BOOST_TEST(!must(store.log().tell(store.clinic, change(true, now + seconds(1), now + seconds(1)))));
  BOOST_TEST(!must(store.log().tell(store.clinic, change(true, now, now)))); // as if the answer had been lost
  BOOST_TEST(store.events() == "1");
  BOOST_TEST(bool(store.lab().silent_since == now));
  BOOST_TEST(!must(store.log().tell(store.clinic, change(false, now)))); // nothing has come
  must(store.log().heard(store.clinic, "lab", now + minutes(5)));
  must(store.log().heard(store.clinic, "lab", now + minutes(2))); // another node is late
  BOOST_TEST(bool(store.lab().last_at == now + minutes(5)));
  BOOST_TEST(must(store.log().tell(store.clinic, change(false, now))));
  BOOST_TEST(!must(store.log().tell(store.clinic, change(false, now))));
  BOOST_TEST(!store.lab().silent_since.has_value());
  BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox WHERE event_type = 'laboratory_silent'") == "1");
  BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox WHERE event_type = 'laboratory_back'") == "1");
  BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox WHERE due IS NOT NULL") == "2");
}

BOOST_DATA_TEST_CASE(times_keep_their_distance_when_the_clock_jumps, both) {
  watch_store store(sample);
  const auto before = store.lab().last_at;
  must(store.log().shift(store.clinic, hours(3), before + seconds(1)));
  BOOST_TEST(bool(store.lab().last_at == before + hours(3)));
  must(store.log().shift(store.clinic, hours(3), before + seconds(1))); // of before the jump there is none
  BOOST_TEST(bool(store.lab().last_at == before + hours(3)));
  BOOST_TEST(must(store.log().listeners(store.clinic, {})).all.empty());
}

BOOST_DATA_TEST_CASE(orders_without_results_are_listed_by_how_long_they_wait, both) {
  watch_store store(sample);
  const auto patient = add_patient(store, "M-1");
  store.order(1, patient, "ordered", "2026-11-20T08:00:00.000000Z", "");
  store.order(2, patient, "collected", "2026-11-19T08:00:00.000000Z",
              "2026-11-20T09:00:00.000000Z"); // it waits since it was collected
  store.order(3, patient, "processing", "2026-11-20T07:00:00.000000Z", "");
  store.order(4, patient, "processing", "2026-11-20T07:00:00.000000Z", ""); // at the same time as another
  for (const int n : {5, 6, 7})
    store.order(n, patient,
                n == 5     ? "resulted"
                  : n == 6 ? "partially_resulted"
                           : "cancelled",
                "2026-11-18T07:00:00.000000Z", "");
  store.order(8, patient, "ordered", "", "");
  store.order(9, patient, "ordered", "2026-11-20T11:00:00.000000Z", "");
  ports::overdue_filter filter;
  filter.clinic = store.clinic;
  filter.before = timestamp(sys_days(year{2026} / 11 / 20)) + hours(9);
  filter.limit = 1;
  std::string seen;
  for (int page = 0; page < 9; ++page) {
    const auto got = must(store.admin().overdue_orders(filter));
    for (const auto& each : got.items) seen += (seen.empty() ? "" : " ") + each.order_number;
    if (got.next.empty()) break;
    filter.cursor = got.next;
  }
  BOOST_TEST(seen == "O-3 O-4 O-1 O-2");
  filter.cursor = "nonsense";
  BOOST_TEST(!store.admin().overdue_orders(filter).ok());
  filter.cursor.clear();
  filter.clinic += 1; // another clinic's key sees nothing
  BOOST_TEST(must(store.admin().overdue_orders(filter)).items.empty());
}

BOOST_DATA_TEST_CASE(events_go_when_they_were_given_out_and_no_delivery_of_theirs_is_left, both) {
  watch_store store(sample);
  store.event(1, "NULL");
  store.event(2, "'2026-01-02T08:00:00.000000Z'"); // nobody has looked who takes it
  store.deliver("01900000-0000-7000-8000-0000000000a3", store.event(3, "NULL"), "false");
  store.deliver("01900000-0000-7000-8000-0000000000a4", store.event(4, "NULL"),
                "true"); // a person asked for it again
  store.event(5, "NULL");
  store.event(6, "NULL");
  store.event(9, "NULL"); // too young
  const auto before = timestamp(sys_days(year{2026} / 1 / 8));
  auto& log = store.admin().deliveries();
  BOOST_TEST(must(log.forget_events(store.clinic, before, 2)) == 2);
  BOOST_TEST(must(log.forget_events(store.clinic, before, 2)) == 1);
  BOOST_TEST(must(log.forget_events(store.clinic, before, 2)) == 0);
  const auto left = sample == on::sqlite ? "group_concat(substr(id, 36, 1), ' ')"
                                         : "string_agg(substr(id::text, 36, 1), ' ' ORDER BY id)";
  BOOST_TEST(store.ask(std::string("SELECT ") + left + " FROM event_outbox") == "2 3 4 9");
}

BOOST_DATA_TEST_CASE(what_is_of_a_removed_webhook_is_not_sent_again, both) {
  watch_store store(sample);
  ports::webhook hook;
  hook.clinic = store.clinic;
  hook.url = "https://hooks.example/a";
  hook.event_types = {"*"};
  hook.secret = "whsec_abc";
  hook.made_by = "key:test";
  const auto made = must(store.admin().webhooks().add_webhook(hook));
  const std::string id = "01900000-0000-7000-8000-0000000000a1";
  store.ask(
    "INSERT INTO delivery (id, clinic_id, destination, part, order_key, control_id, state, created_at, changed_at) VALUES ('" +
    id + "', " + std::to_string(store.clinic) + ", '" + made.destination() +
    "', 0, 0, 'c', 'parked', '2026-01-01T08:00:00.000000Z', '2026-01-01T08:00:00.000000Z') RETURNING id");
  auto& log = store.admin().deliveries();
  BOOST_TEST(must(log.retry(store.clinic, *uuid_from_text(id)))->changed);
  BOOST_TEST(must(store.admin().webhooks().remove_webhook(store.clinic, made.id)));
  const auto again = must(log.retry(store.clinic, *uuid_from_text(id)));
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST(!again->changed);
  BOOST_TEST(bool(again->now.state == delivery::state::skipped));
}

BOOST_AUTO_TEST_SUITE_END()
