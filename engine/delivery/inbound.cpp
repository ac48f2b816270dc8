#include "engine/delivery/inbound.hpp"

#include "engine/base/base64.hpp"
#include "engine/delivery/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace aorta::delivery {
namespace {

constexpr std::array<std::string_view, 3> schemes{"standard", "github", "stripe"};
constexpr size_t longest_id = 200;

error unproven(std::string text) { return {error_code::invalid, "", std::move(text)}; }

std::string hmac_hex(std::string_view secret, std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), int(secret.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), out, &size);
  static constexpr char hex[] = "0123456789abcdef";
  std::string written;
  for (unsigned i = 0; i < size; ++i) {
    written += hex[out[i] >> 4];
    written += hex[out[i] & 15];
  }
  return written;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// Calls `each` with every piece between separators.
template <class Each>
void pieces(std::string_view text, char by, Each each) {
  while (!text.empty()) {
    const auto end = std::min(text.find(by), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// Whole seconds since 1970, and not too far from now.
std::optional<timestamp> time_of(std::string_view text, timestamp now) {
  int64_t seconds = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  const int64_t ours = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  if (seconds < ours - webhook_tolerance.count() || seconds > ours + webhook_tolerance.count())
    return std::nullopt;
  return timestamp{std::chrono::seconds(seconds)};
}

constexpr const char* bad_time = "the request's time is missing, or more than 300 seconds from ours";
constexpr const char* bad_signature = "none of the signatures is one of this webhook's secrets";

/// Ids become part of what is logged: printable, without blanks.
bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= longest_id &&
    std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 127; });
}

result<std::string> verify_standard(std::span<const std::string> secrets, const header_of& headers,
                                    std::string_view body, timestamp now) {
  const auto id = headers("webhook-id");
  if (!is_id(id)) return unproven("the header webhook-id is missing, or no id");
  const auto at = time_of(headers("webhook-timestamp"), now);
  if (!at) return unproven(bad_time);
  bool genuine = false;
  for (const auto& secret : secrets) {
    const auto key = signature_key::read(secret);
    if (!key) continue;
    const auto expected = key->sign(id, *at, body);
    pieces(headers("webhook-signature"), ' ', [&](auto each) { genuine = same(each, expected) || genuine; });
  }
  if (!genuine) return unproven(bad_signature);
  return std::string(id);
}

result<std::string> verify_github(std::span<const std::string> secrets, const header_of& headers,
                                  std::string_view body) {
  const auto id = headers("x-github-delivery");
  if (!is_id(id)) return unproven("the header X-GitHub-Delivery is missing, or no id");
  bool genuine = false;
  for (const auto& secret : secrets)
    genuine = same(headers("x-hub-signature-256"), "sha256=" + hmac_hex(secret, body)) || genuine;
  if (!genuine) return unproven(bad_signature);
  return std::string(id);
}

result<std::string> verify_stripe(std::span<const std::string> secrets, const header_of& headers,
                                  std::string_view body, timestamp now) {
  const auto told = headers("stripe-signature");
  std::string_view time;
  pieces(told, ',', [&](auto each) {
    if (each.starts_with("t=")) time = each.substr(2);
  });
  if (!time_of(time, now)) return unproven(bad_time);
  const std::string text = std::string(time) + "." + std::string(body);
  bool genuine = false;
  for (const auto& secret : secrets) {
    const auto expected = "v1=" + hmac_hex(secret, text);
    pieces(told, ',', [&](auto each) { genuine = same(each, expected) || genuine; });
  }
  if (!genuine) return unproven(bad_signature);
  return std::string();
}

} // namespace

std::string_view name(webhook_scheme what) noexcept { return schemes[size_t(what)]; }

std::optional<webhook_scheme> webhook_scheme_from(std::string_view text) noexcept {
  const auto at = std::find(schemes.begin(), schemes.end(), text);
  return at == schemes.end() ? std::nullopt : std::optional(webhook_scheme(at - schemes.begin()));
}

status check_webhook_secret(webhook_scheme scheme, std::string_view secret) {
  if (scheme != webhook_scheme::standard)
    return secret.empty() ? status(unproven("is empty")) : status(done{});
  if (!secret.starts_with("whsec_")) return unproven("does not begin with `whsec_`");
  const auto key = signature_key::read(secret);
  return key ? status(done{}) : status(key.error());
}

result<std::string> verify_webhook(webhook_scheme scheme, std::span<const std::string> secrets,
                                   const header_of& headers, std::string_view body, timestamp now) {
  switch (scheme) {
    case webhook_scheme::standard: break;
    case webhook_scheme::github: return verify_github(secrets, headers, body);
    case webhook_scheme::stripe: return verify_stripe(secrets, headers, body, now);
  }
  return verify_standard(secrets, headers, body, now);
}

} // namespace aorta::delivery
