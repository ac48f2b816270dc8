// Which results a message's results are versions of, without a database.
#include "engine/store/messages/standing.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <set>

using namespace aorta;
using namespace aorta::store;

namespace {

constexpr int unknown = -1;
std::optional<timestamp> at(int minute) {
  return minute < 0 ? std::nullopt : std::optional(timestamp{std::chrono::minutes{minute}});
}

/// One order unless named otherwise.
arriving_place now(int collected, int observed, int ordinal = 1, order_name of = {"P", "F", 1}) {
  return {of, at(collected), at(observed), ordinal};
}
standing_place old(int collected, int observed, int ordinal = 1, order_name of = {"P", "F", 1}) {
  return {of, at(collected), at(observed), ordinal};
}

/// `0 - ?`: the first stands under index 0, the second is new, the third unclear.
std::string found(const std::vector<arriving_place>& arriving, const std::vector<standing_place>& standing) {
  std::string out;
  for (const auto& m : match_results(arriving, standing)) {
    if (!out.empty()) out += ' ';
    out += m.unclear ? "?" : m.with == match::none ? "-" : std::to_string(m.with);
  }
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(matching)

BOOST_AUTO_TEST_CASE(the_specimens_time_tells_results_of_one_order_apart) {
  BOOST_TEST(found({now(60, 70)}, {old(60, 65)}) == "0");
  BOOST_TEST(found({now(90, 65)}, {old(60, 65)}) == "-");
  BOOST_TEST(found({now(90, 95)}, {old(60, 65), old(90, 92)}) == "1");
  BOOST_TEST(found({now(60, 1), now(90, 1, 2)}, {old(90, 1), old(60, 1)}) == "1 0");
  BOOST_TEST(found({now(60, 1), now(90, 1, 2)}, {old(90, 1)}) == "- 0");
}

BOOST_AUTO_TEST_CASE(an_unknown_specimen_time_fits_where_only_one_may_be_meant) {
  BOOST_TEST(found({now(unknown, 70)}, {old(60, 65)}) == "0");
  BOOST_TEST(found({now(60, 70)}, {old(unknown, 65)}) == "0");
  BOOST_TEST(found({now(unknown, 70)}, {old(unknown, 65)}) == "0");
  BOOST_TEST(found({now(60, 70)}, {old(60, 65), old(unknown, 65)}) == "0");
  BOOST_TEST(found({now(60, 70)}, {old(90, 65), old(unknown, 65)}) == "1");
}

BOOST_AUTO_TEST_CASE(where_several_specimens_fit_only_a_time_of_result_that_one_has_decides) {
  BOOST_TEST(found({now(unknown, 65)}, {old(60, 65), old(90, 95)}) == "0");
  BOOST_TEST(found({now(unknown, 70)}, {old(60, 65), old(90, 95)}) == "?");
  BOOST_TEST(found({now(unknown, 65)}, {old(60, 65), old(90, 65)}) == "?");
  BOOST_TEST(found({now(unknown, unknown)}, {old(60, unknown), old(90, unknown)}) == "?");
  BOOST_TEST(found({now(60, 70), now(90, 95, 2)}, {old(unknown, 65)}) == "? ?");
  BOOST_TEST(found({now(60, 65), now(90, 95, 2)}, {old(unknown, 65)}) == "0 ?");
  BOOST_TEST(found({now(60, 65), now(unknown, 95, 2)}, {old(60, 65), old(90, 95)}) == "0 1");
}

BOOST_AUTO_TEST_CASE(fewer_than_stand_are_matched_by_their_time_or_not_at_all) {
  const std::vector<standing_place> two{old(60, 65, 1), old(60, 95, 2)};
  BOOST_TEST(found({now(60, 95)}, two) == "1");
  BOOST_TEST(found({now(60, 65)}, two) == "0");
  BOOST_TEST(found({now(60, 70)}, two) == "?");
  BOOST_TEST(found({now(60, unknown)}, two) == "?");
  BOOST_TEST(found({now(60, 65)}, {old(60, 65, 1), old(60, 65, 2)}) == "?");
}

BOOST_AUTO_TEST_CASE(as_many_as_stand_are_matched_by_their_place_unless_times_say_otherwise) {
  const std::vector<standing_place> two{old(60, 65, 2), old(60, 65, 1)};
  BOOST_TEST(found({now(60, 65, 1), now(60, 65, 2)}, two) == "1 0");
  BOOST_TEST(found({now(60, 80, 1), now(60, 80, 2), now(60, 80, 3)}, two) == "1 0 -");
  BOOST_TEST(found({now(60, 95, 1), now(60, 65, 2)}, {old(60, 65, 1), old(60, 95, 2)}) == "1 0");
  BOOST_TEST(found({now(60, 65, 1), now(60, 95, 2)}, {old(60, 65, 1)}) == "0 -");
  BOOST_TEST(found({now(60, 95, 1), now(60, 125, 2)}, {old(60, 65, 1), old(60, 95, 2)}) == "1 ?");
}

BOOST_AUTO_TEST_CASE(orders_are_known_by_their_filler_number_or_else_by_their_placer_number) {
  const order_name both{"P", "F", 1}, placer{"P", "", 2}, filler{"", "F", 1}, other{"P", "F2", 3},
    none{"", "", 4}, another{"", "", 5};
  BOOST_TEST(found({now(60, 1, 1, both)}, {old(60, 1, 1, placer)}) == "0");
  BOOST_TEST(found({now(60, 1, 1, placer)}, {old(60, 1, 1, both)}) == "0");
  BOOST_TEST(found({now(60, 1, 1, filler)}, {old(60, 1, 1, both)}) == "0");
  BOOST_TEST(found({now(60, 1, 1, filler)}, {old(60, 1, 1, placer)}) == "-");
  BOOST_TEST(found({now(60, 1, 1, other)}, {old(60, 1, 1, both)}) == "-");
  BOOST_TEST(found({now(60, 1, 1, none)}, {old(60, 1, 1, none)}) == "0");
  BOOST_TEST(found({now(60, 1, 1, none)}, {old(60, 1, 1, another)}) == "-");
  BOOST_TEST(found({now(60, 1, 1, none)}, {old(60, 1, 1, both)}) == "-");
  BOOST_TEST(found({now(60, 9, 1, both)}, {old(60, 2, 1, placer), old(60, 1, 1, both)}) == "1");
  BOOST_TEST(found({now(60, 9, 1, placer)}, {old(60, 1, 1, both), old(60, 2, 1, other)}) == "?");
  BOOST_TEST(found({now(60, 2, 1, placer)}, {old(60, 1, 1, both), old(60, 2, 1, other)}) == "1");
  BOOST_TEST(found({now(60, 9, 1, both), now(60, 8, 1, other)}, {old(60, 1, 1, placer)}) == "? ?");
}

BOOST_AUTO_TEST_CASE(no_two_meet_in_one_and_the_order_of_the_rows_does_not_matter) {
  std::mt19937 random(11);
  const std::vector<order_name> orders{
    {"P", "F", 1}, {"P", "", 2}, {"", "F", 1}, {"P", "F2", 3}, {"", "", 4}};
  for (int round = 0; round < 20'000; ++round) {
    std::vector<arriving_place> arriving;
    std::vector<standing_place> standing;
    const auto any_time = [&](int base) { return random() % 4 == 0 ? unknown : base + int(random() % 3); };
    const size_t kinds = 1 + random() % orders.size();
    for (size_t n = 1 + random() % 3; arriving.size() < n;)
      arriving.push_back(now(any_time(0), any_time(10), int(arriving.size()) + 1, orders[random() % kinds]));
    for (size_t n = random() % 5; standing.size() < n;)
      standing.push_back(old(any_time(0), any_time(10), int(standing.size()) + 1, orders[random() % kinds]));
    const auto matches = match_results(arriving, standing);
    auto turned = standing;
    std::reverse(turned.begin(), turned.end());
    const auto again = match_results(arriving, turned);
    std::set<size_t> seen;
    for (size_t i = 0; i < matches.size(); ++i) {
      const auto& m = matches[i];
      BOOST_TEST_REQUIRE(m.unclear == again[i].unclear);
      BOOST_TEST_REQUIRE((m.with == match::none ? match::none : standing.size() - 1 - m.with) ==
                         again[i].with);
      if (m.with == match::none) continue;
      const auto& s = standing[m.with];
      BOOST_TEST_REQUIRE(!m.unclear);
      BOOST_TEST_REQUIRE(seen.insert(m.with).second);
      BOOST_TEST_REQUIRE((!s.collected || !arriving[i].collected || s.collected == arriving[i].collected));
      // Another one of its message may have told the placer number of its filler number.
      const bool told = s.order.placer.empty() || arriving[i].order.placer.empty();
      BOOST_TEST_REQUIRE((told || compare(s.order, arriving[i].order) != likeness::other));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
