// FHIR's door without sockets: what is answered at once, who may send a large body, who is told that the end
// has come.
#include "test/unit/gateway/rig.hpp"

using namespace aorta;
using namespace aorta::test;

namespace {

/// Workers that wait until the test lets them run.
struct door : one_record_worker {
  door() {
    auto room = std::make_shared<gateway::record_workers>();
    room->readers = room->writers = {sys.spawn(
      [](actors::worker_actor::pointer, door* at) -> actors::worker_actor::behavior_type {
        return {[at](const actors::call_in& one) {
                  at->worker(&at->store, {&one.who, 1});
                },
                [](actors::flush) {}};
      },
      this)};
    parts->workers = std::move(room);
    parts->calls = &calls;
  }
  ~door() { // the system waits until its actors have begun and nobody holds them
    run(sys);
    parts->workers.reset();
  }

  net::http_request request(const std::string& target, const std::string& key) {
    net::http_request out;
    out.method = "GET";
    out.target = target;
    out.peer = "192.0.2.7";
    if (!key.empty()) out.headers.emplace_back("authorization", "Bearer " + key);
    return out;
  }
  void send(net::http_request&& request) {
    replies.clear();
    gateway::fhir_front(parts)(std::move(request),
                               [this](net::http_response reply) { replies.push_back(std::move(reply)); });
  }
  int at_once(net::http_request&& request) {
    send(std::move(request));
    BOOST_REQUIRE_EQUAL(replies.size(), 1u);
    return replies.front().status;
  }
  /// What the sender of a large body is told; 0: it may send it.
  int may_send(const std::string& target, const std::string& key) {
    std::vector<int> told;
    gateway::body_admission(parts)(request(target, key), [&](std::optional<net::http_response> refusal) {
      told.push_back(refusal ? refusal->status : 0);
      if (refusal) body = refusal->body;
    });
    run(sys);
    BOOST_REQUIRE_EQUAL(told.size(), 1u);
    return told.front();
  }

  gateway::waiting_list calls{std::chrono::seconds(0)}; ///< each sweep ends all that wait
  std::string body;
  deterministic settings;
  caf::actor_system sys{settings};
};

} // namespace

BOOST_AUTO_TEST_SUITE(fhir_front)

BOOST_AUTO_TEST_CASE(what_needs_neither_key_nor_store_is_answered_at_once) {
  door at;
  BOOST_TEST(at.at_once(at.request("/fhir/r4/metadata", "")) == 200);
  auto packed = at.request("/fhir/r4/metadata", "");
  packed.headers.emplace_back("accept-encoding", "gzip");
  BOOST_TEST(at.at_once(std::move(packed)) == 200);
  BOOST_TEST(header(at.replies.front(), "Content-Encoding") == "gzip");
  auto wrong = at.request("/fhir/r4/metadata", "");
  wrong.method = "DELETE";
  BOOST_TEST(at.at_once(std::move(wrong)) == 405);
  BOOST_TEST(header(at.replies.front(), "Allow") == "GET, HEAD");
  BOOST_TEST(at.at_once(at.request("/fhir/r4/%zz", "main")) == 400);
  BOOST_TEST(at.store.door.audited.empty());
  BOOST_TEST(at.calls.owed() == 0);
}

// The Host header becomes part of links: a name that nobody has configured is not believed.
BOOST_AUTO_TEST_CASE(without_a_configured_address_only_loopback_names_are_believed) {
  door at;
  at.parts->rules = [] { return std::make_shared<const gateway::fhir_rules>(); };
  const auto asked = [&](const char* host) {
    auto out = at.request("/fhir/r4/metadata", "");
    out.headers.emplace_back("host", host);
    return at.at_once(std::move(out));
  };
  for (const char* own : {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:65535"})
    BOOST_TEST(asked(own) == 200);
  for (const char* other :
       {"clinic.example", "localhost.clinic.example", "localhost:", "localhost:80a", "localhost:123456", ""})
    BOOST_TEST(asked(other) == 421);
}

BOOST_AUTO_TEST_CASE(everything_else_needs_a_key_and_a_worker_also_where_there_is_nothing) {
  door at;
  at.send(at.request("/fhir/r4/Nonsense", "nonsense"));
  BOOST_TEST(at.replies.empty());
  BOOST_TEST(at.calls.owed() == 1);
  run(at.sys);
  BOOST_REQUIRE_EQUAL(at.replies.size(), 1u);
  BOOST_TEST(at.replies.front().status == 401);
  at.send(at.request("/fhir/r4/Nonsense?x=1", "main"));
  run(at.sys);
  BOOST_REQUIRE_EQUAL(at.replies.size(), 1u);
  BOOST_TEST(at.replies.front().status == 404);
  BOOST_TEST(at.calls.owed() == 0);
  BOOST_REQUIRE_EQUAL(at.store.door.audited.size(), 2u);
  BOOST_TEST(at.store.door.audited[1].resource == "/fhir/r4/Nonsense");
  BOOST_TEST(at.store.door.audited[1].criteria == "x=1");
}

BOOST_AUTO_TEST_CASE(who_has_waited_too_long_is_told_so_once_and_nothing_more_is_done_for_it) {
  door at;
  at.send(at.request("/fhir/r4/Patient/7", "main"));
  at.calls.sweep();
  BOOST_REQUIRE_EQUAL(at.replies.size(), 1u);
  BOOST_TEST(at.replies.front().status == 503);
  run(at.sys);
  BOOST_TEST(at.replies.size() == 1u);
  BOOST_TEST(at.store.door.audited.empty());
}

BOOST_AUTO_TEST_CASE(at_the_end_calls_and_large_bodies_are_refused) {
  door at;
  at.parts->workers.reset();
  BOOST_TEST(at.at_once(at.request("/fhir/r4/Patient/7", "main")) == 503);
  BOOST_TEST(at.at_once(at.request("/fhir/r4/metadata", "")) == 200);
  BOOST_TEST(at.may_send("/fhir/r4", "main") == 503);
  BOOST_TEST(at.calls.owed() == 0);
}

BOOST_AUTO_TEST_CASE(a_large_body_is_read_from_those_alone_who_have_a_valid_key) {
  door at;
  BOOST_TEST(at.may_send("/fhir/r4", "main") == 0);
  BOOST_TEST(at.may_send("/api/patients", "main") == 0);
  BOOST_TEST(at.store.door.audited.empty()); // the call itself will have its row
  BOOST_TEST(at.may_send("/fhir/r4/Bundle", "nonsense") == 401);
  BOOST_TEST(at.body.find("OperationOutcome") != std::string::npos);
  BOOST_TEST(at.may_send("/api/patients", "") == 401);
  BOOST_TEST(at.body.find("\"error\"") != std::string::npos);
  BOOST_REQUIRE_EQUAL(at.store.door.audited.size(), 1u); // one a minute for a peer without a key
  BOOST_TEST(at.store.door.audited[0].resource == "/fhir/r4/Bundle");
  BOOST_TEST(at.may_send("/auth/token", "main") == 413);
  BOOST_TEST(at.may_send("/%zz", "main") == 400);
}

// Asking whether a body may come is no call yet: it takes nothing from the caller's limit.
BOOST_AUTO_TEST_CASE(a_large_body_counts_once_against_its_senders_limit) {
  door at;
  at.limiter.set(1);
  for (int i = 0; i < 3; ++i) BOOST_TEST(at.may_send("/fhir/r4", "main") == 0);
  BOOST_TEST(at.ask("main").status == 200);
  BOOST_TEST(at.ask("main").status == 429);
}

BOOST_AUTO_TEST_CASE(a_large_body_is_not_waited_for_while_the_store_is_away) {
  door at;
  std::vector<int> told;
  gateway::body_admission(at.parts)(
    at.request("/fhir/r4", "main"),
    [&](std::optional<net::http_response> refusal) { told.push_back(refusal ? refusal->status : 0); });
  at.calls.sweep();
  run(at.sys);
  BOOST_REQUIRE_EQUAL(told.size(), 1u);
  BOOST_TEST(told.front() == 503);
}

BOOST_AUTO_TEST_SUITE_END()
