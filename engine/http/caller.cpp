#include "engine/http/caller.hpp"

#include <openssl/sha.h>

namespace aorta::http {
namespace {

std::string hash_of(std::string_view secret) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
         reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

} // namespace

caller caller_of(const ports::api_key& key) {
  const auto user = key.user ? " user:" + key.user->email : std::string();
  caller out{"key:" + key.name + user, read_scopes(key.scopes), key.clinic, key.patient, key.user};
  out.ends = key.expires_at;
  return out;
}

caller caller_of(const ports::access_token& token) {
  return {"client:" + token.client, read_scopes(token.scopes), token.clinic, token.patient, std::nullopt,
          caller::proof::token};
}

caller_lookup lookup_in(ports::access& store) {
  return [&store](std::string_view secret) -> result<std::optional<caller>> {
    if (secret.starts_with(ports::session_prefix)) {
      const auto session = store.find_session(secret);
      if (!session) return session.error();
      if (!*session) return std::optional<caller>();
      auto who = caller_of((*session)->key);
      who.by = caller::proof::session; // it ends by itself: nobody is remembered by it while the store is
                                       // away
      return std::optional(std::move(who));
    }
    const auto key = store.find_api_key(secret);
    if (!key) return key.error();
    if (*key) return std::optional(caller_of(**key));
    const auto token = store.find_token(secret);
    if (!token) return token.error();
    return *token ? std::optional(caller_of(**token)) : std::nullopt;
  };
}

result<std::optional<caller>> seen_keys::find(std::string_view bearer, const caller_lookup& ask) {
  if (!ask) return remembered(bearer);
  auto found = ask(bearer);
  if (!found && passes(found.error().code))
    if (auto known = remembered(bearer)) return known;
  if (!found) return found;
  if (*found && (*found)->by == caller::proof::key) {
    remember(bearer, **found);
    return found;
  }
  const std::lock_guard hold(lock_);
  known_.erase(hash_of(bearer));
  return found;
}

void seen_keys::remember(std::string_view bearer, const caller& who) {
  const std::lock_guard hold(lock_);
  if (known_.size() >= most) known_.clear();
  known_[hash_of(bearer)] = who;
}

std::optional<caller> seen_keys::remembered(std::string_view bearer) const {
  const std::lock_guard hold(lock_);
  const auto known = known_.find(hash_of(bearer));
  if (known == known_.end() || (known->second.ends && *known->second.ends <= system_clock_source().now()))
    return std::nullopt;
  return known->second;
}

std::string text_of(const unknown& who) {
  switch (who.is) {
    case unknown::why::no_key:
      return "send `Authorization: Bearer KEY`; keys are made with `aorta key create`, tokens by the token endpoint";
    case unknown::why::not_known: return "this key or token is not known, has expired or was revoked";
    case unknown::why::store_away: return "the store does not answer";
    case unknown::why::store_fault: break;
  }
  return who.fault->text;
}

std::string_view challenge_of(const unknown& who) {
  return who.is == unknown::why::no_key ? "Bearer"
    : who.is == unknown::why::not_known ? "Bearer error=\"invalid_token\""
                                        : std::string_view();
}

response failure(const unknown& who) {
  if (who.is == unknown::why::store_fault) return failure(*who.fault);
  if (who.is == unknown::why::store_away) return failure(503, "store-unavailable", text_of(who));
  auto out = failure(401, "unauthenticated", text_of(who));
  out.headers.emplace_back("WWW-Authenticate", challenge_of(who));
  return out;
}

std::variant<caller, unknown> identify(std::string_view bearer, const caller_lookup& ask, seen_keys* seen) {
  if (!ask && seen == nullptr) return unknown{unknown::why::store_away};
  if (bearer.empty()) return unknown{unknown::why::no_key};
  auto who = seen != nullptr ? seen->find(bearer, ask) : ask(bearer);
  if (!who) return unknown{unknown::why::store_fault, who.error()};
  if (!*who) return unknown{ask ? unknown::why::not_known : unknown::why::store_away};
  return std::move(**who);
}

bool may(const caller& who, scope needed) noexcept {
  if (needed == scope::open || needed == scope::any_key) return true;
  if (who.patient) return false;
  switch (needed) {
    case scope::metrics: return who.scopes.admin || who.scopes.metrics;
    case scope::read: return who.scopes.admin || who.scopes.read;
    case scope::write: return who.scopes.admin || who.scopes.write;
    case scope::admin: return who.scopes.admin;
    default: return false; // of a resource: its type is asked
  }
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
