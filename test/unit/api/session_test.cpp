// Signing in at the console: a cookie in place of a key, for requests that no other site can send.
#include "engine/api/api.hpp"

#include "bare_admin.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

struct desk {
  bare_admin store{{"read", "write"}};
  api::engine_view engine;
  timestamp now{std::chrono::hours{1000}};

  desk() {
    engine.new_session_secret = [] { return std::string(ports::session_prefix) + "chance"; };
    engine.is_secure = [this] { return secure; };
    store.door.any_key->id = *uuid_from_text("01980000-0000-7000-8000-000000000001");
    store.door.any_key->name = "desk";
  }
  bool secure = false;

  api::outcome ask(const std::string& method, const std::string& bearer, const std::string& body = {},
                   bool from_console = true, const std::string& everywhere = {}) {
    http::request what;
    what.method = method;
    what.path = {"api", "session"};
    what.bearer = bearer;
    what.body = body;
    what.from_console = from_console;
    if (!everywhere.empty()) what.query["everywhere"] = everywhere;
    return api::handle(what, &store, engine, now);
  }
};

std::string cookie_of(const http::response& reply) {
  for (const auto& [name, value] : reply.headers)
    if (name == "Set-Cookie") return value;
  return {};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_key_opens_a_session_that_stands_for_it) {
  desk at;
  const auto in = at.ask("POST", "", R"({"key": "secret"})");
  BOOST_TEST(in.reply.status == 200);
  BOOST_TEST(cookie_of(in.reply) ==
             "aorta_session=aortas_chance; Path=/; HttpOnly; SameSite=Strict; Max-Age=28800");
  BOOST_TEST(in.reply.body.find("\"user\":\"anna@clinic.example\"") != in.reply.body.npos);
  BOOST_TEST(in.reply.body.find("secret") == in.reply.body.npos);
  BOOST_TEST(in.audited);
  BOOST_TEST(in.audit.actor == "key:desk user:anna@clinic.example");
  const auto who = at.ask("GET", "aortas_chance");
  BOOST_TEST(who.reply.status == 200);
  BOOST_TEST(who.reply.body.find("\"expires_at\":\"") != who.reply.body.npos);
  BOOST_TEST(at.ask("GET", "aortas_other").reply.body == R"({"name":null})");
  BOOST_TEST(at.ask("DELETE", "aortas_other").reply.status == 401);
  const auto out = at.ask("DELETE", "aortas_chance");
  BOOST_TEST(out.reply.status == 204);
  BOOST_TEST(cookie_of(out.reply) == "aorta_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  BOOST_TEST(at.ask("GET", "aortas_chance").reply.body == R"({"name":null})");
  BOOST_TEST(at.ask("DELETE", "aortas_chance").reply.status == 401);
}

BOOST_AUTO_TEST_CASE(over_tls_the_cookie_goes_over_tls_alone) {
  desk at;
  at.secure = true;
  BOOST_TEST(cookie_of(at.ask("POST", "", R"({"key": "secret"})").reply).ends_with("; Secure"));
}

BOOST_AUTO_TEST_CASE(what_opens_no_session) {
  desk at;
  BOOST_TEST(at.ask("POST", "", R"({"key": "secret"})", false).reply.status == 400); // another site's form
  BOOST_TEST(at.ask("POST", "", "key=secret").reply.status == 400);
  BOOST_TEST(at.ask("POST", "", R"({"key": ""})").reply.status == 400);
  at.store.door.any_key->patient = 7;
  BOOST_TEST(at.ask("POST", "", R"({"key": "secret"})").reply.status == 403);
  at.store.door.any_key.reset();
  const auto refused = at.ask("POST", "", R"({"key": "secret"})");
  BOOST_TEST(refused.reply.status == 401);
  BOOST_TEST(refused.audited);
  BOOST_TEST(at.store.door.sessions.empty());
}

BOOST_AUTO_TEST_CASE(all_sessions_of_a_key_end_at_once) {
  desk at;
  at.ask("POST", "", R"({"key": "secret"})");
  at.store.door.sessions["aortas_elsewhere"] = at.store.door.sessions["aortas_chance"];
  BOOST_TEST(at.ask("DELETE", "aortas_chance", {}, true, "maybe").reply.status == 400);
  BOOST_TEST(at.ask("DELETE", "aortas_chance", {}, true, "true").reply.status == 204);
  BOOST_TEST(at.ask("GET", "aortas_elsewhere").reply.body == R"({"name":null})");
}
