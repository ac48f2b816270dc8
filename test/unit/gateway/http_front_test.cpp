// The door of the API without sockets: what is answered at once, what an admin worker is asked, what the
// audit is told.
#include "engine/gateway/http_front.hpp"
#include "test/unit/api/bare_admin.hpp"
#include "test/unit/gateway/rig.hpp"

using namespace aorta;
using namespace aorta::test;

namespace {

actors::worker_actor::behavior_type admin_of(actors::worker_actor::pointer, ports::message_log* store) {
  return {[store](const actors::call_in& one) { static_cast<const actors::job&>(*one.who).work(store); },
          [](actors::flush) {}};
}

/// A front with one admin worker, whose jobs wait until the test lets them run.
struct door {
  explicit door(std::vector<std::string> scopes = {"admin"}) : store(std::move(scopes)) {
    parts->actors = &sys;
    parts->admin_workers = {
      actors::admin_worker(sys.spawn(admin_of, static_cast<ports::message_log*>(&store)))};
    parts->engine.routes = [] { return std::vector<api::route_view>(); };
    parts->engine.not_ready = [] { return std::vector<std::string>(); };
    parts->engine.metrics = [](bool) { return std::string("aorta_up 1\n"); };
    parts->engine.keys = &keys;
    parts->engine.wait_of = [this](const std::string& actor) { return limiter.take(actor, {}); };
    parts->metrics = &metrics;
    parts->clock = &clock;
    parts->calls = &visits;
    parts->unknown = &unknown;
    parts->later = [this](std::function<void()> what) { late.push_back(std::move(what)); };
  }

  ~door() { // the system waits until its actors have begun and nobody holds them
    run(sys);
    parts->admin_workers.clear();
  }

  void send(const std::string& target, const std::string& key = {}, const std::string& method = "GET") {
    replies.clear();
    net::http_request request;
    request.method = method;
    request.target = target;
    request.peer = "192.0.2.7";
    if (!key.empty()) request.headers = {{"authorization", "Bearer " + key}};
    gateway::http_front(parts)(std::move(request),
                               [this](net::http_response reply) { replies.push_back(std::move(reply)); });
  }
  net::http_response ask(const std::string& target, const std::string& key = {},
                         const std::string& method = "GET") {
    send(target, key, method);
    run(sys);
    BOOST_REQUIRE_EQUAL(replies.size(), 1u);
    return replies.front();
  }

  bare_admin store;
  http::seen_keys keys;
  http::limiter limiter{0};
  telemetry::metrics metrics;
  system_clock_source clock;
  gateway::strangers unknown;
  gateway::waiting_list visits{std::chrono::seconds(0)}; ///< each sweep ends all that wait
  std::vector<std::function<void()>> late;
  std::vector<net::http_response> replies;
  deterministic settings;
  caf::actor_system sys{settings};
  std::shared_ptr<gateway::http_front_parts> parts = std::make_shared<gateway::http_front_parts>();
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_front)

BOOST_AUTO_TEST_CASE(what_needs_no_store_is_answered_at_once_and_leaves_no_row) {
  door at;
  at.send("/health");
  BOOST_REQUIRE_EQUAL(at.replies.size(), 1u); // no admin worker has run
  BOOST_TEST(at.replies.front().status == 200);
  at.send("/%zz");
  BOOST_REQUIRE_EQUAL(at.replies.size(), 1u);
  BOOST_TEST(at.replies.front().status == 400);
  run(at.sys);
  BOOST_TEST(at.store.door.audited.empty());
  BOOST_TEST(at.visits.owed() == 0);
}

BOOST_AUTO_TEST_CASE(each_access_leaves_a_row_with_who_asked_what_and_what_was_answered) {
  door at;
  BOOST_TEST(at.ask("/api/routes?clinic=MAIN", "s3cret").status == 200);
  BOOST_TEST(at.ask("/api/nothing", "s3cret").status == 404);
  const auto refused = at.ask("/api/routes", "s3cret", "DELETE");
  BOOST_TEST(refused.status == 405);
  BOOST_TEST(header(refused, "Allow") == "GET, HEAD");
  BOOST_REQUIRE_EQUAL(at.store.door.audited.size(), 3u);
  BOOST_TEST(at.store.door.audited[0].actor == "key:test user:anna@clinic.example");
  BOOST_TEST(at.store.door.audited[0].peer == "192.0.2.7");
  BOOST_TEST(at.store.door.audited[0].resource == "/api/routes");
  BOOST_TEST(at.store.door.audited[0].criteria == "clinic=MAIN");
  BOOST_TEST(at.store.door.audited[0].outcome == "200");
  BOOST_TEST(at.store.door.audited[1].outcome == "404");
  BOOST_TEST(at.store.door.audited[1].fault.starts_with("not-found: "));
  BOOST_TEST(at.store.door.audited[2].outcome == "405");
}

BOOST_AUTO_TEST_CASE(a_stranger_has_one_row_a_minute_and_is_answered_later_after_twenty_tries) {
  door at(std::vector<std::string>{});
  for (int i = 0; i < 20; ++i) {
    const auto refused = at.ask("/api/routes", "nonsense");
    BOOST_TEST(refused.status == 401);
    BOOST_TEST(header(refused, "WWW-Authenticate") == "Bearer error=\"invalid_token\"");
  }
  BOOST_TEST(at.store.door.audited.size() == 1u);
  at.send("/api/routes", "nonsense");
  run(at.sys);
  BOOST_TEST(at.replies.empty());
  BOOST_REQUIRE_EQUAL(at.late.size(), 1u);
  at.late.front()();
  BOOST_REQUIRE_EQUAL(at.replies.size(), 1u);
  BOOST_TEST(at.replies.front().status == 401);
  BOOST_TEST(at.store.door.audited.size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_comes_too_often_is_told_when_to_come_again_and_others_are_let_in) {
  door at;
  at.limiter.set(1);
  BOOST_TEST(at.ask("/api/routes", "s3cret").status == 200);
  const auto refused = at.ask("/api/routes", "s3cret");
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(header(refused, "Retry-After") == "1");
  BOOST_TEST(at.ask("/api/routes", "t0ken").status == 403); // in time; its scopes open types alone
  BOOST_TEST(at.store.door.audited.size() == 3u);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_audited_is_not_shown_except_what_the_engine_tells_of_itself) {
  door at;
  at.store.door.audit_is_away = true;
  const auto hidden = at.ask("/api/events", "s3cret");
  BOOST_TEST(hidden.status == 503);
  BOOST_TEST(hidden.body.find("audit-unavailable") != std::string::npos);
  const auto figures = at.ask("/metrics", "s3cret");
  BOOST_TEST(figures.status == 200);
  BOOST_TEST(figures.body == "aorta_up 1\n");
}

BOOST_AUTO_TEST_CASE(who_has_waited_too_long_is_told_so_once_and_nothing_more_is_done_for_it) {
  door at;
  at.send("/api/events", "s3cret");
  BOOST_TEST(at.replies.empty());
  BOOST_TEST(at.visits.owed() == 1);
  at.visits.sweep();
  BOOST_REQUIRE_EQUAL(at.replies.size(), 1u);
  BOOST_TEST(at.replies.front().status == 503);
  BOOST_TEST(at.replies.front().body.find("store-unavailable") != std::string::npos);
  run(at.sys);
  BOOST_TEST(at.replies.size() == 1u);
  BOOST_TEST(at.store.door.audited.empty());
}

BOOST_AUTO_TEST_CASE(figures_are_told_late_to_whoever_was_known_before) {
  door at;
  BOOST_TEST(at.ask("/metrics", "s3cret").status == 200);
  at.send("/metrics", "s3cret");
  at.visits.sweep(); // the store does not answer
  BOOST_REQUIRE_EQUAL(at.replies.size(), 1u);
  BOOST_TEST(at.replies.front().status == 200);
  run(at.sys);
  BOOST_TEST(at.replies.size() == 1u);
  at.send("/metrics", "t0ken");
  at.visits.sweep();
  BOOST_TEST(at.replies.front().status == 503); // nobody has confirmed it
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_answers_500_and_the_worker_goes_on) {
  door at;
  at.parts->engine.routes = []() -> std::vector<api::route_view> { throw std::runtime_error("secret"); };
  const auto failed = at.ask("/api/routes", "s3cret");
  BOOST_TEST(failed.status == 500);
  BOOST_TEST(failed.body.find("secret") == std::string::npos);
  BOOST_TEST(at.ask("/metrics", "s3cret").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
