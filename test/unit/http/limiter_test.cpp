#include "engine/http/limiter.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(a_key_may_make_so_many_calls_at_once_and_then_as_many_as_time_gives) {
  http::limiter limiter(10);
  const http::limiter::time_point begin{1'000s};
  for (int i = 0; i < 10; ++i) BOOST_TEST(!limiter.take("a", begin));
  BOOST_TEST(limiter.take("a", begin).value() == 1);
  BOOST_TEST(!limiter.take("b", begin)); // another key's calls are its own
  BOOST_TEST(!limiter.take("a", begin + 100ms));
  BOOST_TEST(limiter.take("a", begin + 100ms).has_value());
}

BOOST_AUTO_TEST_CASE(retry_after_says_when_the_next_call_may_come) {
  http::limiter limiter(0.1);
  const http::limiter::time_point begin{1'000s};
  BOOST_TEST(!limiter.take("a", begin));
  const auto wait = limiter.take("a", begin);
  BOOST_REQUIRE(wait);
  BOOST_TEST(limiter.take("a", begin + std::chrono::seconds(*wait - 2)).has_value());
  BOOST_TEST(!limiter.take("a", begin + std::chrono::seconds(*wait)));
}

BOOST_AUTO_TEST_CASE(without_a_limit_nobody_waits_and_a_clock_that_goes_back_harms_nobody) {
  http::limiter limiter(0);
  for (int i = 0; i < 1000; ++i) BOOST_TEST(!limiter.take("a", {}));
  limiter.set(5);
  BOOST_TEST(!limiter.take("a", http::limiter::time_point{1'000s}));
  BOOST_TEST(!limiter.take("a", http::limiter::time_point{900s}));
}

BOOST_AUTO_TEST_SUITE_END()
