#include "engine/api/api.hpp"
#include "engine/api/resources.hpp"
#include "engine/http/target.hpp"
#include "test/unit/api/bare_admin.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

api::engine_view engine(std::vector<std::string> reasons = {}) {
  api::engine_view out;
  out.not_ready = [reasons] { return reasons; };
  out.version = "1";
  return out;
}

http::request get(std::string_view target) {
  http::request out;
  out.method = "GET";
  const auto parts = http::split_target(target);
  BOOST_REQUIRE(parts);
  out.path = parts->path;
  for (const auto& [key, value] : parts->params) out.query[key] = value;
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(health_needs_neither_key_nor_store) {
  const auto out = api::handle(get("/health"), nullptr, engine(), {});
  BOOST_TEST(out.reply.status == 200);
  BOOST_TEST(!out.audited);
}

BOOST_AUTO_TEST_CASE(readiness_tells_its_reasons) {
  const auto out = api::handle(get("/ready"), nullptr, engine({"route 'x' is being restarted"}), {});
  BOOST_TEST(out.reply.status == 503);
  BOOST_TEST(
    out.reply.body ==
    R"({"status":"not-ready","reasons":["the store does not answer: it lets nobody connect","route 'x' is being restarted"],"warnings":[],"silent":[]})");
}

BOOST_AUTO_TEST_CASE(without_a_store_nobody_is_let_in) {
  const auto out = api::handle(get("/api/messages"), nullptr, engine(), {});
  BOOST_TEST(out.reply.status == 503);
  BOOST_TEST(out.audited);
}

BOOST_AUTO_TEST_CASE(figures_need_a_key_that_was_seen_when_the_store_is_away) {
  auto view = engine();
  http::seen_keys keys;
  view.keys = &keys;
  view.metrics = [](bool store_answers) { return "aorta_store_up " + std::to_string(int(store_answers)); };
  auto asked = get("/metrics");
  BOOST_TEST(api::handle(asked, nullptr, view, {}).reply.status == 401);
  asked.bearer = "s3cret";
  BOOST_TEST(api::handle(asked, nullptr, view, {}).reply.status == 503); // nobody has confirmed it
  ports::api_key known;
  known.name = "gauges";
  known.scopes = {"metrics"};
  keys.remember(asked.bearer, http::caller_of(known));
  const auto out = api::handle(asked, nullptr, view, {});
  BOOST_TEST(out.reply.status == 200);
  BOOST_TEST(out.reply.body == "aorta_store_up 0");
  BOOST_TEST(out.shown_unaudited);
  asked.bearer = "other";
  BOOST_TEST(api::handle(asked, nullptr, view, {}).reply.status == 503);
  known.scopes = {"read"};
  keys.remember("reader", http::caller_of(known));
  asked.bearer = "reader";
  BOOST_TEST(api::handle(asked, nullptr, view, {}).reply.status == 403);
  auto messages = get("/api/messages"); // patients' data are shown to nobody of whom no audit row tells
  messages.bearer = "reader";
  BOOST_TEST(api::handle(messages, nullptr, view, {}).reply.status == 503);
}

BOOST_AUTO_TEST_CASE(a_token_of_a_service_is_taken_and_opens_nothing_but_what_any_key_opens) {
  bare_admin admin({"admin"});
  auto asked = get("/api/messages");
  asked.bearer = "t0ken";
  const auto refused = api::handle(asked, &admin, engine(), {});
  BOOST_TEST(refused.reply.status == 403);
  BOOST_TEST(refused.audit.actor == "client:analytics");
  auto description = get("/api/openapi.json");
  description.bearer = "t0ken";
  BOOST_TEST(api::handle(description, &admin, engine(), {}).reply.status == 200);
}

BOOST_AUTO_TEST_CASE(who_comes_too_often_is_told_when_to_come_again) {
  bare_admin admin({"read"});
  auto view = engine();
  std::string counted;
  view.wait_of = [&](const std::string& actor) {
    counted = actor;
    return std::optional<int>(7);
  };
  auto asked = get("/api/events?delivered=false");
  asked.bearer = "s3cret";
  const auto out = api::handle(asked, &admin, view, {});
  BOOST_TEST(out.reply.status == 429);
  BOOST_TEST(counted == "key:test user:anna@clinic.example");
  BOOST_REQUIRE(!out.reply.headers.empty());
  BOOST_TEST(out.reply.headers.back().first == "Retry-After");
  BOOST_TEST(out.reply.headers.back().second == "7");
  BOOST_TEST(out.audited);
  BOOST_TEST(api::handle(get("/health"), &admin, view, {}).reply.status == 200); // nobody's call
}

BOOST_AUTO_TEST_CASE(an_access_is_written_down_with_what_was_searched_for_and_why_it_was_refused) {
  bare_admin admin({"read"});
  auto asked = get("/api/messages?limit=none");
  asked.bearer = "s3cret";
  asked.search = "limit=none";
  const auto out = api::handle(asked, &admin, engine(), {});
  BOOST_TEST(out.reply.status == 400);
  BOOST_TEST(out.audit.resource == "/api/messages");
  BOOST_TEST(out.audit.criteria == "limit=none");
  BOOST_TEST(!out.reply.fault.empty());
  BOOST_TEST(out.reply.body.find(out.reply.fault.substr(out.reply.fault.find(": ") + 2, 10)) !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_act_says_what_it_is_and_nothing_that_nobody_reads) {
  const auto act = [](const char* body) { return api::read_act(body); };
  BOOST_TEST(act(R"({"patient_id": "7"})")->patient.value() == 7);
  BOOST_TEST(act(R"({"patient_id": 7, "instead_of": "3"})")->instead_of.value() == 3);
  const auto correction = act(
    R"({"action": "correct", "reason": "by telephone", "value": "1.25", "result_id": "01890000-0000-7000-8000-000000000001"})");
  BOOST_REQUIRE(correction);
  BOOST_TEST(correction->value.value() == "1.25");
  BOOST_TEST(!correction->unit);
  BOOST_TEST(correction->result.has_value());
  for (const char* bad :
       {"", "{", "[]", R"({"patient_id": "x"})", R"({"patient_id": -1})", R"({"patient_id": "7 or 1=1"})",
        R"({"patient_id": 7.5})", R"({"patient": "7"})", R"({"value": 1.25})", R"({"result_id": "x"})"})
    BOOST_TEST(!act(bad), bad);
}
