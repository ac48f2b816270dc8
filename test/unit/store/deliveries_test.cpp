// Deliveries: written with their filing, sent under a lease, and what a node does whose lease has ended.
#include "engine/store/deliveries/delivery_rows.hpp"
#include "test/unit/store/stores.hpp"

using namespace aorta;
using namespace aorta::test;
using namespace std::chrono_literals;
using ports::filing;
using ports::forward;
using ports::lease;
using ports::partition;

namespace {

constexpr auto a_lease = 10s;

using database_kind = aorta::test::on;

struct nodes : fresh_store {
  explicit nodes(database_kind kind) : fresh_store(kind), base(open()), patient(add_patient(*this, "M-1")) {
    for (auto* each : {&one, &two}) *each = must(base->deliveries());
  }
  ports::receipt file(const std::string& id, std::vector<forward> forwards,
                      filing::mode how = filing::mode::first) {
    const auto what = write_letter(*this, id, patient, potassium("4.0", 'F', 1));
    what->filing.forwards = forwards;
    what->filing.how = how;
    return file_one(*this, *what);
  }
  void file_three() {
    file("1", {{"ris", 0, 7, "c1", ""}});
    file("2", {{"ris", 0, 8, "c2", "MSH|edited"}});
    file("3", {{"ris", 0, 7, "c3", ""}});
  }
  std::vector<lease> take(ports::delivery_session& as, const std::string& owner) {
    const partition wanted{clinic, "ris", 0};
    return must(as.take(clinic, {&wanted, 1}, owner, a_lease));
  }
  std::vector<delivery::item> waiting(std::vector<int64_t> left_out = {}) {
    return must(one->waiting({clinic, "ris", 0}, left_out, 100)).items;
  }
  ports::delivery_answer begin(ports::delivery_session& as, const std::string& owner, const lease& by,
                               const std::vector<delivery::item>& what) {
    ports::delivery_turn turn;
    turn.leases = {by};
    for (const auto& each : what) turn.begin.push_back({0, each.id});
    return must(as.write(clinic, turn, owner, a_lease));
  }
  ports::delivery_answer settle(ports::delivery_session& as, const std::string& owner, const lease& by,
                                const uuid& id, delivery::ruling what) {
    ports::delivery_turn turn;
    turn.leases = {by};
    turn.done.push_back({0, id, std::move(what)});
    return must(as.write(clinic, turn, owner, a_lease));
  }
  /// By the store's own clock: SQLite has ours, PostgreSQL is told that the end was before.
  void let_leases_end() {
    clock.at += a_lease + 1s;
    if (which == database_kind::postgresql)
      ask("UPDATE lease SET until = clock_timestamp() - interval '1 second'");
  }
  std::string state(const std::string& control_id, const char* column = "state") {
    return ask("SELECT " + std::string(column) + " FROM delivery WHERE control_id = '" + control_id + "'");
  }

  std::unique_ptr<ports::store> base;
  model::patient_id patient;
  std::unique_ptr<ports::delivery_session> one, two;
};

} // namespace

BOOST_AUTO_TEST_SUITE(deliveries)

BOOST_DATA_TEST_CASE(a_message_is_passed_on_once_for_each_destination, both) {
  nodes store(sample);
  BOOST_TEST(store.file("1", {{"ris", 0, 7, "a", ""}, {"archive", 2, 0, "b", ""}}).forwards == 2);
  const auto again = store.file("1", {{"ris", 0, 7, "c", ""}});
  BOOST_TEST((again.duplicate && again.forwards == 0));
  BOOST_TEST(store.ask("SELECT count(*) FROM delivery") == "2");
  BOOST_TEST(store.ask("SELECT part FROM delivery WHERE destination = 'archive'") == "2");
}

BOOST_DATA_TEST_CASE(what_failed_and_what_is_run_again_is_not_passed_on, both) {
  nodes store(sample);
  const auto what = write_letter(store, "1", store.patient, potassium("4.0", 'F', 1));
  const std::vector<forward> to{{"ris", 0, 7, "a", ""}};
  what->filing.forwards = to;
  what->filing.log.status = ports::message_status::failed;
  what->filing.log.fault = error{error_code::data_type, "OBX-5", "no number"};
  BOOST_TEST(file_one(store, *what).forwards == 0);
  const auto good = write_letter(store, "2", store.patient, potassium("4.0", 'F', 1));
  file_one(store, *good);
  good->filing.how = filing::mode::again;
  good->filing.forwards = to;
  BOOST_TEST(file_one(store, *good).forwards == 0);
  BOOST_TEST(store.ask("SELECT count(*) FROM delivery") == "0");
}

BOOST_DATA_TEST_CASE(bodies_are_those_of_the_log_unless_something_changed_them, both) {
  nodes store(sample);
  store.file_three();
  const auto mine = store.take(*store.one, "node-1");
  BOOST_REQUIRE_EQUAL(mine.size(), 1u);
  const auto items = store.waiting();
  BOOST_REQUIRE_EQUAL(items.size(), 3u);
  BOOST_TEST((items[0].sequence < items[1].sequence && items[1].sequence < items[2].sequence));
  auto parcels = store.begin(*store.one, "node-1", mine[0], items).parcels;
  BOOST_REQUIRE_EQUAL(parcels.size(), 3u);
  std::sort(parcels.begin(), parcels.end(),
            [](const auto& a, const auto& b) { return a.control_id < b.control_id; });
  BOOST_TEST(parcels[0].body.starts_with("MSH|"));
  BOOST_TEST(parcels[0].body.find("edited") == std::string::npos);
  BOOST_TEST(parcels[1].body == "MSH|edited");
  BOOST_TEST((!parcels[0].perhaps && parcels[0].message.has_value()));
  BOOST_TEST(store.state("c1", "body") == "-");
  BOOST_TEST(store.state("c2", "body").find("edited") == std::string::npos); // sealed
  BOOST_TEST(store.state("c2") == "inflight");
}

BOOST_DATA_TEST_CASE(a_node_that_comes_back_after_its_lease_ended_changes_nothing, both) {
  nodes store(sample);
  store.file_three();
  const auto first = store.take(*store.one, "node-1");
  BOOST_REQUIRE_EQUAL(first.size(), 1u);
  BOOST_TEST(store.take(*store.two, "node-2").empty());
  const auto items = store.waiting();
  BOOST_TEST(store.begin(*store.one, "node-1", first[0], {items[0]}).parcels.size() == 1u);
  store.let_leases_end();
  const auto second = store.take(*store.two, "node-2");
  BOOST_REQUIRE_EQUAL(second.size(), 1u);
  BOOST_TEST(second[0].token == first[0].token + 1);

  delivery::ruling sent;
  sent.now = delivery::state::sent;
  BOOST_TEST(!store.settle(*store.one, "node-1", first[0], items[0].id, sent).held.at(0));
  BOOST_TEST(store.state("c1") == "inflight");
  const auto late = store.begin(*store.one, "node-1", first[0], {items[1]});
  BOOST_TEST((!late.held.at(0) && late.parcels.empty()));
  BOOST_TEST(store.state("c2") == "waiting");

  const auto again = store.waiting();
  BOOST_TEST((again[0].id == items[0].id && again[0].perhaps && !again[1].perhaps));
  const auto taken = store.begin(*store.two, "node-2", second[0], {again[0]});
  BOOST_TEST((taken.held.at(0) && taken.parcels.at(0).perhaps));
  BOOST_TEST(store.settle(*store.two, "node-2", second[0], items[0].id, sent).held.at(0));
  BOOST_TEST(store.state("c1") == "sent");
  BOOST_TEST(store.state("c1", "CASE WHEN perhaps THEN 1 ELSE 0 END") == "1");
}

BOOST_DATA_TEST_CASE(a_lease_that_is_given_back_is_free_at_once, both) {
  nodes store(sample);
  const auto mine = store.take(*store.one, "node-1");
  BOOST_TEST(store.one->release(store.clinic, mine, "node-1").ok());
  BOOST_TEST(store.take(*store.two, "node-2").size() == 1u);
}

BOOST_DATA_TEST_CASE(what_waits_says_which_keys_wait_for_a_person, both) {
  nodes store(sample);
  store.file_three();
  const auto mine = store.take(*store.one, "node-1");
  const auto items = store.waiting();
  BOOST_TEST(store.waiting({7}).size() == 1u);
  store.begin(*store.one, "node-1", mine[0], {items[0]});
  delivery::ruling parked;
  parked.now = delivery::state::parked;
  parked.holds = delivery::holding::key;
  parked.code = "AR";
  parked.attempts = 1;
  store.settle(*store.one, "node-1", mine[0], items[0].id, parked);
  const auto left = must(store.one->waiting({store.clinic, "ris", 0}, {}, 100));
  BOOST_TEST((left.items.size() == 2u && left.held == std::set<int64_t>{7} && !left.all_held));
  BOOST_TEST(store.state("c1", "last_code") == "AR");
  const auto counts = must(store.one->counts(store.clinic));
  BOOST_REQUIRE_EQUAL(counts.size(), 1u);
  BOOST_TEST((counts[0].by_state.at("waiting") == 2 && counts[0].by_state.at("parked") == 1));
  BOOST_TEST((counts[0].oldest.has_value()));
}

BOOST_DATA_TEST_CASE(what_is_urgent_is_read_however_many_wait_before_it, both) {
  nodes store(sample);
  store.file_three();
  store.ask("UPDATE delivery SET urgent = TRUE WHERE control_id = 'c3'");
  const auto found = must(store.one->waiting({store.clinic, "ris", 0}, {}, 1)).items;
  BOOST_REQUIRE_EQUAL(found.size(), 2u);
  BOOST_TEST((found[0].urgent && !found[1].urgent && found[1].sequence < found[0].sequence));
  BOOST_TEST(must(store.one->waiting({store.clinic, "ris", 0}, {}, 100)).items.size() == 3u); // none of them
                                                                                              // twice
}

BOOST_DATA_TEST_CASE(a_retry_comes_at_its_time_and_a_person_may_be_faster, both) {
  nodes store(sample);
  store.file_three();
  const auto mine = store.take(*store.one, "node-1");
  const auto items = store.waiting();
  store.begin(*store.one, "node-1", mine[0], {items[0]});
  delivery::ruling later;
  later.next_at = store.clock.at + 30s;
  later.perhaps = true;
  later.attempts = 1;
  store.settle(*store.one, "node-1", mine[0], items[0].id, later);
  const auto now = store.waiting();
  BOOST_TEST((now[0].next_at == store.clock.at + 30s && now[0].perhaps && now[0].attempts == 1));
  store.ask("UPDATE delivery SET state = 'skipped' WHERE control_id = 'c1'");
  BOOST_TEST(store.begin(*store.one, "node-1", mine[0], {items[0]}).parcels.empty());
}

BOOST_DATA_TEST_CASE(fewer_partitions_leave_nothing_behind, both) {
  nodes store(sample);
  store.file("1", {{"ris", 3, 7, "a", ""}});
  store.file("2", {{"ris", 2, 0, "b", ""}});
  store.file("3", {{"ris", 1, -7, "c", ""}});
  BOOST_TEST(store.one->spread(store.clinic, "ris", 2).ok());
  BOOST_TEST(
    (store.state("a", "part") == "1" && store.state("b", "part") == "0" && store.state("c", "part") == "1"));
}

// PostgreSQL believes that few deliveries are open, as they are on most days: on the others it must not go
// along all of them for each.
BOOST_AUTO_TEST_CASE(a_backlog_is_not_read_whole_for_every_turn) {
  fresh_store store(on::postgresql);
  for (const auto* statement : {&store::begin_statement(), &store::settle_statement()}) {
    std::string nulls;
    for (size_t i = 0; i < statement->columns.size(); ++i) nulls += i > 0 ? ", NULL" : "NULL";
    store.ask("SET plan_cache_mode = force_generic_plan");
    store.ask("SET enable_seqscan = off");
    store.ask("PREPARE turn AS " + statement->postgresql);
    const auto plan = store.ask("EXPLAIN (FORMAT JSON) EXECUTE turn(" + nulls + ")");
    BOOST_TEST(plan.find("delivery_pkey") != std::string::npos, plan);
    BOOST_TEST(plan.find("delivery_open") == std::string::npos, plan);
    store.ask("DEALLOCATE turn");
  }
}

BOOST_AUTO_TEST_SUITE_END()
