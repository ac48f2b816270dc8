// Credit, deadlines and restarts, over thousands of seeded histories: what enters leaves once, in time, and
// never beyond its credit.
#include "engine/pipeline/flow.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <set>

using namespace aorta::pipeline;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(flows)

namespace {

using numbered = flow<int>;

envelope_ptr letter(size_t bytes, steady::time_point arrived) {
  auto mail = std::make_shared<envelope>();
  mail->bytes.assign(bytes, 'x');
  mail->arrived = arrived;
  return mail;
}

/// One history: a random order of everything that can happen to a route.
struct history {
  std::mt19937 dice;
  steady::time_point now{};
  numbered::limits how{.in_flight = 4, .deadline = milliseconds(1000), .bytes = 100};
  numbered flights{how};
  std::set<int> here;               ///< entered and neither answered nor gone
  std::map<int, envelope_ptr> with; ///< the stages
  std::vector<int> line;            ///< that wait, in order
  int last = 0;

  explicit history(unsigned seed) : dice(seed) { flights.start(now); }

  size_t roll(size_t most) { return dice() % most; }

  void answered(const numbered::flight& one) { BOOST_TEST_REQUIRE(here.erase(one.from) == 1u); }

  void enter() {
    auto mail = letter(1 + roll(60), now);
    here.insert(++last);
    if (flights.enter({mail, last})) {
      BOOST_TEST_REQUIRE(line.empty());
      with[last] = mail;
    } else {
      line.push_back(last);
    }
  }
  void leave() {
    if (with.empty()) return;
    const auto one = std::next(with.begin(), std::ptrdiff_t(roll(with.size())));
    const auto left = flights.leave(*one->second);
    BOOST_TEST_REQUIRE(left.has_value());
    if (!one->second->answered.exchange(true)) answered(*left);
    with.erase(one);
    admit();
  }
  void admit() {
    while (const auto next = flights.admit()) {
      BOOST_TEST_REQUIRE(!line.empty());
      BOOST_TEST_REQUIRE(next->from == line.front());
      BOOST_TEST_REQUIRE(next->held);
      line.erase(line.begin());
      with[next->from] = next->mail;
    }
  }
  void sweep() {
    for (const auto& one : flights.late(now))
      if (!one.mail->answered.exchange(true)) answered(one);
    for (const auto& one : flights.expired(now)) {
      BOOST_TEST_REQUIRE(one.from == line.front());
      line.erase(line.begin());
      answered(one);
    }
  }
  void die() {
    if (!flights.up()) return flights.start(now), admit();
    for (const auto& one : flights.stop()) {
      BOOST_TEST_REQUIRE(with.erase(one.from) == 1u);
      if (!one.mail->answered.exchange(true)) answered(one);
    }
    BOOST_TEST_REQUIRE(with.empty());
  }
  void check() const {
    size_t bytes = 0;
    for (const auto& [number, mail] : with) bytes += mail->bytes.size();
    BOOST_TEST_REQUIRE(flights.with_stages() == with.size());
    BOOST_TEST_REQUIRE(flights.waiting() == line.size());
    BOOST_TEST_REQUIRE(with.size() <= how.in_flight);
    BOOST_TEST_REQUIRE((bytes <= how.bytes || with.size() == 1));
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(whatever_happens_everything_that_entered_is_answered_once_and_in_its_time) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    history of(seed);
    for (int i = 0; i < 200; ++i) {
      of.now += milliseconds(of.roll(50));
      switch (of.roll(10)) {
        case 0: of.sweep(); break;
        case 1: of.die(); break;
        case 2:
        case 3:
        case 4:
        case 5: of.leave(); break;
        default: of.enter();
      }
      of.check();
    }
    of.now += of.how.deadline;
    of.sweep();
    BOOST_TEST_REQUIRE(of.here.empty());
  }
}

BOOST_AUTO_TEST_CASE(pauses_grow_to_ten_seconds_and_begin_again_after_a_steady_minute) {
  numbered flights({.in_flight = 1});
  steady::time_point now{};
  std::vector<long> pauses;
  for (int i = 0; i < 9; ++i) {
    flights.start(now);
    flights.stop();
    pauses.push_back(long(flights.pause_after_death(now).count()));
  }
  BOOST_TEST(pauses == (std::vector<long>{100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000}),
             boost::test_tools::per_element());
  flights.start(now);
  flights.stop();
  BOOST_TEST(flights.pause_after_death(now + std::chrono::seconds(61)).count() == 100);
}

BOOST_AUTO_TEST_CASE(a_frame_larger_than_the_credit_for_bytes_passes_alone) {
  numbered flights({.in_flight = 10, .deadline = milliseconds(1), .bytes = 10});
  flights.start({});
  const auto large = letter(1000, {});
  BOOST_TEST(flights.enter({large, 1}));
  BOOST_TEST(!flights.enter({letter(1, {}), 2}));
  flights.leave(*large);
  BOOST_TEST(flights.admit().has_value());
}

BOOST_AUTO_TEST_CASE(what_waits_while_it_is_closed_has_no_deadline_and_begins_anew_when_it_is_opened) {
  numbered flights({.in_flight = 10, .deadline = milliseconds(1000)});
  steady::time_point now{};
  flights.start(now);
  flights.open(false, now);
  BOOST_TEST(!flights.enter({letter(1, now), 1}));
  BOOST_TEST(!flights.enter({letter(1, now), 2}));
  auto again = letter(1, now), refused = letter(1, now);
  again->how = aorta::ports::filing::mode::again; // a person's
  refused->refuse({});
  BOOST_TEST(flights.enter({again, 3}));
  BOOST_TEST(flights.enter({refused, 4}));
  now += std::chrono::hours(24);
  BOOST_TEST(flights.expired(now).empty());
  BOOST_TEST(!flights.admit());
  flights.open(true, now);
  const auto first = flights.admit(), second = flights.admit();
  BOOST_REQUIRE((first && second));
  BOOST_TEST((first->from == 1 && second->from == 2 && first->held));
  for (const auto& late : flights.late(now)) BOOST_TEST((late.from == 3 || late.from == 4));
}

BOOST_AUTO_TEST_SUITE_END()
