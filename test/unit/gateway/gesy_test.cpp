// Claims to the simulator, whatever goes wrong on the way: each is stored exactly once.
#include "engine/gateway/gesy_line.hpp"

#include "engine/delivery/judge.hpp"
#include "engine/gateway/gesy_simulated.hpp"
#include "engine/gesy/claim.hpp"
#include "engine/gesy/submission.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace aorta;
using namespace std::chrono_literals;

namespace {

/// A clock and what is to be done by it.
struct world final : clock_source {
  timestamp at{};
  std::multimap<timestamp, std::function<void()>> todo;
  world() { from_iso("2026-11-27T08:00:00Z", at); }
  timestamp now() const override { return at; }
  void later(std::chrono::milliseconds in, std::function<void()> what) {
    todo.emplace(at + in, std::move(what));
  }
  /// Until nothing is left to be done.
  void run() {
    while (!todo.empty()) {
      auto first = todo.extract(todo.begin());
      at = std::max(at, first.key());
      first.mapped()();
    }
  }
};

config::gesy_settings settings_for_tests() {
  config::gesy_settings out;
  out.url = "https://gesy.example/v1";
  out.client_id = "clinic";
  out.client_secret = "s&cret=";
  return out;
}

struct rig {
  world clock;
  gesy::simulator simulator;
  config::gesy_settings how = settings_for_tests();
  std::shared_ptr<gateway::gesy_line> line;

  explicit rig(gesy::simulator::how by) : simulator(by) {
    const auto later = [this](std::chrono::milliseconds in, std::function<void()> what) {
      clock.later(in, std::move(what));
    };
    line = std::make_shared<gateway::gesy_line>(
      gateway::gesy_line::parts{
        std::make_unique<gateway::simulated_outbound>(simulator, clock, later, how.url), &clock, later},
      how);
  }

  gesy::reply ask(gesy::operation what, const std::string& id) {
    gesy::question out;
    out.what = what;
    out.path = gesy::path_of(how.wire, what, {{"id", id}});
    gesy::reply said;
    line->ask(std::move(out), [&](gesy::reply heard) { said = std::move(heard); });
    clock.run();
    return said;
  }
};

std::string claim_of(size_t beneficiary, int echos) {
  auto number = std::to_string(beneficiary);
  number.insert(0, 8 - number.size(), '0');
  const auto price = std::to_string(60 * echos);
  return R"({"provider_id":"P-1","beneficiary_id":"00)" + number + R"(","referral_id":"R-)" +
    number.substr(2) +
    R"(","service_date":"2026-11-20","primary_diagnosis_code":"I20.9","line_items":[{"line_number":1,)"
    R"("procedure_code":"93306","quantity":)" +
    std::to_string(echos) + R"(,"unit_price":60,"total_price":)" + price + "}]}";
}

/// What a delivery does with a claim, over crashes too: what was under way then has perhaps come through.
struct sender {
  rig& with;
  delivery::item item;
  gesy::parcel what;
  delivery::chance jitter{7};
  delivery::state is = delivery::state::waiting;
  std::string code;
  uint64_t life = 0;         ///< another one after each crash
  gesy::attempts tried = {}; ///< what one process knows
  std::unique_ptr<gesy::submission> way = {};

  std::chrono::seconds settle_time() const { return 2 * with.how.timeout; }
  void begin() {
    if (const auto left = tried.rest(item.id, item.perhaps, with.clock.now(), settle_time()))
      return with.clock.later(*left, [this, mine = life] {
        if (mine == life) begin();
      });
    way = std::make_unique<gesy::submission>(with.how.wire, what, item.perhaps, settle_time());
    step();
  }
  void step() {
    auto next = way->next();
    if (!next) return settle();
    const bool sends = next->what == gesy::operation::add_claim;
    if (sends) tried.note(item.id, with.clock.now());
    const auto mine = life;
    with.line->ask(std::move(*next), [this, mine, sends](const gesy::reply& heard) {
      if (mine != life) return;
      if (sends) tried.note(item.id, with.clock.now());
      way->heard(heard);
      step();
    });
  }
  void settle() {
    const auto now = with.clock.now();
    const auto ruled = delivery::judge(item, way->outcome(), {}, now, jitter);
    is = ruled.now;
    code = ruled.code;
    item.attempts = ruled.attempts;
    item.refusals = ruled.refusals;
    item.perhaps = ruled.perhaps;
    if (is == delivery::state::waiting)
      with.clock.later(std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(ruled.next_at - now)),
                       [this, mine = life] {
                         if (mine == life) begin();
                       });
  }
  void crash() {
    if (is != delivery::state::waiting) return;
    ++life;
    tried = {};
    item.perhaps = true;
    with.clock.later(10s, [this] { begin(); });
  }
};

gesy::fault any_fault(std::mt19937_64& chance) {
  const auto names = gesy::fault_names();
  gesy::fault out;
  out.is = *gesy::fault_from(names[chance() % names.size()]);
  if (chance() % 3 != 0)
    out.on = std::array{gesy::operation::add_claim, gesy::operation::claims, gesy::operation::referral,
                        gesy::operation::token}[chance() % 4];
  out.times = uint32_t(1 + chance() % 4);
  out.percent = uint32_t(30 + chance() % 70);
  if (chance() % 2 == 0) out.wait = std::chrono::seconds(chance() % 90);
  // What arrives later than twice the timeout nobody can wait for.
  if (out.is == gesy::fault::kind::late) out.wait = std::chrono::seconds(1 + chance() % 55);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(gesy_line)

BOOST_AUTO_TEST_CASE(each_claim_is_stored_exactly_once_whatever_the_script) {
  size_t faults = 0, looked_up = 0;
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    std::mt19937_64 chance(seed);
    gesy::simulator::how by;
    by.seed = seed;
    by.takes_once = chance() % 2 == 0;
    by.knows_references = chance() % 2 == 0;
    by.refuses_the_same = chance() % 3 == 0;
    by.page = 1 + chance() % 12;
    rig with(by);
    if (!by.takes_once) with.how.wire.idempotency_header.clear();
    for (auto left = chance() % 6; left > 0; --left, ++faults) with.simulator.add(any_fault(chance));
    std::vector<std::unique_ptr<sender>> all;
    const size_t count = 1 + chance() % 4;
    for (size_t n = 0; n < count; ++n) {
      auto one = std::make_unique<sender>(sender{with, {}, {}});
      one->what.reference = "claim-" + std::to_string(seed) + "-" + std::to_string(n);
      one->what.claim = claim_of(n % 2 == 0 ? 1 : 2, int(n) + 1);
      one->begin();
      all.push_back(std::move(one));
    }
    for (auto left = chance() % 3; left > 0; --left)
      with.clock.later(std::chrono::milliseconds(chance() % 60'000),
                       [&, which = chance() % count] { all[which]->crash(); });
    with.clock.run();
    with.clock.at += 600s;
    with.ask(gesy::operation::beneficiary, "0000000001"); // what is late has come
    const auto stored = with.simulator.references();
    std::set<std::string> different(stored.begin(), stored.end());
    BOOST_TEST_CONTEXT("seed " << seed) {
      BOOST_TEST(stored.size() == count);
      BOOST_TEST(different.size() == count);
      for (const auto& each : all) BOOST_TEST((each->is == delivery::state::sent), each->code);
    }
    looked_up += size_t(
      std::count_if(all.begin(), all.end(), [](const auto& each) { return each->code == "found"; }));
  }
  BOOST_TEST(faults > 1000);
  BOOST_TEST(looked_up > 50); // else the faults were too mild
}

/// A system that knows claims by neither key nor reference.
gesy::simulator::how forgetful(size_t page = 10) {
  gesy::simulator::how out;
  out.takes_once = out.knows_references = false;
  out.page = page;
  return out;
}

BOOST_AUTO_TEST_CASE(what_was_under_way_at_a_crash_is_waited_for) {
  rig with(forgetful());
  with.simulator.add({gesy::fault::kind::late, gesy::operation::add_claim, 1, 100, 50s});
  sender one{with, {}, {}};
  one.what.claim = claim_of(1, 1);
  one.begin();
  with.clock.later(5s, [&] { one.crash(); });
  with.clock.run();
  with.clock.at += 600s;
  with.ask(gesy::operation::beneficiary, "0000000001");
  BOOST_TEST(with.simulator.claims() == 1u);
  BOOST_TEST(one.code == "found");
}

BOOST_AUTO_TEST_CASE(a_page_that_moved_hides_no_claim) {
  rig with(forgetful(15)); // ours is the sixteenth
  with.simulator.add({gesy::fault::kind::cut, gesy::operation::add_claim});
  with.simulator.add({gesy::fault::kind::shift, gesy::operation::claims});
  sender one{with, {}, {}};
  one.what.claim = claim_of(1, 1);
  one.begin();
  with.clock.run();
  BOOST_TEST(with.simulator.claims() == 1u);
  BOOST_TEST(one.code == "found");
}

BOOST_AUTO_TEST_CASE(what_may_be_it_and_does_not_say_enough_is_a_persons) {
  const auto by = gesy::specified();
  gesy::parcel what{"ours", claim_of(1, 1), {}, ""};
  const auto answer = [&](const std::string& item) {
    gesy::search find(by, what);
    for (int reading = 0; reading < 2 && find.next(); ++reading) {
      gesy::reply said;
      said.status = 200;
      said.body = R"({"items":[)" + item + "]}";
      find.heard(said);
    }
    return find.found() ? std::string("found") : find.fault().code;
  };
  BOOST_TEST(answer("") == "");
  BOOST_TEST(answer(R"({"claim_id":7,"beneficiary_id":"0000000001","service_date":"2026-11-20"})") ==
             "list-unclear");
  BOOST_TEST(answer(R"({"claim_id":7,"beneficiary_id":"0000000002","service_date":"2026-11-20"})") == "");
  BOOST_TEST(
    answer(
      R"({"claim_id":7,"beneficiary_id":"0000000001","referral_id":"R-000001","service_date":)"
      R"("2026-11-20T00:00:00Z","line_items":[{"procedure_code":"93306","quantity":1.0,"total_price":"60.00"}]})") ==
    "found");
  BOOST_TEST(answer(R"({"claim_id":7,"client_reference":"others","beneficiary_id":"0000000001"})") == "");
  what.known = {"7"};
  BOOST_TEST(answer(R"({"claim_id":7,"beneficiary_id":"0000000001","service_date":"2026-11-20"})") == "");
}

BOOST_AUTO_TEST_CASE(the_next_page_is_below_the_base_or_nowhere) {
  auto by = gesy::specified();
  by.base = "https://gesy.example/v1";
  const auto next = [&](const std::string& text) {
    const auto read = gesy::list_as_ours(by, gesy::kind::claim, R"({"items":[],"next":")" + text + "\"}");
    return read->leads_away ? std::string("away") : read->next;
  };
  BOOST_TEST(next("/claims?page=2") == "/claims?page=2");
  BOOST_TEST(next("https://gesy.example/v1/claims?page=2") == "/claims?page=2");
  BOOST_TEST(next("/v1/claims?page=2") == "/claims?page=2");
  for (const auto* odd :
       {"https://evil.example/claims", ".evil.example/x", "//evil.example", "@evil.example/x", "claims"})
    BOOST_TEST(next(odd) == "away", odd);
  BOOST_TEST(next("") == "");
}

BOOST_AUTO_TEST_CASE(credentials_that_fail_are_nothing_that_is_wrong_with_a_claim) {
  rig with({});
  with.how.client_id.clear();
  with.line = std::make_shared<gateway::gesy_line>(
    gateway::gesy_line::parts{std::make_unique<gateway::simulated_outbound>(
                                with.simulator, with.clock,
                                [&](std::chrono::milliseconds in, std::function<void()> what) {
                                  with.clock.later(in, std::move(what));
                                },
                                with.how.url),
                              &with.clock,
                              [&](std::chrono::milliseconds in, std::function<void()> what) {
                                with.clock.later(in, std::move(what));
                              }},
    with.how);
  gesy::submission way(with.how.wire, {"ours", claim_of(1, 1), {}, ""}, false, 60s);
  while (auto next = way.next()) {
    with.line->ask(std::move(*next), [&](const gesy::reply& heard) { way.heard(heard); });
    with.clock.run();
  }
  BOOST_TEST((way.outcome().is == delivery::outcome::kind::silent));
  BOOST_TEST(!way.outcome().perhaps);
}

BOOST_AUTO_TEST_CASE(a_claim_whose_referral_does_not_cover_it_is_not_sent) {
  rig with({});
  sender one{with, {}, {}};
  one.what.reference = "claim";
  one.what.claim = claim_of(7, 1); // its referral has expired
  one.begin();
  with.clock.run();
  BOOST_TEST((one.is == delivery::state::parked));
  BOOST_TEST(one.code == "referral-expired");
  BOOST_TEST(with.simulator.claims() == 0u);
}

BOOST_AUTO_TEST_CASE(a_claim_that_was_rejected_before_is_not_taken_for_the_new_one) {
  gesy::simulator::how by;
  by.takes_once = by.knows_references = false;
  rig with(by);
  with.how.wire.reference.clear();
  sender first{with, {}, {}}, second{with, {}, {}};
  first.what.reference = "first";
  first.what.claim = second.what.claim = claim_of(1, 1);
  first.begin();
  with.clock.run();
  second.what.reference = "second";
  second.what.known = {"C-000001"};
  second.item.perhaps = true; // and never came through
  second.begin();
  with.clock.run();
  BOOST_TEST((second.is == delivery::state::sent));
  BOOST_TEST(second.code == "201");
  BOOST_TEST(with.simulator.claims() == 2u);
}

BOOST_AUTO_TEST_CASE(one_token_serves_all_and_a_401_is_asked_once_more) {
  rig with({});
  BOOST_TEST(with.ask(gesy::operation::beneficiary, "0000000001").status == 200u);
  BOOST_TEST(with.ask(gesy::operation::beneficiary, "0000000999").status == 404u);
  with.simulator.add({gesy::fault::kind::unauthorized, gesy::operation::beneficiary});
  BOOST_TEST(with.ask(gesy::operation::beneficiary, "0000000001").status == 200u);
  with.simulator.add({gesy::fault::kind::unauthorized, gesy::operation::beneficiary, 2});
  BOOST_TEST(with.ask(gesy::operation::beneficiary, "0000000001").status == 401u);
}

BOOST_AUTO_TEST_CASE(who_is_away_is_not_asked_again_at_once) {
  rig with({});
  with.simulator.add({gesy::fault::kind::lost, {}, 0});
  for (int n = 0; n < 6; ++n) with.ask(gesy::operation::beneficiary, "0000000001");
  BOOST_TEST(with.line->standing().away_since.has_value());
  BOOST_TEST(with.ask(gesy::operation::beneficiary, "0000000001").code == "away");
  with.simulator.calm();
  with.clock.at += 20s;
  BOOST_TEST(with.ask(gesy::operation::beneficiary, "0000000001").status == 200u);
  BOOST_TEST(!with.line->standing().away_since.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
