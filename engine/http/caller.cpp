#include "engine/http/caller.hpp"

#include <openssl/sha.h>

#include <algorithm>

namespace aorta::http {
namespace {

std::string hash_of(std::string_view secret) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
         reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

response challenge(std::string_view text, const char* how) {
  auto out = failure(401, "unauthenticated", text);
  out.headers.emplace_back("WWW-Authenticate", how);
  return out;
}

} // namespace

caller caller_of(const ports::api_key& key) {
  const auto user = key.user ? " user:" + key.user->email : std::string();
  return {"key:" + key.name + user, key.scopes, key.clinic, key.patient, key.user};
}

result<std::optional<ports::api_key>> seen_keys::find(std::string_view bearer, const key_lookup& ask) {
  if (!ask) return remembered(bearer);
  auto found = ask(bearer);
  if (!found && passes(found.error().code))
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

response failure(const unknown& who) {
  switch (who.is) {
    case unknown::why::no_key:
      return challenge("send `Authorization: Bearer KEY`; keys are made with `aorta key create`", "Bearer");
    case unknown::why::not_known:
      return challenge("this key is not known or was revoked", "Bearer error=\"invalid_token\"");
    case unknown::why::store_away: return failure(503, "store-unavailable", "the store does not answer");
    case unknown::why::store_fault: break;
  }
  return failure(*who.fault);
}

std::variant<caller, unknown> identify(std::string_view bearer, const key_lookup& ask, seen_keys* seen) {
  if (!ask && seen == nullptr) return unknown{unknown::why::store_away};
  if (bearer.empty()) return unknown{unknown::why::no_key};
  const auto key = seen != nullptr ? seen->find(bearer, ask) : ask(bearer);
  if (!key) return unknown{unknown::why::store_fault, key.error()};
  if (!*key) return unknown{ask ? unknown::why::not_known : unknown::why::store_away};
  return caller_of(**key);
}

bool may(const caller& who, scope needed) noexcept {
  if (needed == scope::open || needed == scope::any_key) return true;
  if (who.patient || needed == scope::resource_read || needed == scope::resource_write) return false;
  return std::any_of(who.scopes.begin(), who.scopes.end(),
                     [&](const auto& held) { return held == name(needed) || held == "admin"; });
}

std::optional<ports::clinic> choose_clinic(const caller& who, std::optional<std::string_view> wanted_code,
                                           std::span<const ports::clinic> all) {
  for (const auto& clinic : all) {
    if (who.clinic && clinic.id != *who.clinic) continue;
    if (!wanted_code || clinic.code == *wanted_code) return clinic;
  }
  return std::nullopt;
}

} // namespace aorta::http
