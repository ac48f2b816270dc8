// What a clerk does before and after an interaction: who may, who waits, and that nobody sees what no audit
// row tells of.
#include "engine/gateway/fhir_call.hpp"
#include "test/unit/gateway/bare_records.hpp"

#include <boost/test/unit_test.hpp>

#include <caf/scheduler/test_coordinator.hpp>

using namespace aorta;

namespace {

struct deterministic : caf::actor_system_config {
  deterministic() { set("scheduler.policy", caf::atom("testing")); }
};

/// One clerk that answers at once, in this thread.
struct clerk_room_of_one {
  clerk_room_of_one() {
    parts->limiter = &limiter;
    parts->metrics = &metrics;
    parts->clock = &clock;
    parts->ids = &ids;
    parts->unknown = &unknown;
    parts->later = [](const std::function<void()>& what) { what(); };
    parts->rules = [] {
      auto rules = std::make_shared<gateway::fhir_rules>();
      rules->base_url = "https://clinic.example/fhir/r4";
      rules->most_body_bytes = 1 << 20;
      return std::shared_ptr<const gateway::fhir_rules>(std::move(rules));
    };
    store.add_key("main", {"read"}, 1);
    store.add_key("every", {"read"});
  }

  /// A validation: it needs a key and no records.
  gateway::fhir_call_ptr call(const std::string& bearer,
                              std::vector<std::string> path = {"Patient", "$validate"}) {
    auto out = std::make_shared<gateway::fhir_call>();
    out->parts = parts;
    out->peer = "192.0.2.7";
    out->bearer = bearer;
    out->base = "https://clinic.example/fhir/r4";
    out->resource = "/fhir/r4/Patient";
    out->asked.method = "POST";
    out->asked.path = std::move(path);
    out->asked.body = R"({"resourceType":"Patient"})";
    out->asked.headers["content-type"] = "application/fhir+json";
    out->respond = [this](net::http_response reply) { replies.push_back(std::move(reply)); };
    return out;
  }

  net::http_response answer(const gateway::fhir_call_ptr& one) {
    replies.clear();
    const std::vector<actors::call_ptr> all = {one};
    clerk(&store, all);
    BOOST_REQUIRE_EQUAL(replies.size(), 1u);
    return replies.front();
  }
  net::http_response ask(const std::string& bearer) { return answer(call(bearer)); }

  bare_records store;
  http::limiter limiter{0};
  telemetry::metrics metrics;
  system_clock_source clock;
  uuid_v7_source ids;
  gateway::strangers unknown;
  std::vector<net::http_response> replies;
  gateway::fhir_parts_ptr parts = std::make_shared<gateway::fhir_parts>();
  actors::answer_calls clerk = gateway::answer_fhir_calls(parts, true);
};

std::string header(const net::http_response& of, std::string_view name) {
  for (const auto& [key, value] : of.headers)
    if (key == name) return value;
  return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(clerk)

BOOST_AUTO_TEST_CASE(keys_and_tokens_are_let_in_and_strangers_told_what_to_send) {
  clerk_room_of_one at;
  at.store.tokens["t0ken"] = {"analytics", {"system/*.read"}, 2, {}, {}};
  BOOST_TEST(at.ask("main").status == 200);
  BOOST_TEST(at.ask("t0ken").status == 200);
  BOOST_REQUIRE_EQUAL(at.store.audited.size(), 2u);
  BOOST_TEST(at.store.audited[0].actor == "key:main");
  BOOST_TEST(at.store.audited[0].clinic.value() == 1);
  BOOST_TEST(at.store.audited[1].actor == "client:analytics");
  BOOST_TEST(at.store.audited[1].clinic.value() == 2);
  BOOST_TEST(header(at.ask(""), "WWW-Authenticate") == "Bearer");
  const auto refused = at.ask("nonsense");
  BOOST_TEST(refused.status == 401);
  BOOST_TEST(header(refused, "WWW-Authenticate") == "Bearer error=\"invalid_token\"");
  BOOST_TEST(at.store.audited.size() == 3u); // one row for this peer, whatever it tries
}

BOOST_AUTO_TEST_CASE(a_key_works_for_its_clinic_and_a_key_of_all_for_the_one_it_names) {
  clerk_room_of_one at;
  const auto ask = [&](const char* key, const char* clinic) {
    auto one = at.call(key);
    if (*clinic != '\0') one->asked.headers["x-clinic"] = clinic;
    const auto status = at.answer(one).status;
    return std::to_string(status) + " " + std::to_string(one->who.clinic);
  };
  BOOST_TEST(ask("main", "") == "200 1");
  BOOST_TEST(ask("main", "MAIN") == "200 1");
  BOOST_TEST(ask("main", "OTHER") == "404 1");
  BOOST_TEST(ask("every", "") == "200 1");
  BOOST_TEST(ask("every", "OTHER") == "200 2");
  BOOST_TEST(ask("every", "NONE") == "404 0");
}

BOOST_AUTO_TEST_CASE(who_comes_too_often_waits_and_the_others_do_not) {
  clerk_room_of_one at;
  at.limiter.set(1);
  BOOST_TEST(at.ask("main").status == 200);
  const auto refused = at.ask("main");
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(header(refused, "Retry-After") == "1");
  BOOST_TEST(at.ask("every").status == 200);
  BOOST_REQUIRE_EQUAL(at.store.audited.size(), 3u);
  BOOST_TEST(at.store.audited[1].outcome == "429");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_audited_is_not_shown) {
  clerk_room_of_one at;
  BOOST_TEST(at.ask("main").body.find("\"severity\"") != std::string::npos);
  at.store.audit_is_away = true;
  const auto hidden = at.ask("main");
  BOOST_TEST(hidden.status == 503);
  BOOST_TEST(hidden.body.find("could not be audited") != std::string::npos);
  BOOST_TEST(hidden.body.find("gone") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_session_everybody_is_told_to_come_again) {
  clerk_room_of_one at;
  const std::vector<actors::call_ptr> all = {at.call("main"), at.call("nonsense")};
  at.clerk(nullptr, all);
  BOOST_REQUIRE_EQUAL(at.replies.size(), 2u);
  for (const auto& each : at.replies) BOOST_TEST(each.status == 503);
}

BOOST_AUTO_TEST_CASE(the_audit_is_told_what_was_searched_for_and_why_it_was_refused) {
  clerk_room_of_one at;
  auto search = at.call("main", {"Patient", "_search"});
  search->search = "_count=5";
  search->asked.body = "family=Hadjigeorgiou";
  search->asked.headers["content-type"] = "application/x-www-form-urlencoded";
  BOOST_TEST(at.answer(search).status == 500); // this store holds nothing
  auto create = at.call("main", {"Patient"});
  create->only_reads = false;
  create->asked.headers["if-none-exist"] = "identifier=7";
  BOOST_TEST(at.answer(create).status == 403);
  BOOST_REQUIRE_EQUAL(at.store.audited.size(), 2u);
  BOOST_TEST(at.store.audited[0].criteria == "_count=5\nfamily=Hadjigeorgiou");
  BOOST_TEST(at.store.audited[0].fault == "exception: this session holds no records");
  BOOST_TEST(at.store.audited[1].criteria == "If-None-Exist: identifier=7");
  BOOST_TEST(at.store.audited[1].fault == "forbidden: this key may not write resources of this type");
}

// Calls of whoever is known to take long go to the first clerk of their kind; the second answers the others.
BOOST_AUTO_TEST_CASE(calls_of_a_costly_caller_go_to_the_first_clerk_and_the_second_answers_the_others) {
  deterministic settings;
  caf::actor_system sys(settings);
  clerk_room_of_one at;
  int passed_on = 0;
  const auto fake = [&sys, &passed_on]() -> actors::clerk_actor {
    // With an argument: CAF 0.17 binds a reference to nothing where there is none.
    return sys.spawn(
      [](actors::clerk_actor::pointer, int* counted) -> actors::clerk_actor::behavior_type {
        return {[counted](const actors::call_in&) { ++*counted; }, [](actors::flush) {}};
      },
      &passed_on);
  };
  auto room = std::make_shared<gateway::clerk_room>();
  room->readers = {fake(), fake()};
  at.parts->clerks = room;
  at.parts->costly_readers.took("key:every", std::chrono::seconds(1), std::chrono::steady_clock::now());
  const auto second = gateway::answer_fhir_calls(at.parts, false);
  const std::vector<actors::call_ptr> all = {at.call("every"), at.call("main")};
  second(&at.store, all);
  dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler()).run();
  BOOST_TEST(passed_on == 1);
  BOOST_REQUIRE_EQUAL(at.replies.size(), 1u);
  BOOST_TEST(at.replies.front().status == 200);
  BOOST_TEST(at.store.audited.size() == 1u);
  at.parts->clerks.reset();
  room.reset();
}

BOOST_AUTO_TEST_SUITE_END()
