// Signatures of webhooks, by the vector of the standard's own libraries and by OpenSSL's command line.
#include "engine/delivery/signature.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using delivery::signature_key;

namespace {

constexpr const char* id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr const char* body = R"({"test": 2432232314})";
const timestamp at{std::chrono::seconds(1'614'265'330)};

std::string signed_by(const std::string& key) {
  const auto read = signature_key::read(key);
  BOOST_REQUIRE_MESSAGE(read.ok(), key);
  return read->sign(id, at, body);
}

} // namespace

BOOST_AUTO_TEST_SUITE(signatures)

BOOST_AUTO_TEST_CASE(a_secret_signs_as_the_standard_has_it) {
  BOOST_TEST(signed_by("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") ==
             "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

BOOST_AUTO_TEST_CASE(a_private_key_signs_with_its_seed_whether_its_public_half_stands_behind_it_or_not) {
  const std::string expected =
    "v1a,yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzvvHjI5kAey+r4iaBGxTFRrl2"
    "iBQxtDQ==";
  BOOST_TEST(signed_by("whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=") == expected);
  BOOST_TEST(
    signed_by(
      "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA==") ==
    expected);
}

BOOST_AUTO_TEST_CASE(what_is_no_key_is_refused_without_being_shown) {
  for (const std::string bad :
       {"", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_MfKQ9r8GKYqrTwjU",
        "whsec_!!!!9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whpk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}) {
    const auto read = signature_key::read(bad);
    BOOST_TEST(!read, bad);
    if (!read && bad.size() > 10) BOOST_TEST(read.error().text.find(bad.substr(6)) == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
