#include "engine/http/caller.hpp"
#include "test/support/bare_access.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using http::scope;
using http::unknown;

namespace {

ports::api_key key_with(std::vector<std::string> scopes) {
  ports::api_key out;
  out.name = "viewer";
  out.scopes = std::move(scopes);
  return out;
}

http::caller_lookup store_with(std::string secret, ports::api_key key) {
  return [secret, key](std::string_view asked) -> result<std::optional<http::caller>> {
    return asked == secret ? std::optional(http::caller_of(key)) : std::nullopt;
  };
}

const http::caller_lookup broken = [](std::string_view) -> result<std::optional<http::caller>> {
  return error{error_code::store_unavailable, "", "gone"};
};

unknown::why why(const std::variant<http::caller, unknown>& who) {
  BOOST_REQUIRE(std::holds_alternative<unknown>(who));
  return std::get<unknown>(who).is;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_caller_is_named_by_key_and_person) {
  auto key = key_with({"read"});
  BOOST_TEST(http::caller_of(key).actor == "key:viewer");
  key.user = ports::person{.id = 3, .email = "anna@clinic.example"};
  BOOST_TEST(http::caller_of(key).actor == "key:viewer user:anna@clinic.example");
}

BOOST_AUTO_TEST_CASE(who_is_unknown_is_told_why) {
  const auto store = store_with("s3cret", key_with({"read"}));
  BOOST_TEST(std::holds_alternative<http::caller>(http::identify("s3cret", store, nullptr)));
  BOOST_CHECK(why(http::identify("", store, nullptr)) == unknown::why::no_key);
  BOOST_CHECK(why(http::identify("other", store, nullptr)) == unknown::why::not_known);
  BOOST_CHECK(why(http::identify("s3cret", nullptr, nullptr)) == unknown::why::store_away);
  BOOST_CHECK(why(http::identify("s3cret", broken, nullptr)) == unknown::why::store_fault);
  BOOST_TEST(http::failure(unknown{unknown::why::no_key}).headers.at(0).second == "Bearer");
  BOOST_TEST(http::failure(unknown{unknown::why::not_known}).headers.at(0).second ==
             "Bearer error=\"invalid_token\"");
  BOOST_TEST(http::failure(std::get<unknown>(http::identify("s3cret", broken, nullptr))).status == 503);
}

BOOST_AUTO_TEST_CASE(a_key_that_was_seen_is_known_while_the_store_is_away_and_forgotten_when_it_says_so) {
  http::seen_keys seen;
  BOOST_CHECK(why(http::identify("s3cret", nullptr, &seen)) == unknown::why::store_away);
  BOOST_TEST(std::holds_alternative<http::caller>(
    http::identify("s3cret", store_with("s3cret", key_with({"read"})), &seen)));
  BOOST_TEST(std::holds_alternative<http::caller>(http::identify("s3cret", nullptr, &seen)));
  BOOST_TEST(std::holds_alternative<http::caller>(http::identify("s3cret", broken, &seen)));
  BOOST_CHECK(why(http::identify("s3cret", store_with("another", key_with({"read"})), &seen)) ==
              unknown::why::not_known); // revoked
  BOOST_CHECK(why(http::identify("s3cret", nullptr, &seen)) == unknown::why::store_away);
}

BOOST_AUTO_TEST_CASE(a_token_is_a_caller_like_a_key_and_forgotten_while_the_store_is_away) {
  bare_access store;
  store.keys["k3y"] = key_with({"read"});
  store.tokens["t0ken"] = {"analytics", {"system/*.read"}, 2, {}, {}};
  http::seen_keys seen;
  const auto found = http::identify("t0ken", http::lookup_in(store), &seen);
  BOOST_REQUIRE(std::holds_alternative<http::caller>(found));
  const auto& who = std::get<http::caller>(found);
  BOOST_TEST(who.actor == "client:analytics");
  BOOST_TEST(who.clinic.value() == 2);
  BOOST_TEST(who.scopes.may(http::access::read, "Patient", false));
  for (const auto needed : {scope::read, scope::write, scope::metrics}) BOOST_TEST(!http::may(who, needed));
  BOOST_TEST(http::may(who, scope::any_key));
  BOOST_CHECK(why(http::identify("t0ken", nullptr, &seen)) == unknown::why::store_away);
  BOOST_TEST(std::holds_alternative<http::caller>(http::identify("k3y", http::lookup_in(store), &seen)));
  BOOST_TEST(std::holds_alternative<http::caller>(http::identify("k3y", nullptr, &seen)));
  BOOST_CHECK(why(http::identify("other", http::lookup_in(store), &seen)) == unknown::why::not_known);
}

BOOST_AUTO_TEST_CASE(scopes_admit_what_they_name) {
  const auto reader = http::caller_of(key_with({"read"}));
  BOOST_TEST(http::may(reader, scope::read));
  BOOST_TEST(!http::may(reader, scope::write));
  BOOST_TEST(!http::may(reader, scope::metrics));
  BOOST_TEST(http::may(reader, scope::any_key));
  for (const auto needed : {scope::read, scope::write, scope::metrics})
    BOOST_TEST(http::may(http::caller_of(key_with({"admin"})), needed));
  auto of_patient = key_with({"admin"});
  of_patient.patient = 7;
  BOOST_TEST(!http::may(http::caller_of(of_patient), scope::read));
  BOOST_TEST(http::may(http::caller_of(of_patient), scope::any_key));
  BOOST_TEST(!http::may(http::caller_of(key_with({"", "system/Patient.read"})), scope::read));
}

BOOST_AUTO_TEST_CASE(a_caller_works_for_its_clinic_or_the_one_it_names) {
  const std::vector<ports::clinic> all = {{.id = 1, .code = "nicosia"}, {.id = 2, .code = "paphos"}};
  auto who = http::caller_of(key_with({"read"}));
  BOOST_TEST(http::choose_clinic(who, std::nullopt, all)->id == 1);
  BOOST_TEST(http::choose_clinic(who, "paphos", all)->id == 2);
  BOOST_TEST(!http::choose_clinic(who, "larnaca", all));
  who.clinic = 2;
  BOOST_TEST(http::choose_clinic(who, std::nullopt, all)->id == 2);
  BOOST_TEST(!http::choose_clinic(who, "nicosia", all));
  BOOST_TEST(!http::choose_clinic(who, std::nullopt, {}));
}
