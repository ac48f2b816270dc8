#include "engine/store/access/record_access.hpp"

#include "engine/store/access/access_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using namespace ports;

sql_value number(const std::optional<int64_t>& v) { return v ? sql_value(*v) : sql_value(); }

audit_entry read_entry(const text_row& row, cipher& locks) {
  audit_entry out;
  out.id = required(row[0]);
  out.at = read_time(required(row[1])).value_or(timestamp{});
  out.actor = required(row[2]);
  out.peer = required(row[3]);
  out.method = required(row[4]);
  out.resource = read_audit_path(required(row[5]), locks);
  out.outcome = required(row[6]);
  if (row[7]) out.patient = read_integer(*row[7]);
  if (row[8]) out.clinic = read_integer(*row[8]);
  if (row[9]) out.criteria = locks.decrypt(*row[9]).value_or("");
  if (row[10]) out.fault = locks.decrypt(*row[10]).value_or("");
  return out;
}

sql_text audit_sql(record_talk& with, const audit_question& what, int limit) {
  sql_text sql = with.text();
  sql
    << "SELECT id, at, actor, peer, method, resource, outcome, patient_id, clinic_id, criteria, fault FROM security_audit WHERE clinic_id = "
    << sql.arg(what.clinic, "bigint");
  if (what.patient) sql << " AND patient_id = " << sql.arg(*what.patient, "bigint");
  if (!what.id.empty())
    sql << " AND id = " << sql.arg(to_text(uuid_from_text(what.id).value_or(uuid{})), "uuid");
  if (what.from) sql << " AND at >= " << sql.arg(sortable(*what.from), "timestamptz");
  if (what.to) sql << " AND at <= " << sql.arg(sortable(*what.to), "timestamptz");
  if (!what.cursor.empty()) {
    const auto bar = what.cursor.find('|');
    const auto at = bar == std::string::npos ? std::nullopt : read_time(what.cursor.substr(0, bar));
    const auto id = at ? uuid_from_text(what.cursor.substr(bar + 1)) : std::nullopt;
    if (!id) throw failure({error_code::invalid, "cursor", "not a cursor of this list"});
    sql << " AND (at, id) < (" << sql.arg(sortable(*at), "timestamptz") << ", "
        << sql.arg(to_text(*id), "uuid") << ")";
  }
  sql << " ORDER BY at DESC, id DESC LIMIT " << sql.arg(int64_t{limit} + 1, "bigint");
  return sql;
}

} // namespace

void write_audit(record_talk& with, std::span<const audit_entry> entries) {
  if (entries.empty()) return;
  const auto rows = insert_audit(entries, with.base().speaks, places::numbered, *with.base().how.ids,
                                 *with.context().locks);
  std::vector<sql_text> all;
  for (const auto& run : rows.runs)
    all.push_back(sql_text::whole(with.base().speaks, rows.sql, {run.begin(), run.end()}));
  with.alone(all, true);
}

page<audit_entry> read_audit(record_talk& with, const audit_question& what) {
  const int limit = std::clamp(what.limit, 1, 1000);
  const auto sql = audit_sql(with, what, limit);
  const bool open = with.open(); // an AuditEvent is read like any other resource
  const auto rows = open ? with.ask(sql) : with.alone({sql}, false, what.clinic).at(0);
  page<audit_entry> out;
  for (const auto& row : rows) out.items.push_back(read_entry(row, *with.context().locks));
  if (int(out.items.size()) > limit) {
    out.items.pop_back();
    out.next = sortable(out.items.back().at) + '|' + out.items.back().id;
  }
  return out;
}

std::optional<api_key> key_by(record_talk& with, std::string_view column, const std::string& value) {
  sql_text sql = with.text();
  sql << key_columns << " WHERE " << column << " = " << sql.arg(value, "text") << " AND revoked_at IS NULL";
  const auto answers = with.alone({sql}, false);
  if (answers.at(0).empty()) return std::nullopt;
  return read_key(answers[0][0]);
}

std::vector<clinic> all_clinics(record_talk& with) {
  sql_text sql = with.text();
  sql << "SELECT clinic_id, code, name FROM clinics ORDER BY clinic_id";
  std::vector<clinic> out;
  const auto answers = with.alone({sql}, false);
  for (const auto& row : answers.at(0))
    out.push_back({read_integer(required(row[0])), required(row[1]), required(row[2])});
  return out;
}

void keep_token(record_talk& with, std::string_view secret, const access_token& what) {
  sql_text put = with.text(), old = with.text();
  old << "DELETE FROM access_tokens WHERE expires_at <= " << old.arg(sortable(with.now()), "timestamptz");
  put << "INSERT INTO access_tokens (secret_hash, client, scopes, clinic_id, patient_id, expires_at) VALUES ("
      << put.arg(secret_hash(secret), "text") << ", " << put.arg(what.client, "text") << ", "
      << put.arg(json_list(what.scopes), "text") << ", " << put.arg(number(what.clinic), "bigint") << ", "
      << put.arg(number(what.patient), "bigint") << ", " << put.arg(sortable(what.expires_at), "timestamptz")
      << ")";
  with.alone({old, put}, true);
}

std::optional<access_token> find_token(record_talk& with, std::string_view secret) {
  sql_text sql = with.text();
  sql << token_columns << " WHERE t.secret_hash = " << sql.arg(secret_hash(secret), "text")
      << " AND t.expires_at > " << sql.arg(sortable(with.now()), "timestamptz");
  const auto answers = with.alone({sql}, false);
  if (answers.at(0).empty()) return std::nullopt;
  return read_token(answers[0][0]);
}

bool use_assertion(record_talk& with, const std::string& client, const std::string& jti, timestamp until) {
  sql_text old = with.text(), put = with.text();
  old << "DELETE FROM used_assertions WHERE until_at <= " << old.arg(sortable(with.now()), "timestamptz");
  put << "INSERT INTO used_assertions (client, jti, until_at) VALUES (" << put.arg(client, "text") << ", "
      << put.arg(jti, "text") << ", " << put.arg(sortable(until), "timestamptz")
      << ") ON CONFLICT DO NOTHING RETURNING '1'";
  return !with.alone({old, put}, true).at(1).empty();
}

} // namespace aorta::store
