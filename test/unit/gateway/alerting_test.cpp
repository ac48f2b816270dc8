// A clock that is set is told from time that passes.
#include "engine/gateway/alerting.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace std::chrono;
using gateway::clock_jump;

BOOST_AUTO_TEST_SUITE(alerting)

BOOST_AUTO_TEST_CASE(a_jump_is_what_the_wall_clock_went_beside_the_true_time) {
  const timestamp noon{hours(12)};
  const nanoseconds boot = hours(3);
  BOOST_TEST(!clock_jump(noon, boot, noon + hours(8), boot + hours(8))); // asleep, and awake again
  BOOST_TEST(!clock_jump(noon, boot, noon + milliseconds(700), boot + milliseconds(200))); // corrected a
                                                                                           // little
  BOOST_TEST(
    bool(clock_jump(noon, boot, noon + hours(3) + seconds(1), boot + seconds(1)) == milliseconds(hours(3))));
  BOOST_TEST(bool(clock_jump(noon, boot, noon - hours(1), boot) == milliseconds(-hours(1))));
}

BOOST_AUTO_TEST_SUITE_END()
