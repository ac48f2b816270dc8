// Claims to the national system as rows: once for the same, sent as deliveries, followed until they end.
#include "test/unit/store/records.hpp"

using namespace aorta;
using namespace aorta::test;
using namespace std::chrono_literals;
using ports::claim_row;

namespace {

struct claim_rig : record_store {
  explicit claim_rig(aorta::test::on kind) : record_store(kind) {}

  /// A transaction that is kept.
  template <class Work>
  auto in(Work&& work, model::clinic_id of = 0) {
    begin(true, of);
    auto out = must(work(with->claims()));
    must(with->commit());
    return out;
  }
  std::optional<claim_row> add(const std::string& likeness, const std::string& beneficiary = "0000000001") {
    claim_row made;
    made.created = made.changed = clock.now();
    made.id = ids.next(made.created);
    made.delivery = ids.next(made.created);
    made.content = R"({"beneficiary_id":")" + beneficiary + R"("})";
    made.actor = "key:test";
    clock.at += 1s;
    const bool added = in([&](auto& claims) {
      return claims.add(made,
                        {likeness, beneficiary, "{\"claim\":{}}", "https://gesy.example/v1", "gesy", 4});
    });
    return added ? in([&](auto& claims) { return claims.find(made.id); }) : std::nullopt;
  }
  bool tell(const claim_row& now) {
    const auto was = *in([&](auto& claims) { return claims.find(now.id); });
    return in([&](auto& claims) { return claims.told(was, now); });
  }
  size_t due() {
    return in([&](auto& claims) { return claims.due("https://gesy.example/v1", 10); }).size();
  }
  void deliver(const claim_row& what, const std::string& state) {
    ask("UPDATE delivery SET state = '" + state + "' WHERE id = '" + to_text(what.delivery) + "'");
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(claims)

BOOST_DATA_TEST_CASE(one_for_the_same_stands_at_a_time, both) {
  claim_rig store(sample);
  auto first = store.add("a");
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST((first->sending == delivery::state::waiting));
  BOOST_TEST(!store.add("a").has_value());
  BOOST_TEST(store.add("b").has_value());
  BOOST_TEST(store.ask("SELECT count(*) FROM delivery") == "2"); // none of the one that was not added
  first->status = "rejected";
  first->number = "C-1";
  BOOST_TEST(store.tell(*first));
  auto second = store.add("a");
  BOOST_REQUIRE(second.has_value());
  second->number = "C-1"; // that of the other
  BOOST_TEST(!store.tell(*second));
  const auto alike = store.in([&](auto& claims) { return claims.alike("a"); });
  BOOST_REQUIRE(alike.size() == 2u);
  BOOST_TEST(alike[1].number == "C-1");
  // Another clinic's are others.
  BOOST_TEST(store.in([&](auto& claims) { return claims.alike("a"); }, store.other).empty());
  BOOST_TEST(!store.in([&](auto& claims) { return claims.find(first->id); }, store.other).has_value());
  BOOST_TEST(!store.in([&](auto& claims) { return claims.find_number("C-1"); }, store.other).has_value());
}

BOOST_DATA_TEST_CASE(claims_of_one_person_have_one_key, both) {
  claim_rig store(sample);
  store.add("a", "0000000001");
  store.add("b", "0000000001");
  store.add("c", "0000000002");
  BOOST_TEST(store.ask("SELECT count(DISTINCT order_key) FROM delivery") == "2");
  BOOST_TEST(store.ask("SELECT count(*) FROM delivery WHERE order_key = 0") == "0");
}

BOOST_DATA_TEST_CASE(it_is_looked_at_once_it_is_sent_and_until_it_ends, both) {
  claim_rig store(sample);
  auto claim = *store.add("a");
  BOOST_TEST(store.due() == 0u);
  store.deliver(claim, "parked");
  BOOST_TEST(store.due() == 0u);
  store.deliver(claim, "sent");
  BOOST_TEST(store.due() == 1u);
  claim.number = "C-1";
  claim.status = "submitted";
  claim.answer = R"({"status":"submitted"})";
  claim.looks = 1;
  claim.next_look = store.clock.now() + 60s;
  store.tell(claim);
  BOOST_TEST(store.due() == 0u);
  store.clock.at += 61s;
  BOOST_TEST(store.due() == 1u);
  store.tell(claim); // the same again is no news
  claim.status = "paid";
  claim.answer = R"({"status":"paid"})";
  claim.next_look.reset();
  store.clock.at += 1s;
  store.tell(claim);
  BOOST_TEST(store.due() == 0u);
  const auto answers = store.in([&](auto& claims) { return claims.answers(claim.id); });
  BOOST_REQUIRE(answers.size() == 2u);
  BOOST_TEST(answers[1].answer == R"({"status":"paid"})");
  const auto found = store.in([&](auto& claims) { return claims.find_number("C-1"); });
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->status == "paid");
  BOOST_TEST(found->looks == 1);
}

BOOST_DATA_TEST_CASE(what_is_withdrawn_is_sent_no_more_and_what_is_sent_is_not_withdrawn, both) {
  claim_rig store(sample);
  auto claim = *store.add("a");
  store.deliver(claim, "skipped");
  BOOST_TEST(store.due() == 1u);
  auto now = claim;
  now.status = "withdrawn";
  store.deliver(claim, "waiting"); // a person has retried it meanwhile
  BOOST_TEST(!store.tell(now));
  store.deliver(claim, "skipped");
  BOOST_TEST(store.tell(now));
  BOOST_TEST(store.due() == 0u);
  BOOST_TEST(store.ask("SELECT last_code FROM delivery") == "withdrawn"); // which no retry takes
  // What a look began is not written once it has ended.
  now.status = "paid";
  BOOST_TEST(!store.in([&](auto& claims) { return claims.told(claim, now); }));
}

BOOST_DATA_TEST_CASE(parts_are_those_that_a_spread_would_give, both) {
  claim_rig store(sample);
  for (int n = 0; n < 20; ++n) store.add("a" + std::to_string(n), "00000000" + std::to_string(10 + n));
  const auto before = store.ask("SELECT count(*) FROM delivery WHERE part = abs(order_key % 4)");
  BOOST_TEST(before == "20");
  BOOST_TEST(store.in([&](auto& claims) { return claims.due("https://other.example", 10); }).empty());
}

BOOST_DATA_TEST_CASE(an_outage_can_be_told, both) {
  claim_rig store(sample);
  const auto first = *store.add("a");
  const auto second = *store.add("b");
  const auto third = *store.add("c");
  store.ask("UPDATE delivery SET perhaps = " + std::string(sample == aorta::test::on::sqlite ? "1" : "true") +
            " WHERE id = '" + to_text(second.delivery) + "'");
  store.deliver(third, "parked");
  const auto now = store.in([&](auto& claims) { return claims.standing(); });
  BOOST_TEST(now.waiting == 2);
  BOOST_TEST(now.perhaps == 1);
  BOOST_TEST(now.parked == 1);
  BOOST_TEST(now.open == 0);
  BOOST_REQUIRE(now.oldest_waiting.has_value());
  BOOST_TEST((*now.oldest_waiting == first.created));
  const auto page = store.in([&](auto& claims) { return claims.list("draft", "", 2); });
  BOOST_REQUIRE(page.items.size() == 2u);
  BOOST_TEST((page.items[0].id == third.id));
  BOOST_TEST(store.in([&](auto& claims) { return claims.list("", page.next, 2); }).items.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
