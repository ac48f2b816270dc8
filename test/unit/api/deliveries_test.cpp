// What persons do about deliveries: who may, what changes, and that the dispatcher is told.
#include "engine/api/api.hpp"
#include "engine/http/target.hpp"
#include "test/unit/api/bare_admin.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

const std::string some_id = "01890000-0000-7000-8000-000000000001";

struct desk {
  explicit desk(std::vector<std::string> scopes = {"read", "write"}) : admin(std::move(scopes)) {
    engine.destinations = [](model::clinic_id clinic) {
      std::vector<api::destination_view> out;
      if (clinic == 1) out.push_back({"ris", "mllp", "10.1.2.3:2575", 2, 1});
      return out;
    };
    engine.deliveries_changed = [this] { ++told; };
  }
  api::outcome ask(std::string_view method, const std::string& target, std::string body = {}) {
    http::request asked;
    asked.method = method;
    asked.bearer = "s3cret";
    asked.body = std::move(body);
    const auto parts = http::split_target(target);
    BOOST_REQUIRE(parts);
    asked.path = parts->path;
    for (const auto& [key, value] : parts->params) asked.query[key] = value;
    return api::handle(asked, &admin, engine, {});
  }
  ports::delivery_row& park() {
    auto& row = admin.passed_on.rows.emplace_back();
    row.id = *uuid_from_text(some_id);
    row.destination = "ris";
    row.state = delivery::state::parked;
    row.last_code = "AR";
    return row;
  }
  bool says(const api::outcome& what, std::string_view text) {
    return what.reply.body.find(text) != std::string::npos;
  }

  bare_admin admin;
  api::engine_view engine;
  int told = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(deliveries)

BOOST_AUTO_TEST_CASE(a_destination_is_paused_and_goes_on_and_the_dispatcher_hears_of_both) {
  desk at;
  at.admin.passed_on.queues = {{"ris", {{"waiting", 3}, {"parked", 1}}, {}}};
  const auto before = at.ask("GET", "/api/destinations");
  BOOST_TEST(at.says(before, R"("name":"ris","kind":"mllp","to":"10.1.2.3:2575","state":"running")"));
  BOOST_TEST(
    at.says(before, R"("partitions":2,"partitions_away":1,"counts":{"waiting":3,"inflight":0,"parked":1})"));
  BOOST_TEST(at.told == 0);
  const auto paused = at.ask("POST", "/api/destinations/ris/pause");
  BOOST_TEST(paused.reply.status == 200);
  BOOST_TEST(paused.audited);
  BOOST_TEST(paused.audit.clinic.value() == 1);
  BOOST_TEST(at.says(paused, R"("state":"paused","stopped_by":"key:test user:anna@clinic.example")"));
  BOOST_TEST(at.told == 1);
  BOOST_TEST(at.says(at.ask("POST", "/api/destinations/ris/resume"), R"("state":"running")"));
  BOOST_TEST(at.told == 2);
  BOOST_TEST(at.ask("POST", "/api/destinations/lis/pause").reply.status == 404);
  BOOST_TEST(at.admin.passed_on.clinic == 1);
}

BOOST_AUTO_TEST_CASE(a_parked_delivery_goes_again_or_is_left_out_and_what_is_under_way_does_not) {
  desk at;
  auto& row = at.park();
  const auto again = at.ask("POST", "/api/deliveries/" + some_id + "/retry");
  BOOST_TEST(at.says(again, R"("state":"waiting")"));
  BOOST_TEST(at.told == 1);
  row.state = delivery::state::inflight;
  const auto skipped = at.ask("POST", "/api/deliveries/" + some_id + "/skip");
  BOOST_TEST(skipped.reply.status == 409);
  BOOST_TEST(at.says(skipped, R"("state":"inflight")"));
  row.state = delivery::state::parked;
  BOOST_TEST(at.says(at.ask("POST", "/api/deliveries/" + some_id + "/skip"), R"("state":"skipped")"));
  BOOST_TEST(at.ask("POST", "/api/deliveries/nonsense/skip").reply.status == 404);
  BOOST_TEST(at.told == 2);
}

BOOST_AUTO_TEST_CASE(deliveries_are_listed_by_destination_state_and_message) {
  desk at;
  at.park();
  const auto out = at.ask("GET",
                          "/api/deliveries?destination=ris&state=parked&limit=7&message_id=" + some_id);
  BOOST_TEST(at.says(out, R"("state":"parked","holds":"nobody")"));
  const auto& asked = at.admin.passed_on.asked;
  BOOST_TEST((asked.clinic == 1 && asked.destination == "ris" && asked.limit == 7));
  BOOST_TEST((asked.state == delivery::state::parked && to_text(asked.message.value()) == some_id));
  BOOST_TEST(at.ask("GET", "/api/deliveries?state=lost").reply.status == 400);
  BOOST_TEST(at.ask("GET", "/api/deliveries?message_id=7").reply.status == 400);
  BOOST_TEST(at.ask("GET", "/api/deliveries?parked=true").reply.status == 400);
}

BOOST_AUTO_TEST_CASE(a_key_that_only_reads_changes_nothing) {
  desk at({"read"});
  at.park();
  for (const std::string path : {"/api/destinations/ris/pause", "/api/destinations/ris/resume",
                                 "/api/deliveries/", "/api/messages/"}) {
    const auto whole = path.ends_with('/') ? path + some_id + (path[5] == 'd' ? "/retry" : "/resend") : path;
    BOOST_TEST(at.ask("POST", whole).reply.status == 403, whole);
  }
  BOOST_TEST(at.told == 0);
  BOOST_TEST(at.ask("GET", "/api/deliveries").reply.status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
