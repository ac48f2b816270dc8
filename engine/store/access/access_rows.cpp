#include "engine/store/access/access_rows.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/record_link.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <array>

namespace aorta::store {
namespace {

struct audit_column {
  const char *name, *type;
};
constexpr std::array<audit_column, 11> audit_columns{{{"id", "uuid[]"},
                                                      {"at", "timestamptz[]"},
                                                      {"actor", "text[]"},
                                                      {"peer", "text[]"},
                                                      {"method", "text[]"},
                                                      {"resource", "text[]"},
                                                      {"outcome", "text[]"},
                                                      {"patient_id", "bigint[]"},
                                                      {"clinic_id", "bigint[]"},
                                                      {"criteria", "text[]"},
                                                      {"fault", "text[]"}}};

constexpr size_t most_text = 16 * 1024; ///< of criteria or of a fault; whoever searches for more is told of
                                        ///< here

/// Not within a character of UTF-8.
std::string_view beginning(std::string_view text) {
  if (text.size() <= most_text) return text;
  size_t end = most_text;
  while (end > 0 && (uint8_t(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

bool was_granted(const ports::audit_entry& e) noexcept {
  return e.outcome.starts_with('2') || e.outcome.starts_with('3');
}

text_row audit_row(const ports::audit_entry& e, id_source& ids, cipher& locks) {
  const auto number = [](const std::optional<int64_t>& v) {
    return v ? std::optional(std::to_string(*v)) : std::nullopt;
  };
  const auto sealed = [&](const std::string& v) {
    return v.empty() ? std::nullopt : std::optional(locks.encrypt(beginning(v), e.at));
  };
  const auto safe = [](const std::string& v) { return is_clean(v) ? v : cleaned(v); };
  return {to_text(ids.next(e.at)),
          sortable(e.at),
          safe(e.actor),
          safe(e.peer),
          safe(e.method),
          was_granted(e) || e.resource.empty() ? safe(e.resource) : locks.encrypt(e.resource, e.at),
          safe(e.outcome),
          number(e.patient),
          number(e.clinic),
          sealed(e.criteria),
          sealed(e.fault)};
}

} // namespace

std::string secret_hash(std::string_view secret) {
  const digest d = sha256(secret);
  return to_hex(d.data(), d.size());
}

/// Rows of earlier versions hold every path in clear.
std::string read_audit_path(const std::string& stored, cipher& locks) {
  if (stored.starts_with('/')) return stored;
  return locks.decrypt(stored).value_or(stored);
}

ports::api_key read_key(const text_row& row) {
  ports::api_key out;
  out.id = uuid_from_text(required(row[0])).value_or(uuid{});
  out.name = required(row[1]);
  out.scopes = read_json_list(required(row[2]));
  if (row[3]) out.clinic = read_integer(*row[3]);
  out.created_at = read_time(required(row[4])).value_or(timestamp{});
  out.revoked_at = read_time(required(row[5]));
  if (row[6]) out.patient = read_integer(*row[6]);
  out.jwks = required(row[7]);
  if (row[8]) out.user = ports::person{read_integer(*row[8]), required(row[9])};
  return out;
}

ports::access_token read_token(const text_row& row) {
  ports::access_token out;
  out.client = required(row[0]);
  out.scopes = read_json_list(required(row[1]));
  if (row[2]) out.clinic = read_integer(*row[2]);
  if (row[3]) out.patient = read_integer(*row[3]);
  out.expires_at = read_time(required(row[4])).value_or(timestamp{});
  return out;
}

audit_insertion insert_audit(std::span<const ports::audit_entry> entries, dialect speaks, places how,
                             id_source& ids, cipher& locks) {
  audit_insertion out;
  const bool arrays = speaks == dialect::postgresql;
  std::string names, values;
  for (size_t i = 0; i < audit_columns.size(); ++i) {
    const std::string comma = i > 0 ? ", " : "";
    const std::string place = how == places::named ? ":v" + std::to_string(i)
                                                   : (arrays ? "$" : "?") + std::to_string(i + 1);
    names += comma + audit_columns[i].name;
    values += comma + (arrays ? "unnest(CAST(" + place + " AS " + audit_columns[i].type + "))" : place);
  }
  out.sql = "INSERT INTO security_audit (" + names + ") " +
    (arrays ? "SELECT " + values : "VALUES (" + values + ")");
  std::vector<text_row> rows;
  for (const auto& e : entries) rows.push_back(audit_row(e, ids, locks));
  if (!arrays || rows.empty()) {
    out.runs = std::move(rows);
    return out;
  }
  auto& run = out.runs.emplace_back();
  for (size_t c = 0; c < audit_columns.size(); ++c) {
    std::vector<std::optional<std::string>> column;
    for (const auto& row : rows) column.push_back(row[c]);
    run.push_back(array_text(column));
  }
  return out;
}

} // namespace aorta::store
