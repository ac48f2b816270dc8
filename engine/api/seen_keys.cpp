#include "engine/api/api.hpp"

#include <openssl/sha.h>

namespace aorta::api {
namespace {

std::string hash_of(std::string_view secret) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

} // namespace

result<std::optional<ports::api_key>> seen_keys::find(std::string_view bearer, ports::store_desk* desk) {
  if (desk == nullptr) return remembered(bearer);
  auto found = desk->find_api_key(std::string(bearer));
  if (!found && found.error().code == error_code::store_unavailable)
    if (auto known = remembered(bearer)) return known;
  if (!found) return found;
  if (*found) {
    remember(bearer, **found);
    return found;
  }
  const std::lock_guard hold(lock_);
  known_.erase(hash_of(bearer));
  return found;
}

void seen_keys::remember(std::string_view bearer, const ports::api_key& key) {
  const std::lock_guard hold(lock_);
  if (known_.size() >= most) known_.clear();
  known_[hash_of(bearer)] = key;
}

std::optional<ports::api_key> seen_keys::remembered(std::string_view bearer) const {
  const std::lock_guard hold(lock_);
  const auto known = known_.find(hash_of(bearer));
  return known == known_.end() ? std::nullopt : std::optional(known->second);
}

} // namespace aorta::api
