// Events, and who hears of them, in both databases.
#include "engine/ports/webhooks.hpp"
#include "test/unit/store/stores.hpp"

using namespace aorta;
using namespace aorta::test;
using namespace std::chrono_literals;
using ports::webhook;

namespace {

using database_kind = aorta::test::on;

struct desk : fresh_store {
  explicit desk(database_kind kind)
      : fresh_store(kind),
        base(open()),
        patient(add_patient(*this, "M-1")),
        log(admin().webhooks()),
        mine(must(base->deliveries())) {}
  webhook hook(std::vector<std::string> types, bool active = true) {
    webhook what;
    what.clinic = clinic;
    what.url = "https://emr.example.org/";
    what.event_types = std::move(types);
    what.active = active;
    what.secret = "whsec_" + std::string(32, 'A');
    what.made_by = "test";
    return must(log.add_webhook(what));
  }
  void file(const std::string& id, bool critical = false) {
    auto value = potassium(critical ? "6.9" : "4.0", 'F', 1);
    value.critical = critical;
    if (critical) value.flag = model::abnormal_flag::critical_high;
    file_one(*this, *write_letter(*this, id, patient, value));
  }
  ports::given_events give_out(size_t most = 100, std::vector<ports::event_taker> to = {}) {
    return must(mine->give_out(clinic, to, most));
  }
  std::string count(const std::string& where) const {
    return ask("SELECT count(*) FROM delivery WHERE " + where);
  }

  std::unique_ptr<ports::store> base;
  model::patient_id patient;
  ports::webhook_log& log;
  std::unique_ptr<ports::delivery_session> mine;
};

} // namespace

BOOST_AUTO_TEST_SUITE(webhooks)

BOOST_DATA_TEST_CASE(a_message_tells_once_that_it_was_filed_however_often_it_is_run, both) {
  desk store(sample);
  const auto what = write_letter(store, "1", store.patient, potassium("4.0", 'F', 1));
  file_one(store, *what);
  what->filing.how = ports::filing::mode::again;
  file_one(store, *what);
  BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox WHERE event_type = 'lab_result_filed'") == "1");
  BOOST_TEST(store.ask("SELECT payload FROM event_outbox WHERE event_type = 'lab_result_filed'") ==
             R"({"results":1,"critical":0})");
}

BOOST_DATA_TEST_CASE(an_event_is_given_out_once_to_each_who_takes_its_type, both) {
  desk store(sample);
  const auto all = store.hook({"*"}), critical = store.hook({"lab_result_critical"}),
             asleep = store.hook({"*"}, false);
  store.file("1");
  store.file("2", true);
  const auto given = store.give_out(100, {{"archive", {"lab_result_filed"}, 1, delivery::order_by::all}});
  BOOST_TEST(given.events == 3u);
  BOOST_TEST(store.count("destination = '" + all.destination() + "'") == "3");
  BOOST_TEST(store.count("destination = '" + critical.destination() + "'") == "1");
  BOOST_TEST(store.count("destination = '" + asleep.destination() + "'") == "0");
  BOOST_TEST(store.count("destination = 'archive' AND order_key = 1 AND NOT urgent") == "2");
  BOOST_TEST(store.count("urgent AND order_key = " + std::to_string(store.patient * 2 + 1)) == "2");
  BOOST_TEST(store.give_out().events == 0u);
  BOOST_TEST(store.count("event_id IS NOT NULL") == "6");
}

BOOST_DATA_TEST_CASE(what_two_give_out_at_once_is_written_once, both) {
  desk store(sample);
  store.hook({"*"});
  store.file("1");
  store.give_out();
  store.ask("UPDATE event_outbox SET due = created_at"); // as the other saw it before we committed
  BOOST_TEST(store.give_out().events == 1u);
  BOOST_TEST(store.count("event_id IS NOT NULL") == "1");
}

BOOST_DATA_TEST_CASE(an_event_is_delivered_when_nobody_waits_for_it_any_more, both) {
  desk store(sample);
  store.file("1");
  store.give_out();
  BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox WHERE delivered_at IS NULL") == "0"); // nobody
                                                                                                // asked
  const auto one = store.hook({"*"}), two = store.hook({"*"});
  store.file("2");
  for (const auto& to : store.give_out().to) {
    BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox WHERE delivered_at IS NULL") == "1");
    const auto lease = must(store.mine->take(store.clinic, {&to, 1}, "us", 10s));
    const auto items = must(store.mine->waiting(to, {}, 10)).items;
    ports::delivery_turn turn;
    turn.leases = lease;
    for (const auto& each : items) turn.begin.push_back({0, each.id});
    const auto begun = must(store.mine->write(store.clinic, turn, "us", 10s));
    BOOST_REQUIRE_EQUAL(begun.parcels.size(), 1u);
    const auto& sent = begun.parcels[0];
    BOOST_TEST((sent.event_type == "lab_result_filed" && sent.message && sent.patient == store.patient));
    BOOST_TEST(sent.body == R"({"results":1,"critical":0})");
    turn.begin.clear();
    turn.of_events = true;
    turn.done.push_back(
      {0, sent.id, {delivery::state::sent, delivery::holding::nobody, 1, 0, false, {}, "200"}});
    must(store.mine->write(store.clinic, turn, "us", 10s));
  }
  BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox WHERE delivered_at IS NULL") == "0");
}

BOOST_DATA_TEST_CASE(secrets_are_sealed_and_the_one_before_signs_on_for_a_while, both) {
  desk store(sample);
  auto what = store.hook({"*"});
  BOOST_TEST(what.secret.empty());
  BOOST_TEST(store.ask("SELECT secret FROM webhook_configs").find("whsec_") == std::string::npos);
  what.secret = "whsec_" + std::string(32, 'B');
  what.old_secret_until = store.clock.at + 1h;
  BOOST_TEST(must(store.log.put_webhook(what)));
  const auto now = must(store.mine->webhooks(store.clinic));
  BOOST_REQUIRE_EQUAL(now.size(), 1u);
  BOOST_TEST((now[0].secret == what.secret && now[0].old_secret == "whsec_" + std::string(32, 'A')));
  BOOST_TEST((now[0].old_secret_until == what.old_secret_until));
}

BOOST_DATA_TEST_CASE(what_waits_for_a_webhook_that_is_removed_is_skipped, both) {
  desk store(sample);
  const auto gone = store.hook({"*"}), stays = store.hook({"*"});
  store.file("1");
  store.give_out();
  BOOST_TEST(must(store.log.remove_webhook(store.clinic, gone.id)));
  BOOST_TEST(!must(store.log.remove_webhook(store.clinic, gone.id)));
  BOOST_TEST(store.count("state = 'skipped' AND destination = '" + gone.destination() + "'") == "1");
  BOOST_TEST(store.count("state = 'waiting' AND destination = '" + stays.destination() + "'") == "1");
}

BOOST_DATA_TEST_CASE(a_receiver_that_is_gone_stops_its_webhook, both) {
  desk store(sample);
  const auto what = store.hook({"*"});
  must(store.mine->stop(store.clinic, what.destination(), "gone"));
  const auto now = must(store.log.webhook_of(store.clinic, what.id));
  BOOST_REQUIRE((now && !now->active && now->stopped_why == "gone"));
  BOOST_TEST(must(store.mine->webhooks(store.clinic)).empty());
  BOOST_TEST(store.ask("SELECT count(*) FROM destination_stop") == "0");
  auto again = *now;
  again.active = true;
  must(store.log.put_webhook(again));
  BOOST_TEST(must(store.log.webhook_of(store.clinic, what.id))->stopped_why == "");
}

BOOST_DATA_TEST_CASE(a_test_is_an_event_of_one_webhook_alone, both) {
  desk store(sample);
  const auto one = store.hook({"lab_result_critical"});
  store.hook({"*"});
  const auto made = must(store.log.test_webhook(store.clinic, one.id));
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->destination == one.destination());
  store.give_out();
  BOOST_TEST(store.count("event_id IS NOT NULL") == "1");
  BOOST_TEST(!must(store.log.test_webhook(store.clinic, made->id)));
}

BOOST_AUTO_TEST_SUITE_END()
