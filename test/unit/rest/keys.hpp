// Key pairs and signed assertions of a SMART client, made with OpenSSL.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::test {

inline std::string base64url(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()), int(bytes.size()));
  out.resize(size_t(size));
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (out.ends_with('=')) out.pop_back();
  return out;
}

/// A client's key: RSA for RS384, P-384 for ES384.
class client_key {
public:
  explicit client_key(bool rsa, unsigned bits = 2048)
      : rsa_(rsa),
        key_(rsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t(bits))
                 : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"),
             EVP_PKEY_free) {
    if (!key_) throw std::runtime_error("no key");
  }

  std::string jwk(const std::string& kid) const {
    const std::string head = "{\"kid\":\"" + kid + "\",\"use\":\"sig\",";
    if (rsa_)
      return head + "\"kty\":\"RSA\",\"n\":\"" + number(OSSL_PKEY_PARAM_RSA_N, 0) + "\",\"e\":\"" +
        number(OSSL_PKEY_PARAM_RSA_E, 0) + "\"}";
    return head + "\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" + number(OSSL_PKEY_PARAM_EC_PUB_X, 48) +
      "\",\"y\":\"" + number(OSSL_PKEY_PARAM_EC_PUB_Y, 48) + "\"}";
  }
  std::string jwks(const std::string& kid = "k1") const { return "{\"keys\":[" + jwk(kid) + "]}"; }

  std::string sign(const std::string& header, const std::string& payload) const {
    const std::string text = base64url(header) + "." + base64url(payload);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
      throw std::runtime_error("no signature");
    std::string out(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size());
    out.resize(size);
    return text + "." + base64url(rsa_ ? out : as_raw(out));
  }
  std::string assertion(const std::string& payload, const std::string& kid = "k1") const {
    return sign(std::string("{\"alg\":\"") + (rsa_ ? "RS384" : "ES384") + "\",\"typ\":\"JWT\",\"kid\":\"" +
                  kid + "\"}",
                payload);
  }

private:
  static std::string bytes_of(const BIGNUM* from, size_t size) {
    std::string out(size, '\0');
    BN_bn2binpad(from, reinterpret_cast<unsigned char*>(out.data()), int(size));
    return out;
  }
  std::string number(const char* name, size_t size) const {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key_.get(), name, &value) != 1) throw std::runtime_error("no such number");
    const auto out = bytes_of(value, size == 0 ? size_t(BN_num_bytes(value)) : size);
    BN_free(value);
    return base64url(out);
  }
  static std::string as_raw(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(
      d2i_ECDSA_SIG(nullptr, &at, long(der.size())), ECDSA_SIG_free);
    return bytes_of(ECDSA_SIG_get0_r(both.get()), 48) + bytes_of(ECDSA_SIG_get0_s(both.get()), 48);
  }

  bool rsa_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

} // namespace aorta::test
