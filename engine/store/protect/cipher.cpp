#include "engine/store/protect/cipher.hpp"

#include "engine/base/base64.hpp"
#include "engine/store/sql/failure.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

namespace aorta::store {
namespace {

constexpr size_t header_size = 1 + 8 + 16, mac_size = 32;
constexpr size_t largest_message = size_t{1} << 30; ///< what a sealed text may claim to grow to

/// The common alphabet's `+` and `/` are read as well, since Python's reader takes them.
constexpr base64::form of_fernet{.letters = base64::alphabet::either, .spare = base64::spare_bits::any};

template <auto F>
struct freed_by {
  template <class T>
  void operator()(T* p) const noexcept {
    F(p);
  }
};
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, freed_by<EVP_CIPHER_CTX_free>>;
using mac_context = std::unique_ptr<EVP_MAC_CTX, freed_by<EVP_MAC_CTX_free>>;

void must(bool worked) {
  if (!worked) throw failure({error_code::internal, "", "the cryptographic library refused its work"});
}

mac_context make_hmac(const uint8_t* key, size_t size) {
  const std::unique_ptr<EVP_MAC, freed_by<EVP_MAC_free>> kind(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  must(kind != nullptr);
  mac_context out(EVP_MAC_CTX_new(kind.get()));
  char name[] = "SHA256";
  const OSSL_PARAM how[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                            OSSL_PARAM_construct_end()};
  must(out && EVP_MAC_init(out.get(), key, size, how) == 1);
  return out;
}

/// `context` keeps its key: initialising without one starts the next text.
digest hmac(EVP_MAC_CTX* context, std::string_view text) {
  digest out{};
  size_t size = 0;
  must(EVP_MAC_init(context, nullptr, 0, nullptr) == 1);
  must(EVP_MAC_update(context, reinterpret_cast<const uint8_t*>(text.data()), text.size()) == 1);
  must(EVP_MAC_final(context, out.data(), &size, out.size()) == 1 && size == out.size());
  return out;
}

cipher_context make_aes(const uint8_t* key, bool encrypts) {
  const std::unique_ptr<EVP_CIPHER, freed_by<EVP_CIPHER_free>> kind(
    EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr));
  cipher_context out(EVP_CIPHER_CTX_new());
  const uint8_t iv[16]{};
  must(kind && out && EVP_CipherInit_ex2(out.get(), kind.get(), key, iv, encrypts ? 1 : 0, nullptr) == 1);
  return out;
}

std::string_view trimmed_key(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const size_t first = text.find_first_not_of(blank);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string key_bytes(std::string_view configured) {
  configured = trimmed_key(configured);
  if (auto key = base64::decode(configured, of_fernet); key && key->size() == 32) return *key;
  const digest d = sha256(configured);
  return {reinterpret_cast<const char*>(d.data()), d.size()};
}

} // namespace

digest sha256(std::string_view bytes) {
  static const EVP_MD* const kind = EVP_MD_fetch(nullptr, "SHA256", nullptr); // fetched once: a look-up by
                                                                              // name costs more than the hash
  digest out{};
  unsigned size = 0;
  must(kind && EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, kind, nullptr) == 1);
  return out;
}

half_digest half(const digest& whole) noexcept {
  half_digest out;
  std::memcpy(out.data(), whole.data(), out.size());
  return out;
}

std::string to_hex(const uint8_t* bytes, size_t size) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out(size * 2, '0');
  for (size_t i = 0; i < size; ++i) {
    out[2 * i] = hex[bytes[i] >> 4];
    out[2 * i + 1] = hex[bytes[i] & 15];
  }
  return out;
}

std::vector<std::string> keys_by_line(std::string_view configured) {
  std::vector<std::string> out;
  while (!configured.empty()) {
    const auto end = std::min(configured.find('\n'), configured.size());
    if (const auto key = trimmed_key(configured.substr(0, end)); !key.empty()) out.emplace_back(key);
    configured.remove_prefix(std::min(end + 1, configured.size()));
  }
  return out;
}

namespace {
digest derived_of(std::string_view from, std::string_view purpose) {
  std::string key = key_bytes(from);
  const digest out = hmac(make_hmac(reinterpret_cast<const uint8_t*>(key.data()), key.size()).get(),
                          "aorta " + std::string(purpose));
  OPENSSL_cleanse(key.data(), key.size());
  return out;
}
} // namespace

std::string key_for(std::string_view key, std::string_view purpose) {
  const digest derived = derived_of(key, purpose);
  return base64::encode({reinterpret_cast<const char*>(derived.data()), derived.size()},
                        base64::alphabet::url);
}

std::string key_id(std::string_view key) { return to_hex(derived_of(key, "key id 1").data(), 4); }

std::string blind_key_of(std::string_view key) {
  const digest derived = derived_of(key, "blind index 1");
  return {reinterpret_cast<const char*>(derived.data()), derived.size()};
}

struct cipher::engines {
  struct key {
    cipher_context lock, unlock;
    mac_context sign;
  };
  struct opened {
    size_t by = 0; ///< which key
    std::string plain;
    timestamp made_at{};
  };
  std::vector<key> keys; ///< one or more
  mac_context blind;
  std::unique_ptr<ZSTD_CCtx, freed_by<ZSTD_freeCCtx>> compress{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, freed_by<ZSTD_freeDCtx>> expand{ZSTD_createDCtx()};
  std::string scratch; ///< grows to the largest text seen, up to 1 MB

  std::string token(std::string_view plain, timestamp at);
  std::optional<opened> open(std::string_view token);
};

cipher::cipher(std::string_view configured_keys, std::string_view blind_key)
    : engines_(std::make_unique<engines>()) {
  auto configured = keys_by_line(configured_keys);
  if (configured.empty()) configured.emplace_back();
  for (auto& each : configured) {
    std::string key = key_bytes(each);
    const auto* bytes = reinterpret_cast<const uint8_t*>(key.data());
    engines_->keys.push_back({make_aes(bytes + 16, true), make_aes(bytes + 16, false), make_hmac(bytes, 16)});
    OPENSSL_cleanse(key.data(), key.size());
  }
  std::string blind = blind_key.empty() ? blind_key_of(configured.front()) : std::string(blind_key);
  engines_->blind = make_hmac(reinterpret_cast<const uint8_t*>(blind.data()), blind.size());
  OPENSSL_cleanse(blind.data(), blind.size());
  for (auto& each : configured) OPENSSL_cleanse(each.data(), each.size());
}

cipher::~cipher() = default;

std::string cipher::engines::token(std::string_view plain, timestamp at) {
  std::string out(header_size + plain.size() + 16 + mac_size, '\0');
  auto* bytes = reinterpret_cast<uint8_t*>(out.data());
  bytes[0] = 0x80;
  const auto seconds = uint64_t(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  for (int i = 0; i < 8; ++i) bytes[1 + i] = uint8_t(seconds >> (56 - 8 * i));
  must(RAND_bytes(bytes + 9, 16) == 1);
  auto* lock = keys.front().lock.get();
  must(EVP_CipherInit_ex2(lock, nullptr, nullptr, bytes + 9, 1, nullptr) == 1);
  int written = 0, last = 0;
  must(EVP_CipherUpdate(lock, bytes + header_size, &written, reinterpret_cast<const uint8_t*>(plain.data()),
                        int(plain.size())) == 1);
  must(EVP_CipherFinal_ex(lock, bytes + header_size + written, &last) == 1);
  const size_t signed_size = header_size + size_t(written + last);
  const digest mac = hmac(keys.front().sign.get(), {out.data(), signed_size});
  std::memcpy(bytes + signed_size, mac.data(), mac.size());
  return base64::encode({out.data(), signed_size + mac.size()}, base64::alphabet::url);
}

std::string cipher::encrypt(std::string_view plain, timestamp at) {
  must(plain.size() < largest_message);
  return engines_->token(plain, at);
}

std::optional<cipher::engines::opened> cipher::engines::open(std::string_view token) {
  const auto bytes = base64::decode(token, of_fernet);
  if (!bytes || bytes->size() < header_size + 16 + mac_size || uint8_t((*bytes)[0]) != 0x80)
    return std::nullopt;
  const size_t signed_size = bytes->size() - mac_size;
  const size_t body = signed_size - header_size;
  if (body % 16 != 0) return std::nullopt;
  const auto made_it = [&](const key& each) {
    const digest mac = hmac(each.sign.get(), {bytes->data(), signed_size});
    return CRYPTO_memcmp(mac.data(), bytes->data() + signed_size, mac_size) == 0;
  };
  const auto by = std::find_if(keys.begin(), keys.end(), made_it);
  if (by == keys.end()) return std::nullopt;
  const auto* from = reinterpret_cast<const uint8_t*>(bytes->data());
  opened out;
  out.by = size_t(by - keys.begin());
  uint64_t seconds = 0;
  for (int i = 0; i < 8; ++i) seconds = seconds << 8 | from[1 + i];
  out.made_at = timestamp(std::chrono::seconds(int64_t(seconds)));
  auto* aes = by->unlock.get();
  must(EVP_CipherInit_ex2(aes, nullptr, nullptr, from + 9, 0, nullptr) == 1);
  out.plain.assign(body + 16, '\0');
  auto* to = reinterpret_cast<uint8_t*>(out.plain.data());
  int written = 0, last = 0;
  if (EVP_CipherUpdate(aes, to, &written, from + header_size, int(body)) != 1) return std::nullopt;
  if (EVP_CipherFinal_ex(aes, to + written, &last) != 1) return std::nullopt;
  out.plain.resize(size_t(written + last));
  return out;
}

std::optional<std::string> cipher::decrypt(std::string_view token) {
  auto opened = engines_->open(token);
  return opened ? std::optional(std::move(opened->plain)) : std::nullopt;
}

std::optional<size_t> cipher::made_by(std::string_view token) {
  const auto opened = engines_->open(token);
  return opened ? std::optional(opened->by) : std::nullopt;
}

std::optional<std::string> cipher::renewed(std::string_view token) {
  const auto opened = engines_->open(token);
  return opened ? std::optional(engines_->token(opened->plain, opened->made_at)) : std::nullopt;
}

std::string cipher::seal(std::string_view bytes, timestamp at) {
  must(bytes.size() < largest_message);
  auto& scratch = engines_->scratch;
  if (const size_t bound = ZSTD_compressBound(bytes.size()); scratch.size() < bound) scratch.resize(bound);
  const size_t size = ZSTD_compressCCtx(engines_->compress.get(), scratch.data(), scratch.size(),
                                        bytes.data(), bytes.size(), 1);
  must(ZSTD_isError(size) == 0);
  std::string out = engines_->token({scratch.data(), size}, at);
  if (scratch.size() > (size_t{1} << 20)) std::string().swap(scratch);
  return out;
}

std::optional<std::string> cipher::unseal(std::string_view token) {
  const auto packed = decrypt(token);
  if (!packed) return std::nullopt;
  const auto size = ZSTD_getFrameContentSize(packed->data(), packed->size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > largest_message)
    return std::nullopt;
  std::string out(size_t(size), '\0');
  const size_t got = ZSTD_decompressDCtx(engines_->expand.get(), out.data(), out.size(), packed->data(),
                                         packed->size());
  if (ZSTD_isError(got) != 0 || got != out.size()) return std::nullopt;
  return out;
}

half_digest cipher::blind(int64_t clinic, std::string_view kind, std::string_view value) {
  std::string text = std::to_string(clinic);
  text.append(1, '\n').append(kind).append(1, '\n').append(value);
  return half(hmac(engines_->blind.get(), text));
}

} // namespace aorta::store
