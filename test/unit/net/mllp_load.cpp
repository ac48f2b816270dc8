#include "engine/net/mllp/mllp_load.hpp"

#include "engine/net/mllp/mllp_server.hpp"
#include "rig.hpp"

#include <optional>
#include <set>

namespace net = aorta::net;

namespace {

using answer = std::function<void(net::mllp_server&, net::connection_id, const std::string& frame)>;

struct answering_rig {
  explicit answering_rig(answer how_to, uint32_t most = 10'000) {
    aorta::config::listener how;
    how.name = "lab";
    how.listen = {"127.0.0.1", 0};
    how.max_connections = most;
    net::mllp_handlers on;
    on.frame = [this, how_to](net::connection_id id, std::string&& frame) { how_to(*server, id, frame); };
    server.emplace(loop.loop, how, std::move(on));
    loop.now([this] { BOOST_REQUIRE(server->start().ok()); });
  }
  net::send_plan plan(unsigned connections, uint64_t count) {
    net::send_plan out;
    out.host = "127.0.0.1";
    out.port = server->port();
    out.connections = connections;
    out.count = count;
    out.message = [](uint64_t n) { return "MSH|^~\\&|" + std::to_string(n); };
    return out;
  }
  rig::running_loop loop;
  std::optional<net::mllp_server> server;
};

std::string reply(std::string_view code, const std::string& of) {
  return "MSH|^~\\&|X\rMSA|" + std::string(code) + "|" + of + "\r";
}

} // namespace

BOOST_AUTO_TEST_SUITE(sending_many_messages)

BOOST_AUTO_TEST_CASE(every_message_is_sent_once_and_its_answer_counted) {
  std::set<std::string> frames;
  answering_rig r([&](net::mllp_server& to, net::connection_id id, const std::string& frame) {
    frames.insert(frame);
    const int n = std::stoi(frame.substr(9));
    to.send(id, reply(n % 10 == 0 ? "AE" : n % 2 ? "AA" : "CA", frame.substr(9)));
  });
  auto plan = r.plan(8, 1'000);
  std::set<uint64_t> answered;
  plan.answered = [&](uint64_t n, const std::string& text) {
    BOOST_TEST(text.ends_with("|" + std::to_string(n) + "\r"));
    answered.insert(n);
  };
  const auto sent = net::send_all(plan);
  BOOST_REQUIRE(sent.ok());
  BOOST_TEST(sent->sent == 1'000u);
  BOOST_TEST(sent->accepted == 900u);
  BOOST_TEST(sent->refused == 100u);
  BOOST_TEST(sent->unanswered == 0u);
  BOOST_TEST(answered.size() == 1'000u);
  r.loop.now([&] { BOOST_TEST(frames.size() == 1'000u); });
  BOOST_TEST(sent->p50_ms <= sent->p99_ms);
  BOOST_TEST(sent->p99_ms <= sent->max_ms);
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_leaves_its_message_unanswered_and_is_made_again) {
  answering_rig r([](net::mllp_server& to, net::connection_id id, const std::string& frame) {
    if (frame.ends_with("7")) to.close(id);
    else to.send(id, reply("AA", frame.substr(9)));
  });
  const auto sent = net::send_all(r.plan(2, 100));
  BOOST_REQUIRE(sent.ok());
  BOOST_TEST(sent->sent == 100u);
  BOOST_TEST(sent->accepted == 90u);
  BOOST_TEST(sent->unanswered == 10u);
}

BOOST_AUTO_TEST_CASE(a_server_that_closes_every_connection_is_given_up) {
  answering_rig r([](net::mllp_server& to, net::connection_id id, const std::string&) { to.close(id); });
  const auto sent = net::send_all(r.plan(2, 100));
  BOOST_REQUIRE(sent.ok());
  BOOST_TEST(sent->accepted == 0u);
  BOOST_TEST(sent->unanswered == 100u);
  BOOST_TEST(sent->sent <= 6u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_does_not_come_in_time_is_not_waited_for) {
  answering_rig r([](net::mllp_server& to, net::connection_id id, const std::string& frame) {
    if (!frame.ends_with("|1")) to.send(id, reply("AA", frame.substr(9)));
  });
  auto plan = r.plan(1, 3);
  plan.timeout = std::chrono::milliseconds(200);
  const auto sent = net::send_all(plan);
  BOOST_REQUIRE(sent.ok());
  BOOST_TEST(sent->accepted == 2u);
  BOOST_TEST(sent->unanswered == 1u);
}

BOOST_AUTO_TEST_CASE(with_a_rate_messages_leave_when_they_are_due) {
  answering_rig r([](net::mllp_server& to, net::connection_id id, const std::string& frame) {
    to.send(id, reply("AA", frame.substr(9)));
  });
  auto plan = r.plan(4, 200);
  plan.rate = 1'000;
  const auto sent = net::send_all(plan);
  BOOST_REQUIRE(sent.ok());
  BOOST_TEST(sent->accepted == 200u);
  BOOST_TEST(sent->seconds >= 0.199);
}

BOOST_AUTO_TEST_CASE(nobody_there_is_an_error_that_names_the_address) {
  uint16_t port = 0;
  { // a port that was free a moment ago
    answering_rig r([](net::mllp_server&, net::connection_id, const std::string&) {});
    port = r.server->port();
  }
  net::send_plan plan;
  plan.host = "localhost";
  plan.port = port;
  plan.count = 1;
  plan.message = [](uint64_t) { return "x"; };
  const auto sent = net::send_all(plan);
  BOOST_REQUIRE(!sent.ok());
  BOOST_TEST(sent.error().text ==
             "cannot connect to localhost:" + std::to_string(port) + ": Connection refused");
}

BOOST_AUTO_TEST_SUITE_END()
