// What strangers leave behind once their minute is over.
#include "engine/gateway/stranger_rows.hpp"

#include "actors/connection.hpp"

#include <boost/test/unit_test.hpp>

#include <caf/scheduler/test_coordinator.hpp>

using namespace aorta;

BOOST_AUTO_TEST_SUITE(stranger_rows)

namespace {

struct config : caf::actor_system_config {
  config() { set("scheduler.policy", caf::atom("testing")); }
};

} // namespace

BOOST_AUTO_TEST_CASE(
  frames_that_were_only_counted_are_told_once_their_minute_is_over_and_the_engine_lives_on) {
  config settings;
  caf::actor_system sys(settings);
  const system_clock_source clock;
  uuid_v7_source ids;
  gateway::strangers unknown, nonsense;
  const auto before = std::chrono::steady_clock::now() - std::chrono::minutes(2);
  for (uint64_t i = 0; i < actors::most_nonsense + 5; ++i) nonsense.count("lab 192.0.2.7", before);
  nonsense.count("lab 192.0.2.8", before);
  unknown.count("192.0.2.9", before); // one has its own row
  gateway::stranger_rows rows(sys, unknown, nonsense, clock, ids);
  const routes::table nobody; // the engine is ending: then nothing is taken
  rows.tell({}, nobody);
  BOOST_TEST(nonsense.over(std::chrono::steady_clock::now()).empty());
  BOOST_TEST(unknown.over(std::chrono::steady_clock::now()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
