// A dispatcher before a store that only remembers: what it begins, and when.
#include "actors/dispatch.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace aorta::actors;
using namespace std::chrono_literals;

namespace {

uuid id_of(uint8_t number) {
  uuid out;
  out.bytes[15] = number;
  return out;
}

struct row {
  delivery::item what;
  delivery::state now = delivery::state::waiting;
  delivery::holding holds = delivery::holding::nobody;
};

using table = std::map<uuid, row>;

/// One partition's rows, as the statements leave them.
class remembering final : public ports::delivery_session {
public:
  explicit remembering(table& all) : all_(all) {}
  result<std::vector<ports::lease>> take(model::clinic_id, std::span<const ports::partition> wanted,
                                         const std::string&, std::chrono::seconds) override {
    std::vector<ports::lease> out;
    for (const auto& each : wanted) out.push_back({each, 1});
    return out;
  }
  status release(model::clinic_id, std::span<const ports::lease>, const std::string&) override {
    return done{};
  }
  result<std::set<std::string>> stopped(model::clinic_id) override { return std::set<std::string>{}; }
  result<std::vector<ports::webhook>> webhooks(model::clinic_id) override {
    return std::vector<ports::webhook>{};
  }
  result<ports::given_events> give_out(model::clinic_id, std::span<const ports::event_taker>,
                                       size_t) override {
    return ports::given_events{};
  }
  result<ports::waiting_deliveries> waiting(const ports::partition&, std::span<const int64_t> left_out,
                                            size_t most) override {
    ports::waiting_deliveries out;
    for (const auto& [id, each] : all_) {
      const auto key = each.what.key;
      if (each.now == delivery::state::parked && each.holds == delivery::holding::key) out.held.insert(key);
      const bool open = each.now == delivery::state::waiting || each.now == delivery::state::inflight;
      if (open && out.items.size() < most &&
          std::find(left_out.begin(), left_out.end(), key) == left_out.end())
        out.items.push_back(each.what);
    }
    return out;
  }
  result<ports::delivery_answer> write(model::clinic_id, const ports::delivery_turn& what, const std::string&,
                                       std::chrono::seconds) override {
    ports::delivery_answer out;
    out.held.assign(what.leases.size(), true);
    for (const auto& [lease, id, ruled] : what.done) {
      auto& one = all_.at(id);
      one.now = ruled.now;
      one.holds = ruled.holds;
      one.what.attempts = ruled.attempts;
      one.what.next_at = ruled.next_at;
    }
    for (const auto& [lease, id] : what.begin) {
      auto& one = all_.at(id);
      if (one.now != delivery::state::waiting && one.now != delivery::state::inflight) continue;
      one.now = delivery::state::inflight;
      ports::parcel sent;
      sent.id = id;
      sent.body = "MSH|";
      out.parcels.push_back(std::move(sent));
    }
    return out;
  }
  status stop(model::clinic_id, const std::string&, const std::string&) override { return done{}; }
  status spread(model::clinic_id, const std::string&, uint32_t) override { return done{}; }
  result<std::vector<ports::queue_state>> counts(model::clinic_id) override {
    return std::vector<ports::queue_state>{};
  }

private:
  table& all_;
};

struct noting final : courier {
  noting(std::vector<uuid>& all, std::vector<std::string>& bodies) : all_(all), bodies_(bodies) {}
  void carry(std::vector<load> all) override {
    for (const auto& each : all) {
      all_.push_back(each.what.id);
      bodies_.push_back(each.what.body);
    }
  }
  void until(steady::time_point) override {}
  void stop() override {}
  std::vector<uuid>& all_;
  std::vector<std::string>& bodies_;
};

/// One destination of one clinic.
struct posting {
  explicit posting(delivery::on_reject rejected,
                   config::destination::kind is = config::destination::kind::mllp) {
    config::destination to;
    to.name = "ris";
    to.is = is;
    to.rules.rejected = rejected;
    to.rules.retry = {60s};
    work.use({{{"ris", to}}, {place.clinic}});
  }
  void file(uint8_t number, int64_t key) {
    row one;
    one.what.id = id_of(number);
    one.what.sequence = number;
    one.what.key = key;
    all.emplace(one.what.id, one);
    ports::forward told;
    told.destination = "ris";
    inbox.committed(place.clinic, {&told, 1});
  }
  void answer(uint8_t number, delivery::outcome::kind what) {
    delivery::outcome out;
    out.is = what;
    inbox.hear({place, id_of(number), out});
  }
  void turn() { work.turn(now, at); }

  const ports::partition place{7, "ris", 0};
  timestamp now{1'790'000'000s};
  std::chrono::steady_clock::time_point at{1h};
  table all;
  std::vector<uuid> carried;
  std::vector<std::string> bodies;
  dispatch_inbox inbox{[] {}};
  std::set<uint8_t> fails; ///< the store is away when it is asked what these filed
  dispatch work{parts(), inbox};

private:
  dispatch::parts parts() {
    dispatch::parts out;
    out.open = [this] {
      return result<std::unique_ptr<ports::delivery_session>>(std::make_unique<remembering>(all));
    };
    out.courier_for = [this](const auto&, const auto&) { return std::make_shared<noting>(carried, bodies); };
    out.tell = [](const auto&) {};
    out.counted = [](auto, const auto&) {};
    out.compose = [this](const auto&, ports::parcel& what) {
      what.body = "a transaction";
      const bool away = fails.contains(what.id.bytes[15]);
      return away ? status(error{error_code::store_unavailable, "", "away"}) : status(done{});
    };
    out.owner = "us";
    return out;
  }
};

} // namespace

// Each reads in the turn in which it hears, when the store does not know the outcome yet.
BOOST_AUTO_TEST_CASE(a_key_is_held_from_the_turn_on_in_which_its_first_is_refused) {
  posting it(delivery::on_reject::hold);
  it.file(1, 40);
  it.turn();
  it.file(2, 40);
  it.turn();
  BOOST_TEST((it.carried == std::vector<uuid>{id_of(1)}));
  it.file(3, 41);
  it.answer(1, delivery::outcome::kind::rejected);
  it.turn();
  it.turn();
  BOOST_TEST((it.carried == std::vector<uuid>{id_of(1), id_of(3)}));
}

BOOST_AUTO_TEST_CASE(what_a_message_filed_is_made_when_it_is_sent_and_keeps_its_order) {
  posting it(delivery::on_reject::park, config::destination::kind::fhir);
  it.fails = {1}; // the first of them alone
  it.file(1, 40);
  it.file(2, 40);
  it.file(3, 41);
  it.turn();
  BOOST_TEST(it.carried.empty());
  it.fails.clear();
  it.at += 6s;
  it.turn();
  it.turn();
  BOOST_TEST((it.carried == std::vector<uuid>{id_of(1), id_of(2), id_of(3)}));
  BOOST_TEST(it.bodies == std::vector<std::string>(3, "a transaction"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_rests_is_not_begun_in_the_turn_in_which_it_failed) {
  posting it(delivery::on_reject::park);
  it.file(1, 40);
  it.turn();
  it.at += 6s; // everything is read anew
  it.answer(1, delivery::outcome::kind::later);
  it.turn();
  it.turn();
  BOOST_TEST((it.carried == std::vector<uuid>{id_of(1)}));
  it.now += 61s;
  it.at += 6s;
  it.turn();
  BOOST_TEST((it.carried == std::vector<uuid>{id_of(1), id_of(1)}));
}
