// Keys and the audit, as both the admin session and the record sessions ask for them.
#pragma once

#include "engine/store/sql/database.hpp"

#include <span>
#include <string>
#include <vector>

namespace aorta::store {

std::string secret_hash(std::string_view secret); ///< SHA-256 in hexadecimal

inline constexpr size_t key_width = 10;
inline constexpr const char* key_columns =
  "SELECT CAST(id AS text), name, scopes, CAST(clinic_id AS text), CAST(created_at AS text),"
  " CAST(revoked_at AS text), CAST(patient_id AS text), jwks, CAST(user_id AS text),"
  " (SELECT CAST(u.email AS text) FROM users u WHERE u.user_id = api_keys.user_id) FROM api_keys";
ports::api_key read_key(const text_row& row);

/// A token ends with the key for which it was issued.
inline constexpr size_t token_width = 5;
inline constexpr const char* token_columns =
  "SELECT t.client, t.scopes, CAST(t.clinic_id AS text), CAST(t.patient_id AS text), CAST(t.expires_at AS text)"
  " FROM access_tokens t JOIN api_keys k ON k.name = t.client AND k.revoked_at IS NULL";
ports::access_token read_token(const text_row& row);

/// Rows of `security_audit`: one statement for all of them on PostgreSQL, whose places are `:v0` for SOCI or
/// `$1`; one an entry on SQLite.
struct audit_insertion {
  std::string sql;
  std::vector<text_row> runs; ///< values, once for each time that the statement is to be run
};
enum class places : uint8_t { named, numbered };
/// A path under which something was found names it by its id. One that was refused may hold anything, an ID
/// card's number too: it is sealed. So is always what was searched for, and why it was refused; of very long
/// ones the beginning.
audit_insertion insert_audit(std::span<const ports::audit_entry> entries, dialect speaks, places how,
                             id_source& ids, cipher& locks);
std::string read_audit_path(const std::string& stored, cipher& locks);

} // namespace aorta::store
