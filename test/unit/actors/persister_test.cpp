// A message that the store cannot take, among others that it can: on real threads, since persisters have
// their own.
#include "engine/ports/critical.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/records.hpp"
#include "test/unit/actors/fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <mutex>

using namespace aorta;
using namespace aorta::test;

BOOST_AUTO_TEST_SUITE(persisting)

namespace {

/// What a store does with a message, by a word in its bytes.
struct moody_store final : ports::store {
  result<std::unique_ptr<ports::delivery_session>> deliveries() override {
    return error{error_code::store_unavailable, "", "away"};
  }
  result<std::unique_ptr<ports::critical_session>> critical() override {
    return error{error_code::store_unavailable, "", "away"};
  }
  mutable std::mutex lock;
  int commits = 0, locked = 0;   ///< locked: so many commits more wait for somebody else's lock
  std::vector<std::string> kept; ///< control ids, `!` before those that were logged as failed

  struct session_of final : ports::lane {
    moody_store* of;
    bool perhaps = false;
    explicit session_of(moody_store* s) : of(s) {}
    result<std::vector<ports::people>> candidates(model::clinic_id,
                                                  std::span<const ports::wanted> asked) override {
      return std::vector<ports::people>(asked.size());
    }
    result<std::vector<std::optional<ports::taught>>> decided(
      model::clinic_id, std::span<const identity::claims* const> who,
      std::span<const ports::people* const>) override {
      return std::vector<std::optional<ports::taught>>(who.size());
    }
    bool perhaps_batch() const noexcept override { return perhaps; }
    result<std::vector<ports::receipt>> commit(std::span<const ports::filing> batch) override {
      const std::lock_guard hold_lock(of->lock);
      ++of->commits;
      perhaps = false;
      if (of->locked > 0)
        return --of->locked, error{error_code::store_unavailable, "", "a lock was not given in time"};
      for (const auto& f : batch) {
        if (f.raw.find("REFUSED") != f.raw.npos && !f.log.fault)
          return error{error_code::internal, "", "the database refuses a value"};
        if (f.raw.find("POISON") == f.raw.npos || f.log.fault) continue;
        perhaps = true;
        return error{error_code::store_unavailable, "", "the connection to the database was lost"};
      }
      for (const auto& f : batch) of->kept.push_back((f.log.fault ? "!" : "") + f.log.control_id);
      return std::vector<ports::receipt>(batch.size());
    }
  };
  status migrate() override { return done{}; }
  status check() override { return done{}; }
  status make_ahead() override { return done{}; }
  void interrupt() override {}
  result<std::vector<ports::finding>> examine() override { return std::vector<ports::finding>{}; }
  result<std::unique_ptr<ports::lane>> session() override {
    return std::unique_ptr<ports::lane>(new session_of(this));
  }
  result<std::unique_ptr<ports::message_log>> admin() override { return error{}; }
  result<std::unique_ptr<ports::record_session>> records() override { return error{}; }
};

/// Envelopes that came through.
struct basket {
  std::mutex lock;
  std::condition_variable came;
  std::vector<envelope_ptr> all;

  std::vector<envelope_ptr> wait_for(size_t count) {
    std::unique_lock hold_lock(lock);
    BOOST_REQUIRE(came.wait_for(hold_lock, std::chrono::seconds(30), [&] { return all.size() >= count; }));
    return all;
  }
};

stage_actor::behavior_type collector(stage_actor::pointer, basket* to) {
  return {[to](envelope_ptr mail) {
    const std::lock_guard hold_lock(to->lock);
    to->all.push_back(std::move(mail));
    to->came.notify_all();
  }};
}

struct lane {
  fixed_clock clock;
  counting_ids ids;
  telemetry::metrics metrics;
  store_board store_state;
  moody_store store;
  basket out;
  std::shared_ptr<route_board> board = std::make_shared<route_board>();
  std::shared_ptr<route_context> route = std::make_shared<route_context>();
  caf::actor_system_config settings;
  caf::actor_system sys{settings}; ///< ends before what its actors use
  stage_actor persister;

  lane() {
    route->how.name = "fake";
    route->clock = &clock;
    route->ids = &ids;
    route->metrics = &metrics;
    route->board = board;
    route->store = &store;
    route->store_state = &store_state;
    persister = spawn_stage(sys, route, pipeline::persist(), onward{{sys.spawn(collector, &out)}, {}});
  }
  ~lane() { caf::anon_send_exit(persister, caf::exit_reason::kill); }

  void send(const std::string& control_id, const std::string& word = "") {
    auto mail = std::make_shared<envelope>();
    mail->bytes = "MSH|^~\\&|L|BIO|||20260101||ORU^R01|" + control_id + "|P|2.5.1\rZZZ|" + word + "\r";
    (void)pipeline::read_header(*mail);
    mail->id = ids.next({});
    caf::anon_send(persister, mail);
  }
};

size_t failures(const std::vector<envelope_ptr>& all) {
  return size_t(
    std::count_if(all.begin(), all.end(), [](const auto& mail) { return mail->fault.has_value(); }));
}

} // namespace

BOOST_AUTO_TEST_CASE(
  a_message_that_breaks_the_connection_each_time_is_logged_as_failed_and_its_neighbours_are_filed) {
  lane l;
  for (int i = 0; i < 5; ++i) l.send(std::to_string(i), i == 2 ? "POISON" : "");
  const auto all = l.out.wait_for(5);
  BOOST_TEST(failures(all) == 1u);
  auto kept = l.store.kept;
  std::sort(kept.begin(), kept.end());
  BOOST_TEST(kept == (std::vector<std::string>{"!2", "0", "1", "3", "4"}), boost::test_tools::per_element());
  BOOST_TEST(l.store.commits < 20);
  BOOST_TEST(!l.store_state.away());
  l.send("6");
  BOOST_TEST(failures(l.out.wait_for(6)) == 1u);
}

BOOST_AUTO_TEST_CASE(a_lock_that_somebody_else_holds_is_waited_for_and_condemns_no_message) {
  lane l;
  l.store.locked = 5;
  l.send("1");
  BOOST_TEST(failures(l.out.wait_for(1)) == 0u);
  BOOST_TEST(l.store.kept == std::vector<std::string>{"1"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_store_that_refuses_message_after_message_makes_its_route_unready_until_it_takes_one) {
  lane l;
  l.send("1", "REFUSED");
  l.out.wait_for(1);
  for (size_t again = 2; again <= 4; ++again) { // the same message sent again and again is one
    l.send("1", "REFUSED");
    l.out.wait_for(again);
  }
  BOOST_TEST(l.board->lanes_refused == 0);
  l.send("2", "REFUSED");
  l.send("3", "REFUSED");
  l.out.wait_for(6);
  BOOST_TEST(l.board->lanes_refused == 1);
  BOOST_TEST(l.board->refusal() == "the database refuses a value");
  l.send("4");
  l.out.wait_for(7);
  BOOST_TEST(l.board->lanes_refused == 0);
}

BOOST_AUTO_TEST_SUITE_END()
