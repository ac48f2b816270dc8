#include "engine/store/records/text_sweep.hpp"

#include "engine/store/records/patient_columns.hpp"
#include "engine/store/records/record_read.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>
#include <array>

namespace aorta::store {
namespace {

using sv = std::string_view;

struct text_column {
  std::string name, type; ///< as a statement must spell them
};

struct known_table {
  sv name, texts; ///< its columns in which people write, with blanks around them
};
/// Other columns of these tables hold codes, names of tests, medicines and doctors, states and numbers, and
/// stay. What messages brought is emptied or swept by its message.
constexpr std::array known_tables{known_table{"encounters", " chief_complaint diagnoses "},
                                  known_table{"vitals", ""},
                                  known_table{"clinical_notes", " title "},
                                  known_table{"appointments", " reason cancellation_reason "},
                                  known_table{"patient_study_links", " study_description "},
                                  known_table{"prescriptions", " dosage frequency_custom "},
                                  known_table{"patient_problems", " description "},
                                  known_table{"lab_orders", ""},
                                  known_table{"lab_results", " comments value_text sent_value "},
                                  known_table{"lab_result_versions", " comments value_text sent_value "},
                                  known_table{"lab_result_attachments", ""},
                                  known_table{"lab_reports", ""},
                                  known_table{"fhir_resources", " content "},
                                  known_table{"fhir_resource_versions", " content "},
                                  known_table{"fhir_codes", ""},
                                  known_table{"event_outbox", ""},
                                  known_table{"critical_alert", " reason "},
                                  known_table{"hl7_message_log", ""},
                                  known_table{"message_links", ""},
                                  known_table{"patient_decisions", ""},
                                  known_table{"patient_aliases", ""},
                                  known_table{"erasures", ""},
                                  known_table{"access_tokens", ""},
                                  known_table{"api_keys", ""}};

/// Of a table that the clinic added every text, and of a known one what another version of it calls a note.
bool holds_text(sv table, sv column) {
  const auto at = std::find_if(known_tables.begin(), known_tables.end(),
                               [&](const auto& each) { return each.name == table; });
  if (at == known_tables.end()) return true;
  for (const auto part : {sv("note"), sv("comment"), sv("remark"), sv("instruction")})
    if (column.find(part) != sv::npos) return true;
  return at->texts.find(" " + std::string(column) + " ") != sv::npos;
}

std::vector<text_column> text_columns(record_talk& with, const patient_column& of) {
  sql_text sql = with.text();
  if (with.context().speaks == dialect::postgresql)
    sql
      << "SELECT a.attname::text, quote_ident(a.attname), t.typname::text FROM pg_attribute a JOIN pg_type t ON t.oid"
         " = a.atttypid WHERE a.attrelid = to_regclass("
      << sql.arg(of.from, "text")
      << ") AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
         " AND t.typname IN ('text', 'varchar', 'bpchar', 'json', 'jsonb') ORDER BY a.attnum";
  else
    sql << "SELECT name, '\"' || replace(name, '\"', '\"\"') || '\"', 'text' FROM pragma_table_info("
        << sql.arg(of.table, "text") << ") WHERE upper(type) LIKE '%TEXT%' OR upper(type) LIKE '%CHAR%'"
        << " OR upper(type) LIKE 'JSON%' ORDER BY cid";
  std::vector<text_column> out;
  for (const auto& row : with.ask(sql)) {
    const auto spelt = required(row[1]);
    if (holds_text(of.table, required(row[0])) &&
        std::find(of.key.begin(), of.key.end(), spelt) == of.key.end())
      out.push_back({spelt, required(row[2])});
  }
  return out;
}

class sweep {
public:
  sweep(record_talk& with, const identity::known_words& words) : talk_(with), words_(words) {}

  int64_t table(const patient_column& of, model::patient_id who) {
    if (!of.keyed)
      throw failure({error_code::conflict, of.table, "its rows have no key by which they could be changed"});
    const auto columns = text_columns(talk_, of);
    if (columns.empty()) return 0;
    const auto key = key_text(of, talk_.context().speaks);
    sql_text sql = talk_.text();
    sql << "SELECT " << key;
    for (const auto& each : columns) sql << ", CAST(t." << each.name << " AS text)";
    sql << " FROM " << of.from << " t WHERE t." << of.name << " = " << sql.arg(who, "bigint");
    if (talk_.context().speaks == dialect::postgresql) sql << " FOR UPDATE OF t"; // others write here too
    int64_t changed = 0;
    for (const auto& row : talk_.ask(sql)) changed += write(of, who, key, columns, row) ? 1 : 0;
    return changed;
  }

  /// A cell as it is to be; nothing: as it is.
  std::optional<std::string> without(const std::string& cell) {
    auto& locks = *talk_.context().locks;
    const bool sealed = cell.starts_with("gAAAA"); // a Fernet token's first byte and the time's high bytes
    const auto packed = sealed ? locks.unseal(cell) : std::nullopt;
    const auto plain = packed ? packed : sealed ? locks.decrypt(cell) : std::optional(cell);
    if (!plain) return std::nullopt;
    auto now = words_.without(*plain);
    if (now == *plain) return std::nullopt;
    return packed ? locks.seal(now, talk_.now()) : sealed ? locks.encrypt(now, talk_.now()) : std::move(now);
  }

private:
  bool write(const patient_column& of, model::patient_id who, const std::string& key,
             const std::vector<text_column>& columns, const text_row& row) {
    sql_text sql = talk_.text();
    std::string sets;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!row[i + 1]) continue;
      const auto now = without(*row[i + 1]);
      if (!now) continue;
      sets += (sets.empty() ? " SET " : ", ") + columns[i].name + " = CAST(" + sql.arg(*now, "text") +
        " AS " + columns[i].type + ")";
    }
    if (sets.empty()) return false;
    if (of.table == "fhir_resources") sets += ", indexed_version = 0";
    sql << "UPDATE " << of.from << " AS t" << sets << " WHERE t." << of.name << " = "
        << sql.arg(who, "bigint") << " AND " << key << " = " << sql.arg(required(row[0]), "text");
    talk_.tell(sql);
    return true;
  }

  record_talk& talk_;
  const identity::known_words& words_;
};

/// Notes of the clinic's own, whose texts stand in a table without a patient.
int64_t sweep_notes(record_talk& with, sweep& of, const std::string& people) {
  constexpr std::array columns{"content_text", "content_html", "structured_data"};
  sql_text sql = with.text();
  sql
    << "SELECT v.note_id, v.version, v.content_text, v.content_html, CAST(v.structured_data AS text) FROM note_versions v"
    << " JOIN clinical_notes n ON n.note_id = v.note_id WHERE n.patient_id" << people;
  int64_t changed = 0;
  const bool json = with.context().speaks == dialect::postgresql;
  for (const auto& row : with.ask(sql)) {
    sql_text write = with.text();
    std::string sets;
    for (size_t i = 0; i < columns.size(); ++i)
      if (const auto now = row[i + 2] ? of.without(*row[i + 2]) : std::nullopt)
        sets += (sets.empty() ? " SET " : ", ") + std::string(columns[i]) + " = CAST(" +
          write.arg(*now, "text") + (json && i == 2 ? " AS json)" : " AS text)");
    if (sets.empty()) continue;
    write << "UPDATE note_versions" << sets << " WHERE note_id = " << write.arg(required(row[0]), "bigint")
          << " AND version = " << write.arg(required(row[1]), "bigint");
    with.tell(write);
    ++changed;
  }
  return changed;
}

/// Rows that are found by something else than a patient: `ask` gives the key and the cell.
int64_t sweep_cells(record_talk& with, sweep& of, const sql_text& ask, const std::string& table,
                    const std::string& cell, const std::string& key, const char* key_type) {
  int64_t changed = 0;
  for (const auto& row : with.ask(ask)) {
    const auto now = row[1] ? of.without(*row[1]) : std::nullopt;
    if (!now) continue;
    sql_text sql = with.text();
    sql << "UPDATE " << table << " SET " << cell << " = " << sql.arg(*now, "text") << " WHERE " << key
        << " = " << sql.arg(required(row[0]), key_type);
    with.tell(sql);
    ++changed;
  }
  return changed;
}

/// Words of what was changed are kept anew, without those that went.
void forget_words(record_talk& with) {
  sql_text sql = with.text();
  sql << "DELETE FROM fhir_words WHERE clinic_id" << sql.beside(with.context().clinic)
      << " AND (type, id) IN (SELECT e.type, e.id FROM fhir_resources e WHERE e.clinic_id = "
      << sql.arg(with.context().clinic, "bigint") << " AND e.indexed_version <> e.version"
      << ")";
  with.tell(sql);
}

/// What messages said of the person's rows, field by field.
int64_t sweep_told(record_talk& with, sweep& of, const std::string& people) {
  int64_t changed = 0;
  for (size_t i = 0; i < model::tables; ++i) {
    const auto& shape = model::shape(model::table(i));
    if (!shape.has_patient || shape.which == model::table::patients) continue;
    const std::string table(shape.name);
    sql_text sql = with.text();
    sql << "SELECT t.home_key, t.content FROM told_rows t WHERE t.home = '" << table << "' AND t.clinic_id"
        << sql.beside(with.context().clinic) << " AND t.home_key IN (SELECT CAST(" << shape.key
        << " AS text) FROM " << table << " WHERE patient_id" << people << ")";
    changed += sweep_cells(with, of, sql, "told_rows", "content",
                           "clinic_id = " + std::to_string(with.context().clinic) + " AND home = '" + table +
                             "' AND home_key",
                           "text");
  }
  return changed;
}

} // namespace

std::map<std::string, int64_t> sweep_messages(record_talk& with, const std::vector<std::string>& messages,
                                              const identity::known_words& words) {
  std::map<std::string, int64_t> out;
  if (messages.empty() || words.empty()) return out;
  sweep all(with, words);
  for (const auto* table : {"review_queue", "result_words"}) {
    sql_text sql = with.text();
    sql << "SELECT CAST(id AS text), reason FROM " << table << " WHERE reason IS NOT NULL AND message_id"
        << sql.list(messages, "uuid");
    if (const auto changed = sweep_cells(with, all, sql, table, "reason", "id", "uuid"))
      out[table] += changed;
  }
  return out;
}

std::map<std::string, int64_t> sweep_texts(record_talk& with, std::span<const model::patient_id> people,
                                           const identity::known_words& words) {
  std::map<std::string, int64_t> out;
  if (words.empty()) return out;
  sweep all(with, words);
  for (const auto& each : columns_of_patients(with)) {
    if (each.column == "taken_from") continue;
    for (const auto who : people)
      if (const auto changed = all.table(each, who)) out[each.table] += changed;
  }
  if (const auto changed = sweep_told(with, all, in_people(people))) out["told_rows"] += changed;
  if (const auto changed = sweep_notes(with, all, in_people(people))) out["note_versions"] += changed;
  if (out.contains("fhir_resources")) forget_words(with);
  return out;
}

std::map<std::string, int64_t> sweep_named(record_talk& with, std::span<const model::patient_id> people,
                                           const identity::known_words& words) {
  std::map<std::string, int64_t> out;
  if (words.empty()) return out;
  sweep all(with, words);
  const auto clinic = std::to_string(with.context().clinic);
  for (const auto who : people) {
    sql_text look = with.text();
    look << "SELECT s.type, s.id FROM fhir_identifiers s JOIN fhir_resources e ON e.clinic_id = s.clinic_id"
            " AND e.type = s.type AND e.id = s.id WHERE s.clinic_id"
         << look.beside(with.context().clinic) << " AND s.hash = "
         << look.arg(key_hash(with.context(), ports::participant_key(std::to_string(who))), "uuid")
         << " AND e.patient_id IS NULL";
    for (const auto& row : with.ask(look))
      for (const std::string table : {"fhir_resources", "fhir_resource_versions"}) {
        sql_text cells = with.text();
        const auto where = "clinic_id = " + clinic + " AND type = " + cells.arg(required(row[0]), "text") +
          " AND id = " + cells.arg(required(row[1]), "text");
        cells << "SELECT version, content FROM " << table << " WHERE " << where << " AND content IS NOT NULL";
        for (const auto& cell : with.ask(cells)) {
          const auto now = all.without(required(cell[1]));
          if (!now) continue;
          sql_text sql = with.text();
          sql << "UPDATE " << table << " SET content = " << sql.arg(*now, "text")
              << (table == "fhir_resources" ? ", indexed_version = 0" : "") << " WHERE clinic_id = " << clinic
              << " AND type = " << sql.arg(required(row[0]), "text")
              << " AND id = " << sql.arg(required(row[1]), "text")
              << " AND version = " << sql.arg(required(cell[0]), "bigint");
          with.tell(sql);
          ++out[table];
        }
      }
  }
  if (out.contains("fhir_resources")) forget_words(with);
  return out;
}

} // namespace aorta::store
