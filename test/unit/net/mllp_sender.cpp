#include "engine/net/mllp/mllp_sender.hpp"

#include "certificates.hpp"
#include "engine/net/mllp/mllp_server.hpp"
#include "rig.hpp"

#include <future>
#include <optional>

namespace net = aorta::net;
namespace ports = aorta::ports;
using namespace std::chrono_literals;

namespace {

using outcome = ports::mllp_link::outcome;

std::string framed(std::string_view text) { return "\x0b" + std::string(text) + "\x1c\r"; }

/// A sender on a loop of its own; the test is the other side.
struct sending {
  explicit sending(ports::mllp_destination where) {
    loop.now([&] {
      auto made = net::mllp_target::make(loop.loop, std::move(where));
      BOOST_REQUIRE_MESSAGE(made.ok(), (made.ok() ? "" : made.error().text));
      sender = std::make_unique<net::mllp_sender>(*made);
    });
  }
  ~sending() {
    loop.now([this] { sender.reset(); });
  }
  std::future<outcome> send(const std::string& message, std::chrono::milliseconds within = 10s) {
    auto told = std::make_shared<std::promise<outcome>>();
    loop.now(
      [&] { sender->send(message, within, [told](outcome what) { told->set_value(std::move(what)); }); });
    return told->get_future();
  }
  /// What the other side did before has reached the loop.
  void settle() {
    loop.now([] {});
    loop.now([] {});
  }
  rig::running_loop loop;
  std::unique_ptr<net::mllp_sender> sender;
};

ports::mllp_destination at(uint16_t port) {
  ports::mllp_destination where;
  where.host = "127.0.0.1";
  where.port = port;
  return where;
}

std::string reply(std::future<outcome> of) {
  BOOST_REQUIRE((of.wait_for(rig::patience) == std::future_status::ready));
  auto what = of.get();
  const auto* text = std::get_if<std::string>(&what);
  BOOST_REQUIRE_MESSAGE(text, (text ? "" : std::get<ports::unanswered>(what).text));
  return *text;
}

ports::unanswered failure(std::future<outcome> of) {
  BOOST_REQUIRE((of.wait_for(rig::patience) == std::future_status::ready));
  auto what = of.get();
  BOOST_REQUIRE(std::holds_alternative<ports::unanswered>(what));
  return std::get<ports::unanswered>(what);
}

void check(const ports::unanswered& got, ports::no_answer why, ports::left sent) {
  BOOST_TEST(name(got.why) == name(why), got.text);
  BOOST_TEST((got.sent == sent), got.text);
  BOOST_TEST(!got.text.empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_mllp_sender)

BOOST_AUTO_TEST_CASE(messages_go_over_one_connection_and_each_gets_its_answer) {
  rig::listener there;
  sending s(at(there.port()));
  auto first = s.send("MSH|one");
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|one"));
  peer.send(framed("MSA|AA|1"));
  BOOST_TEST(reply(std::move(first)) == "MSA|AA|1");
  auto second = s.send("MSH|two");
  BOOST_TEST(peer.until("\r") == framed("MSH|two"));
  peer.send("\x0bMSA|A");
  peer.send("E|2\x1c\r");
  BOOST_TEST(reply(std::move(second)) == "MSA|AE|2");
}

BOOST_AUTO_TEST_CASE(a_refused_connection_has_let_nothing_out) {
  rig::listener there;
  there.close();
  sending s(at(there.port()));
  const auto got = failure(s.send("MSH|one"));
  check(got, ports::no_answer::not_connected, ports::left::nothing);
  BOOST_TEST(got.text == "Connection refused");
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_not_taken_in_time_has_let_nothing_out) {
  rig::listener there(0);
  const rig::client in_the_queue(there.port());
  auto where = at(there.port());
  where.connect_within = 200ms;
  sending s(where);
  // The kernel may find room for this one too: then it is silent after the message.
  const auto got = failure(s.send("MSH|one", 200ms));
  if (got.sent == ports::left::nothing) check(got, ports::no_answer::not_connected, ports::left::nothing);
  const auto again = failure(s.send("MSH|one", 200ms));
  check(again, ports::no_answer::not_connected, ports::left::nothing);
  BOOST_TEST(again.text == "no connection in time");
}

BOOST_AUTO_TEST_CASE(a_host_that_is_no_name_has_let_nothing_out) {
  auto where = at(1);
  for (const auto& host : {std::string(), std::string(300, 'a')}) {
    where.host = host;
    sending s(where);
    check(failure(s.send("MSH|one")), ports::no_answer::name_unknown, ports::left::nothing);
  }
}

BOOST_AUTO_TEST_CASE(a_name_is_looked_up_and_each_of_its_addresses_tried) {
  rig::listener there;
  auto where = at(there.port());
  where.host = "localhost";
  sending s(where);
  auto first = s.send("MSH|one");
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|one"));
  peer.send(framed("MSA|AA|1"));
  BOOST_TEST(reply(std::move(first)) == "MSA|AA|1");
}

BOOST_AUTO_TEST_CASE(a_late_answer_is_not_the_next_message_s) {
  rig::listener there;
  sending s(at(there.port()));
  auto first = s.send("MSH|one", 100ms);
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|one"));
  check(failure(std::move(first)), ports::no_answer::late, ports::left::perhaps);
  auto second = s.send("MSH|two");
  peer.send(framed("MSA|AA|1"));
  auto other = there.accept();
  BOOST_TEST(other.until("\r") == framed("MSH|two"));
  other.send(framed("MSA|AA|2"));
  BOOST_TEST(reply(std::move(second)) == "MSA|AA|2");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_cut_is_none) {
  rig::listener there;
  sending s(at(there.port()));
  auto first = s.send("MSH|one");
  {
    auto peer = there.accept();
    BOOST_TEST(peer.until("\r") == framed("MSH|one"));
    peer.send("\x0bMSA|AA|1");
  }
  const auto got = failure(std::move(first));
  check(got, ports::no_answer::broken, ports::left::perhaps);
  BOOST_TEST(got.text == "the server closed the connection");
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_reset_leaves_the_message_perhaps_sent) {
  rig::listener there;
  sending s(at(there.port()));
  auto first = s.send("MSH|one");
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|one"));
  peer.reset();
  check(failure(std::move(first)), ports::no_answer::broken, ports::left::perhaps);
}

BOOST_AUTO_TEST_CASE(a_frame_needs_its_last_byte_only_while_more_may_come) {
  rig::listener there;
  sending s(at(there.port()));
  auto first = s.send("MSH|one");
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|one"));
  peer.send("\x0bMSA|AA|1\x1c");
  BOOST_TEST(reply(std::move(first)) == "MSA|AA|1");
  auto second = s.send("MSH|two");
  BOOST_TEST(peer.until("\r") == framed("MSH|two"));
  peer.send("\x0bMSA|AA|2\x1c");
  peer.vanish();
  BOOST_TEST(reply(std::move(second)) == "MSA|AA|2");
}

BOOST_AUTO_TEST_CASE(garbage_before_a_frame_is_no_answer) {
  rig::listener there;
  sending s(at(there.port()));
  auto first = s.send("MSH|one");
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|one"));
  peer.send("HTTP/1.1 400\r\nMSA|AA|0\r" + framed("MSA|AR|1"));
  BOOST_TEST(reply(std::move(first)) == "MSA|AR|1");
  auto second = s.send("MSH|two", 100ms);
  BOOST_TEST(peer.until("\r") == framed("MSH|two"));
  peer.send("MSA|AA|2\r");
  check(failure(std::move(second)), ports::no_answer::late, ports::left::perhaps);
}

BOOST_AUTO_TEST_CASE(of_two_frames_in_one_read_the_second_answers_nothing) {
  rig::listener there;
  sending s(at(there.port()));
  std::promise<std::string> told;
  s.loop.now([&] {
    s.sender->send("MSH|one", 10s, [&](outcome first) {
      const auto before = std::get<std::string>(first);
      s.sender->send("MSH|two", 10s, [&, before](outcome second) {
        told.set_value(before + " " + std::get<std::string>(second));
      });
    });
  });
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|one"));
  peer.send(framed("MSA|CA|1") + framed("MSA|AA|1"));
  BOOST_TEST(peer.until("\r") == framed("MSH|two"));
  peer.send(framed("MSA|CA|2"));
  BOOST_TEST(told.get_future().get() == "MSA|CA|1 MSA|CA|2");
}

BOOST_AUTO_TEST_CASE(a_frame_that_began_before_a_message_is_no_answer_to_it) {
  rig::listener there;
  sending s(at(there.port()));
  auto first = s.send("MSH|one");
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|one"));
  peer.send(framed("MSA|AA|1") + "\x0bMSA|AA|9");
  BOOST_TEST(reply(std::move(first)) == "MSA|AA|1");
  auto second = s.send("MSH|two"); // over a new connection: the rest of that frame would answer it
  auto other = there.accept();
  BOOST_TEST(other.until("\r") == framed("MSH|two"));
  other.send(framed("MSA|AA|2"));
  BOOST_TEST(reply(std::move(second)) == "MSA|AA|2");
}

BOOST_AUTO_TEST_CASE(what_the_server_closes_between_messages_costs_none) {
  rig::listener there;
  sending s(at(there.port()));
  for (int i = 0; i < 3; ++i) {
    auto told = s.send("MSH|one");
    auto peer = there.accept();
    BOOST_TEST(peer.until("\r") == framed("MSH|one"));
    peer.send(framed("MSA|AA|1"));
    BOOST_TEST(reply(std::move(told)) == "MSA|AA|1");
    peer.vanish();
    s.settle();
  }
}

BOOST_AUTO_TEST_CASE(a_reply_may_not_be_larger_than_was_said) {
  rig::listener there;
  auto where = at(there.port());
  where.most_reply_bytes = 1'000;
  sending s(where);
  auto first = s.send("MSH|one");
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|one"));
  peer.send("\x0b" + std::string(2'000, 'x'));
  check(failure(std::move(first)), ports::no_answer::too_large, ports::left::perhaps);
}

BOOST_AUTO_TEST_CASE(a_large_message_to_a_slow_reader_leaves_whole) {
  rig::listener there;
  sending s(at(there.port()));
  const std::string large(1'000'000, 'x');
  auto first = s.send(large);
  auto peer = there.accept();
  BOOST_TEST((peer.until("\x1c\r") == framed(large)));
  peer.send(framed("MSA|AA|1"));
  BOOST_TEST(reply(std::move(first)) == "MSA|AA|1");
}

BOOST_AUTO_TEST_CASE(a_dropped_connection_is_made_anew) {
  rig::listener there;
  sending s(at(there.port()));
  auto first = s.send("MSH|one");
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|one"));
  peer.send(framed("MSA|AA|somebody else"));
  BOOST_TEST(reply(std::move(first)) == "MSA|AA|somebody else");
  s.loop.now([&] { s.sender->drop(); });
  BOOST_TEST(peer.rest().empty());
  auto second = s.send("MSH|two");
  auto other = there.accept();
  BOOST_TEST(other.until("\r") == framed("MSH|two"));
}

BOOST_AUTO_TEST_CASE(a_sender_may_end_in_its_own_callback_whatever_that_tells) {
  for (const bool answered : {true, false}) {
    rig::listener there;
    sending s(at(there.port()));
    std::promise<bool> told;
    s.loop.now([&] {
      s.sender->send("MSH|one", 10s, [&](outcome what) {
        const bool whole = std::holds_alternative<std::string>(what);
        s.sender.reset();
        told.set_value(whole);
      });
    });
    auto peer = there.accept();
    BOOST_TEST(peer.until("\r") == framed("MSH|one"));
    if (answered) peer.send(framed("MSA|AA|1") + framed("more"));
    else peer.vanish();
    BOOST_TEST(told.get_future().get() == answered);
    if (answered) peer.rest();
  }
}

BOOST_AUTO_TEST_CASE(whoever_ends_first_nothing_is_told_afterwards) {
  rig::listener there;
  std::unique_ptr<net::mllp_sender> sender;
  bool told = false;
  std::optional<rig::client> first; // stays longer than the loop
  {
    rig::running_loop loop;
    loop.now([&] {
      auto made = net::mllp_target::make(loop.loop, at(there.port()));
      sender = std::make_unique<net::mllp_sender>(*made);
      sender->send("MSH|one", 10s, [&](outcome) { told = true; });
    });
    first.emplace(there.accept());
    BOOST_TEST(first->until("\r") == framed("MSH|one"));
  }
  sender.reset();
  sending s(at(there.port()));
  auto unheard = s.send("MSH|two");
  auto peer = there.accept();
  BOOST_TEST(peer.until("\r") == framed("MSH|two"));
  s.loop.now([&] { s.sender.reset(); });
  BOOST_TEST(peer.rest().empty());
  BOOST_TEST(!told);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// An MLLP listener with TLS on `host` that answers everything.
struct tls_there {
  tls_there(const rig::certificates& made, const std::string& host, bool client_certificates) {
    aorta::config::listener how;
    how.name = "tls";
    how.listen = {host, 0};
    how.tls = {made.file("server.pem"), made.file("server.key"),
               client_certificates ? made.file("ca.pem") : ""};
    net::mllp_handlers on;
    on.frame = [this](net::connection_id id, std::string&&) { server->send(id, "MSA|AA|1"); };
    server.emplace(loop.loop, how, std::move(on));
    loop.now([this] { BOOST_REQUIRE(server->start().ok()); });
  }
  rig::running_loop loop;
  std::optional<net::mllp_server> server;
};

ports::mllp_destination with_tls(const tls_there& there, const std::string& host, ports::tls_rules rules) {
  auto where = at(there.server->port());
  where.host = host;
  where.tls = std::move(rules);
  return where;
}

struct made_once {
  rig::certificates certificates;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_mllp_sender_with_tls, made_once)

BOOST_AUTO_TEST_CASE(a_server_of_the_authority_is_spoken_to) {
  tls_there there(certificates, "127.0.0.1", false);
  sending s(with_tls(there, "localhost", {certificates.file("ca.pem"), "", ""}));
  BOOST_TEST(reply(s.send("MSH|one")) == "MSA|AA|1");
  BOOST_TEST(reply(s.send("MSH|two")) == "MSA|AA|1");
}

BOOST_AUTO_TEST_CASE(nothing_leaves_for_a_server_of_another_authority_or_of_none_that_is_known) {
  tls_there there(certificates, "127.0.0.1", false);
  for (const auto& ca : {certificates.file("stranger.pem"), std::string()}) {
    sending s(with_tls(there, "localhost", {ca, "", ""}));
    const auto got = failure(s.send("MSH|one"));
    check(got, ports::no_answer::not_trusted, ports::left::nothing);
    BOOST_TEST(got.text == "certificate verify failed");
  }
}

BOOST_AUTO_TEST_CASE(nothing_leaves_for_a_server_of_another_name) {
  tls_there there(certificates, "127.0.0.2", false); // the certificate is localhost's and 127.0.0.1's
  sending s(with_tls(there, "127.0.0.2", {certificates.file("ca.pem"), "", ""}));
  check(failure(s.send("MSH|one")), ports::no_answer::not_trusted, ports::left::nothing);
}

BOOST_AUTO_TEST_CASE(a_server_that_asks_for_a_certificate_answers_only_who_has_one) {
  tls_there there(certificates, "127.0.0.1", true);
  sending with(with_tls(
    there, "127.0.0.1",
    {certificates.file("ca.pem"), certificates.file("client.pem"), certificates.file("client.key")}));
  BOOST_TEST(reply(with.send("MSH|one")) == "MSA|AA|1");
  // With TLS 1.3 the refusal comes after our first bytes, as an alert or already as a reset.
  sending without(with_tls(there, "127.0.0.1", {certificates.file("ca.pem"), "", ""}));
  const auto got = failure(without.send("MSH|one"));
  BOOST_TEST((got.why == ports::no_answer::not_trusted || got.why == ports::no_answer::broken), got.text);
  BOOST_TEST((got.sent == ports::left::perhaps));
}

BOOST_AUTO_TEST_CASE(a_handshake_that_does_not_end_in_time_has_let_nothing_out) {
  rig::listener there;
  auto where = at(there.port());
  where.tls = ports::tls_rules{certificates.file("ca.pem"), "", ""};
  where.connect_within = 200ms;
  sending s(where);
  auto first = s.send("MSH|one");
  auto peer = there.accept();
  check(failure(std::move(first)), ports::no_answer::not_connected, ports::left::nothing);
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used_are_named) {
  rig::running_loop loop;
  auto where = at(1);
  where.tls = ports::tls_rules{certificates.file("none.pem"), "", ""};
  const auto made = net::mllp_target::make(loop.loop, where);
  BOOST_REQUIRE(!made.ok());
  BOOST_TEST(made.error().text.find("none.pem") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
