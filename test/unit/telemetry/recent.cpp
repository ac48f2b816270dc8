#include "engine/telemetry/recent.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace std::chrono_literals;
using telemetry::recent;

BOOST_AUTO_TEST_SUITE(recently)

BOOST_AUTO_TEST_CASE(what_happened_within_ten_seconds_is_told_and_nothing_older) {
  recent all;
  const auto begin = recent::clock::time_point(1000s);
  const timestamp wall{1'000s};
  BOOST_CHECK(!all.told(begin).p50);
  BOOST_CHECK(!all.told(begin).last_at);
  for (int i = 0; i < 99; ++i) all.add(begin, wall, 2ms);
  all.add(begin + 500ms, wall + 1s, 400ms);
  BOOST_CHECK(all.told(begin).per_second == 0); // the second is not over
  const auto now = all.told(begin + 1s);
  BOOST_TEST(now.per_second == 10.0);
  BOOST_REQUIRE(now.p50);
  BOOST_CHECK(now.p50->count() >= 0.002);
  BOOST_CHECK(now.p50->count() <= 0.0022 * 1.001);
  BOOST_REQUIRE(now.p99);
  BOOST_CHECK(now.p99->count() <= 0.0022 * 1.001); // the hundredth is above
  BOOST_CHECK(now.last_at == wall + 1s);
  BOOST_TEST(all.told(begin + 10s).per_second == 10.0);
  const auto later = all.told(begin + 11s);
  BOOST_CHECK(later.per_second == 0);
  BOOST_CHECK(!later.p99);
  BOOST_CHECK(later.last_at == wall + 1s);
}

BOOST_AUTO_TEST_CASE(a_slot_is_used_again_and_what_takes_very_long_counts_as_the_longest) {
  recent all;
  const auto begin = recent::clock::time_point(1000s);
  all.add(begin, timestamp{}, 1h);
  BOOST_CHECK(all.told(begin + 1s).p99->count() > 60);
  for (int i = 0; i < 10; ++i) all.add(begin + 11s, timestamp{}, 0ms);
  const auto now = all.told(begin + 12s);
  BOOST_TEST(now.per_second == 1.0);
  BOOST_CHECK(now.p99->count() < 0.001);
}

BOOST_AUTO_TEST_SUITE_END()
