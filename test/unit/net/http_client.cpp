#include "engine/net/http/http_client.hpp"

#include "certificates.hpp"
#include "engine/net/http/http_server.hpp"
#include "rig.hpp"

#include <array>
#include <cstdlib>
#include <future>
#include <optional>

namespace net = aorta::net;
namespace ports = aorta::ports;
using namespace std::chrono_literals;

namespace {

using outcome = ports::http_outbound::outcome;

/// A client on a loop of its own; the test is the other side.
struct asking {
  asking() {
    loop.now([this] { client = std::make_unique<net::http_client>(loop.loop); });
  }
  ~asking() {
    loop.now([this] { client.reset(); });
  }
  std::future<outcome> send(ports::http_call call) {
    auto told = std::make_shared<std::promise<outcome>>();
    loop.now(
      [&] { client->send(std::move(call), [told](outcome what) { told->set_value(std::move(what)); }); });
    return told->get_future();
  }
  rig::running_loop loop;
  std::unique_ptr<net::http_client> client;
};

ports::http_call to(uint16_t port, const std::string& path = "/hook") {
  ports::http_call call;
  call.url = "http://127.0.0.1:" + std::to_string(port) + path;
  call.allow = {"127.0.0.0/8", "::1"};
  call.body = "{}";
  return call;
}

ports::http_answer answer(std::future<outcome> of) {
  BOOST_REQUIRE((of.wait_for(rig::patience) == std::future_status::ready));
  auto what = of.get();
  const auto* whole = std::get_if<ports::http_answer>(&what);
  BOOST_REQUIRE_MESSAGE(whole, (whole ? "" : std::get<ports::unanswered>(what).text));
  return *whole;
}

void fails(std::future<outcome> of, ports::no_answer why, ports::left sent) {
  BOOST_REQUIRE((of.wait_for(rig::patience) == std::future_status::ready));
  const auto what = of.get();
  BOOST_REQUIRE(std::holds_alternative<ports::unanswered>(what));
  const auto& got = std::get<ports::unanswered>(what);
  BOOST_TEST(name(got.why) == name(why), got.text);
  BOOST_TEST((got.sent == sent), got.text);
  BOOST_TEST(!got.text.empty());
}

/// Head and body of a request whose body is `{}`.
std::string request_of(rig::client& peer) { return peer.until("\r\n\r\n{}"); }

} // namespace

BOOST_AUTO_TEST_SUITE(the_http_client)

BOOST_AUTO_TEST_CASE(a_request_says_what_was_asked_and_nothing_else) {
  rig::listener there;
  asking a;
  auto call = to(there.port(), "/hook?a=1");
  call.headers = {{"Content-Type", "application/json"}, {"webhook-id", "msg_1"}, {"x-empty", ""}};
  auto told = a.send(call);
  auto peer = there.accept();
  const auto host = "127.0.0.1:" + std::to_string(there.port());
  BOOST_TEST(request_of(peer) ==
             "POST /hook?a=1 HTTP/1.1\r\nHost: " + host +
               "\r\nAccept: */*\r\nContent-Type: application/json\r\nwebhook-id: msg_1\r\nx-empty:\r\n"
               "Content-Length: 2\r\n\r\n{}");
  peer.send("HTTP/1.1 503 Away\r\nRetry-After:  120 \r\nX-A: 1\r\nContent-Length: 4\r\n\r\naway");
  const auto got = answer(std::move(told));
  BOOST_TEST(got.status == 503u);
  BOOST_TEST(got.body == "away");
  const decltype(got.headers) headers{{"retry-after", "120"}, {"x-a", "1"}, {"content-length", "4"}};
  BOOST_TEST((got.headers == headers));
}

BOOST_AUTO_TEST_CASE(methods_without_a_body_have_none) {
  rig::listener there;
  asking a;
  for (const auto* method : {"GET", "HEAD", "DELETE"}) {
    auto call = to(there.port());
    call.method = method;
    call.body.clear();
    auto told = a.send(call);
    auto peer = there.accept();
    BOOST_TEST(peer.until("\r\n\r\n").starts_with(std::string(method) + " /hook HTTP/1.1\r\n"));
    peer.send("HTTP/1.1 204 Done\r\nConnection: close\r\n\r\n");
    BOOST_TEST(answer(std::move(told)).status == 204u);
  }
}

BOOST_AUTO_TEST_CASE(a_kept_connection_serves_the_next_call_and_when_it_dies_nothing_is_asked_twice) {
  rig::listener there;
  asking a;
  auto first = a.send(to(there.port()));
  auto peer = there.accept();
  for (int i = 0; i < 3; ++i) {
    request_of(peer);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(i));
    BOOST_TEST(answer(std::move(first)).body == std::to_string(i));
    first = a.send(to(there.port()));
  }
  request_of(peer);
  peer.vanish(); // libcurl alone would connect anew and ask again
  fails(std::move(first), ports::no_answer::broken, ports::left::perhaps);
}

BOOST_AUTO_TEST_CASE(chunks_are_put_together_and_interim_answers_passed_over) {
  rig::listener there;
  asking a;
  auto told = a.send(to(there.port()));
  auto peer = there.accept();
  request_of(peer);
  peer.send(
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab");
  peer.send("c\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n");
  const auto got = answer(std::move(told));
  BOOST_TEST(got.status == 200u);
  BOOST_TEST(got.body == "abcde");
  BOOST_TEST(got.headers.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_redirect_is_an_answer_and_is_not_followed) {
  rig::listener there;
  asking a;
  auto told = a.send(to(there.port()));
  auto peer = there.accept();
  request_of(peer);
  peer.send("HTTP/1.1 307 There\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(answer(std::move(told)).status == 307u);
}

BOOST_AUTO_TEST_CASE(a_slow_first_byte_and_a_stall_end_at_the_deadline) {
  for (const auto* beginning : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
    rig::listener there;
    asking a;
    auto call = to(there.port());
    call.answer_within = 200ms;
    auto told = a.send(call);
    auto peer = there.accept();
    request_of(peer);
    peer.send(beginning);
    fails(std::move(told), ports::no_answer::late, ports::left::perhaps);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_cut_is_none) {
  for (const auto* beginning : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
                                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha"}) {
    rig::listener there;
    asking a;
    auto told = a.send(to(there.port()));
    {
      auto peer = there.accept();
      request_of(peer);
      peer.send(beginning);
    }
    fails(std::move(told), ports::no_answer::broken, ports::left::perhaps);
  }
}

BOOST_AUTO_TEST_CASE(a_body_or_headers_without_end_are_too_large) {
  const std::string much(70'000, 'x');
  for (const auto& text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + much, "HTTP/1.1 200 OK\r\n\r\n" + much,
        "HTTP/1.1 200 OK\r\nX-A: " + much + "\r\n\r\n"}) {
    rig::listener there;
    asking a;
    auto call = to(there.port());
    call.most_body_bytes = 60'000;
    auto told = a.send(call);
    auto peer = there.accept();
    request_of(peer);
    peer.send(text);
    fails(std::move(told), ports::no_answer::too_large, ports::left::perhaps);
  }
}

BOOST_AUTO_TEST_CASE(where_the_status_is_all_that_counts_a_bad_body_makes_no_difference) {
  const std::string much(70'000, 'x');
  for (const auto& [text, hangs_up] :
       {std::pair("HTTP/1.1 202 Accepted\r\nContent-Length: 70000\r\n\r\n" + much, false),
        std::pair("HTTP/1.1 202 Accepted\r\n\r\n" + much, false),
        std::pair(std::string("HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\nhalf"), true),
        std::pair(std::string("HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\nlate"), false)}) {
    rig::listener there;
    asking a;
    auto call = to(there.port());
    call.most_body_bytes = 60'000;
    call.answer_within = std::chrono::milliseconds(300);
    call.status_alone = true;
    auto told = a.send(call);
    auto peer = std::make_unique<rig::client>(there.accept());
    request_of(*peer);
    peer->send(text);
    if (hangs_up) peer.reset();
    BOOST_TEST(answer(std::move(told)).status == 202u);
  }
  // Without a status nothing is known.
  rig::listener there;
  asking a;
  auto call = to(there.port());
  call.answer_within = std::chrono::milliseconds(300);
  call.status_alone = true;
  auto told = a.send(call);
  auto peer = there.accept();
  request_of(peer);
  peer.send("HTTP/1.1 100 Continue\r\n\r\n");
  fails(std::move(told), ports::no_answer::late, ports::left::perhaps);
}

BOOST_AUTO_TEST_CASE(what_is_no_http_is_no_answer) {
  rig::listener there;
  asking a;
  auto told = a.send(to(there.port()));
  auto peer = there.accept();
  request_of(peer);
  peer.send("\x0bMSH|^~\\&|a\x1c\r\n\r\n");
  fails(std::move(told), ports::no_answer::unreadable, ports::left::perhaps);
}

BOOST_AUTO_TEST_CASE(a_refused_connection_has_let_nothing_out) {
  rig::listener there;
  there.close();
  asking a;
  fails(a.send(to(there.port())), ports::no_answer::not_connected, ports::left::nothing);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_does_not_end_in_time_has_let_nothing_out) {
  rig::listener there;
  asking a;
  auto call = to(there.port());
  call.url = "https" + call.url.substr(4);
  call.connect_within = 200ms;
  auto told = a.send(call);
  auto peer = there.accept();
  fails(std::move(told), ports::no_answer::not_connected, ports::left::nothing);
}

BOOST_AUTO_TEST_CASE(an_address_that_is_not_allowed_is_not_even_connected_to) {
  rig::listener there;
  asking a;
  const auto port = ":" + std::to_string(there.port()) + "/";
  for (const auto* host : {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]",
                           "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254"}) {
    ports::http_call call;
    call.url = "http://" + std::string(host) + port;
    call.allow = {"10.0.0.0/8"};
    BOOST_TEST_CONTEXT(host)
    fails(a.send(call), ports::no_answer::address_refused, ports::left::nothing);
  }
  rig::client ours(there.port());
  ours.send("first in the queue");
  BOOST_TEST(there.accept().bytes(5) == "first");
}

BOOST_AUTO_TEST_CASE(a_name_is_asked_at_the_address_that_was_checked) {
  rig::listener there;
  asking a;
  auto call = to(there.port());
  call.url = "http://localhost:" + std::to_string(there.port()) + "/";
  auto told = a.send(call);
  auto peer = there.accept();
  BOOST_TEST(request_of(peer).find("Host: localhost:" + std::to_string(there.port())) != std::string::npos);
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(answer(std::move(told)).status == 200u);
}

BOOST_AUTO_TEST_CASE(no_proxy_of_the_environment_is_asked) {
  rig::listener proxy, there;
  for (const auto* variable : {"http_proxy", "all_proxy", "ALL_PROXY"})
    setenv(variable, ("http://127.0.0.1:" + std::to_string(proxy.port())).c_str(), 1);
  asking a;
  auto told = a.send(to(there.port()));
  auto peer = there.accept();
  BOOST_TEST(request_of(peer).starts_with("POST /hook "));
  for (const auto* variable : {"http_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(variable);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_asked_is_told_without_asking) {
  asking a;
  for (const auto& [url, method, header] :
       std::vector<std::array<std::string, 3>>{{"ftp://8.8.8.8/", "POST", "a"},
                                               {"file:///etc/passwd", "GET", "a"},
                                               {"http://user:secret@8.8.8.8/", "POST", "a"},
                                               {"nothing", "POST", "a"},
                                               {"http://8.8.8.8/", "PO ST", "a"},
                                               {"http://8.8.8.8/", "", "a"},
                                               {"http://8.8.8.8/", "POST", "a b"},
                                               {"http://8.8.8.8/", "POST", "Host"},
                                               {"http://8.8.8.8/", "POST", "Transfer-Encoding"}}) {
    ports::http_call call;
    call.url = url;
    call.method = method;
    call.headers = {{header, "1"}};
    BOOST_TEST_CONTEXT(url << method << header)
    fails(a.send(call), ports::no_answer::settings, ports::left::nothing);
  }
  ports::http_call call;
  call.url = "http://8.8.8.8/";
  call.headers = {{"a", "1\r\nb: 2"}};
  fails(a.send(call), ports::no_answer::settings, ports::left::nothing);
}

BOOST_AUTO_TEST_CASE(calls_run_beside_each_other_and_a_client_may_end_in_a_callback) {
  rig::listener there;
  asking a;
  auto slow = a.send(to(there.port()));
  auto first = there.accept();
  std::promise<unsigned> told;
  a.loop.now([&] {
    a.client->send(to(there.port()), [&](outcome what) {
      a.client.reset();
      told.set_value(std::get<ports::http_answer>(what).status);
    });
  });
  auto second = there.accept();
  request_of(second);
  second.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(told.get_future().get() == 200u);
  request_of(first);
  BOOST_TEST(first.rest().empty());
  BOOST_TEST((slow.wait_for(0s) == std::future_status::ready)); // its promise is gone, nothing was told
  BOOST_CHECK_THROW(slow.get(), std::future_error);
}

BOOST_AUTO_TEST_CASE(whoever_ends_first_nothing_is_told_afterwards) {
  rig::listener there;
  std::unique_ptr<net::http_client> client;
  bool told = false;
  std::optional<rig::client> peer; // stays longer than the loop
  {
    rig::running_loop loop;
    loop.now([&] {
      client = std::make_unique<net::http_client>(loop.loop);
      client->send(to(there.port()), [&](outcome) { told = true; });
    });
    peer.emplace(there.accept());
    request_of(*peer);
  }
  client.reset();
  BOOST_TEST(!told);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct https_there {
  explicit https_there(bool client_certificates, const std::string& on = "127.0.0.1") {
    net::http_server::how how;
    how.listen = {on, 0};
    how.tls = {made.file("server.pem"), made.file("server.key"),
               client_certificates ? made.file("ca.pem") : ""};
    server.emplace(loop.loop, how, [](net::http_request&& request, net::http_respond respond) {
      net::http_response response;
      response.body = request.body;
      respond(response);
    });
    loop.now([this] { BOOST_REQUIRE(server->start().ok()); });
  }
  ports::http_call call(const std::string& host, const std::string& ca, bool with_certificate) const {
    auto out = to(server->port());
    out.url = "https://" + host + ":" + std::to_string(server->port()) + "/";
    out.tls.ca = ca.empty() ? "" : made.file(ca);
    if (with_certificate) out.tls.cert = made.file("client.pem");
    if (with_certificate) out.tls.key = made.file("client.key");
    return out;
  }
  rig::certificates made;
  rig::running_loop loop;
  std::optional<net::http_server> server;
};

} // namespace

BOOST_AUTO_TEST_SUITE(the_http_client_with_tls)

BOOST_AUTO_TEST_CASE(a_server_of_the_authority_and_of_the_name_is_asked_and_no_other) {
  const https_there there(false);
  asking a;
  BOOST_TEST(answer(a.send(there.call("localhost", "ca.pem", false))).body == "{}");
  BOOST_TEST(answer(a.send(there.call("127.0.0.1", "ca.pem", false))).body == "{}");
  fails(a.send(there.call("localhost", "stranger.pem", false)), ports::no_answer::not_trusted,
        ports::left::nothing);
  fails(a.send(there.call("localhost", "", false)), ports::no_answer::not_trusted, ports::left::nothing);
  fails(a.send(there.call("localhost", "none.pem", false)), ports::no_answer::settings, ports::left::nothing);
}

BOOST_AUTO_TEST_CASE(a_server_of_another_name_is_not_asked) {
  const https_there there(false, "127.0.0.2"); // the certificate is localhost's and 127.0.0.1's
  asking a;
  fails(a.send(there.call("127.0.0.2", "ca.pem", false)), ports::no_answer::not_trusted,
        ports::left::nothing);
}

BOOST_AUTO_TEST_CASE(a_server_that_asks_for_a_certificate_answers_only_who_has_one) {
  const https_there there(true);
  asking a;
  BOOST_TEST(answer(a.send(there.call("localhost", "ca.pem", true))).body == "{}");
  auto told = a.send(there.call("localhost", "ca.pem", false));
  const auto what = told.get();
  BOOST_REQUIRE(std::holds_alternative<ports::unanswered>(what));
  // With TLS 1.3 the refusal comes after our request, as an alert or already as a reset.
  BOOST_TEST((std::get<ports::unanswered>(what).sent == ports::left::perhaps));
}

BOOST_AUTO_TEST_SUITE_END()
