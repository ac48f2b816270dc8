#include "rig.hpp"

#include <csignal>
#include <optional>

namespace net = aorta::net;

BOOST_AUTO_TEST_SUITE(the_loop)

BOOST_AUTO_TEST_CASE(tasks_run_in_their_order_on_one_thread) {
  net::loop loop;
  std::string order;
  for (char c = 'a'; c <= 'e'; ++c) loop.post([&order, c] { order += c; });
  loop.stop();
  loop.run();
  BOOST_TEST(order == "abcde");
}

BOOST_AUTO_TEST_CASE(tasks_of_many_threads_all_run) {
  rig::running_loop running;
  int count = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 5'000; ++i) running.loop.post([&count] { ++count; });
      });
  }
  running.now([&] { BOOST_TEST(count == 20'000); });
}

BOOST_AUTO_TEST_CASE(a_repeated_task_runs_until_the_loop_ends) {
  net::loop loop;
  int times = 0;
  loop.every(1, [&] {
    if (++times == 3) loop.stop();
  });
  loop.run();
  BOOST_TEST(times == 3);
}

BOOST_AUTO_TEST_CASE(signals_arrive_on_the_loop) {
  net::loop loop;
  bool came = false;
  loop.on_signal(SIGHUP, [&] {
    came = true;
    loop.stop();
  });
  loop.post([] { std::raise(SIGHUP); });
  loop.run();
  BOOST_TEST(came);
}

BOOST_AUTO_TEST_CASE(tasks_posted_after_the_end_are_dropped_and_what_they_hold_is_freed) {
  std::optional<net::loop> loop(std::in_place);
  const auto mail = loop->mail();
  auto held = std::make_shared<int>(1);
  loop->post([held] { BOOST_ERROR("this task must not run"); });
  loop.reset();
  mail->post([held] { BOOST_ERROR("nor this one"); });
  BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_call_waits_for_the_loop_s_thread_or_runs_at_once) {
  bool ran = false;
  net::loop idle;
  idle.call([&] { ran = true; });
  BOOST_TEST(ran);
  rig::running_loop running;
  std::thread::id where;
  running.loop.call([&] { where = std::this_thread::get_id(); });
  BOOST_TEST((where != std::this_thread::get_id() && where != std::thread::id{}));
}

BOOST_AUTO_TEST_SUITE_END()
