// Who asks, for both sides of the door: from a key, or a token that was given for one, to the clinic it works
// for and what it may. Refusals are values; each side says them in its own form.
#pragma once

#include "engine/http/endpoint.hpp"
#include "engine/http/exchange.hpp"
#include "engine/http/scopes.hpp"
#include "engine/ports/access.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aorta::http {

struct caller {
  std::string actor; ///< as audit rows name it: "key:lab-viewer user:anna@clinic.example", "client:analytics"
  http::scopes scopes;
  std::optional<model::clinic_id> clinic;   ///< the only one it works for; none: every clinic
  std::optional<model::patient_id> patient; ///< the only patient whose records it may see
  std::optional<ports::person> user;        ///< whose key it is: acts of persons need one
  enum class proof : uint8_t { key, token, session } by = proof::key;
  std::optional<timestamp> ends = std::nullopt; ///< when its key expires
};
caller caller_of(const ports::api_key& key);
caller caller_of(const ports::access_token& token);

/// Asks the store whose secret this is: a key's that was not revoked, or a token's that has not ended. An
/// empty function: the store is away.
using caller_lookup = std::function<result<std::optional<caller>>(std::string_view secret)>;

caller_lookup lookup_in(ports::access& store); ///< which outlives the look-up

/// Callers that the store has confirmed, for what is wanted most while it does not answer. Thread-safe; holds
/// hashes of the secrets. Tokens are forgotten while the store is away: they end within minutes, and open
/// nothing of what is told then.
class seen_keys {
public:
  /// Asks the store; while it is away, what was seen last of this key. A key revoked meanwhile is found out
  /// when the store is back.
  result<std::optional<caller>> find(std::string_view bearer, const caller_lookup& ask);
  void remember(std::string_view bearer, const caller& who);
  std::optional<caller> remembered(std::string_view bearer) const;

private:
  static constexpr size_t most = 1000;
  mutable std::mutex lock_;
  std::map<std::string, caller> known_; ///< by the secret's SHA-256
};

/// Why nobody knows who asks.
struct unknown {
  enum class why : uint8_t {
    no_key,      ///< none was sent
    not_known,   ///< no such key or token, or it was revoked or has ended
    store_away,  ///< and this key was not seen before
    store_fault, ///< see `fault`
  } is;
  std::optional<error> fault = std::nullopt;
};
std::string text_of(const unknown& who);           ///< for people
std::string_view challenge_of(const unknown& who); ///< the value of WWW-Authenticate; empty: it is no 401
response failure(const unknown& who); ///< 401 with its challenge (RFC 6750 3), 503, or what the fault means

/// `seen` null: only the store knows keys.
std::variant<caller, unknown> identify(std::string_view bearer, const caller_lookup& ask, seen_keys* seen);

/// Whether this caller may. Keys of one patient are for FHIR, which shows them their patient alone: they have
/// no scope here.
bool may(const caller& who, scope needed) noexcept;

/// The clinic this caller works for: its own, or the one of the wanted code, or the first. Nothing: there is
/// none such for it.
std::optional<ports::clinic> choose_clinic(const caller& who, std::optional<std::string_view> wanted_code,
                                           std::span<const ports::clinic> all);

} // namespace aorta::http
