#include "engine/store/access/access_session.hpp"

#include "engine/store/access/audit_rows.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::access_token;
using ports::api_key;
using ports::audit_entry;
using ports::clinic;
using ports::page;
using ports::person;

/// Of a secret, which is never stored: SHA-256 in hexadecimal.
std::string secret_hash(std::string_view secret) {
  const digest d = sha256(secret);
  return to_hex(d.data(), d.size());
}

constexpr const char* key_columns =
  "SELECT CAST(id AS text), name, scopes, CAST(clinic_id AS text), CAST(created_at AS text),"
  " CAST(revoked_at AS text), CAST(patient_id AS text), jwks, CAST(user_id AS text),"
  " (SELECT CAST(u.email AS text) FROM users u WHERE u.user_id = api_keys.user_id), CAST(expires_at AS text),"
  " CAST(last_used_at AS text) FROM api_keys";

/// How old a key's note of its last use may be: people ask for days.
constexpr std::chrono::minutes noted_every{1};

api_key read_key(const text_row& row) {
  api_key out;
  out.id = uuid_from_text(required(row[0])).value_or(uuid{});
  out.name = required(row[1]);
  out.scopes = read_json_list(required(row[2]));
  if (row[3]) out.clinic = read_integer(*row[3]);
  out.created_at = read_time(required(row[4])).value_or(timestamp{});
  out.revoked_at = read_time(required(row[5]));
  if (row[6]) out.patient = read_integer(*row[6]);
  out.jwks = required(row[7]);
  if (row[8]) out.user = person{read_integer(*row[8]), required(row[9])};
  if (row[10]) out.expires_at = read_time(*row[10]);
  if (row[11]) out.last_used_at = read_time(*row[11]);
  return out;
}

/// A token ends with the key for which it was issued.
constexpr const char* token_columns =
  "SELECT t.client, t.scopes, CAST(t.clinic_id AS text), CAST(t.patient_id AS text), CAST(t.expires_at AS text)"
  " FROM access_tokens t JOIN api_keys k ON k.name = t.client AND k.revoked_at IS NULL";

access_token read_token(const text_row& row) {
  access_token out;
  out.client = required(row[0]);
  out.scopes = read_json_list(required(row[1]));
  if (row[2]) out.clinic = read_integer(*row[2]);
  if (row[3]) out.patient = read_integer(*row[3]);
  out.expires_at = read_time(required(row[4])).value_or(timestamp{});
  return out;
}

constexpr const char* clinic_columns = "SELECT CAST(clinic_id AS text), code, name FROM clinics";

clinic read_clinic(const text_row& row) {
  return {read_integer(required(row[0])), required(row[1]), required(row[2])};
}

} // namespace

result<std::vector<clinic>> access_session::clinics() {
  return guarded<std::vector<clinic>>("reading clinics", [&] {
    std::vector<clinic> out;
    for (const auto& row : ask(text() << clinic_columns << " ORDER BY clinic_id"))
      out.push_back(read_clinic(row));
    return out;
  });
}

result<clinic> access_session::ensure_clinic(const std::string& code, const std::string& name) {
  return guarded<clinic>("adding a clinic", [&] {
    sql_text put = text(), find = text();
    put << "INSERT INTO clinics (code, name) VALUES (" << put.arg(code, "text") << ", "
        << put.arg(name, "text") << ") ON CONFLICT (code) DO NOTHING";
    find << clinic_columns << " WHERE code = " << find.arg(code, "text");
    return read_clinic(run_({put, find}, true, std::nullopt).at(1).at(0));
  });
}

std::optional<person> access_session::find_user(const std::string& email) {
  sql_text sql = text();
  sql
    << "SELECT CAST(user_id AS text), CAST(email AS text) FROM users WHERE lower(CAST(email AS text)) = lower("
    << sql.arg(email, "text") << ") ORDER BY user_id";
  const auto rows = ask(sql);
  if (rows.empty()) return std::nullopt;
  return person{read_integer(required(rows[0][0])), required(rows[0][1])};
}

/// OpenHeart's own table holds logins beside the names: whoever is not in it is added there, by it.
bool access_session::may_add_users() {
  if (of_.speaks == dialect::sqlite) return true;
  const auto others = ask(
    text()
    << "SELECT CAST(count(*) AS text) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'users'"
    << " AND column_name NOT IN ('user_id', 'email', 'first_name', 'last_name', 'title', 'specialty', 'license_number')");
  return required(others.at(0)[0]) == "0";
}

result<std::optional<person>> access_session::user(const std::string& email, bool may_add) {
  return guarded<std::optional<person>>("looking for a user", [&]() -> std::optional<person> {
    auto known = find_user(email);
    if (known || !may_add || !may_add_users()) return known;
    sql_text put = text();
    put << "INSERT INTO users (email) VALUES (" << put.arg(email, "text") << ")";
    run_({put}, true, std::nullopt);
    return find_user(email);
  });
}

result<bool> access_session::works_in(int64_t user, model::clinic_id clinic) {
  return guarded<bool>("looking for a user's keys", [&] {
    sql_text sql = text();
    sql << "SELECT '1' FROM api_keys WHERE user_id = " << sql.arg(user, "bigint")
        << " AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > "
        << sql.arg(sortable(now()), "timestamptz")
        << ") AND (clinic_id IS NULL OR clinic_id = " << sql.arg(clinic, "bigint") << ") LIMIT 1";
    return !ask(sql).empty();
  });
}

result<uuid> access_session::create_api_key(const api_key& key, std::string_view secret) {
  return guarded<uuid>("creating a key", [&]() -> result<uuid> {
    const auto at = now();
    const uuid id = of_.how.ids->next(at);
    sql_text put = text();
    put
      << "INSERT INTO api_keys (id, name, secret_hash, scopes, clinic_id, created_at, patient_id, jwks, user_id, expires_at) SELECT "
      << put.arg(to_text(id), "uuid") << ", " << put.arg(key.name, "text") << ", "
      << put.arg(secret_hash(secret), "text") << ", " << put.arg(json_list(key.scopes), "text") << ", "
      << put.arg(number_or_null(key.clinic), "bigint") << ", " << put.arg(sortable(at), "timestamptz") << ", "
      << put.arg(number_or_null(key.patient), "bigint") << ", " << put.arg(or_null(key.jwks), "text") << ", "
      << put.arg(key.user ? sql_value(key.user->id) : sql_value(), "bigint") << ", "
      << put.arg(key.expires_at ? sql_value(sortable(*key.expires_at)) : sql_value(), "timestamptz")
      << " WHERE NOT EXISTS (SELECT 1 FROM api_keys WHERE name = " << put.arg(key.name, "text")
      << ") RETURNING '1'";
    if (run_({put}, true, std::nullopt).at(0).empty())
      return error{error_code::invalid, "name", "there is a key of this name already"};
    return id;
  });
}

result<std::vector<api_key>> access_session::api_keys() {
  return guarded<std::vector<api_key>>("reading keys", [&] {
    std::vector<api_key> out;
    for (const auto& row : ask(text() << key_columns << " ORDER BY id")) out.push_back(read_key(row));
    return out;
  });
}

result<bool> access_session::revoke_api_key(const std::string& name_or_id) {
  return guarded<bool>("revoking a key", [&] {
    sql_text end = text(), forget = text();
    end << "UPDATE api_keys SET revoked_at = " << end.arg(sortable(now()), "timestamptz")
        << " WHERE (name = " << end.arg(name_or_id, "text")
        << " OR CAST(id AS text) = " << end.arg(name_or_id, "text")
        << ") AND revoked_at IS NULL RETURNING '1'";
    // Its tokens with it: another key may be made under the same name.
    forget << "DELETE FROM access_tokens WHERE client IN (SELECT name FROM api_keys WHERE name = "
           << forget.arg(name_or_id, "text") << " OR CAST(id AS text) = " << forget.arg(name_or_id, "text")
           << ")";
    return !run_({end, forget}, true, std::nullopt).at(0).empty();
  });
}

std::optional<api_key> access_session::key_by(std::string_view column, const std::string& value) {
  sql_text sql = text();
  sql << key_columns << " WHERE " << column << " = " << sql.arg(value, "text")
      << " AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > "
      << sql.arg(sortable(now()), "timestamptz") << ")";
  const auto rows = ask(sql);
  if (rows.empty()) return std::nullopt;
  auto key = read_key(rows[0]);
  note_use(key);
  return key;
}

/// A store that takes no writes at the moment refuses nobody for that, and is tried once a minute.
void access_session::note_use(const api_key& key) {
  const auto at = now(), before = at - noted_every;
  if (key.last_used_at && *key.last_used_at > before) return;
  auto& noted = noted_[to_text(key.id)];
  if (noted > before) return;
  noted = at;
  (void)guarded<done>("noting a key's use", [&] {
    sql_text put = text();
    put << "UPDATE api_keys SET last_used_at = " << put.arg(sortable(at), "timestamptz")
        << " WHERE id = " << put.arg(to_text(key.id), "uuid")
        << " AND (last_used_at IS NULL OR last_used_at <= " << put.arg(sortable(before), "timestamptz")
        << ")";
    run_({put}, true, std::nullopt);
    return done{};
  });
}

result<std::optional<api_key>> access_session::find_api_key(std::string_view secret) {
  return guarded<std::optional<api_key>>("reading keys",
                                         [&] { return key_by("secret_hash", secret_hash(secret)); });
}

result<std::optional<std::pair<api_key, std::string>>> access_session::find_client(const std::string& name) {
  using client = std::optional<std::pair<api_key, std::string>>;
  return guarded<client>("reading keys", [&]() -> client {
    auto key = key_by("name", name);
    if (!key || key->jwks.empty()) return std::nullopt;
    std::string jwks = key->jwks;
    return std::pair(std::move(*key), std::move(jwks));
  });
}

status access_session::keep_token(std::string_view secret, const access_token& what) {
  return guarded<done>("keeping a token", [&] {
    sql_text put = text(), old = text();
    old << "DELETE FROM access_tokens WHERE expires_at <= " << old.arg(sortable(now()), "timestamptz");
    put
      << "INSERT INTO access_tokens (secret_hash, client, scopes, clinic_id, patient_id, expires_at) VALUES ("
      << put.arg(secret_hash(secret), "text") << ", " << put.arg(what.client, "text") << ", "
      << put.arg(json_list(what.scopes), "text") << ", " << put.arg(number_or_null(what.clinic), "bigint")
      << ", " << put.arg(number_or_null(what.patient), "bigint") << ", "
      << put.arg(sortable(what.expires_at), "timestamptz") << ")";
    run_({old, put}, true, std::nullopt);
    return done{};
  });
}

result<std::optional<access_token>> access_session::find_token(std::string_view secret) {
  return guarded<std::optional<access_token>>("reading a token", [&]() -> std::optional<access_token> {
    sql_text sql = text();
    sql << token_columns << " WHERE t.secret_hash = " << sql.arg(secret_hash(secret), "text")
        << " AND t.expires_at > " << sql.arg(sortable(now()), "timestamptz")
        << " AND (k.expires_at IS NULL OR k.expires_at > " << sql.arg(sortable(now()), "timestamptz") << ")";
    const auto rows = ask(sql);
    if (rows.empty()) return std::nullopt;
    return read_token(rows[0]);
  });
}

status access_session::open_session(std::string_view secret, const uuid& key, timestamp expires_at) {
  return guarded<done>("opening a session", [&] {
    sql_text put = text(), old = text();
    old << "DELETE FROM console_sessions WHERE expires_at <= " << old.arg(sortable(now()), "timestamptz");
    put << "INSERT INTO console_sessions (secret_hash, key_id, expires_at) VALUES ("
        << put.arg(secret_hash(secret), "text") << ", " << put.arg(to_text(key), "uuid") << ", "
        << put.arg(sortable(expires_at), "timestamptz") << ")";
    run_({old, put}, true, std::nullopt);
    return done{};
  });
}

result<std::optional<ports::console_session>> access_session::find_session(std::string_view secret) {
  using found = std::optional<ports::console_session>;
  return guarded<found>("reading a session", [&]() -> found {
    sql_text sql = text();
    sql << "SELECT CAST(key_id AS text), CAST(expires_at AS text) FROM console_sessions WHERE secret_hash = "
        << sql.arg(secret_hash(secret), "text") << " AND expires_at > "
        << sql.arg(sortable(now()), "timestamptz");
    const auto rows = ask(sql);
    if (rows.empty()) return std::nullopt;
    auto key = key_by("CAST(id AS text)", required(rows[0][0]));
    if (!key) return std::nullopt;
    return ports::console_session{std::move(*key), read_time(required(rows[0][1])).value_or(timestamp{})};
  });
}

status access_session::end_sessions(std::string_view secret, bool everywhere) {
  return guarded<done>("ending a session", [&] {
    sql_text sql = text();
    const auto hash = sql.arg(secret_hash(secret), "text");
    sql << "DELETE FROM console_sessions WHERE ";
    if (everywhere)
      sql << "key_id IN (SELECT s.key_id FROM console_sessions s WHERE s.secret_hash = " << hash << ")";
    else sql << "secret_hash = " << hash;
    run_({sql}, true, std::nullopt);
    return done{};
  });
}

result<bool> access_session::use_assertion(const std::string& client, const std::string& jti,
                                           timestamp until) {
  return guarded<bool>("using an assertion", [&] {
    sql_text old = text(), put = text();
    old << "DELETE FROM used_assertions WHERE until_at <= " << old.arg(sortable(now()), "timestamptz");
    put << "INSERT INTO used_assertions (client, jti, until_at) VALUES (" << put.arg(client, "text") << ", "
        << put.arg(jti, "text") << ", " << put.arg(sortable(until), "timestamptz")
        << ") ON CONFLICT DO NOTHING RETURNING '1'";
    return !run_({old, put}, true, std::nullopt).at(1).empty();
  });
}

status access_session::audit(std::span<const audit_entry> entries) {
  return guarded<done>("writing the audit", [&] {
    if (!entries.empty()) run_(insert_audit(entries, of_.speaks, *of_.how.ids, locks_), true, std::nullopt);
    return done{};
  });
}

result<page<audit_entry>> access_session::audits(model::clinic_id clinic,
                                                 std::optional<model::patient_id> patient,
                                                 const std::string& id, std::optional<timestamp> from,
                                                 std::optional<timestamp> to, const std::string& cursor,
                                                 int limit) {
  return guarded<page<audit_entry>>("reading the audit", [&] {
    const int most = std::clamp(limit, 1, 1000);
    const auto sql = audit_sql({clinic, patient, id, from, to, cursor, most + 1}, of_.speaks);
    page<audit_entry> out;
    const auto answers = run_({sql}, false, clinic);
    for (const auto& row : answers.at(0)) out.items.push_back(read_entry(row, locks_));
    if (int(out.items.size()) > most) {
      out.items.pop_back();
      out.next = audit_cursor(out.items.back());
    }
    return out;
  });
}

} // namespace aorta::store
