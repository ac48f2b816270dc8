// When the service manager hears that the engine lives.
#include "engine/gateway/service_manager.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>
#include <unistd.h>

using aorta::gateway::pulse;
using aorta::gateway::service_manager;

BOOST_AUTO_TEST_SUITE(service_managers)

BOOST_AUTO_TEST_CASE(a_worker_that_stands_still_ends_the_pulse_until_it_moves) {
  const int one = 0, two = 0, fresh = 0;
  pulse of;
  BOOST_TEST(of.beats({}));
  BOOST_TEST(of.beats({{&one, 0}, {&two, 7}})); // nobody knows yet
  BOOST_TEST(of.beats({{&one, 1}, {&two, 8}}));
  BOOST_TEST(!of.beats({{&one, 1}, {&two, 9}}));
  BOOST_TEST(!of.beats({{&one, 1}, {&two, 10}}));
  BOOST_TEST(of.beats({{&one, 2}, {&two, 11}}));
  BOOST_TEST(of.beats({{&fresh, 0}})); // another configuration
  BOOST_TEST(!of.beats({{&fresh, 0}}));
}

BOOST_AUTO_TEST_CASE(pings_come_twice_as_often_as_the_manager_waits_and_only_for_this_process) {
  const auto asked = [](const char* socket, const char* usec, const std::string& pid) {
    ::setenv("NOTIFY_SOCKET", socket, 1);
    ::setenv("WATCHDOG_USEC", usec, 1);
    ::setenv("WATCHDOG_PID", pid.c_str(), 1);
    const auto every = service_manager().pings_every();
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    return every ? every->count() : -1;
  };
  const auto mine = std::to_string(::getpid()), other = std::to_string(::getpid() + 1);
  BOOST_TEST(asked("/run/nobody-listens", "3000000", mine) == 1500);
  BOOST_TEST(asked("@nobody-listens", "3000000", mine) == 1500);
  BOOST_TEST(asked("/run/nobody-listens", "3000000", other) == -1);
  BOOST_TEST(asked("/run/nobody-listens", "0", mine) == -1);
  BOOST_TEST(asked("/run/nobody-listens", "soon", mine) == -1);
  BOOST_TEST(asked("vsock:2:1", "3000000", mine) == -1);
  BOOST_TEST(!service_manager().pings_every());
}

BOOST_AUTO_TEST_SUITE_END()
