// The rules of deliveries against a receiver that fails, stalls, answers late or for another message, and
// returns; and against an engine that is killed.
#include "engine/delivery/errands.hpp"
#include "engine/delivery/queue.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>

using namespace aorta;
using namespace aorta::delivery;
using namespace std::chrono_literals;

namespace {

uuid id_of(uint64_t number) {
  uuid out;
  for (size_t i = 0; i < 8; ++i) out.bytes[15 - i] = uint8_t(number >> (8 * i));
  return out;
}

/// A row of the table as the store keeps it.
struct row {
  item what;
  state now = state::waiting;
  holding holds = holding::nobody;
};

/// Who receives: what it got, in order, and how often it said that a message may pass later.
struct receiver {
  std::vector<int64_t> got;
  std::map<int64_t, int> said_later;
};

struct lossy {
  explicit lossy(unsigned seed, order_by order, on_reject rejected) : dice(seed), order_(order) {
    by.rejected = rejected;
    by.attempts = 3;
    by.retry = {1s, 2s, 4s};
  }
  bool one_in(unsigned n) { return dice() % n == 0; }

  /// Each step is one turn of a dispatcher, or the death of one.
  void run(size_t messages) {
    start();
    for (size_t turn = 0; turn < 100'000; ++turn) {
      clock += std::chrono::milliseconds(dice() % 400);
      if (rows.size() < messages && one_in(2)) file();
      if (rows.size() >= messages) healthy = true;
      step();
      if (!healthy && one_in(60)) start(); // kill -9: only the store remembers
      if (healthy && settled()) return;
    }
    BOOST_FAIL("deliveries were never settled");
  }

  void file() {
    row one;
    one.what.sequence = int64_t(rows.size()) + 1;
    one.what.id = id_of(uint64_t(one.what.sequence));
    one.what.key = order_ == order_by::none ? 0 : order_ == order_by::all ? 1 : 1 + int64_t(dice() % 5);
    rows.push_back(one);
  }

  void start() {
    mine.emplace(by, dice());
    way.reset();
    for (auto& each : rows)
      if (each.now == state::inflight) { // perhaps sent, perhaps not
        each.what.perhaps = true;
        each.now = state::waiting;
      }
  }

  void read() {
    const auto left_out = mine->blocked(clock);
    std::vector<item> waiting;
    std::set<int64_t> held;
    bool all_held = false;
    for (const auto& each : rows) {
      if (each.now == state::parked && each.holds == holding::key) held.insert(each.what.key);
      all_held = all_held || (each.now == state::parked && each.holds == holding::partition);
    }
    for (const auto& each : rows) {
      const bool open = each.now == state::waiting || each.now == state::inflight;
      const bool out = std::find(left_out.begin(), left_out.end(), each.what.key) != left_out.end();
      if (open && !out && waiting.size() < 8) waiting.push_back(each.what);
    }
    mine->read(waiting, left_out, std::move(held), all_held);
  }

  row& of(const uuid& id) {
    return *std::find_if(rows.begin(), rows.end(), [&](const row& each) { return each.what.id == id; });
  }

  void keep(const uuid& id, const outcome& what) {
    const auto [ruled, turn] = mine->settle(id, what, clock).value();
    row& one = of(id);
    one.now = ruled.now;
    one.holds = ruled.holds;
    one.what.attempts = ruled.attempts;
    one.what.refusals = ruled.refusals;
    one.what.perhaps = ruled.perhaps;
    one.what.next_at = ruled.next_at;
    opened += turn == circuit::turn::opened;
    closed += turn == circuit::turn::closed;
  }

  void step() {
    read();
    if (!way)
      way.emplace(order_ == order_by::none ? 3 : 1,
                  by.rejected == on_reject::hold_all ? errands::after_refusal::all_wait
                                                     : errands::after_refusal::others_go);
    for (const auto& each : mine->begin(clock, 6)) {
      of(each.id).now = state::inflight; // committed before any byte leaves
      way->add({each.id, each.key});
    }
    for (unsigned sends = unsigned(dice() % 8); sends > 0; --sends) {
      const auto next = way->next();
      if (!next) break;
      const auto answer = send(of(next->id));
      const auto untried = way->heard(*next, answer);
      keep(next->id, answer);
      for (const auto& id : untried) keep(id, {});
      if (!healthy && one_in(80)) return start();
    }
  }

  outcome send(row& one) {
    outcome out;
    const unsigned how = healthy ? 9 : unsigned(dice() % 12);
    if (away > 0 && !healthy) {
      --away;
      out.is = outcome::kind::silent;
      return out;
    }
    if (how == 0) away = int(dice() % 12);
    if (how <= 1) { // no connection
      out.is = outcome::kind::silent;
      return out;
    }
    arrive(one);
    if (how <= 4) { // it stalls, answers too late, or for another message
      out.is = outcome::kind::silent;
      out.perhaps = true;
      return out;
    }
    if (how == 5) {
      ++peer.said_later[one.what.sequence];
      return of_acknowledgement("AE");
    }
    if (how == 6 && one_in(4)) return of_acknowledgement("AR");
    return of_acknowledgement("AA");
  }

  /// What the receiver sees: nothing of a key comes before all that was earlier of it is settled.
  void arrive(const row& one) {
    peer.got.push_back(one.what.sequence);
    if (by.rejected == on_reject::hold_all)
      for (const auto& each : rows) BOOST_TEST((each.now != state::parked));
    if (one.what.key == 0) return;
    for (const auto& each : rows)
      if (each.what.key == one.what.key) BOOST_TEST((each.holds == holding::nobody));
    for (const auto& each : rows)
      if (each.what.key == one.what.key && each.what.sequence < one.what.sequence)
        BOOST_TEST((each.now != state::waiting && each.now != state::inflight));
  }

  bool settled() const {
    const bool all_held = std::any_of(rows.begin(), rows.end(), [](const row& each) {
      return each.now == state::parked && each.holds == holding::partition;
    });
    return std::all_of(rows.begin(), rows.end(), [&](const row& each) {
      const bool held = all_held || std::any_of(rows.begin(), rows.end(), [&](const row& other) {
                          return other.now == state::parked && other.holds == holding::key &&
                            other.what.key == each.what.key;
                        });
      return held || (each.now != state::waiting && each.now != state::inflight);
    });
  }

  std::minstd_rand dice;
  order_by order_;
  rules by;
  timestamp clock{std::chrono::seconds(1'800'000'000)};
  std::vector<row> rows;
  std::optional<queue> mine;
  std::optional<errands> way;
  receiver peer;
  bool healthy = false;
  int away = 0, opened = 0, closed = 0;
};

void check(const lossy& world) {
  for (const auto& each : world.rows) {
    const auto copies = std::count(world.peer.got.begin(), world.peer.got.end(), each.what.sequence);
    const auto asked = world.peer.said_later.find(each.what.sequence);
    const int again = asked == world.peer.said_later.end() ? 0 : asked->second;
    if (each.now == state::sent) BOOST_TEST(copies >= 1);    // nothing is lost
    if (!each.what.perhaps) BOOST_TEST(copies <= 1 + again); // sent twice only where it may have been before
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(a_lossy_receiver_and_a_killed_engine_lose_nothing_and_keep_the_order) {
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    const auto order = order_by(seed % 3);
    const auto rejected = on_reject((seed / 3) % 4);
    lossy world(seed, order, rejected);
    world.run(40);
    BOOST_TEST_CONTEXT("seed " << seed) { check(world); }
    BOOST_TEST(world.closed <= world.opened);
  }
}

BOOST_AUTO_TEST_CASE(pauses_grow_have_jitter_and_obey_the_receiver) {
  const rules by;
  chance dice(7);
  for (int i = 0; i < 1000; ++i) {
    const auto first = pause_after(1, by, dice), last = pause_after(99, by, dice);
    BOOST_TEST((first >= 800ms && first <= 1s));
    BOOST_TEST((last >= 480s && last <= 600s));
  }
  BOOST_TEST((pause_after(1, by, dice, 90s) == 90s));
  BOOST_TEST((pause_after(1, by, dice, 90'000s) == 86'400s));
}

BOOST_AUTO_TEST_CASE(what_a_receiver_says_decides) {
  const timestamp now{std::chrono::seconds(1'445'412'470)}; // 2015-10-21T07:27:50Z
  using kind = outcome::kind;
  BOOST_TEST((of_acknowledgement("CA").is == kind::taken));
  BOOST_TEST((of_acknowledgement("CE").is == kind::later));
  BOOST_TEST((of_acknowledgement("CR").is == kind::rejected));
  BOOST_TEST((of_acknowledgement("").is == kind::silent && of_acknowledgement("").perhaps));
  BOOST_TEST((of_status(204, "", now).is == kind::taken));
  BOOST_TEST((of_status(302, "", now).is == kind::later));
  BOOST_TEST((of_status(404, "", now).is == kind::rejected));
  BOOST_TEST((of_status(410, "", now).is == kind::gone));
  for (const unsigned status : {408u, 429u, 500u, 503u})
    BOOST_TEST((of_status(status, "", now).is == kind::later));
  BOOST_TEST((of_status(503, "120", now).wait == 120s));
  BOOST_TEST((of_status(503, "Wed, 21 Oct 2015 07:28:00 GMT", now).wait == 10s));
  BOOST_TEST((!of_status(503, "soon", now).wait));
}

BOOST_AUTO_TEST_CASE(refusals_are_counted_and_silence_is_not) {
  rules by;
  by.attempts = 2;
  chance dice(1);
  const timestamp now{std::chrono::seconds(1'800'000'000)};
  item one;
  for (int i = 0; i < 100; ++i) {
    const auto ruled = judge(one, {outcome::kind::silent, true, "late", {}}, by, now, dice);
    BOOST_TEST((ruled.now == state::waiting && ruled.perhaps && ruled.next_at > now));
    one.attempts = ruled.attempts;
  }
  one.refusals = 1;
  BOOST_TEST((judge(one, of_acknowledgement("AE"), by, now, dice).now == state::waiting));
  one.refusals = 2;
  BOOST_TEST((judge(one, of_acknowledgement("AE"), by, now, dice).now == state::parked));
  by.rejected = on_reject::hold;
  const auto held = judge(one, of_acknowledgement("AR"), by, now, dice);
  BOOST_TEST((held.now == state::parked && held.holds == holding::key));
  by.rejected = on_reject::skip;
  BOOST_TEST((judge(one, of_acknowledgement("AR"), by, now, dice).now == state::skipped));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_is_away_is_asked_with_one_message_and_told_of_once) {
  rules by;
  queue mine(by, 3);
  std::vector<item> waiting(20);
  for (size_t i = 0; i < waiting.size(); ++i) {
    waiting[i].id = id_of(i + 1);
    waiting[i].sequence = waiting[i].key = int64_t(i) + 1;
  }
  mine.read(waiting, {}, {}, false);
  timestamp now{std::chrono::seconds(1'800'000'000)};
  int opened = 0, closed = 0;
  for (int fault = 0; fault < 12; ++fault) {
    const auto begun = mine.begin(now, 8);
    BOOST_TEST(begun.size() == (fault < 5 ? 8u : 1u));
    for (size_t i = 0; i < begun.size(); ++i) {
      outcome what;
      if (i == 0) what.is = outcome::kind::silent;
      opened += mine.settle(begun[i].id, what, now)->turn == circuit::turn::opened;
    }
    BOOST_TEST(mine.begin(now, 8).empty()); // all would fail: they wait together
    now += 601s;
  }
  BOOST_TEST(opened == 1);
  const auto probe = mine.begin(now, 8);
  BOOST_REQUIRE_EQUAL(probe.size(), 1u);
  closed += mine.settle(probe[0].id, of_acknowledgement("AA"), now)->turn == circuit::turn::closed;
  BOOST_TEST(closed == 1);
  BOOST_TEST(mine.begin(now, 8).size() == 8u);
}

BOOST_AUTO_TEST_CASE(a_person_who_lets_a_key_go_is_seen_before_what_it_held_goes) {
  rules by;
  by.rejected = on_reject::hold;
  queue mine(by, 3);
  std::vector<item> waiting(3);
  for (size_t i = 0; i < waiting.size(); ++i) {
    waiting[i].id = id_of(i + 1);
    waiting[i].sequence = int64_t(i) + 1;
    waiting[i].key = 7;
  }
  const timestamp now{std::chrono::seconds(1'800'000'000)};
  mine.read(waiting, {}, {}, false);
  BOOST_REQUIRE_EQUAL(mine.begin(now, 8).size(), 3u);
  mine.settle(waiting[0].id, of_acknowledgement("AR"), now);
  for (const size_t behind : {1, 2}) mine.settle(waiting[behind].id, {}, now);
  const auto left_out = mine.blocked(now);
  BOOST_REQUIRE_EQUAL(left_out.size(), 1u);
  mine.read({}, left_out, {7}, false);
  BOOST_TEST(mine.begin(now, 8).empty());
  // Another node's person has let it go: this reading asked without the key, and knows of the first no more.
  mine.read({}, left_out, {}, false);
  BOOST_TEST(mine.begin(now, 8).empty());
  BOOST_TEST(mine.blocked(now).empty());
  mine.read(waiting, {}, {}, false);
  const auto begun = mine.begin(now, 8);
  BOOST_REQUIRE_EQUAL(begun.size(), 3u);
  BOOST_TEST((begun[0].sequence == 1 && begun[1].sequence == 2));
}

BOOST_AUTO_TEST_CASE(what_is_urgent_is_tried_again_within_the_minute_and_never_given_up) {
  rules by;
  by.retry = {86'400s};
  by.attempts = 1;
  chance dice(1);
  const timestamp now{std::chrono::seconds(1'800'000'000)};
  item one;
  one.urgent = true;
  one.refusals = 99;
  const auto asked_to_wait = judge(one, of_status(503, "7200", now), by, now, dice);
  BOOST_TEST((asked_to_wait.now == state::waiting && asked_to_wait.next_at <= now + 60s));
  BOOST_TEST((judge(one, {outcome::kind::silent, true, "late", {}}, by, now, dice).next_at <= now + 60s));
  BOOST_TEST((judge(one, of_status(404, "", now), by, now, dice).now == state::parked));
}

BOOST_AUTO_TEST_CASE(what_is_urgent_overtakes_and_does_not_wait_until_a_receiver_is_back) {
  rules by;
  by.retry = {86'400s};
  queue mine(by, 3);
  std::vector<item> waiting(3);
  for (size_t i = 0; i < waiting.size(); ++i) {
    waiting[i].id = id_of(i + 1);
    waiting[i].sequence = waiting[i].key = int64_t(i) + 1;
  }
  waiting[2].urgent = true;
  mine.read(waiting, {}, {}, false);
  timestamp now{std::chrono::seconds(1'800'000'000)};
  BOOST_TEST((mine.begin(now, 1).at(0).id == id_of(3)));
  outcome silent;
  silent.is = outcome::kind::silent;
  mine.settle(id_of(3), silent, now);
  BOOST_TEST(mine.begin(now, 1).empty()); // the receiver is away
  now += 61s;
  const auto again = mine.begin(now, 8);
  BOOST_REQUIRE_EQUAL(again.size(), 1u); // the others wait for their time
  BOOST_TEST((again[0].id == id_of(3)));
}
