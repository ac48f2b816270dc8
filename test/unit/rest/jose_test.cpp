#include "engine/rest/jose.hpp"
#include "test/unit/rest/keys.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using test::client_key;

namespace {

bool verifies(const std::string& jwt, const std::string& jwks) {
  const auto parts = rest::split_jwt(jwt);
  return parts && rest::verify_jwt(*parts, jwks);
}

} // namespace

BOOST_AUTO_TEST_SUITE(jose)

BOOST_AUTO_TEST_CASE(base64url_is_read_strictly) {
  BOOST_TEST((base64::decode("", rest::of_jose) == std::string()));
  BOOST_TEST((base64::decode("-_8", rest::of_jose) == std::string("\xfb\xff")));
  BOOST_TEST(!base64::decode("+/8", rest::of_jose));
  BOOST_TEST(!base64::decode("AAA=", rest::of_jose));
  BOOST_TEST(!base64::decode("A", rest::of_jose));
  BOOST_TEST(!base64::decode("-_9", rest::of_jose)); // bits that say nothing must be zero
}

BOOST_AUTO_TEST_CASE(a_signature_by_a_registered_key_verifies_and_any_change_does_not) {
  for (const bool rsa : {true, false}) {
    const client_key key(rsa), other(rsa);
    const auto jwt = key.assertion("{\"iss\":\"x\"}");
    BOOST_TEST(verifies(jwt, key.jwks()));
    BOOST_TEST(verifies(jwt, "{\"keys\":[" + other.jwk("k0") + "," + key.jwk("k1") + "]}"));
    BOOST_TEST(!verifies(jwt, other.jwks()));
    BOOST_TEST(!verifies(jwt, key.jwks("k2"))); // the header names k1
    BOOST_TEST(!verifies(jwt, "{\"keys\":[]}"));
    BOOST_TEST(!verifies(jwt, "nonsense"));
    auto other_claims = jwt;
    const auto dot = jwt.find('.');
    other_claims.replace(dot + 1, jwt.rfind('.') - dot - 1, test::base64url("{\"iss\":\"y\"}"));
    BOOST_TEST(!verifies(other_claims, key.jwks()));
    for (size_t i = jwt.rfind('.') + 1; i < jwt.size() - 1; i += 17) {
      auto damaged = jwt;
      damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
      BOOST_TEST(!verifies(damaged, key.jwks()));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_algorithm_cannot_be_chosen_by_the_sender) {
  const client_key rsa(true), ec(false);
  const std::string payload = "{\"iss\":\"x\"}";
  BOOST_TEST(
    !verifies(test::base64url("{\"alg\":\"none\"}") + "." + test::base64url(payload) + ".", rsa.jwks()));
  BOOST_TEST(!verifies(rsa.sign("{\"alg\":\"RS256\",\"kid\":\"k1\"}", payload), rsa.jwks()));
  BOOST_TEST(!verifies(rsa.sign("{\"alg\":\"HS384\",\"kid\":\"k1\"}", payload), rsa.jwks()));
  BOOST_TEST(!verifies(rsa.sign("{\"alg\":\"ES384\",\"kid\":\"k1\"}", payload), rsa.jwks()));
  BOOST_TEST(!verifies(ec.sign("{\"alg\":\"RS384\",\"kid\":\"k1\"}", payload), ec.jwks()));
  BOOST_TEST(
    !verifies(rsa.sign("{\"alg\":\"RS384\",\"kid\":\"k1\",\"crit\":[\"exp\"]}", payload), rsa.jwks()));
}

BOOST_AUTO_TEST_CASE(short_rsa_keys_are_not_believed) {
  const client_key weak(true, 1024);
  BOOST_TEST(!verifies(weak.assertion("{}"), weak.jwks()));
}

BOOST_AUTO_TEST_CASE(a_set_that_could_never_verify_is_refused_with_what_to_do) {
  const auto told = [](const std::string& set, const std::string& words) {
    return rest::fault_of_jwks(set).find(words) != std::string::npos;
  };
  const client_key rsa(true), ec(false), weak(true, 1024);
  BOOST_TEST(rest::fault_of_jwks(rsa.jwks()).empty());
  BOOST_TEST(rest::fault_of_jwks(ec.jwks()).empty());
  BOOST_TEST(told(weak.jwks(), "1024 bits"));
  BOOST_TEST(told(weak.jwks(), "2048 or more"));
  BOOST_TEST(told("{\"keys\":[" + rsa.jwk("k1") + "," + weak.jwk("k2") + "]}", "the 2. of the set"));
  BOOST_TEST(told("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"}]}", "no RSA key"));
  BOOST_TEST(
    told("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\"}]}", "no point of P-384"));
  // Keys for other uses are no fault beside one that can be used.
  const std::string other = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
                    sealing = "{\"kty\":\"RSA\",\"use\":\"enc\",\"n\":\"AQ\",\"e\":\"AQAB\"}";
  BOOST_TEST(rest::fault_of_jwks("{\"keys\":[" + other + "," + sealing + "," + rsa.jwk("k1") + "]}").empty());
  BOOST_TEST(told("{\"keys\":[" + other + "," + sealing + "]}", "no key for signatures by RS384"));
  BOOST_TEST(told("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\",\"d\":\"AQ\"}]}", "private key"));
  BOOST_TEST(told("{\"keys\":[]}", "no keys"));
  BOOST_TEST(told("[]", "no JSON object"));
}

BOOST_AUTO_TEST_SUITE_END()
