#include "engine/rest/jose.hpp"

#include "engine/fhir/document.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace aorta::rest {
namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const noexcept {
    Free(what);
  }
};
using big_number = std::unique_ptr<BIGNUM, freed_by<BN_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using key_context = std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using param_builder = std::unique_ptr<OSSL_PARAM_BLD, freed_by<OSSL_PARAM_BLD_free>>;
using params_ptr = std::unique_ptr<OSSL_PARAM, freed_by<OSSL_PARAM_free>>;
using ec_signature = std::unique_ptr<ECDSA_SIG, freed_by<ECDSA_SIG_free>>;

const uint8_t* bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

big_number big_number_from(std::string_view big_endian) {
  return big_number(BN_bin2bn(bytes(big_endian), int(big_endian.size()), nullptr));
}

key_ptr make_key(const char* kind, OSSL_PARAM_BLD* of) {
  const params_ptr params(OSSL_PARAM_BLD_to_param(of));
  const key_context context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* out = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &out, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) return nullptr;
  return key_ptr(out);
}

constexpr int least_rsa_bits = 2048;

key_ptr rsa_key(const fhir::node& jwk) {
  const auto n = base64::decode(jwk.str("n"), of_jose), e = base64::decode(jwk.str("e"), of_jose);
  if (!n || !e || n->empty() || e->empty() || n->size() > 1024 || e->size() > 8) return nullptr;
  const auto modulus = big_number_from(*n), exponent = big_number_from(*e);
  const param_builder build(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !build || BN_num_bits(modulus.get()) < least_rsa_bits) return nullptr;
  if (OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1) return nullptr;
  if (OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) return nullptr;
  return make_key("RSA", build.get());
}

constexpr size_t p384_bytes = 48;

key_ptr ec_key(const fhir::node& jwk) {
  const auto x = base64::decode(jwk.str("x"), of_jose), y = base64::decode(jwk.str("y"), of_jose);
  if (jwk.str("crv") != "P-384" || !x || !y || x->size() != p384_bytes || y->size() != p384_bytes)
    return nullptr;
  const std::string point = "\x04" + *x + *y; // uncompressed (SEC 1, 2.3.3)
  const param_builder build(OSSL_PARAM_BLD_new());
  if (!build || OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0) != 1)
    return nullptr;
  if (OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return nullptr;
  return make_key("EC", build.get());
}

/// JWS writes an ECDSA signature as r and s side by side (RFC 7518 3.4), OpenSSL wants DER.
std::string as_der(std::string_view raw) {
  if (raw.size() != 2 * p384_bytes) return {};
  const ec_signature both(ECDSA_SIG_new());
  auto r = big_number_from(raw.substr(0, p384_bytes)), s = big_number_from(raw.substr(p384_bytes));
  if (!both || !r || !s || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return {};
  (void)r.release(); // now the signature's
  (void)s.release();
  const int size = i2d_ECDSA_SIG(both.get(), nullptr);
  if (size <= 0) return {};
  std::string out(size_t(size), '\0');
  auto* at = reinterpret_cast<uint8_t*>(out.data());
  i2d_ECDSA_SIG(both.get(), &at);
  return out;
}

bool verifies(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const digest_context context(EVP_MD_CTX_new());
  return key != nullptr && !signature.empty() && context &&
    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha384(), nullptr, key) == 1 &&
    EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

/// What a signature is verified with: neither encryption keys nor other algorithms ever are.
bool for_signatures(const fhir::node& jwk, std::string_view algorithm) {
  const auto use = jwk.str("use"), only = jwk.str("alg");
  return (use.empty() || use == "sig") && (only.empty() || only == algorithm);
}

bool holds_secret(const fhir::node& jwk) {
  constexpr const char* secrets[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
  return std::any_of(std::begin(secrets), std::end(secrets),
                     [&](const char* each) { return jwk.get(each) != nullptr; });
}

/// Keys for encryption or other algorithms may stand in a client's set; they are never tried.
bool may_be_tried(const fhir::node& jwk) {
  if (jwk.str("kty") == "RSA") return for_signatures(jwk, "RS384");
  return jwk.str("kty") == "EC" && jwk.str("crv") == "P-384" && for_signatures(jwk, "ES384");
}

std::string fault_of_key(const fhir::node& jwk) {
  if (jwk.str("kty") == "EC") return ec_key(jwk) ? "" : "is no point of P-384 (x, y)";
  if (rsa_key(jwk)) return {};
  const auto n = base64::decode(jwk.str("n"), of_jose);
  const auto modulus = big_number_from(n.value_or(""));
  if (n && modulus && BN_num_bits(modulus.get()) < least_rsa_bits)
    return "has " + std::to_string(BN_num_bits(modulus.get())) +
      " bits and would never be believed: make one of 2048 or more, as with `openssl genrsa 3072`";
  return "is no RSA key (n, e)";
}

} // namespace

std::optional<jwt_parts> split_jwt(std::string_view jwt) {
  const auto first = jwt.find('.'), second = jwt.rfind('.');
  if (first == jwt.npos || second == first || jwt.size() > 16 * 1024) return std::nullopt;
  auto header = base64::decode(jwt.substr(0, first), of_jose),
       payload = base64::decode(jwt.substr(first + 1, second - first - 1), of_jose),
       signature = base64::decode(jwt.substr(second + 1), of_jose);
  if (!header || !payload || !signature) return std::nullopt;
  return jwt_parts{jwt.substr(0, second), std::move(*header), std::move(*payload), std::move(*signature)};
}

bool verify_jwt(const jwt_parts& jwt, std::string_view jwks_json) {
  const auto header = fhir::document::parse(jwt.header), set = fhir::document::parse(jwks_json);
  if (!header || !set) return false;
  const auto algorithm = header->root->str("alg"), kid = header->root->str("kid");
  const bool rsa = algorithm == "RS384", ec = algorithm == "ES384";
  if ((!rsa && !ec) || header->root->get("crit") != nullptr)
    return false; // an extension that must be understood is not
  const auto signature = ec ? as_der(jwt.signature) : jwt.signature;
  const auto* keys = set->root->get("keys");
  if (keys == nullptr || !keys->is_array()) return false;
  for (const auto* each = keys->first; each != nullptr; each = each->next) {
    if (each->str("kty") != (rsa ? "RSA" : "EC")) continue;
    if (!kid.empty() && each->str("kid") != kid) continue;
    if (!for_signatures(*each, algorithm)) continue;
    if (verifies((rsa ? rsa_key(*each) : ec_key(*each)).get(), jwt.signed_part, signature)) return true;
  }
  return false;
}

std::string fault_of_jwks(std::string_view jwks_json) {
  const auto set = fhir::document::parse(jwks_json);
  if (!set || !set->root->is_object()) return "is no JSON object";
  const auto* keys = set->root->get("keys");
  if (keys == nullptr || !keys->is_array() || keys->first == nullptr) return "has no keys";
  size_t count = 0, usable = 0;
  for (const auto* each = keys->first; each != nullptr; each = each->next) {
    const auto which = "holds a key (the " + std::to_string(++count) + ". of the set) that ";
    if (!each->is_object() || each->str("kty").empty()) return which + "has no type (kty)";
    if (holds_secret(*each)) return which + "is a private key: hand over the public part only";
    if (!may_be_tried(*each)) continue;
    if (const auto fault = fault_of_key(*each); !fault.empty()) return which + fault;
    ++usable;
  }
  if (usable == 0)
    return "holds no key for signatures by RS384 (RSA of 2048 bits or more) or ES384 (P-384), by which clients must sign";
  return {};
}

} // namespace aorta::rest
