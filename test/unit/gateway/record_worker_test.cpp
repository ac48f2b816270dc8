// What a worker does before and after an interaction: who may, who waits, and that nobody sees what no audit
// row tells of.
#include "test/unit/gateway/rig.hpp"

using namespace aorta;
using namespace aorta::test;

BOOST_AUTO_TEST_SUITE(worker)

BOOST_AUTO_TEST_CASE(keys_and_tokens_are_let_in_and_strangers_told_what_to_send) {
  one_record_worker at;
  at.store.door.tokens["t0ken"] = {"analytics", {"system/*.read"}, 2, {}, {}};
  BOOST_TEST(at.ask("main").status == 200);
  BOOST_TEST(at.ask("t0ken").status == 200);
  BOOST_REQUIRE_EQUAL(at.store.door.audited.size(), 2u);
  BOOST_TEST(at.store.door.audited[0].actor == "key:main");
  BOOST_TEST(at.store.door.audited[0].clinic.value() == 1);
  BOOST_TEST(at.store.door.audited[1].actor == "client:analytics");
  BOOST_TEST(at.store.door.audited[1].clinic.value() == 2);
  BOOST_TEST(header(at.ask(""), "WWW-Authenticate") == "Bearer");
  const auto refused = at.ask("nonsense");
  BOOST_TEST(refused.status == 401);
  BOOST_TEST(header(refused, "WWW-Authenticate") == "Bearer error=\"invalid_token\"");
  BOOST_TEST(at.store.door.audited.size() == 3u); // one row for this peer, whatever it tries
}

BOOST_AUTO_TEST_CASE(a_key_works_for_its_clinic_and_a_key_of_all_for_the_one_it_names) {
  one_record_worker at;
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
  one_record_worker at;
  at.limiter.set(1);
  BOOST_TEST(at.ask("main").status == 200);
  const auto refused = at.ask("main");
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(header(refused, "Retry-After") == "1");
  BOOST_TEST(at.ask("every").status == 200);
  BOOST_REQUIRE_EQUAL(at.store.door.audited.size(), 3u);
  BOOST_TEST(at.store.door.audited[1].outcome == "429");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_audited_is_not_shown) {
  one_record_worker at;
  BOOST_TEST(at.ask("main").body.find("\"severity\"") != std::string::npos);
  at.store.door.audit_is_away = true;
  const auto hidden = at.ask("main");
  BOOST_TEST(hidden.status == 503);
  BOOST_TEST(hidden.body.find("could not be audited") != std::string::npos);
  BOOST_TEST(hidden.body.find("gone") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_session_everybody_is_told_to_come_again) {
  one_record_worker at;
  const std::vector<actors::call_ptr> all = {at.call("main"), at.call("nonsense")};
  at.worker(nullptr, all);
  BOOST_REQUIRE_EQUAL(at.replies.size(), 2u);
  for (const auto& each : at.replies) BOOST_TEST(each.status == 503);
}

BOOST_AUTO_TEST_CASE(the_audit_is_told_what_was_searched_for_and_why_it_was_refused) {
  one_record_worker at;
  auto search = at.call("main", {"Patient", "_search"});
  search->search = "_count=5";
  search->asked.body = "family=Hadjigeorgiou";
  search->asked.headers["content-type"] = "application/x-www-form-urlencoded";
  BOOST_TEST(at.answer(search).status == 500); // this store holds nothing
  auto create = at.call("main", {"Patient"});
  create->only_reads = false;
  create->asked.headers["if-none-exist"] = "identifier=7";
  BOOST_TEST(at.answer(create).status == 403);
  BOOST_REQUIRE_EQUAL(at.store.door.audited.size(), 2u);
  BOOST_TEST(at.store.door.audited[0].criteria == "_count=5\nfamily=Hadjigeorgiou");
  BOOST_TEST(at.store.door.audited[0].fault == "exception: this session holds no records");
  BOOST_TEST(at.store.door.audited[1].criteria == "If-None-Exist: identifier=7");
  BOOST_TEST(at.store.door.audited[1].fault == "forbidden: this key may not write resources of this type");
}

// Calls of whoever is known to take long go to the first worker of their kind; the second answers the others.
BOOST_AUTO_TEST_CASE(calls_of_a_costly_caller_go_to_the_first_worker_and_the_second_answers_the_others) {
  deterministic settings;
  caf::actor_system sys(settings);
  one_record_worker at;
  int passed_on = 0;
  const auto fake = [&sys, &passed_on]() -> actors::worker_actor {
    // With an argument: CAF 0.17 binds a reference to nothing where there is none.
    return sys.spawn(
      [](actors::worker_actor::pointer, int* counted) -> actors::worker_actor::behavior_type {
        return {[counted](const actors::call_in&) { ++*counted; }, [](actors::flush) {}};
      },
      &passed_on);
  };
  auto room = std::make_shared<gateway::record_workers>();
  room->readers = {fake(), fake()};
  at.parts->workers = room;
  at.parts->costly_readers.took("key:every", std::chrono::seconds(1), std::chrono::steady_clock::now());
  const auto second = gateway::answer_fhir_calls(at.parts, false);
  const std::vector<actors::call_ptr> all = {at.call("every"), at.call("main")};
  second(&at.store, all);
  run(sys);
  BOOST_TEST(passed_on == 1);
  BOOST_REQUIRE_EQUAL(at.replies.size(), 1u);
  BOOST_TEST(at.replies.front().status == 200);
  BOOST_TEST(at.store.door.audited.size() == 1u);
  at.parts->workers.reset();
  room.reset();
}

BOOST_AUTO_TEST_SUITE_END()
