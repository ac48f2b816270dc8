// Who may ask, and who has asked: clinics, keys, tokens, the audit.
// Every call blocks and belongs to one thread; failures come back as values (`store_unavailable` when the
// database is away: try again later, nothing was acknowledged).
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/page.hpp"
#include "engine/ports/review.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::ports {

struct clinic {
  model::clinic_id id = 0;
  std::string code, name;
};

struct api_key {
  uuid id;
  std::string name;
  std::vector<std::string> scopes;
  std::optional<model::clinic_id> clinic;   ///< none: every clinic
  std::optional<model::patient_id> patient; ///< the only patient whose records it may see
  std::string jwks;                         ///< public keys of a SMART client as JSON; empty: it has none
  std::optional<person> user;               ///< whose key it is: acts of persons need one
  timestamp created_at{};
  std::optional<timestamp> revoked_at;
  std::optional<timestamp> expires_at;   ///< from then on it does not count; none: until it is revoked
  std::optional<timestamp> last_used_at; ///< to the minute; by a session or for a token too
};

/// Given to a client of SMART Backend Services.
struct access_token {
  std::string client; ///< name of the key for which it was issued
  std::vector<std::string> scopes;
  std::optional<model::clinic_id> clinic;
  std::optional<model::patient_id> patient;
  timestamp expires_at{};
};

/// At the console, in place of a key.
struct console_session {
  api_key key;
  timestamp expires_at{};
};
inline constexpr std::string_view session_prefix = "aortas_"; ///< of its secret

struct audit_entry {
  std::string actor, peer, method, resource, outcome; ///< resource: path without query values; outcome:
                                                      ///< status code
  std::optional<model::patient_id> patient;
  std::optional<model::clinic_id> clinic;
  timestamp at{};
  std::string id; ///< of a row that was read; nothing asks it of one to be written
  /// What was searched for, as it was sent (query string, form of a POST _search), and the text of a refusal.
  /// Kept sealed: both may name a person.
  std::string criteria = {}, fault = {};
};

/// Each call is a transaction of its own, outside of any clinic's; only `audits` reads inside one that is
/// open.
class access {
public:
  virtual ~access() = default;

  virtual result<std::vector<clinic>> clinics() = 0;
  virtual result<clinic> ensure_clinic(const std::string& code, const std::string& name) = 0;
  /// The user of this address. On the engine's own table of users one is made where there is none
  /// (`may_add`).
  virtual result<std::optional<person>> user(const std::string& email, bool may_add) = 0;
  /// Whether a key that counts binds this person to the clinic, or to all of them: users are of no clinic
  /// themselves.
  virtual result<bool> works_in(int64_t user, model::clinic_id clinic) = 0;

  /// only a SHA-256 of the secret is stored
  virtual result<uuid> create_api_key(const api_key& key, std::string_view secret) = 0;
  virtual result<std::vector<api_key>> api_keys() = 0;
  virtual result<bool> revoke_api_key(const std::string& name_or_id) = 0;
  /// Of one that counts: neither revoked nor expired. Notes that it was used.
  virtual result<std::optional<api_key>> find_api_key(std::string_view secret) = 0;

  /// SMART Backend Services: public keys of a client (JWKS JSON) by its name, tokens by their secret, and
  /// used assertion ids.
  virtual result<std::optional<std::pair<api_key, std::string>>> find_client(const std::string& name) = 0;
  virtual status keep_token(std::string_view secret, const access_token& what) = 0;
  virtual result<std::optional<access_token>> find_token(std::string_view secret) = 0; ///< of a key that
                                                                                       ///< counts
  virtual result<bool> use_assertion(const std::string& client, const std::string& jti,
                                     timestamp until) = 0; ///< false: it was used before

  virtual status open_session(std::string_view secret, const uuid& key, timestamp expires_at) = 0;
  virtual result<std::optional<console_session>> find_session(std::string_view secret) = 0; ///< of a key
                                                                                            ///< that counts
  /// This one, or all of its key.
  virtual status end_sessions(std::string_view secret, bool everywhere) = 0;

  virtual status audit(std::span<const audit_entry> entries) = 0;
  /// Newest first; both times inclusive.
  virtual result<page<audit_entry>> audits(model::clinic_id clinic, std::optional<model::patient_id> patient,
                                           const std::string& id, std::optional<timestamp> from,
                                           std::optional<timestamp> to, const std::string& cursor,
                                           int limit) = 0;
};

} // namespace aorta::ports
