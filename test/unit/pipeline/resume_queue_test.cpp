// Accepted messages under way: each patient's in the order of receipt, what the engine fails over by itself,
// and everything comes to its end; over seeded histories.
#include "engine/pipeline/resume_queue.hpp"

#include "engine/ports/lane.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <vector>

using namespace aorta;
using namespace aorta::pipeline;
using ports::accepted_message;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(resume_queues)

namespace {

accepted_message numbered(uint8_t n, int64_t key) {
  accepted_message out;
  out.id.bytes[15] = n;
  out.id.bytes[14] = 1;
  out.key = key;
  return out;
}

/// A store of messages that are offered until they are done, as the desk offers them.
struct history {
  std::mt19937 dice;
  resume_queue queue;
  resume_queue::steady::time_point now{};
  std::vector<accepted_message> store, under_way, ended;
  std::vector<uuid> poison; ///< whoever runs one of these takes along what is under way with it

  explicit history(unsigned seed) : dice(seed) {
    for (uint8_t n = 1; n <= 60; ++n) store.push_back(numbered(n, int64_t(dice() % 5)));
    for (int i = 0; i < 3; ++i) poison.push_back(store[dice() % store.size()].id);
  }
  bool is_poison(const accepted_message& one) const {
    return std::find(poison.begin(), poison.end(), one.id) != poison.end();
  }
  void offer() {
    for (const auto& each : store)
      if (queue.add(each, now)) under_way.push_back(each);
  }
  void finish(const accepted_message& one) {
    ended.push_back(one);
    std::erase_if(store, [&](const auto& each) { return each.id == one.id; });
    if (const auto next = queue.done(one)) under_way.push_back(*next);
  }
  void end_one() {
    if (under_way.empty()) return;
    const size_t at = dice() % under_way.size();
    const auto one = under_way[at];
    if (is_poison(one) && !queue.failed_too_often(one.id)) {
      for (const auto& each : std::exchange(under_way, {})) { // the chain dies with all that it held
        queue.note_failure(each.id);
        queue.put_off(each, now);
      }
      return;
    }
    under_way.erase(under_way.begin() + std::ptrdiff_t(at));
    if (dice() % 10 == 0) queue.put_off(one, now); // the store was away
    else finish(one);
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(each_patients_messages_end_in_the_order_of_receipt_and_all_of_them_end) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    history all(seed);
    const auto sent = all.store;
    for (int step = 0; step < 20'000 && !all.store.empty(); ++step) {
      all.now += milliseconds(50);
      if (all.dice() % 3 == 0) all.offer();
      all.end_one();
      for (const auto& one : all.under_way) // one at a time for each patient
        for (const auto& other : all.under_way)
          BOOST_REQUIRE(one.id == other.id || one.key == 0 || one.key != other.key);
    }
    BOOST_REQUIRE_MESSAGE(all.store.empty(), seed << ": " << all.store.size() << " never ended");
    for (int64_t key = 1; key < 5; ++key) {
      std::vector<uuid> in, out;
      for (const auto& each : sent)
        if (each.key == key) in.push_back(each.id);
      for (const auto& each : all.ended)
        if (each.key == key) out.push_back(each.id);
      BOOST_REQUIRE_MESSAGE(in == out, seed << ": the order of " << key);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_the_engine_failed_over_runs_alone) {
  resume_queue queue;
  resume_queue::steady::time_point now{};
  const auto bad = numbered(1, 1), good = numbered(2, 2), other = numbered(3, 3);
  BOOST_TEST(queue.add(bad, now));
  queue.note_failure(bad.id);
  queue.put_off(bad, now);
  BOOST_TEST(!queue.add(bad, now)); // it rests
  BOOST_TEST(queue.add(good, now));
  now += std::chrono::seconds(2);
  BOOST_TEST(!queue.add(bad, now));   // somebody is under way
  BOOST_TEST(!queue.add(other, now)); // and nobody else begins now
  queue.done(good);
  BOOST_TEST(queue.add(bad, now));
  BOOST_TEST(!queue.add(other, now));
  queue.done(bad);
  BOOST_TEST(queue.add(other, now));
}

BOOST_AUTO_TEST_CASE(after_three_failures_it_is_filed_as_failed) {
  resume_queue queue;
  const auto bad = numbered(1, 1);
  for (int i = 0; i < resume_queue::most_failures; ++i) {
    BOOST_TEST(!queue.failed_too_often(bad.id));
    queue.note_failure(bad.id);
  }
  BOOST_TEST(queue.failed_too_often(bad.id));
  queue.done(bad);
  BOOST_TEST(!queue.failed_too_often(bad.id));
}

BOOST_AUTO_TEST_CASE(messages_without_a_patient_keep_nobody_waiting) {
  resume_queue queue;
  BOOST_TEST(queue.add(numbered(1, 0), {}));
  BOOST_TEST(queue.add(numbered(2, 0), {}));
  BOOST_TEST(!queue.add(numbered(1, 0), {}));
}

/// A join waits for all that came before it, also for those that rest, and all that came after waits for it.
BOOST_AUTO_TEST_CASE(what_names_two_people_keeps_its_place_among_all) {
  resume_queue queue;
  auto now = resume_queue::steady::time_point{};
  const auto a = numbered(1, 7), b = numbered(2, 8), join = numbered(3, ports::everybody),
             later = numbered(4, 9);
  BOOST_TEST(queue.add(a, now));
  BOOST_TEST(queue.add(b, now));
  BOOST_TEST(!queue.add(join, now));
  BOOST_TEST(!queue.add(later, now));
  queue.done(a);
  queue.put_off(b, now); // the store was away for a moment
  BOOST_TEST(!queue.add(b, now));
  BOOST_TEST(!queue.add(join, now));
  now += resume_queue::pause;
  BOOST_TEST(queue.add(b, now));
  BOOST_TEST(!queue.add(join, now));
  queue.done(b);
  BOOST_TEST(queue.add(join, now));
  BOOST_TEST(!queue.add(later, now));
  queue.done(join);
  BOOST_TEST(queue.add(later, now));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_rests_longer_each_time) {
  resume_queue queue;
  auto now = resume_queue::steady::time_point{};
  const auto one = numbered(1, 7);
  for (int turn = 0; turn < 8; ++turn) {
    BOOST_TEST(queue.add(one, now));
    queue.put_off(one, now);
    BOOST_TEST(queue.times_rested(one) == turn + 1);
    const auto rest = std::min<std::chrono::seconds>(resume_queue::pause * (1 << turn),
                                                     resume_queue::longest_rest);
    BOOST_TEST(!queue.add(one, now + rest - std::chrono::milliseconds{1}));
    now += rest;
  }
}

BOOST_AUTO_TEST_SUITE_END()
