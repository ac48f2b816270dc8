#include "engine/net/http/http_server.hpp"

#include "rig.hpp"

#include <optional>
#include <thread>
#include <vector>

namespace net = aorta::net;

namespace {

/// A server whose answers depend on the path: /echo gives the body back, /hold keeps the right to answer,
/// /drop loses it.
struct http_rig {
  explicit http_rig(const std::function<void(net::http_server::how&)>& change = {}) {
    net::http_server::how how;
    how.listen = {"127.0.0.1", 0};
    if (change) change(how);
    server.emplace(loop.loop, how, [this](net::http_request&& request, net::http_respond respond) {
      handle(request, std::move(respond));
    });
    loop.now([this] { started.emplace(server->start()); });
  }
  void handle(net::http_request& request, net::http_respond respond) {
    seen.change([&](auto& all) { all.push_back(request); });
    if (request.target == "/hold") return held.change([&](auto& all) { all.push_back(std::move(respond)); });
    if (request.target == "/drop") return;
    if (request.target == "/throw") throw std::runtime_error("no");
    net::http_response response;
    if (request.target == "/split") response.headers.emplace_back("X-A", "b\r\nX-Evil: 1");
    if (request.target == "/none") response.status = 204;
    if (request.target == "/feed")
      response.goes_on = [this](net::http_feed to) {
        feeds.change([&](auto& all) { all.push_back(std::move(to)); });
      };
    if (request.target == "/cached") response.headers.emplace_back("Cache-Control", "max-age=5");
    response.body = request.target == "/echo" ? request.body : request.method + " " + request.target;
    respond(std::move(response));
  }
  uint16_t port() {
    BOOST_REQUIRE(started->ok());
    return server->port();
  }

  rig::watched<std::vector<net::http_request>> seen;
  rig::watched<std::vector<net::http_respond>> held;
  rig::watched<std::vector<net::http_feed>> feeds;
  rig::running_loop loop;
  std::optional<net::http_server> server;
  std::optional<aorta::status> started;
};

/// One response: its head and as much body as it says.
struct response {
  std::string head, body;
  int status() const { return head.size() < 12 ? 0 : std::stoi(head.substr(9, 3)); }
  bool has(const std::string& line) const { return head.find("\r\n" + line + "\r\n") != std::string::npos; }
};

response read_response(rig::client& from, bool without_body = false) {
  response out;
  out.head = from.until("\r\n\r\n");
  const std::string key = "Content-Length: ";
  const auto at = out.head.find(key);
  if (at != std::string::npos && !without_body)
    out.body = from.bytes(std::stoul(out.head.substr(at + key.size())));
  return out;
}

response ask(http_rig& r, const std::string& request) {
  rig::client c(r.port());
  c.send(request);
  return read_response(c);
}

/// Waits until its connection has ended.
void closes(const net::http_feed& feed) {
  const auto until = std::chrono::steady_clock::now() + rig::patience;
  while (feed.is_open() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  BOOST_CHECK(!feed.is_open());
}

std::string get(const std::string& target, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n";
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_http_server)

BOOST_AUTO_TEST_CASE(a_request_is_answered_with_its_length_and_safe_headers) {
  http_rig r;
  const auto got = ask(r, get("/a?b=c", "X-Key:  v \r\n"));
  BOOST_TEST(got.status() == 200);
  BOOST_TEST(got.body == "GET /a?b=c");
  BOOST_TEST(got.has("Content-Type: application/json; charset=utf-8"));
  BOOST_TEST(got.has("X-Content-Type-Options: nosniff"));
  BOOST_TEST(got.has("Cache-Control: no-store"));
  BOOST_TEST(!got.has("Connection: close"));
  const auto request = r.seen.get().at(0);
  BOOST_TEST(request.header("x-key") == "v");
  BOOST_TEST(request.header("x-none") == "");
  BOOST_TEST(request.peer == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_connection_serves_many_requests_and_pipelined_ones_in_their_order) {
  http_rig r;
  rig::client c(r.port());
  c.send(get("/1"));
  BOOST_TEST(read_response(c).body == "GET /1");
  c.send(get("/2") + "\r\n" + get("/3") + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody" +
         get("/4"));
  for (const auto* expected : {"GET /2", "GET /3", "body", "GET /4"})
    BOOST_TEST(read_response(c).body == expected);
}

BOOST_AUTO_TEST_CASE(a_pipelined_request_waits_for_the_answer_in_front_of_it) {
  http_rig r;
  rig::client c(r.port());
  c.send(get("/hold") + get("/next"));
  BOOST_REQUIRE(r.held.becomes([](const auto& all) { return all.size() == 1; }));
  BOOST_TEST(r.seen.get().size() == 1u);
  net::http_response late;
  late.body = "late";
  std::jthread([&] { r.held.get()[0](late); }).join();
  BOOST_TEST(read_response(c).body == "late");
  BOOST_TEST(read_response(c).body == "GET /next");
}

BOOST_AUTO_TEST_CASE(an_answer_that_goes_on_has_no_length_and_ends_with_its_connection) {
  http_rig r;
  rig::client c(r.port());
  c.send(get("/feed") + get("/behind")); // what stands behind it is not answered
  const auto begun = read_response(c);
  BOOST_CHECK_EQUAL(begun.status(), 200);
  BOOST_CHECK(begun.has("Connection: close"));
  BOOST_CHECK_EQUAL(begun.head.find("Content-Length"), std::string::npos);
  BOOST_CHECK_EQUAL(c.bytes(9), "GET /feed");
  BOOST_REQUIRE(r.feeds.becomes([](const auto& all) { return all.size() == 1; }));
  const auto feed = r.feeds.get().front();
  BOOST_CHECK(feed.is_open());
  feed.send("one ");
  feed.send("two");
  BOOST_CHECK_EQUAL(c.bytes(7), "one two");
  feed.end();
  BOOST_CHECK_EQUAL(c.rest(), "");
  c.vanish();
  closes(feed);
  feed.send("to nobody");
}

BOOST_AUTO_TEST_CASE(a_feed_hears_that_its_reader_has_left) {
  http_rig r;
  {
    rig::client c(r.port());
    c.send(get("/feed"));
    read_response(c);
    BOOST_REQUIRE(r.feeds.becomes([](const auto& all) { return all.size() == 1; }));
  }
  const auto feed = r.feeds.get().front();
  closes(feed);
}

BOOST_AUTO_TEST_CASE(head_of_what_would_go_on_is_answered_and_over) {
  http_rig r;
  BOOST_CHECK_EQUAL(ask(r, "HEAD /feed HTTP/1.1\r\nHost: a\r\n\r\n").status(), 200);
  BOOST_CHECK(r.feeds.get().empty());
}

BOOST_AUTO_TEST_CASE(requests_may_come_in_any_pieces) {
  http_rig r;
  rig::client c(r.port());
  for (
    const std::string& whole :
    {std::string("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
     std::string(
       "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\nT: x\r\n\r\n")})
    for (size_t at = 1; at < whole.size(); ++at) {
      c.send(whole.substr(0, at));
      if (at % 5 == 0) r.loop.now([] {});
      c.send(whole.substr(at));
      BOOST_TEST(read_response(c).body == "abc");
    }
}

BOOST_AUTO_TEST_CASE(a_trailer_is_not_a_header) {
  http_rig r;
  const auto got = ask(
    r,
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n");
  BOOST_TEST(got.body == "a");
  BOOST_TEST(r.seen.get().at(0).header("authorization") == "");
}

BOOST_AUTO_TEST_CASE(head_is_answered_as_get_without_its_body) {
  http_rig r;
  rig::client c(r.port());
  c.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/b"));
  const auto got = read_response(c, true);
  BOOST_TEST(got.has("Content-Length: 6"));
  BOOST_TEST(read_response(c).body == "GET /b");
}

BOOST_AUTO_TEST_CASE(no_content_has_neither_body_nor_length) {
  http_rig r;
  rig::client c(r.port());
  c.send(get("/none") + get("/b"));
  const auto got = read_response(c);
  BOOST_TEST(got.status() == 204);
  BOOST_TEST(got.head.find("Content-Length") == std::string::npos);
  BOOST_TEST(read_response(c).body == "GET /b");
}

BOOST_AUTO_TEST_CASE(a_sender_that_expects_100_is_told_to_continue) {
  http_rig r;
  rig::client c(r.port());
  c.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(c.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  c.send("ok");
  BOOST_TEST(read_response(c).body == "ok");
}

BOOST_AUTO_TEST_CASE(the_old_version_and_close_end_the_connection) {
  http_rig r;
  for (const auto& request : {std::string("GET /a HTTP/1.0\r\n\r\n"), get("/a", "Connection: close\r\n")}) {
    rig::client c(r.port());
    c.send(request);
    const auto got = read_response(c);
    BOOST_TEST(got.has("Connection: close"));
    BOOST_TEST(got.body == "GET /a");
    BOOST_TEST(c.rest() == "");
  }
  rig::client c(r.port());
  c.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get("/b"));
  BOOST_TEST(read_response(c).has("Connection: keep-alive"));
  BOOST_TEST(read_response(c).body == "GET /b");
}

BOOST_AUTO_TEST_CASE(what_two_readers_could_understand_differently_is_refused) {
  http_rig r;
  const std::string post = "POST /echo HTTP/1.1\r\nHost: a\r\n";
  const std::vector<std::pair<int, std::string>> attempts{
    {400, post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: identity\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
    {400,
     post +
       "Transfer-Encoding:\x0b"
       "chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
    {400, "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"},
    {400, post + "Content-Length: 3, 3\r\n\r\nabc"},
    {400, post + "Content-Length: +3\r\n\r\nabc"},
    {400, post + "Content-Length: 0x3\r\n\r\nabc"},
    {400, post + "Content-Length: -1\r\n\r\nabc"},
    {400, post + "Content-Length: 99999999999999999999999\r\n\r\nabc"},
    {400, post + "Content-Length:\r\n\r\nabc"},
    {400, post + "X: a\r\n folded\r\nContent-Length: 0\r\n\r\n"},
    {400, post + "X: a\nY: b\r\nContent-Length: 0\r\n\r\n"},
    {400, post + "X: a\rY: b\r\nContent-Length: 0\r\n\r\n"},
    {400, post + std::string("X: a\0b\r\nContent-Length: 0\r\n\r\n", 29)},
    {400, post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nab\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(200'000, 'x') + "\r\na\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n"},
    {400, post + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0;\n\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\nHost: a\n\n"},
    {400, "GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "nonsense\r\n\r\n"},
    {400, "\x16\x03\x01 a TLS hello by mistake\r\n\r\n"},
    {501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {501, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {501, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
    {417, post + "Expect: a miracle\r\nContent-Length: 0\r\n\r\n"},
  };
  for (const auto& [status, request] : attempts) {
    rig::client c(r.port());
    c.send(request + get("/smuggled"));
    const auto got = read_response(c);
    BOOST_TEST(got.status() == status,
               "status " << got.status() << " instead of " << status << " to:\n"
                         << request.substr(0, 200));
    BOOST_TEST(got.has("Connection: close"));
    BOOST_TEST(got.body.starts_with(R"({"error":{"code":")"), got.body);
    BOOST_TEST(c.rest() == "", request.substr(0, 200));
  }
  BOOST_TEST(r.seen.get().empty());
}

BOOST_AUTO_TEST_CASE(an_absolute_target_is_its_path) {
  http_rig r;
  BOOST_TEST(ask(r, get("http://host:80/a?b")).body == "GET /a?b");
  BOOST_TEST(ask(r, get("HTTP://host")).body == "GET /");
  BOOST_TEST(ask(r, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").body == "OPTIONS *");
}

BOOST_AUTO_TEST_CASE(a_header_or_body_past_its_limit_is_refused_and_told) {
  http_rig r([](auto& how) { how.max_body_bytes = 100'000, how.max_header_bytes = 1'000; });
  BOOST_TEST(ask(r, get("/", "X: " + std::string(2'000, 'x') + "\r\n")).status() == 431);
  BOOST_TEST(ask(r, get("/" + std::string(2'000, 'x'))).status() == 431);
  BOOST_TEST(ask(r, get("/", "X: " + std::string(900, 'x') + "\r\n")).status() == 200);
  const std::string post = "POST /echo HTTP/1.1\r\nHost: a\r\n";
  BOOST_TEST(ask(r, post + "Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n").status() == 413);
  BOOST_TEST(ask(r, post + "Content-Length: 3000000\r\n\r\n" + std::string(3'000'000, 'x')).status() == 413);
  BOOST_TEST(
    ask(r, post + "Transfer-Encoding: chunked\r\n\r\n30d40\r\n" + std::string(200'000, 'x')).status() == 413);
  BOOST_TEST(ask(r, post + "Content-Length: 100000\r\n\r\n" + std::string(100'000, 'x')).body ==
             std::string(100'000, 'x'));
}

BOOST_AUTO_TEST_CASE(slow_headers_slow_bodies_and_silence_come_to_an_end) {
  http_rig r(
    [](auto& how) { how.header_timeout_seconds = how.body_timeout_seconds = how.idle_timeout_seconds = 1; });
  rig::client header(r.port()), body(r.port()), silent(r.port()), kept(r.port());
  header.send("GET / HTTP/1.1\r\nHos");
  body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
  kept.send(get("/a"));
  BOOST_TEST(read_response(kept).status() == 200);
  BOOST_TEST(read_response(header).status() == 408);
  BOOST_TEST(read_response(body).status() == 408);
  for (auto* one : {&header, &body, &silent, &kept}) BOOST_TEST(one->rest() == "");
}

BOOST_AUTO_TEST_CASE(a_right_to_answer_that_is_lost_or_thrown_away_is_a_500) {
  http_rig r;
  BOOST_TEST(ask(r, get("/drop")).status() == 500);
  BOOST_TEST(ask(r, get("/throw")).status() == 500);
  const auto split = ask(r, get("/split"));
  BOOST_TEST(split.status() == 500);
  BOOST_TEST(split.head.find("Evil") == std::string::npos);
  BOOST_TEST(ask(r, get("/cached")).has("Cache-Control: max-age=5"));
  BOOST_TEST(!ask(r, get("/cached")).has("Cache-Control: no-store"));
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_after_its_connection_or_its_server_has_gone) {
  std::vector<net::http_respond> late;
  {
    http_rig r;
    {
      rig::client c(r.port()), d(r.port());
      c.send(get("/hold"));
      d.send(get("/hold"));
      BOOST_REQUIRE(r.held.becomes([](const auto& all) { return all.size() == 2; }));
      c.reset();
    }
    late = r.held.get();
    late[0]({});
    late[0]({}); // twice is once
  }
  late[1]({});
}

BOOST_AUTO_TEST_CASE(a_client_that_stops_sending_still_gets_its_answer) {
  http_rig r;
  rig::client c(r.port());
  c.send(get("/hold"));
  c.stop_sending();
  BOOST_REQUIRE(r.held.becomes([](const auto& all) { return all.size() == 1; }));
  net::http_response late;
  late.body = "late";
  r.held.get()[0](late);
  BOOST_TEST(read_response(c).body == "late");
  BOOST_TEST(c.rest() == "");
}

BOOST_AUTO_TEST_CASE(after_stop_accepting_requests_under_way_are_answered_and_connections_end) {
  http_rig r;
  rig::client idle(r.port()), busy(r.port());
  idle.send(get("/a"));
  BOOST_TEST(read_response(idle).status() == 200);
  busy.send(get("/hold"));
  BOOST_REQUIRE(r.held.becomes([](const auto& all) { return all.size() == 1; }));
  r.server->stop_accepting();
  BOOST_TEST(idle.rest() == "");
  r.held.get()[0]({});
  BOOST_TEST(read_response(busy).has("Connection: close"));
  BOOST_TEST(busy.rest() == "");
}

BOOST_AUTO_TEST_CASE(large_answers_arrive_whole) {
  http_rig r;
  rig::client c(r.port(), 4096);
  std::jthread sending([&] {
    c.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'));
  });
  sending.join();
  BOOST_TEST((read_response(c).body == std::string(1'000'000, 'x')));
}

BOOST_AUTO_TEST_SUITE_END()
