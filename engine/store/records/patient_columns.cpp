#include "engine/store/records/patient_columns.hpp"

#include "engine/store/sql/clean_text.hpp"

#include <algorithm>
#include <array>

namespace aorta::store {
namespace {

using sv = std::string_view;

/// What is about the patient's own row goes with the row, which stays; news of it are no records.
constexpr std::array own{sv("patients"),       sv("patient_pii"),        sv("patient_blind_index"),
                         sv("patient_merges"), sv("patient_merge_rows"), sv("security_audit"),
                         sv("match_news")};

bool is_own(sv table) { return std::find(own.begin(), own.end(), table) != own.end(); }

/// Of FHIR's tables the patient's own resource stays with the row, too.
std::string condition_for(sv table) {
  if (table == "fhir_resources" || table == "fhir_resource_versions" || table == "fhir_codes")
    return "t.type <> 'Patient'";
  return {};
}

std::vector<patient_column> of_postgresql(record_talk& with) {
  sql_text sql = with.text();
  sql
    << "WITH refers AS ("
       "SELECT a.attrelid AS rel, a.attnum AS num FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
       " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
       " AND a.attname = 'patient_id' AND NOT a.attisdropped"
       " AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)"
       " UNION SELECT k.conrelid, u.here FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
       " CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS u (here, there)"
       " JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = u.there AND p.attname = 'patient_id'"
       " WHERE k.contype = 'f' AND k.confrelid = 'patients'::regclass AND NOT c.relispartition)"
       " SELECT CASE WHEN c.relnamespace = current_schema()::regnamespace THEN c.relname::text"
       " ELSE n.nspname || '.' || c.relname END, a.attname::text, quote_ident(n.nspname) || '.' || quote_ident(c.relname),"
       " quote_ident(a.attname), (SELECT json_agg(quote_ident(b.attname) ORDER BY b.attnum)::text FROM pg_attribute b"
       " WHERE b.attrelid = r.rel AND b.attnum = ANY(i.indkey) AND b.attnum <> r.num), i.indexrelid::text"
       " FROM refers r JOIN pg_class c ON c.oid = r.rel JOIN pg_namespace n ON n.oid = c.relnamespace"
       " JOIN pg_attribute a ON a.attrelid = r.rel AND a.attnum = r.num"
       // The primary key, else any by which each row is told from all others.
       " LEFT JOIN LATERAL (SELECT x.indexrelid, x.indkey FROM pg_index x WHERE x.indrelid = r.rel AND x.indisunique"
       " AND x.indpred IS NULL AND x.indexprs IS NULL AND NOT EXISTS (SELECT 1 FROM pg_attribute b"
       " WHERE b.attrelid = r.rel AND b.attnum = ANY(x.indkey) AND NOT b.attnotnull)"
       " ORDER BY x.indisprimary DESC, x.indnatts, x.indexrelid LIMIT 1) i ON true ORDER BY 1, 2";
  std::vector<patient_column> out;
  for (const auto& row : with.ask(sql)) {
    patient_column one;
    one.table = required(row[0]);
    one.column = required(row[1]);
    one.from = required(row[2]);
    one.name = required(row[3]);
    if (row[4]) one.key = read_json_list(*row[4]);
    one.keyed = row[5].has_value();
    out.push_back(std::move(one));
  }
  return out;
}

std::string quoted_name(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

std::vector<patient_column> of_sqlite(record_talk& with) {
  sql_text sql = with.text();
  sql
    << "SELECT m.name, c.name, (SELECT json_group_array(k.name) FROM (SELECT name FROM pragma_table_info(m.name)"
       " WHERE pk > 0 ORDER BY pk) k) FROM sqlite_master m JOIN pragma_table_info(m.name) c"
       " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
       " AND ((c.name = 'patient_id' AND upper(c.type) LIKE '%INT%') OR EXISTS (SELECT 1 FROM"
       " pragma_foreign_key_list(m.name) f WHERE lower(f.\"table\") = 'patients' AND f.\"from\" = c.name"
       " AND coalesce(f.\"to\", 'patient_id') = 'patient_id')) ORDER BY 1, 2";
  std::vector<patient_column> out;
  for (const auto& row : with.ask(sql)) {
    patient_column one;
    one.table = required(row[0]);
    one.column = required(row[1]);
    one.from = quoted_name(one.table);
    one.name = quoted_name(one.column);
    const auto key = read_json_list(required(row[2]));
    one.keyed = !key.empty();
    for (const auto& name : key)
      if (name != one.column) one.key.push_back(quoted_name(name));
    out.push_back(std::move(one));
  }
  return out;
}

/// From whom a person took a message is a patient as well; that it is now the one to whom it was given says
/// nothing.
void add_taken_from(std::vector<patient_column>& all) {
  const auto links = std::find_if(all.begin(), all.end(),
                                  [](const auto& each) { return each.table == "message_links"; });
  if (links == all.end()) return;
  auto one = *links;
  one.column = one.name = "taken_from";
  one.only = "(t.patient_id IS NULL OR t.patient_id NOT IN (:survivor, :merged))";
  all.push_back(std::move(one));
}

} // namespace

std::vector<patient_column> columns_of_patients(record_talk& with) {
  auto out = with.context().speaks == dialect::postgresql ? of_postgresql(with) : of_sqlite(with);
  std::erase_if(out, [](const patient_column& each) { return is_own(each.table); });
  for (auto& each : out) each.only = condition_for(each.table);
  add_taken_from(out);
  return out;
}

std::vector<std::string> texts_of(std::span<const model::patient_id> ids) {
  std::vector<std::string> out;
  for (const auto who : ids) out.push_back(std::to_string(who));
  return out;
}

std::string in_people(std::span<const model::patient_id> ids) {
  std::string out;
  for (const auto who : ids) out += (out.empty() ? " IN (" : ",") + std::to_string(who);
  return out + ")";
}

std::string key_text(const patient_column& of, dialect speaks) {
  const bool sqlite = speaks == dialect::sqlite;
  std::string out;
  for (const auto& name : of.key)
    out += (out.empty() ? "" : ", ") + (sqlite ? "quote(t." + name + ")" : "t." + name + "::text");
  return sqlite ? "json_array(" + out + ")" : "jsonb_build_array(" + out + ")::text";
}

} // namespace aorta::store
