// Who waits for the store has an end.
#include "engine/gateway/http_call.hpp"
#include "engine/gateway/strangers.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

struct guest final : gateway::waiting {
  explicit guest(std::chrono::seconds ago) { begin -= ago; }
  void answer_late() const override {
    if (!answered.exchange(true)) ++late;
  }
  mutable int late = 0;
};

struct open_call final : gateway::http_call {
  void answer_late() const override {}
};

std::shared_ptr<guest> came(int seconds_ago) {
  return std::make_shared<guest>(std::chrono::seconds(seconds_ago));
}

} // namespace

BOOST_AUTO_TEST_SUITE(waiting)

BOOST_AUTO_TEST_CASE(who_has_waited_too_long_is_answered_once_and_the_others_go_on_waiting) {
  gateway::waiting_list list{std::chrono::seconds(5)};
  const auto old = came(7), younger = came(6), fresh = came(1);
  for (const auto& each : {old, younger, fresh}) list.watch(each);
  BOOST_TEST(list.owed() == 3);
  list.sweep();
  list.sweep();
  BOOST_TEST(old->late == 1);
  BOOST_TEST(younger->late == 1);
  BOOST_TEST(fresh->late == 0);
  BOOST_TEST(list.owed() == 1);
}

BOOST_AUTO_TEST_CASE(who_was_answered_is_owed_nothing_and_is_let_go) {
  gateway::waiting_list list{std::chrono::seconds(5)};
  auto quick = came(1);
  const auto slow = came(1);
  list.watch(quick);
  list.watch(slow);
  quick->answered = true;
  BOOST_TEST(list.owed() == 1);
  list.sweep();
  BOOST_TEST(quick->late == 0);
  BOOST_TEST(quick.use_count() == 1); // its request and its client's connection with it
  BOOST_TEST(slow.use_count() == 2);
}

// At the end nobody is answered any more: connections are closed, and the last holders are let go.
BOOST_AUTO_TEST_CASE(an_end_lets_all_go) {
  gateway::waiting_list list{std::chrono::seconds(5)};
  const auto one = came(9);
  list.watch(one);
  list.clear();
  list.sweep();
  BOOST_TEST(list.owed() == 0);
  BOOST_TEST(one->late == 0);
  BOOST_TEST(one.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_key_is_read_whatever_the_case_of_its_scheme_and_nothing_else_is_a_key) {
  const auto sent = [](std::string header) {
    net::http_request request;
    request.headers = {{"authorization", std::move(header)}};
    return std::string(gateway::bearer_of(request));
  };
  BOOST_TEST(sent("Bearer s3cret") == "s3cret");
  BOOST_TEST(sent("bEARER s3cret") == "s3cret");
  BOOST_TEST(sent("Bearer ") == "");
  BOOST_TEST(sent("Bearer") == "");
  BOOST_TEST(sent("Basic dGVzdA==") == "");
  BOOST_TEST(gateway::bearer_of({}) == "");
  BOOST_TEST(gateway::query_of("/a?b=c?d") == "b=c?d");
  BOOST_TEST(gateway::query_of("/a") == "");
}

BOOST_AUTO_TEST_CASE(who_is_unknown_has_one_row_a_minute_and_is_answered_later_past_twenty) {
  using gateway::reception;
  gateway::strangers unknown;
  const std::chrono::steady_clock::time_point start{};
  BOOST_CHECK(unknown.receive("192.0.2.7", start) == reception::told);
  for (int i = 2; i <= 20; ++i) BOOST_CHECK(unknown.receive("192.0.2.7", start) == reception::counted);
  BOOST_CHECK(unknown.receive("192.0.2.7", start) == reception::held_back);
  BOOST_CHECK(unknown.receive("192.0.2.8", start) == reception::told);
  BOOST_TEST(unknown.over(start + std::chrono::seconds(59)).empty());
  BOOST_TEST(unknown.over(start + std::chrono::minutes(1)).size() == 2u);
  BOOST_CHECK(unknown.receive("192.0.2.7", start + std::chrono::minutes(1)) == reception::told);
}

BOOST_AUTO_TEST_CASE(a_call_is_answered_and_counted_once_and_packed_for_whom_takes_it) {
  telemetry::metrics metrics;
  std::vector<net::http_response> replies;
  open_call call;
  call.respond = [&](net::http_response reply) { replies.push_back(std::move(reply)); };
  call.packs = gateway::http_call::packing::gzip;
  net::http_response reply;
  reply.status = 200;
  reply.body.assign(4096, 'a');
  call.send(reply, metrics, "/fhir/r4/Patient", "GET");
  call.send(reply, metrics, "/fhir/r4/Patient", "GET");
  BOOST_REQUIRE_EQUAL(replies.size(), 1u);
  BOOST_TEST(replies[0].body.size() < 200u);
  BOOST_REQUIRE_EQUAL(replies[0].headers.size(), 2u);
  BOOST_TEST(replies[0].headers[0].second == "gzip");
  BOOST_TEST(replies[0].headers[1].first == "Vary");
  const auto told = metrics.text();
  BOOST_TEST(told.find("aorta_http_seconds_count 1") != told.npos);
  open_call bare; // the API never packs
  bare.respond = call.respond;
  bare.send(reply, metrics, "/api/routes", "GET");
  BOOST_TEST(replies.at(1).headers.empty());
  BOOST_TEST(replies.at(1).body.size() == 4096u);
}

BOOST_AUTO_TEST_SUITE_END()
