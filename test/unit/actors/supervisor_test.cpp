#include "test/unit/actors/fixture.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace aorta::test;
using list = std::vector<std::string>;

BOOST_AUTO_TEST_CASE(an_envelope_that_enters_is_answered_once) {
  world w;
  w.send("1");
  BOOST_TEST(w.answers.all == list{"AA"});
  BOOST_TEST(w.board.in_flight == 0u);
}

BOOST_AUTO_TEST_CASE(without_credit_the_origin_is_told_to_stop_and_to_go_on) {
  world w(1);
  w.stage.is = fake_stage::mode::keep;
  w.send("1");
  w.send("2");
  BOOST_TEST(w.answers.all == list{"hold"});
  BOOST_TEST(w.board.in_flight == 1u);
  BOOST_TEST(w.board.waiting == 1u);
  w.stage.is = fake_stage::mode::pass;
  auto first = w.stage.kept.front();
  first->ack_code = "AA";
  first->reply = "reply";
  caf::anon_send(w.stage.finish, settled{first});
  w.sched.run();
  BOOST_TEST(w.answers.all == (list{"hold", "AA", "go", "AA"}));
  BOOST_TEST(w.board.in_flight == 0u);
}

BOOST_AUTO_TEST_CASE(what_a_dying_stage_held_is_answered_AE_and_the_route_goes_on_after_a_pause) {
  world w;
  w.stage.is = fake_stage::mode::keep;
  w.send("1");
  w.stage.dies_on = "POISON";
  w.send("POISON");
  BOOST_TEST(w.answers.all == (list{"AE", "AE"}));
  BOOST_TEST(!w.board.running);
  w.stage.is = fake_stage::mode::pass;
  w.send("3");
  BOOST_TEST(w.answers.all == (list{"AE", "AE", "hold"})); // waits for the chain to be there again
  w.stage.dies_on.clear();
  w.sched.advance_time(std::chrono::milliseconds(100));
  w.sched.run();
  BOOST_TEST(w.board.running);
  BOOST_TEST(w.answers.all == (list{"AE", "AE", "hold", "go", "AA"}));
  BOOST_TEST(w.board.restarts == 1u);
  std::sort(w.stage.failed.begin(), w.stage.failed.end());
  BOOST_TEST(w.stage.failed == (list{"1", "POISON"})); // answered AE, and logged
}

BOOST_AUTO_TEST_CASE(what_a_stage_dies_of_again_takes_no_other_frame_out_of_the_log) {
  world w;
  w.stage.is = fake_stage::mode::keep;
  w.send("1");
  w.send("2");
  w.stage.dies_on = "POISON";
  w.send("POISON");
  w.stage.is = fake_stage::mode::pass;
  for (int i = 0; i < 4; ++i) {
    w.sched.advance_time(std::chrono::milliseconds(200));
    w.sched.run();
  }
  BOOST_TEST(w.board.running);
  BOOST_TEST(w.board.restarts == 2u);
  std::sort(w.stage.failed.begin(), w.stage.failed.end());
  BOOST_TEST(w.stage.failed == (list{"1", "2"}));
  w.send("3");
  BOOST_TEST(w.answers.all == (list{"AE", "AE", "AE", "AA"}));
}

BOOST_AUTO_TEST_CASE(what_waited_for_credit_beyond_the_deadline_is_answered_AE_and_logged) {
  world w(1, std::chrono::milliseconds(0));
  w.stage.is = fake_stage::mode::keep;
  w.send("1");
  w.send("2");
  w.send("3");
  w.sched.advance_time(std::chrono::milliseconds(100));
  w.sched.run();
  std::sort(w.answers.all.begin(), w.answers.all.end());
  BOOST_TEST(w.answers.all == (list{"AE", "AE", "AE", "go", "go", "hold", "hold"}));
  w.stage.is = fake_stage::mode::pass;
  w.settle(w.stage.kept.at(1)); // the row of 2; there is room for it beside what is in flight
  BOOST_TEST(w.stage.failed == list{"3"});
  BOOST_TEST(!w.stage.kept.at(1)->ok());
  bool done = false;
  caf::anon_send(w.supervisor, drain{[&] { done = true; }, nullptr});
  w.sched.run();
  BOOST_TEST(!done); // 1 may still be filed
  w.settle(w.stage.kept.front());
  BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(a_stage_that_dies_again_and_again_gets_longer_pauses) {
  world w;
  w.stage.dies_on = "POISON";
  w.send("POISON");
  w.sched.advance_time(std::chrono::milliseconds(100)); // its log row is tried, and ends the stage once more
  w.sched.run();
  BOOST_TEST(w.board.restarts == 2u);
  w.sched.advance_time(std::chrono::milliseconds(100));
  w.sched.run();
  BOOST_TEST(!w.board.running);
  w.sched.advance_time(std::chrono::milliseconds(100));
  w.sched.run();
  BOOST_TEST(w.board.running);
}

BOOST_AUTO_TEST_CASE(after_the_deadline_the_sender_gets_AE_and_a_late_answer_is_not_sent) {
  world w(1024, std::chrono::milliseconds(0));
  w.stage.is = fake_stage::mode::keep;
  w.send("1");
  w.sched.advance_time(std::chrono::milliseconds(100));
  w.sched.run();
  BOOST_TEST(w.answers.all == list{"AE"});
  auto late = w.stage.kept.front();
  late->ack_code = "AA";
  late->reply = "reply";
  caf::anon_send(w.stage.finish, settled{late});
  w.sched.run();
  BOOST_TEST(w.answers.all == list{"AE"});
  BOOST_TEST(w.board.in_flight == 0u);
}

BOOST_AUTO_TEST_CASE(a_drain_tells_when_all_is_answered_and_what_comes_just_after_is_still_taken) {
  world w;
  w.stage.is = fake_stage::mode::keep;
  w.send("1");
  bool done = false;
  caf::anon_send(w.supervisor, drain{[&] { done = true; }, nullptr});
  w.sched.run();
  BOOST_TEST(!done);
  auto first = w.stage.kept.front();
  first->ack_code = "AA";
  first->reply = "reply";
  caf::anon_send(w.stage.finish, settled{first});
  w.sched.run();
  BOOST_TEST(done);
  w.stage.is = fake_stage::mode::pass;
  w.send("2");
  BOOST_TEST(w.answers.all == (list{"AA", "AA"}));
}

BOOST_AUTO_TEST_CASE(a_drain_does_not_wait_for_the_store_once_the_senders_were_answered) {
  world w(1024, std::chrono::milliseconds(0));
  w.stage.is = fake_stage::mode::keep;
  w.send("1");
  bool done = false;
  caf::anon_send(w.supervisor, drain{[&] { done = true; }, nullptr});
  w.sched.run();
  BOOST_TEST(!done);
  w.sched.advance_time(std::chrono::milliseconds(100));
  w.sched.run();
  BOOST_TEST(w.answers.all == list{"AE"});
  BOOST_TEST(!done);
  w.store_state.set_away({});
  w.sched.advance_time(std::chrono::milliseconds(100));
  w.sched.run();
  BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(
  a_route_that_gives_way_ends_its_stages_when_it_has_answered_and_passes_on_what_comes_late) {
  world w;
  w.stage.is = fake_stage::mode::keep;
  w.send("1");
  bool done = false;
  list late;
  caf::anon_send(
    w.supervisor,
    drain{[&] { done = true; }, [&](const arrival& one) { late.push_back(one.mail->bytes.substr(35, 1)); }});
  w.sched.run();
  w.send("2"); // its stages are still at work
  BOOST_TEST(!done);
  w.settle(w.stage.kept.at(0));
  BOOST_TEST(!done);
  w.settle(w.stage.kept.at(1));
  BOOST_TEST(done);
  BOOST_TEST(w.answers.all == (list{"AA", "AA"}));
  w.send("3");
  BOOST_TEST(late == list{"3"});
  BOOST_TEST(w.stage.kept.size() == 2u);
}

namespace {

/// A world whose route is paused from the beginning.
struct paused_world : world {
  bool paused = true;
  explicit paused_world(bool refuses = false) {
    route->how.paused_refuses = refuses;
    route->paused = [this] { return paused; };
  }
  void wait() {
    sched.advance_time(std::chrono::milliseconds(100));
    sched.run();
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(who_enters_a_paused_route_waits_and_is_answered_when_it_goes_on) {
  paused_world w;
  w.send("1");
  w.send("2");
  for (int i = 0; i < 50; ++i) w.wait();
  BOOST_TEST(w.answers.all == (list{"hold", "hold"}));
  w.paused = false;
  w.wait();
  std::sort(w.answers.all.begin(), w.answers.all.end());
  BOOST_TEST(w.answers.all == (list{"AA", "AA", "go", "go", "hold", "hold"}));
}

BOOST_AUTO_TEST_CASE(a_paused_route_that_refuses_answers_AE_at_once_and_logs) {
  paused_world w(true);
  w.send("1");
  BOOST_TEST(w.answers.all == list{"AE"});
  BOOST_TEST(w.stage.failed == list{"1"});
  w.paused = false;
  w.send("2");
  BOOST_TEST(w.answers.all == (list{"AE", "AA"}));
}

BOOST_AUTO_TEST_CASE(who_waits_at_a_paused_route_goes_to_its_successor_and_does_not_hold_up_the_end) {
  paused_world w;
  w.send("1");
  list late;
  bool done = false;
  caf::anon_send(
    w.supervisor,
    drain{[&] { done = true; }, [&](const arrival& one) { late.push_back(one.mail->bytes.substr(35, 1)); }});
  w.sched.run();
  BOOST_TEST(done);
  w.send("2");
  BOOST_TEST(late == (list{"1", "2"}));
  BOOST_TEST(w.answers.all == (list{"hold", "go"}));

  paused_world last;
  last.send("1");
  bool ended = false;
  caf::anon_send(last.supervisor, drain{[&] { ended = true; }, nullptr});
  last.sched.run();
  BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_lives_says_so_several_times_a_second) {
  world w;
  w.sched.run();
  const auto before = w.board.turns.load();
  for (int i = 0; i < 10; ++i) {
    w.sched.advance_time(std::chrono::milliseconds(100));
    w.sched.run();
  }
  BOOST_TEST(w.board.turns.load() == before + 10);
}
