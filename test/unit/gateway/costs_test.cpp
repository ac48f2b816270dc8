// Whose calls take long has one worker of two; who must wait for them is decided here.
#include "engine/gateway/fhir_costs.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace aorta::gateway;
using namespace std::chrono_literals;

namespace {

const costly_callers::time_point start{};

/// Which of these a worker keeps that have come to it together; the others go to a worker of their own kind.
std::vector<std::string> kept(bool first, costly_callers& costly, const std::vector<std::string>& calls) {
  worker_share share(first);
  std::vector<std::string> out;
  for (const auto& who : calls)
    if (share.keeps(costly.has(who, start))) out.push_back(who);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(costs)

BOOST_AUTO_TEST_CASE(whoever_takes_long_is_remembered_for_a_while_and_nobody_else) {
  costly_callers all;
  all.took("key:quick", 299ms, start);
  BOOST_TEST(!all.any(start));
  all.took("key:heavy", 300ms, start);
  BOOST_TEST(all.has("key:heavy", start + 10s));
  BOOST_TEST(!all.has("key:quick", start + 1s));
  all.took("key:heavy", 2s, start + 9s); // still at it
  BOOST_TEST(all.has("key:heavy", start + 19s));
  BOOST_TEST(!all.has("key:heavy", start + 20s));
  BOOST_TEST(!all.any(start + 20s));
  all.expect("key:known", start + 20s);
  BOOST_TEST(all.has("key:known", start + 21s));
}

BOOST_AUTO_TEST_CASE(the_first_worker_takes_one_costly_call_at_a_time_and_the_others_none) {
  worker_share first(true), other(false);
  BOOST_TEST(!first.keeps(false));
  BOOST_TEST(first.keeps(true));
  BOOST_TEST(!first.keeps(true));
  BOOST_TEST(!other.keeps(true));
  BOOST_TEST(other.keeps(false));
  BOOST_TEST(other.keeps(false));
}

BOOST_AUTO_TEST_CASE(a_key_that_floods_both_workers_leaves_one_of_them_to_the_others) {
  costly_callers costly;
  costly.took("key:heavy", 2s, start);
  const std::vector<std::string> calls{"key:heavy", "key:small", "key:heavy", "key:heavy", "key:tiny"};
  BOOST_TEST(kept(true, costly, calls) == (std::vector<std::string>{"key:heavy"}),
             boost::test_tools::per_element());
  BOOST_TEST(kept(false, costly, calls) == (std::vector<std::string>{"key:small", "key:tiny"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
