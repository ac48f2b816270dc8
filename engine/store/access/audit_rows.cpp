#include "engine/store/access/audit_rows.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
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
  auto kept = cells_of(e, locks);
  return {to_text(ids.next(e.at)), sortable(e.at),           std::move(kept.actor),   std::move(kept.peer),
          std::move(kept.method),  std::move(kept.resource), std::move(kept.outcome), number(e.patient),
          number(e.clinic),        std::move(kept.criteria), std::move(kept.fault)};
}

/// Rows of earlier versions hold every path in clear.
std::string read_path(const std::string& stored, cipher& locks) {
  if (stored.starts_with('/')) return stored;
  return locks.decrypt(stored).value_or(stored);
}

} // namespace

audit_cells cells_of(const ports::audit_entry& e, cipher& locks) {
  const auto sealed = [&](const std::string& v) {
    return v.empty() ? std::nullopt : std::optional(locks.encrypt(beginning(v), e.at));
  };
  const auto safe = [](const std::string& v) { return is_clean(v) ? v : cleaned(v); };
  return {safe(e.actor),
          safe(e.peer),
          safe(e.method),
          was_granted(e) || e.resource.empty() ? safe(e.resource) : locks.encrypt(e.resource, e.at),
          safe(e.outcome),
          sealed(e.criteria),
          sealed(e.fault)};
}

std::vector<sql_text> insert_audit(std::span<const ports::audit_entry> entries, dialect speaks,
                                   id_source& ids, cipher& locks) {
  const bool arrays = speaks == dialect::postgresql;
  std::string names, values;
  for (size_t i = 0; i < audit_columns.size(); ++i) {
    const std::string comma = i > 0 ? ", " : "", number = std::to_string(i + 1);
    names += comma + audit_columns[i].name;
    values += comma +
      (arrays ? "unnest(CAST($" + number + " AS " + audit_columns[i].type + "))" : "?" + number);
  }
  const std::string sql = "INSERT INTO security_audit (" + names + ") " +
    (arrays ? "SELECT " + values : "VALUES (" + values + ")");
  std::vector<text_row> rows;
  for (const auto& e : entries) rows.push_back(audit_row(e, ids, locks));
  std::vector<sql_text> out;
  if (!arrays) {
    for (const auto& row : rows) out.push_back(sql_text::whole(speaks, sql, {row.begin(), row.end()}));
    return out;
  }
  sql_row columns;
  std::vector<std::optional<std::string>> column(rows.size());
  for (size_t c = 0; c < audit_columns.size(); ++c) {
    for (size_t i = 0; i < rows.size(); ++i) column[i] = rows[i][c];
    columns.emplace_back(array_text(column));
  }
  out.push_back(sql_text::whole(speaks, sql, std::move(columns)));
  return out;
}

sql_text audit_sql(const audit_question& what, dialect speaks) {
  sql_text sql(speaks);
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
  sql << " ORDER BY at DESC, id DESC LIMIT " << sql.arg(int64_t{what.limit}, "bigint");
  return sql;
}

ports::audit_entry read_entry(const text_row& row, cipher& locks) {
  ports::audit_entry out;
  out.id = required(row[0]);
  out.at = read_time(required(row[1])).value_or(timestamp{});
  out.actor = required(row[2]);
  out.peer = required(row[3]);
  out.method = required(row[4]);
  out.resource = read_path(required(row[5]), locks);
  out.outcome = required(row[6]);
  if (row[7]) out.patient = read_integer(*row[7]);
  if (row[8]) out.clinic = read_integer(*row[8]);
  if (row[9]) out.criteria = locks.decrypt(*row[9]).value_or("");
  if (row[10]) out.fault = locks.decrypt(*row[10]).value_or("");
  return out;
}

std::string audit_cursor(const ports::audit_entry& last) { return sortable(last.at) + '|' + last.id; }

} // namespace aorta::store
