// GET /api/orders: what it asks the store for, who may, and what it shows.
#include "engine/api/api.hpp"
#include "engine/http/target.hpp"
#include "test/unit/api/bare_admin.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace std::chrono;

namespace {

const timestamp now = timestamp(sys_days(year{2026} / 11 / 20)) + hours(12);

struct desk {
  explicit desk(std::vector<std::string> scopes = {"read"}) : admin(std::move(scopes)) {}
  api::outcome ask(const std::string& target) {
    http::request asked;
    asked.method = "GET";
    asked.bearer = "s3cret";
    const auto parts = http::split_target(target);
    BOOST_REQUIRE(parts);
    asked.path = parts->path;
    for (const auto& [key, value] : parts->params) asked.query[key] = value;
    return api::handle(asked, &admin, engine, now);
  }
  bare_admin admin;
  api::engine_view engine;
};

} // namespace

BOOST_AUTO_TEST_SUITE(orders)

BOOST_AUTO_TEST_CASE(orders_that_wait_are_asked_for_by_how_long) {
  desk at;
  auto& one = at.admin.orders.emplace_back();
  one.patient = 7;
  one.status = "collected";
  one.panel_code = "CHEM";
  one.ordered_at = now - hours(50);
  one.collected_at = now - hours(30);
  const auto done = at.ask("/api/orders?overdue=24h&limit=10");
  BOOST_TEST(done.reply.status == 200);
  BOOST_TEST(bool(at.admin.asked.before == now - hours(24)));
  BOOST_TEST(at.admin.asked.limit == 10);
  BOOST_TEST(done.audited);
  BOOST_TEST(done.reply.body.find(R"("patient_id":"7","status":"collected")") != std::string::npos);
  BOOST_TEST(done.reply.body.find(R"("waiting_since":"2026-11-19T06:00:00)") != std::string::npos);
  at.ask("/api/orders?overdue=90m");
  BOOST_TEST(bool(at.admin.asked.before == now - minutes(90)));
  at.ask("/api/orders?overdue=3d");
  BOOST_TEST(bool(at.admin.asked.before == now - days(3)));
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_refused) {
  desk at;
  for (const auto* none :
       {"", "24", "h", "-3h", "1.5h", "24h%20", "99999999d", "9999999999999999999m", "PT1H"})
    BOOST_TEST(at.ask(std::string("/api/orders?overdue=") + none).reply.status == 400, none);
  BOOST_TEST(at.ask("/api/orders").reply.status == 400);
  BOOST_TEST(at.ask("/api/orders?overdue=1h&since=1").reply.status == 400);
  BOOST_TEST(desk({"metrics"}).ask("/api/orders?overdue=1h").reply.status == 403);
}

BOOST_AUTO_TEST_SUITE_END()
