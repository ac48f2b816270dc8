#include "engine/net/tls/tls.hpp"

#include "certificates.hpp"
#include "engine/net/http/http_server.hpp"
#include "engine/net/mllp/mllp_load.hpp"
#include "engine/net/mllp/mllp_server.hpp"
#include "rig.hpp"

#include <fstream>
#include <optional>

namespace net = aorta::net;

namespace {

std::string framed(std::string_view text) { return "\x0b" + std::string(text) + "\x1c\r"; }

/// An MLLP listener with TLS that answers AA with what it got.
struct tls_rig {
  explicit tls_rig(const rig::certificates& made, bool client_certificates) {
    aorta::config::listener how;
    how.name = "tls";
    how.listen = {"127.0.0.1", 0};
    how.tls = {made.file("server.pem"), made.file("server.key"),
               client_certificates ? made.file("ca.pem") : ""};
    net::mllp_handlers on;
    on.opened = [](net::connection_id, const std::string&) {};
    on.closed = [this](net::connection_id) { closed.change([](int& count) { ++count; }); };
    on.frame = [this](net::connection_id id, std::string&& frame) {
      server->send(id, "MSH|^~\\&|\rMSA|AA|" + frame + "\r");
    };
    server.emplace(loop.loop, how, std::move(on));
    loop.now([this] {
      const auto started = server->start();
      BOOST_REQUIRE_MESSAGE(started.ok(), (started.ok() ? "" : started.error().text));
    });
  }
  rig::watched<int> closed;
  rig::running_loop loop;
  std::optional<net::mllp_server> server;
};

struct made_once {
  rig::certificates certificates;
};

net::tls_context client_context(const rig::certificates& made, const std::string& who) {
  auto context = net::tls_context::for_client({made.file("ca.pem"),
                                               who.empty() ? "" : made.file(who + ".pem"),
                                               who.empty() ? "" : made.file(who + ".key")});
  BOOST_REQUIRE(context.ok());
  return *context;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(tls, made_once)

BOOST_AUTO_TEST_CASE(frames_go_through_tls_in_both_directions) {
  tls_rig r(certificates, false);
  rig::client c(r.server->port());
  BOOST_REQUIRE(c.shake_hands(client_context(certificates, "")));
  c.send(framed("one") + framed("two"));
  BOOST_TEST(c.until("\x1c\r") == framed("MSH|^~\\&|\rMSA|AA|one\r"));
  BOOST_TEST(c.until("\x1c\r") == framed("MSH|^~\\&|\rMSA|AA|two\r"));
  const std::string large(3'000'000, 'x');
  std::jthread([&] { c.send(framed(large)); }).join();
  BOOST_TEST((c.until("\x1c\r") == framed("MSH|^~\\&|\rMSA|AA|" + large + "\r")));
}

BOOST_AUTO_TEST_CASE(a_client_certificate_of_the_authority_is_taken_and_no_other) {
  tls_rig r(certificates, true);
  for (const auto* who : {"client", "", "stranger"}) {
    rig::client c(r.server->port());
    const bool greeted = c.shake_hands(client_context(certificates, who));
    if (greeted) c.send(framed("x"));
    const auto got = greeted ? c.until("\x1c\r") : "";
    BOOST_TEST(got == (std::string_view(who) == "client" ? framed("MSH|^~\\&|\rMSA|AA|x\r") : ""), who);
  }
  BOOST_TEST(r.closed.becomes([](int count) { return count == 3; }));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_tls_end_the_connection) {
  tls_rig r(certificates, false);
  rig::client c(r.server->port());
  c.send(framed("plain"));
  const auto alert = c.rest();
  BOOST_TEST(alert.find("MSA") == std::string::npos);
  BOOST_TEST(r.closed.becomes([](int count) { return count == 1; }));
}

BOOST_AUTO_TEST_CASE(a_sender_that_vanishes_in_the_handshake_is_forgotten) {
  tls_rig r(certificates, false);
  {
    rig::client c(r.server->port());
    c.send("\x16\x03\x01");
  }
  BOOST_TEST(r.closed.becomes([](int count) { return count == 1; }));
}

BOOST_AUTO_TEST_CASE(files_that_are_of_no_use_are_named) {
  BOOST_TEST(
    !net::tls_context::for_server({certificates.file("server.pem"), certificates.file("client.key"), ""})
       .ok());
  std::ofstream(certificates.file("broken.pem")) << "no certificate";
  const auto broken = net::tls_context::for_server(
    {certificates.file("broken.pem"), certificates.file("server.key"), ""});
  BOOST_REQUIRE(!broken.ok());
  BOOST_TEST(broken.error().text.find("broken.pem") != std::string::npos);
  BOOST_TEST(!net::tls_context::for_server({certificates.file("server.pem"), certificates.file("server.key"),
                                            certificates.file("none.pem")})
                .ok());
}

BOOST_AUTO_TEST_CASE(the_sender_speaks_tls_and_checks_the_server) {
  tls_rig r(certificates, true);
  net::send_plan plan;
  plan.host = "localhost";
  plan.port = r.server->port();
  plan.tls = {certificates.file("ca.pem"), certificates.file("client.pem"), certificates.file("client.key")};
  plan.connections = 4;
  plan.count = 100;
  plan.message = [](uint64_t n) { return std::to_string(n); };
  const auto sent = net::send_all(plan);
  BOOST_REQUIRE_MESSAGE(sent.ok(), (sent.ok() ? "" : sent.error().text));
  BOOST_TEST(sent->accepted == 100u);
  plan.tls->ca = certificates.file("stranger.pem");
  const auto stranger = net::send_all(plan);
  BOOST_REQUIRE(!stranger.ok());
  BOOST_TEST(stranger.error().text.find("certificate verify failed") != std::string::npos,
             stranger.error().text);
}

BOOST_AUTO_TEST_CASE(http_speaks_tls_too) {
  rig::running_loop loop;
  net::http_server::how how;
  how.listen = {"127.0.0.1", 0};
  how.tls = {certificates.file("server.pem"), certificates.file("server.key"), ""};
  net::http_server server(loop.loop, how, [](net::http_request&& request, net::http_respond respond) {
    net::http_response response;
    response.body = request.target;
    respond(response);
  });
  loop.now([&] { BOOST_REQUIRE(server.start().ok()); });
  rig::client c(server.port());
  BOOST_REQUIRE(c.shake_hands(client_context(certificates, "")));
  c.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto all = c.rest();
  BOOST_TEST(all.find("\r\n\r\n/a") != std::string::npos);
  BOOST_TEST(all.ends_with("\r\n\r\n/b"));
}

BOOST_AUTO_TEST_SUITE_END()
