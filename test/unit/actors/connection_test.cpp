#include "actors/connection.hpp"
#include "test/unit/actors/fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta::test;
using list = std::vector<std::string>;

namespace {

struct fake_sink final : aorta::ports::reply_sink {
  list all;
  void send(aorta::ports::connection_id, std::string reply) override { all.push_back(std::move(reply)); }
  void add(aorta::ports::connection_id to, std::string block) override { send(to, std::move(block)); }
  void promise(aorta::ports::connection_id) override {}
  void keep(aorta::ports::connection_id to, std::string block) override {
    if (!block.empty()) send(to, std::move(block));
  }
  void pause(aorta::ports::connection_id) override { all.push_back("pause"); }
  void resume(aorta::ports::connection_id) override { all.push_back("resume"); }
  void close(aorta::ports::connection_id) override { all.push_back("close"); }
};

/// A route that only collects.
supervisor_actor::behavior_type collector(supervisor_actor::pointer, std::vector<arrival>* into) {
  return {[](const settled&) {}, [into](const arrival& one) { into->push_back(one); },
          [](sweep) {},          [](restart) {},
          [](const drain&) {},   [](retire) {}};
}

struct connected : world {
  std::vector<arrival> arrived;
  fake_sink sink;
  std::shared_ptr<connection_context> with = std::make_shared<connection_context>();
  supervisor_actor route_end = sys.spawn(collector, &arrived);
  connection_actor connection;

  connected() {
    with->listener = "lab";
    with->find = [this](envelope&) { return destination{route_end, 0}; };
    with->replies = &sink;
    with->clock = &clock;
    with->ids = &ids;
    with->metrics = &metrics;
    connection = spawn_connection(sys, with, 1, "127.0.0.1");
  }
  ~connected() {
    arrived.clear();
    with->find = nullptr;
    caf::anon_send_exit(connection, caf::exit_reason::kill);
    caf::anon_send_exit(route_end, caf::exit_reason::kill);
    sched.run();
  }
  void frame(const std::string& bytes, frame_in::state is = frame_in::state::whole) {
    caf::anon_send(connection, frame_in{bytes, clock.now(), is});
    sched.run();
  }
  void answer(size_t n) {
    arrived[n].mail->reply = "reply " + arrived[n].mail->bytes;
    caf::anon_send(arrived[n].from, settled{arrived[n].mail});
    sched.run();
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(replies_leave_in_the_order_of_their_frames) {
  connected c;
  c.frame("a");
  c.frame("b");
  c.frame("c");
  c.answer(2);
  c.answer(1);
  BOOST_TEST(c.sink.all.empty());
  c.answer(0);
  BOOST_TEST(c.sink.all == (list{"reply a", "reply b", "reply c"}));
}

BOOST_AUTO_TEST_CASE(a_broken_frame_is_passed_on_and_not_answered) {
  connected c;
  c.frame("half", frame_in::state::broken);
  c.frame("whole");
  BOOST_TEST(!c.arrived[0].mail->ok());
  c.answer(0);
  BOOST_TEST(c.sink.all.empty());
  c.answer(1);
  BOOST_TEST(c.sink.all == list{"reply whole"});
}

BOOST_AUTO_TEST_CASE(a_too_large_frame_is_answered_last_and_its_connection_closed) {
  connected c;
  c.frame("a");
  c.frame("huge", frame_in::state::too_large);
  c.answer(1);
  c.answer(0);
  BOOST_TEST(c.sink.all == (list{"reply a", "reply huge", "close"}));
}

BOOST_AUTO_TEST_CASE(reading_pauses_while_any_frame_waits_for_credit) {
  connected c;
  c.frame("a");
  const auto from = c.arrived[0].from;
  caf::anon_send(from, hold{});
  caf::anon_send(from, hold{});
  caf::anon_send(from, go{});
  c.sched.run();
  BOOST_TEST(c.sink.all == list{"pause"});
  caf::anon_send(from, go{});
  c.sched.run();
  BOOST_TEST(c.sink.all == (list{"pause", "resume"}));
}

BOOST_AUTO_TEST_CASE(after_the_sender_has_left_nothing_is_sent) {
  connected c;
  c.frame("a");
  caf::anon_send(c.connection, hung_up{});
  c.sched.run();
  c.answer(0);
  BOOST_TEST(c.sink.all.empty());
}

namespace {

std::string numbered(size_t n) {
  return "MSH|^~\\&|L|BIO|||2026||ADT^A08|" + std::to_string(n) + "|P|2.5.1\r";
}
std::string many(size_t count) {
  std::string out;
  for (size_t n = 0; n < count; ++n) out += numbered(n);
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_frame_of_several_messages_is_answered_when_all_are_back_and_in_their_order) {
  connected c;
  c.frame(many(3));
  c.frame("behind");
  BOOST_REQUIRE(c.arrived.size() == 4u);
  for (size_t n = 0; n < 3; ++n) {
    BOOST_TEST(c.arrived[n].mail->bytes == numbered(n));
    BOOST_TEST(c.arrived[n].mail->share->number == n + 1);
    BOOST_TEST(c.arrived[n].mail->share->count == 3u);
    BOOST_TEST((c.arrived[n].mail->share->frame == c.arrived[0].mail->id));
  }
  BOOST_TEST((c.arrived[0].mail->id != c.arrived[1].mail->id));
  for (const size_t n : {3, 2, 0}) c.answer(n);
  BOOST_TEST(c.sink.all.empty());
  c.answer(1);
  // One write to the socket, which frames it: three frames of their own.
  BOOST_TEST(c.sink.all ==
             (list{"reply " + numbered(0) +
                     "\x1c\r\x0b"
                     "reply " +
                     numbered(1) +
                     "\x1c\r\x0b"
                     "reply " +
                     numbered(2),
                   "reply behind"}));
}

BOOST_AUTO_TEST_CASE(of_a_large_frame_only_some_messages_are_with_the_routes_and_what_is_behind_waits) {
  connected c;
  c.frame(many(most_of_a_frame + 10));
  c.frame("behind");
  BOOST_TEST(c.arrived.size() == most_of_a_frame);
  BOOST_TEST(c.sink.all == list{"pause"});
  for (size_t n = 0; n < 10; ++n) c.answer(n);
  BOOST_TEST(c.arrived.size() == most_of_a_frame + 11);
  BOOST_TEST(c.arrived.back().mail->bytes == "behind");
  BOOST_TEST(c.sink.all == (list{"pause", "resume"}));
}

// A sender that does not wait for ACKs: what it said of either of two people counts before they are one.
BOOST_AUTO_TEST_CASE(what_joins_two_people_is_with_its_route_alone) {
  connected c;
  c.frame("MSH|^~\\&|\rPID|1\r");
  c.frame("MSH|^~\\&|\rPID|2\r");
  c.frame("MSH|^~\\&|\rPID|1\rMRG|2\r");
  c.frame("MSH|^~\\&|\rPID|1||MRG\r");
  BOOST_TEST(c.arrived.size() == 2u);
  c.answer(1);
  BOOST_TEST(c.arrived.size() == 2u);
  c.answer(0);
  BOOST_REQUIRE_EQUAL(c.arrived.size(), 3u);
  BOOST_TEST(c.arrived[2].mail->bytes.find("MRG|2") != std::string::npos);
  caf::anon_send(c.connection, hung_up{}); // what came whole is filed all the same
  c.sched.run();
  c.answer(2);
  BOOST_REQUIRE_EQUAL(c.arrived.size(), 4u);
  c.answer(3);
}

BOOST_AUTO_TEST_CASE(what_came_whole_goes_on_when_its_sender_has_left) {
  connected c;
  const size_t count = 2 * most_of_a_frame;
  c.frame(many(count));
  caf::anon_send(c.connection, hung_up{});
  c.sched.run();
  for (size_t n = 0; n < count; ++n) c.answer(n);
  BOOST_TEST(c.arrived.size() == count);
  BOOST_TEST(c.sink.all == (list{"pause", "resume"}));
}

namespace {

/// A connection whose messages are filed after their receipt was acknowledged.
struct enhanced : connected {
  std::vector<later_answer> owed;
  int rung = 0;
  enhanced() {
    with->accepted = [this](std::optional<later_answer> what) {
      ++rung;
      if (what) owed.push_back(std::move(*what));
    };
  }
  ~enhanced() { owed.clear(); }
  void take(size_t n, bool owes) {
    auto& mail = *arrived[n].mail;
    mail.accepted = envelope::acceptance::stored;
    mail.receipt.emplace();
    if (owes) mail.answered_later = mail.id;
    answer(n);
  }
  void file(size_t n, const std::string& bytes) {
    for (const auto& each : owed)
      if (each.message == arrived[n].mail->id)
        caf::anon_send(each.to, later_reply{each.sequence, bytes, "AA"});
    sched.run();
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(application_acknowledgements_leave_in_their_own_order_each_behind_its_receipt) {
  enhanced c;
  for (const char* name : {"a", "b", "c", "d"}) c.frame(name);
  c.take(1, true);
  c.file(1, "filed b"); // before the receipt of the one in front is known
  BOOST_TEST(c.sink.all.empty());
  c.take(0, true);
  BOOST_TEST(c.sink.all == (list{"reply a", "reply b"}));
  c.take(2, false); // wants no more
  c.take(3, true);
  c.file(3, "filed d");
  BOOST_TEST(c.sink.all == (list{"reply a", "reply b", "reply c", "reply d"}));
  c.file(0, "filed a");
  BOOST_TEST(c.sink.all ==
             (list{"reply a", "reply b", "reply c", "reply d", "filed a", "filed b", "filed d"}));
  BOOST_TEST(c.rung == 4);
}

BOOST_AUTO_TEST_CASE(an_outcome_of_which_nobody_wants_to_hear_holds_back_no_other) {
  enhanced c;
  c.frame("a");
  c.frame("b");
  c.take(0, true);
  c.take(1, true);
  c.file(1, "filed b");
  c.file(0, "");
  BOOST_TEST(c.sink.all == (list{"reply a", "reply b", "filed b"}));
}

BOOST_AUTO_TEST_CASE(a_repeat_is_answered_twice_at_once) {
  enhanced c;
  c.frame("a");
  auto& mail = *c.arrived[0].mail;
  mail.accepted = envelope::acceptance::known;
  mail.application = {"filed before", "AA"};
  c.answer(0);
  BOOST_TEST(c.sink.all == (list{"reply a", "filed before"}));
  BOOST_TEST(c.owed.empty());
}

BOOST_AUTO_TEST_CASE(release_2_says_of_each_frame_whether_it_is_safe) {
  enhanced c;
  c.with->release = 2;
  c.frame("a");
  c.frame("\x06"); // of a reply of ours
  c.frame("b");
  BOOST_REQUIRE(c.arrived.size() == 2u);
  c.sink.all.clear();
  c.take(0, true);
  c.answer(1); // it was not stored
  c.file(0, "filed a");
  BOOST_TEST(c.sink.all == (list{"\x06", "reply a", "\x15", "reply b", "filed a"}));
}
