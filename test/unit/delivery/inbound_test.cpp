// Webhooks of others: what proves them, by the texts of Standard Webhooks, GitHub and Stripe.
#include "engine/delivery/inbound.hpp"
#include "engine/delivery/signature.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace aorta;
using namespace aorta::delivery;
using namespace std::chrono_literals;

namespace {

const timestamp sent{1'614'265'330s};
const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
                  body = R"({"test": 2432232314})";

struct asked {
  webhook_scheme scheme = webhook_scheme::standard;
  std::vector<std::string> secrets{secret};
  std::map<std::string, std::string, std::less<>> headers;
  std::string text = body;
  timestamp now = sent;

  result<std::string> verify() const {
    return verify_webhook(
      scheme, secrets,
      [this](std::string_view name) {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
      },
      text, now);
  }
};

asked standard() {
  asked out;
  // The vector of the makers' libraries.
  out.headers = {{"webhook-id", id},
                 {"webhook-timestamp", "1614265330"},
                 {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}};
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_standard_webhook_is_known_by_its_signature_its_id_and_its_time) {
  auto one = standard();
  BOOST_REQUIRE(one.verify().ok());
  BOOST_TEST(*one.verify() == id);
  one.now = sent + 300s;
  BOOST_TEST(one.verify().ok());
  one.now = sent + 301s;
  BOOST_TEST(!one.verify().ok());
  one.now = sent - 301s;
  BOOST_TEST(!one.verify().ok());
  for (const auto& [name, value] : std::multimap<std::string, std::string>{
         {"webhook-id", "msg_other"},
         {"webhook-id", ""},
         {"webhook-timestamp", "1614265331"},
         {"webhook-timestamp", " 1614265330"},
         {"webhook-timestamp", ""},
         {"webhook-signature", ""},
         {"webhook-signature", "v1,"},
         {"webhook-signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
         {"webhook-signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}}) {
    auto other = standard();
    other.headers[name] = value;
    BOOST_TEST(!other.verify().ok(), name << " " << value);
  }
  auto changed = standard();
  changed.text += " ";
  BOOST_TEST(!changed.verify().ok());
}

BOOST_AUTO_TEST_CASE(any_of_the_secrets_may_have_signed_any_of_the_signatures) {
  auto one = standard();
  one.secrets = {"whsec_" + std::string(40, 'A'), secret};
  one.headers["webhook-signature"] = "v1,AAAA " + one.headers["webhook-signature"] + " v1a,AAAA";
  BOOST_TEST(one.verify().ok());
  one.secrets.pop_back();
  BOOST_TEST(!one.verify().ok());
}

// GitHub's documentation, "Validating webhook deliveries", testing the validation.
BOOST_AUTO_TEST_CASE(githubs_is_known_by_its_signature) {
  asked one;
  one.scheme = webhook_scheme::github;
  one.secrets = {"It's a Secret to Everybody"};
  one.text = "Hello, World!";
  one.headers = {
    {"x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
    {"x-hub-signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}};
  BOOST_REQUIRE(one.verify().ok());
  BOOST_TEST(*one.verify() == "72d3162e-cc78-11e3-81ab-4c9367dc0958");
  one.text = "Hello, World?";
  BOOST_TEST(!one.verify().ok());
}

BOOST_AUTO_TEST_CASE(stripes_is_known_by_its_signature_and_its_time) {
  asked one;
  one.scheme = webhook_scheme::stripe;
  one.secrets = {"whsec_test"};
  one.text = R"({"id": "evt_1"})";
  // printf '%s' '1614265330.{"id": "evt_1"}' | openssl dgst -sha256 -hmac whsec_test
  one.headers = {
    {"stripe-signature",
     "t=1614265330,v1=0000,v1=dda3a55922d6b5ee6dc63508ae417655989b5944a6288e0d777461e16d018165,v0=1234"}};
  BOOST_TEST(one.verify().ok());
  one.now = sent + 301s;
  BOOST_TEST(!one.verify().ok());
  one.now = sent;
  one.headers["stripe-signature"].replace(2, 10, "1614265331");
  BOOST_TEST(!one.verify().ok());
}

BOOST_AUTO_TEST_CASE(secrets_that_no_request_could_be_signed_with_are_told) {
  BOOST_TEST(check_webhook_secret(webhook_scheme::standard, secret).ok());
  BOOST_TEST(!check_webhook_secret(webhook_scheme::standard, "secret").ok());
  BOOST_TEST(!check_webhook_secret(webhook_scheme::standard, "whsec_AAAA").ok());
  BOOST_TEST(check_webhook_secret(webhook_scheme::github, "anything").ok());
  BOOST_TEST(!check_webhook_secret(webhook_scheme::stripe, "").ok());
}
