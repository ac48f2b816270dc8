#include "engine/net/mllp/mllp_server.hpp"

#include "rig.hpp"

#include <fstream>
#include <map>
#include <optional>
#include <vector>

namespace net = aorta::net;

namespace {

struct seen {
  std::map<net::connection_id, int> opened, closed;
  std::vector<std::string> frames, broken;
  std::vector<std::pair<std::string, size_t>> too_large;
  size_t noise = 0;
  net::connection_id last = 0;
};

std::string framed(std::string_view text) { return "\x0b" + std::string(text) + "\x1c\r"; }

/// A server that answers each frame with `ACK <frame>`, unless told otherwise.
struct mllp_rig {
  explicit mllp_rig(const std::function<void(aorta::config::listener&)>& change = {}, bool answers = true) {
    aorta::config::listener how;
    how.name = "lab";
    how.listen = {"127.0.0.1", 0};
    if (change) change(how);
    net::mllp_handlers on;
    on.opened = [this](net::connection_id id, const std::string& peer) {
      peers.change([&](auto& all) { all.push_back(peer); });
      note([id](seen& s) { ++s.opened[id], s.last = id; });
    };
    on.closed = [this](net::connection_id id) { note([id](seen& s) { ++s.closed[id]; }); };
    on.noise = [this](net::connection_id, size_t bytes) { note([bytes](seen& s) { s.noise += bytes; }); };
    on.broken = [this](net::connection_id, std::string&& bytes) {
      note([&](seen& s) { s.broken.push_back(bytes); });
    };
    on.too_large = [this](net::connection_id id, std::string&& begin, size_t bytes) {
      note([&](seen& s) { s.too_large.emplace_back(begin, bytes); });
      server->send(id, "REFUSED");
    };
    on.frame = [this, answers](net::connection_id id, std::string&& frame) {
      note([&](seen& s) { s.frames.push_back(frame); });
      if (during_frame) during_frame(id);
      if (answers) server->send(id, "ACK " + frame);
    };
    server.emplace(loop.loop, how, std::move(on));
    loop.now([this] { started.emplace(server->start()); });
  }
  void note(const std::function<void(seen&)>& how) { events.change(how); }
  uint16_t port() {
    BOOST_REQUIRE_MESSAGE(started->ok(), (started->ok() ? "" : started->error().text));
    return server->port();
  }

  rig::watched<seen> events;
  rig::watched<std::vector<std::string>> peers;
  std::function<void(net::connection_id)> during_frame;
  rig::running_loop loop;
  std::optional<net::mllp_server> server;
  std::optional<aorta::status> started;
};

bool all_closed_once(const seen& s) {
  for (const auto& [id, times] : s.opened)
    if (times != 1 || !s.closed.contains(id) || s.closed.at(id) != 1) return false;
  return s.opened.size() == s.closed.size();
}

size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  size_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_mllp_server)

BOOST_AUTO_TEST_CASE(two_messages_in_one_write_are_both_answered_in_order) {
  mllp_rig r;
  rig::client c(r.port());
  c.send(framed("one") + framed("two"));
  const auto expected = framed("ACK one") + framed("ACK two");
  BOOST_TEST(c.bytes(expected.size()) == expected);
}

BOOST_AUTO_TEST_CASE(a_frame_may_be_split_at_every_byte) {
  mllp_rig r;
  const auto whole = framed("MSH|^~\\&|split");
  for (size_t at = 1; at < whole.size(); ++at) {
    rig::client c(r.port());
    c.send(whole.substr(0, at));
    if (at % 3 == 0) // some pieces are certainly read before the rest is sent
      BOOST_TEST(r.events.becomes([&](const seen& s) { return s.opened.size() == at; }));
    c.send(whole.substr(at));
    BOOST_TEST(c.until("\x1c\r") == framed("ACK MSH|^~\\&|split"));
  }
}

BOOST_AUTO_TEST_CASE(a_sender_that_stops_sending_still_gets_its_replies) {
  mllp_rig r;
  rig::client c(r.port());
  c.send(framed("one") + framed("two"));
  c.stop_sending();
  BOOST_TEST(c.rest() == framed("ACK one") + framed("ACK two"));
  BOOST_TEST(r.events.becomes(all_closed_once));
}

BOOST_AUTO_TEST_CASE(a_half_closed_sender_waits_for_a_reply_that_comes_late) {
  mllp_rig r({}, false);
  rig::client c(r.port());
  c.send(framed("slow"));
  c.stop_sending();
  BOOST_REQUIRE(r.events.becomes([](const seen& s) { return s.frames.size() == 1; }));
  r.loop.now([] {});
  BOOST_TEST(r.events.get().closed.empty());
  r.server->send(r.events.get().last, "at last");
  BOOST_TEST(c.rest() == framed("at last"));
  BOOST_TEST(r.events.becomes(all_closed_once));
}

BOOST_AUTO_TEST_CASE(a_frame_without_its_last_carriage_return_is_answered) {
  mllp_rig r;
  rig::client c(r.port());
  c.send("\x0bno end\x1c");
  BOOST_TEST(c.until("\x1c\r") == framed("ACK no end"));
}

BOOST_AUTO_TEST_CASE(a_frame_that_never_ends_is_told_as_broken) {
  mllp_rig r;
  rig::client c(r.port());
  c.send("noise" + framed("whole") + "\x0bhalf a mess");
  c.stop_sending();
  BOOST_TEST(c.rest() == framed("ACK whole"));
  BOOST_TEST(r.events.becomes(all_closed_once));
  BOOST_TEST(r.events.get().broken == std::vector<std::string>{"half a mess"});
  BOOST_TEST(r.events.get().noise == 5u);
}

BOOST_AUTO_TEST_CASE(a_frame_that_is_too_large_is_refused_and_the_reply_reaches_its_sender) {
  mllp_rig r([](auto& how) { how.max_frame_bytes = 100'000; });
  rig::client c(r.port());
  c.send(framed("small"));
  c.send("\x0b" + std::string(3'000'000, 'x')); // may fail when the server stops reading: that is its right
  BOOST_TEST(c.rest() == framed("ACK small") + framed("REFUSED"));
  c.vanish();
  BOOST_TEST(r.events.becomes(all_closed_once));
  const auto s = r.events.get();
  BOOST_REQUIRE_EQUAL(s.too_large.size(), 1u);
  BOOST_TEST(s.too_large[0].second > 100'000u);
  BOOST_TEST(s.too_large[0].second < 300'000u);
}

BOOST_AUTO_TEST_CASE(a_sender_that_vanishes_before_its_reply_harms_nobody) {
  mllp_rig r({}, false);
  std::optional<rig::client> leaves(std::in_place, r.port()), stays(std::in_place, r.port());
  leaves->send(framed("gone"));
  BOOST_REQUIRE(r.events.becomes([](const seen& s) { return s.frames.size() == 1; }));
  const auto [first, second] = [&] {
    const auto s = r.events.get();
    return std::pair(s.opened.begin()->first, s.opened.rbegin()->first);
  }();
  leaves->reset();
  BOOST_TEST(r.events.becomes([](const seen& s) { return s.closed.size() == 1; }));
  const auto gone = r.events.get().closed.begin()->first;
  r.server->send(gone, "too late");
  r.server->send(gone == first ? second : first, "still here");
  BOOST_TEST(stays->until("\x1c\r") == framed("still here"));
  stays.reset();
  BOOST_TEST(r.events.becomes(all_closed_once));
}

BOOST_AUTO_TEST_CASE(a_sender_that_reads_no_replies_is_closed_and_others_are_served) {
  mllp_rig r({}, false);
  rig::client deaf(r.port(), 4096);
  BOOST_REQUIRE(r.events.becomes([](const seen& s) { return s.opened.size() == 1; }));
  const auto id = r.events.get().last;
  for (int i = 0; i < 40; ++i) r.server->send(id, std::string(1u << 20, 'r'));
  BOOST_TEST(r.events.becomes(all_closed_once));
}

BOOST_AUTO_TEST_CASE(large_replies_to_a_slow_reader_arrive_whole) {
  mllp_rig r({}, false);
  rig::client slow(r.port(), 4096);
  BOOST_REQUIRE(r.events.becomes([](const seen& s) { return s.opened.size() == 1; }));
  std::string expected;
  for (char c = 'a'; c < 'e'; ++c) {
    r.server->send(r.events.get().last, std::string(1u << 20, c));
    expected += framed(std::string(1u << 20, c));
  }
  r.server->close(r.events.get().last);
  BOOST_TEST((slow.rest() == expected));
  BOOST_TEST(r.events.becomes(all_closed_once));
}

BOOST_AUTO_TEST_CASE(a_paused_connection_is_not_read_until_it_is_resumed) {
  mllp_rig r;
  r.during_frame = [&](net::connection_id id) { r.server->pause(id); };
  rig::client c(r.port());
  c.send(framed("first"));
  BOOST_TEST(c.until("\x1c\r") == framed("ACK first"));
  c.send(framed("second"));
  rig::client other(r.port()); // its answer shows that the loop has had its turns since
  other.send(framed("other"));
  BOOST_TEST(other.until("\x1c\r") == framed("ACK other"));
  const auto before = r.events.get();
  BOOST_TEST(before.frames.size() == 2u);
  r.server->resume(before.opened.begin()->first);
  BOOST_TEST(c.until("\x1c\r") == framed("ACK second"));
}

BOOST_AUTO_TEST_CASE(peers_outside_the_allow_list_are_turned_away) {
  mllp_rig refuses([](auto& how) { how.allow = {"10.0.0.0/8", "::1"}; });
  rig::client c(refuses.port());
  BOOST_TEST(c.rest() == "");
  BOOST_TEST(refuses.events.get().opened.empty());
  mllp_rig admits([](auto& how) { how.allow = {"127.0.0.0/8"}; });
  rig::client d(admits.port());
  d.send(framed("x"));
  BOOST_TEST(d.until("\x1c\r") == framed("ACK x"));
}

BOOST_AUTO_TEST_CASE(an_empty_allow_list_lets_nobody_in) {
  mllp_rig refuses([](auto& how) { how.allow_listed = true; });
  rig::client c(refuses.port());
  BOOST_TEST(c.rest() == "");
  BOOST_TEST(refuses.events.get().opened.empty());
}

/// HAProxy's doc/proxy-protocol.txt 2.2, of a peer 10.1.2.3:4711.
const std::string header_of_10_1_2_3("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x0a\1\2\3\x7f\0\0\1\x12\x67\x0a\x0f",
                                     28);
const std::string header_of_the_balancer("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16);

BOOST_AUTO_TEST_CASE(a_balancer_says_for_whom_it_speaks) {
  mllp_rig rig([](auto& how) {
    how.balancers = {"127.0.0.1"};
    how.allow = {"10.1.0.0/16"};
  });
  for (size_t cut = 0; cut <= header_of_10_1_2_3.size(); cut += 7) {
    rig::client one(rig.port());
    const auto all = header_of_10_1_2_3 + framed("A");
    BOOST_TEST(one.send(all.substr(0, cut)));
    BOOST_TEST(one.send(all.substr(cut)));
    BOOST_TEST(one.until("\r") == framed("ACK A"));
  }
  BOOST_TEST(rig.events.becomes([](const seen& s) { return s.opened.size() == 5; }));
  BOOST_TEST(rig.events.get().noise == 0u);
  BOOST_TEST((rig.peers.get() == std::vector<std::string>(5, "10.1.2.3")));
}

BOOST_AUTO_TEST_CASE(who_is_named_must_be_allowed_and_somebody_must_be_named) {
  mllp_rig rig([](auto& how) {
    how.balancers = {"127.0.0.1"};
    how.allow = {"10.2.0.0/16"};
  });
  for (const auto& beginning : {header_of_10_1_2_3, header_of_the_balancer,
                                std::string("PROXY TCP4 10.2.0.1 127.0.0.1 1 2\r\n"), std::string()}) {
    rig::client one(rig.port());
    one.send(beginning + framed("A"));
    BOOST_TEST(one.rest().empty());
  }
  BOOST_TEST(rig.events.get().opened.empty());
}

BOOST_AUTO_TEST_CASE(only_balancers_name_others) {
  mllp_rig rig([](auto& how) { how.balancers = {"10.0.0.5"}; });
  rig::client one(rig.port());
  BOOST_TEST(one.send(header_of_10_1_2_3 + framed("A")));
  BOOST_TEST(one.until("\r") == framed("ACK A"));
  BOOST_TEST((rig.peers.get() == std::vector<std::string>{"127.0.0.1"}));
  BOOST_TEST(rig.events.get().noise == header_of_10_1_2_3.size());
}

BOOST_AUTO_TEST_CASE(a_balancer_that_says_nothing_is_not_waited_for_at_the_end) {
  mllp_rig rig([](auto& how) { how.balancers = {"127.0.0.0/8"}; });
  rig::client silent(rig.port()), half(rig.port()), own(rig.port());
  BOOST_TEST(half.send(header_of_10_1_2_3.substr(0, 20)));
  BOOST_TEST(own.send(header_of_the_balancer + framed("A")));
  BOOST_TEST(own.until("\r") == framed("ACK A"));
  BOOST_TEST((rig.peers.get() == std::vector<std::string>{"127.0.0.1"}));
  rig.server->stop_accepting();
  BOOST_TEST(silent.rest().empty());
  BOOST_TEST(half.rest().empty());
}

BOOST_AUTO_TEST_CASE(more_connections_than_allowed_are_closed_at_once) {
  mllp_rig r([](auto& how) { how.max_connections = 2; });
  std::optional<rig::client> a(std::in_place, r.port()), b(std::in_place, r.port());
  BOOST_REQUIRE(r.events.becomes([](const seen& s) { return s.opened.size() == 2; }));
  rig::client third(r.port());
  BOOST_TEST(third.rest() == "");
  a.reset();
  BOOST_REQUIRE(r.events.becomes([](const seen& s) { return s.closed.size() == 1; }));
  rig::client fourth(r.port());
  fourth.send(framed("x"));
  BOOST_TEST(fourth.until("\x1c\r") == framed("ACK x"));
}

BOOST_AUTO_TEST_CASE(a_silent_connection_is_closed_after_the_idle_time_but_not_while_it_waits_for_us) {
  mllp_rig r([](auto& how) { how.idle_timeout = std::chrono::seconds(1); }, false);
  rig::client waits(r.port());
  waits.send(framed("x"));
  BOOST_REQUIRE(r.events.becomes([](const seen& s) { return s.frames.size() == 1; }));
  const auto id = r.events.get().last;
  rig::client silent(r.port());
  BOOST_TEST(silent.rest() == "");
  BOOST_TEST(!r.events.get().closed.contains(id));
  r.server->send(id, "done");
  BOOST_TEST(waits.until("\x1c\r") == framed("done"));
}

BOOST_AUTO_TEST_CASE(a_frame_that_dribbles_past_its_time_is_broken_and_closed) {
  mllp_rig r([](auto& how) { how.frame_timeout = std::chrono::seconds(1); });
  rig::client c(r.port());
  c.send("\x0bslow");
  BOOST_TEST(c.rest() == "");
  BOOST_TEST(r.events.becomes(all_closed_once));
  BOOST_TEST(r.events.get().broken == std::vector<std::string>{"slow"});
}

BOOST_AUTO_TEST_CASE(after_stop_accepting_nothing_is_read_but_replies_leave) {
  mllp_rig r({}, false);
  rig::client c(r.port());
  c.send(framed("before"));
  BOOST_REQUIRE(r.events.becomes([](const seen& s) { return s.frames.size() == 1; }));
  r.server->stop_accepting();
  r.loop.now([] {}); // by now it has happened
  c.send(framed("after"));
  r.server->send(r.events.get().last, "reply");
  BOOST_TEST(c.until("\x1c\r") == framed("reply"));
  r.server->close_all();
  BOOST_TEST(c.rest() == "");
  c.vanish();
  BOOST_TEST(r.events.becomes(all_closed_once));
  BOOST_TEST(r.events.get().frames.size() == 1u);
  BOOST_TEST(r.server->connections() == 0u);
}

BOOST_AUTO_TEST_CASE(replies_sent_just_before_close_all_arrive) {
  mllp_rig r({}, false);
  rig::client c(r.port());
  c.send(framed("x"));
  BOOST_REQUIRE(r.events.becomes([](const seen& s) { return s.frames.size() == 1; }));
  r.server->send(r.events.get().last, "reply");
  r.server->close_all();
  BOOST_TEST(c.rest() == framed("reply"));
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_an_error_that_names_the_address) {
  mllp_rig first;
  const auto port = first.port();
  mllp_rig second([port](auto& how) { how.listen.port = port; });
  BOOST_REQUIRE(!second.started->ok());
  BOOST_TEST(second.started->error().text ==
             "cannot listen on 127.0.0.1:" + std::to_string(port) + ": Address already in use");
}

BOOST_AUTO_TEST_CASE(faults_of_the_listener_are_told_at_start) {
  mllp_rig block([](auto& how) { how.allow = {"10.0.0.0/99"}; });
  BOOST_TEST(!block.started->ok());
  mllp_rig files([](auto& how) { how.tls = {"/nonexistent.pem", "/nonexistent.key", ""}; });
  BOOST_REQUIRE(!files.started->ok());
  BOOST_TEST(files.started->error().text.find("/nonexistent.pem") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_may_end_before_or_with_its_loop_while_connections_are_open) {
  std::vector<rig::client> left;
  {
    mllp_rig r;
    for (int i = 0; i < 5; ++i) {
      left.emplace_back(r.port());
      left.back().send(framed("x"));
      BOOST_TEST(left.back().until("\x1c\r") == framed("ACK x"));
    }
    r.server.reset();
    BOOST_TEST(left[0].rest() == "");
  }
  mllp_rig again;
  left.emplace_back(again.port());
}

BOOST_AUTO_TEST_CASE(two_thousand_silent_connections_cost_little) {
  mllp_rig r;
  const auto before = resident_bytes();
  std::vector<rig::client> all;
  for (int i = 0; i < 2'000; ++i) all.emplace_back(r.port());
  BOOST_REQUIRE(r.events.becomes([](const seen& s) { return s.opened.size() == 2'000; }));
  const auto each = (resident_bytes() - before) / 2'000;
  BOOST_TEST_MESSAGE("bytes a silent connection, the test's own included: " << each);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  BOOST_TEST(each < 8'000u);
#endif
  all[1234].send(framed("x"));
  BOOST_TEST(all[1234].until("\x1c\r") == framed("ACK x"));
  all.clear();
  BOOST_TEST(r.events.becomes(all_closed_once));
}

BOOST_AUTO_TEST_SUITE_END()
