// What persons see of deliveries and do about them, in both databases.
#include "test/unit/store/stores.hpp"

using namespace aorta;
using namespace aorta::test;
using namespace std::chrono_literals;
using delivery::state;

namespace {

struct desk : fresh_store {
  explicit desk(on kind) : fresh_store(kind), patient(add_patient(*this, "M-1")), log(admin().deliveries()) {}
  /// One delivery to `ris`, in this state.
  uuid file(const std::string& id, const std::string& as = "waiting", const char* to = "ris") {
    const auto what = write_letter(*this, id, patient, potassium("4.0", 'F', 1));
    const std::vector<ports::forward> forwards{{to, 0, 7, id, ""}};
    what->filing.forwards = forwards;
    file_one(*this, *what);
    message = what->filing.log.id;
    ask("UPDATE delivery SET state = '" + as + "', refusals = 3, holds = " + (as == "parked" ? "1" : "0") +
        ", next_at = '2026-11-21T00:00:00Z', last_code = 'AR' WHERE control_id = '" + id + "'");
    return *uuid_from_text(ask("SELECT CAST(id AS text) FROM delivery WHERE control_id = '" + id + "'"));
  }
  std::vector<std::string> list(ports::delivery_filter filter = {}) {
    filter.clinic = clinic;
    std::vector<std::string> out;
    for (const auto& each : must(log.deliveries(filter)).items) out.push_back(each.control_id);
    return out;
  }
  std::string cell(const std::string& column, const std::string& id) const {
    return ask("SELECT " + column + " FROM delivery WHERE control_id = '" + id + "'");
  }

  model::patient_id patient;
  ports::delivery_log& log;
  uuid message{};
};

using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(delivery_log)

BOOST_DATA_TEST_CASE(deliveries_are_listed_newest_first_by_what_is_asked, both) {
  desk store(sample);
  store.file("1", "parked");
  store.file("2", "sent");
  store.file("3", "waiting", "archive");
  BOOST_TEST(store.list() == (names{"3", "2", "1"}), boost::test_tools::per_element());
  BOOST_TEST(store.list({.destination = "ris"}) == (names{"2", "1"}), boost::test_tools::per_element());
  BOOST_TEST(store.list({.state = state::parked}) == names{"1"}, boost::test_tools::per_element());
  BOOST_TEST(store.list({.message = store.message}) == names{"3"}, boost::test_tools::per_element());
  ports::delivery_filter filter;
  filter.clinic = store.clinic;
  filter.limit = 2;
  const auto first = must(store.log.deliveries(filter));
  BOOST_TEST((first.items.size() == 2 && !first.next.empty()));
  filter.cursor = first.next;
  const auto second = must(store.log.deliveries(filter));
  BOOST_TEST((second.items.size() == 1 && second.next.empty() && second.items[0].control_id == "1"));
  const auto& parked = second.items[0];
  BOOST_TEST(
    (parked.state == state::parked && parked.holds == delivery::holding::key && parked.last_code == "AR"));
  BOOST_TEST((parked.message.has_value() && !parked.event && !parked.resent && !parked.perhaps));
  BOOST_TEST(to_iso(parked.next_at.value()) == "2026-11-21T00:00:00Z");
}

BOOST_DATA_TEST_CASE(what_is_parked_goes_again_with_all_its_attempts_and_what_is_under_way_does_not, both) {
  desk store(sample);
  const auto parked = store.file("1", "parked"), flying = store.file("2", "inflight"),
             sent = store.file("3", "sent");
  const auto now = must(store.log.retry(store.clinic, parked));
  BOOST_TEST((now && now->changed && now->now.state == state::waiting && !now->now.next_at));
  BOOST_TEST((store.cell("holds", "1") == "0" && store.cell("refusals", "1") == "0"));
  for (const auto& id : {flying, sent}) {
    BOOST_TEST(!must(store.log.retry(store.clinic, id)).value().changed);
    BOOST_TEST(!must(store.log.skip(store.clinic, id)).value().changed);
  }
  const auto skipped = must(store.log.skip(store.clinic, parked));
  BOOST_TEST((skipped && skipped->changed && skipped->now.state == state::skipped));
  BOOST_TEST(must(store.log.retry(store.clinic, parked))->changed); // a second thought
  BOOST_TEST(!must(store.log.retry(store.clinic, uuid{})).has_value());
  BOOST_TEST(!must(store.log.retry(store.clinic + 1, parked)).has_value()); // another clinic's
  BOOST_TEST(store.cell("state", "2") == "inflight");
}

BOOST_DATA_TEST_CASE(a_destination_is_stopped_by_whoever_was_first_until_it_is_resumed, both) {
  desk store(sample);
  const auto base = store.open();
  const auto dispatcher = must(base->deliveries());
  BOOST_TEST(store.log.pause(store.clinic, "ris", "key:anna").ok());
  BOOST_TEST(store.log.pause(store.clinic, "ris", "key:bert").ok());
  BOOST_TEST(must(dispatcher->stopped(store.clinic)).contains("ris"));
  const auto stops = must(store.log.stops(store.clinic));
  BOOST_REQUIRE_EQUAL(stops.size(), 1u);
  BOOST_TEST((stops[0].why == "paused" && stops[0].by == "key:anna" && stops[0].at == store.clock.at));
  BOOST_TEST(store.log.resume(store.clinic, "ris").ok());
  BOOST_TEST(must(dispatcher->stopped(store.clinic)).empty());
  BOOST_TEST(dispatcher->stop(store.clinic, "ris", "gone").ok());
  BOOST_TEST(store.log.pause(store.clinic, "ris", "key:anna").ok());
  const auto gone = must(store.log.stops(store.clinic));
  BOOST_TEST((gone.size() == 1 && gone[0].why == "gone" && gone[0].by.empty()));
}

BOOST_DATA_TEST_CASE(a_message_is_sent_once_more_beside_what_became_of_it_before, both) {
  desk store(sample);
  store.file("1", "sent");
  const auto received = store.clock.at;
  const auto made = must(
    store.log.resend(store.clinic, store.message, received, {"ris", 2, 7, "again", "MSH|edited"}));
  BOOST_TEST(
    (made.resent && made.state == state::waiting && made.part == 2 && made.message == store.message));
  BOOST_TEST(
    must(store.log.resend(store.clinic, store.message, received, {"ris", 0, 7, "third", ""})).resent);
  BOOST_TEST(store.list({.message = store.message}).size() == 3u);
  BOOST_TEST(store.cell("body", "again").find("edited") == std::string::npos); // sealed
  const auto base = store.open();
  const auto dispatcher = must(base->deliveries());
  const ports::partition whole{store.clinic, "ris", 0};
  const auto lease = must(dispatcher->take(store.clinic, {&whole, 1}, "node", 10s));
  const auto waiting = must(dispatcher->waiting(whole, {}, 10)).items;
  BOOST_REQUIRE_EQUAL(waiting.size(), 1u);
  ports::delivery_turn turn{lease, {}, false, {{0, waiting[0].id}}};
  const auto parcels = must(dispatcher->write(store.clinic, turn, "node", 10s)).parcels;
  BOOST_REQUIRE_EQUAL(parcels.size(), 1u);
  BOOST_TEST((parcels[0].body.starts_with("MSH|") && parcels[0].control_id == "third" &&
              parcels[0].patient == store.patient));
}

BOOST_DATA_TEST_CASE(what_is_done_with_goes_after_its_time_and_nothing_that_waits, both) {
  desk store(sample);
  for (const auto* each : {"waiting", "inflight", "parked", "sent", "skipped"}) store.file(each, each);
  const auto later = store.clock.at + 24h;
  store.clock.at = later;
  store.file("young", "sent");
  BOOST_TEST(must(store.log.forget(store.clinic, later - 48h, 10)) == 0);
  BOOST_TEST(must(store.log.forget(store.clinic, later - 1h, 1)) == 1);
  BOOST_TEST(must(store.log.forget(store.clinic, later - 1h, 10)) == 1);
  BOOST_TEST(store.list() == (names{"young", "parked", "inflight", "waiting"}),
             boost::test_tools::per_element());
  const auto counts = must(store.log.counts(store.clinic));
  BOOST_REQUIRE_EQUAL(counts.size(), 1u);
  BOOST_TEST(
    (counts[0].by_state.at("parked") == 1 && counts[0].by_state.at("waiting") == 1 && counts[0].oldest));
}

BOOST_AUTO_TEST_SUITE_END()
