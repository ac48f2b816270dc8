#include "engine/delivery/signature.hpp"

#include "engine/base/base64.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

namespace aorta::delivery {
namespace {

constexpr size_t seed_bytes = 32, longest_private_key = 64, signature_bytes = 64;
constexpr size_t shortest_secret = 24, longest_secret = 64;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hmac_sha256(const std::string& secret, std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), int(secret.size()), bytes_of(text), text.size(), out, &size);
  return {reinterpret_cast<const char*>(out), size};
}

std::string ed25519(const std::string& seed, std::string_view text) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed_bytes), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string out(signature_bytes, 0);
  size_t size = out.size();
  const bool good = key && context &&
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes_of(text),
                   text.size()) == 1;
  return good ? out : std::string();
}

} // namespace

result<signature_key> signature_key::read(std::string_view text) {
  constexpr std::string_view of_secret = "whsec_", of_private_key = "whsk_";
  const bool secret = text.starts_with(of_secret);
  if (!secret && !text.starts_with(of_private_key))
    return unusable("begins with neither `whsec_` (a secret) nor `whsk_` (a private key)");
  const auto bytes = base64::decode(text.substr(secret ? of_secret.size() : of_private_key.size()),
                                    {.pad = base64::padding::optional});
  if (!bytes) return unusable("is no base64 behind its prefix");
  signature_key out;
  out.is_ = secret ? kind::hmac_sha256 : kind::ed25519;
  out.bytes_ = *bytes;
  if (secret && (bytes->size() < shortest_secret || bytes->size() > longest_secret))
    return unusable("has " + std::to_string(bytes->size()) + " bytes, where a secret has 24 to 64");
  if (!secret && bytes->size() != seed_bytes && bytes->size() != longest_private_key)
    return unusable("has " + std::to_string(bytes->size()) + " bytes, where an Ed25519 key has 32 or 64");
  if (!secret) out.bytes_.resize(seed_bytes);
  return out;
}

std::string signature_key::sign(std::string_view id, timestamp at, std::string_view body) const {
  std::string text(id);
  text.append(".").append(webhook_timestamp(at)).append(".").append(body);
  return is_ == kind::hmac_sha256 ? "v1," + base64::encode(hmac_sha256(bytes_, text))
                                  : "v1a," + base64::encode(ed25519(bytes_, text));
}

std::string webhook_timestamp(timestamp at) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count());
}

} // namespace aorta::delivery
