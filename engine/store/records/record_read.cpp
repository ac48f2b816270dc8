#include "engine/store/records/record_read.hpp"

#include "engine/store/records/kept_terms.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>

namespace aorta::store {
std::string value_of_identifier(const std::string& identifier) {
  const auto bar = identifier.find('|');
  return bar == std::string::npos ? identifier : identifier.substr(bar + 1);
}

std::string key_hash(const record_context& in, const identity::lookup_key& key) {
  uuid out;
  out.bytes = in.locks->blind(in.clinic, key.kind, key.value);
  return to_text(out);
}

std::string identifier_hash(const record_context& in, const std::string& identifier) {
  return key_hash(
    in, {identifier.find('|') == std::string::npos ? "identifier-value" : "identifier", identifier});
}

namespace {

using model::table;
using ports::fhir_entry;
using ports::found;
using ports::row_query;

constexpr std::string_view entry_columns =
  "e.type, e.id, e.version, e.last_updated, e.deleted, e.patient_id, e.home, e.home_key, e.tag, e.content,"
  " e.codes, e.from_at, e.to_at";
constexpr size_t entry_width = 13;

std::string text(model::clinic_id v) { return std::to_string(v); }

/// The columns of a record as c0, c1, ..., and the key as text: under row-level security no index serves a
/// cast on the other side of a join.
std::string selection(const record_context& in, const row_query& what) {
  const auto& shape = model::shape(what.of);
  std::string out;
  for (size_t i = 0; i < shape.columns.size(); ++i) {
    const std::string name(shape.columns[i]);
    std::string from = "NULL";
    const auto place = place_of(what.of, name);
    if (place == kept_in::pii) from = "i." + name + "_encrypted";
    else if (place == kept_in::table ? in.tables->has(shape.name, name) : what.with_content)
      from = (place == kept_in::note ? "v." : "r.") + name;
    out += from + " AS c" + std::to_string(i) + ", ";
  }
  return out + "CAST(r." + std::string(shape.key) + " AS text) AS key_text";
}

std::string source(const row_query& what) {
  std::string out = " FROM " + std::string(model::shape(what.of).name) + " r";
  if (what.of == table::patients) out += " LEFT JOIN patient_pii i ON i.patient_id = r.patient_id";
  if (what.of == table::clinical_notes && what.with_content)
    out += " LEFT JOIN note_versions v ON v.note_id = r.note_id AND v.version = r.current_version";
  return out;
}

/// `+ 0` keeps a plan made while a table was small from reading a whole clinic instead of one patient. Staff
/// belong to no one clinic.
void of_clinic(sql_text& sql, const record_context& in, table of) {
  sql << " WHERE ";
  if (of == table::users) sql << "1 = 1";
  else sql << "r.clinic_id + 0 = " << sql.arg(text(in.clinic), "bigint");
}

/// False when the list leaves nothing that could be a key.
bool add_keys(sql_text& sql, const row_query& what) {
  std::vector<std::string> keys;
  for (const auto& key : what.keys)
    if (auto readable = readable_key(what.of, key)) keys.push_back(std::move(*readable));
  if (keys.empty()) return false;
  sql << " AND r." << model::shape(what.of).key << sql.list(keys, key_type(what.of));
  return true;
}

std::string patients_list(sql_text& sql, const std::vector<model::patient_id>& patients) {
  std::vector<std::string> ids;
  for (const auto id : patients) ids.push_back(text(id));
  return sql.list(ids, "bigint");
}

std::vector<std::string> hashes_of(const record_context& in, std::span<const identity::lookup_key> keys) {
  std::vector<std::string> out;
  for (const auto& key : keys) out.push_back(key_hash(in, key));
  return out;
}

/// Where the terms of resources are kept that their rows do not tell.
struct terms {
  const char *table, *column, *type; ///< PostgreSQL's type of the column
};
constexpr terms kept_codes{"fhir_codes", "code", "text"}, kept_hashes{"fhir_identifiers", "hash", "uuid"};

/// `told` (columns of s) of the resources that have one of these values, with what more is asked of them.
void with_term(sql_text& out, const record_context& in, const std::string& type, const terms& kept,
               const std::vector<std::string>& values, std::string_view told, std::string_view more,
               bool by_patient = false) {
  const auto conditions = [&] { // `+ 0`: by the patient's own index, see `of_clinic`
    return std::string("s.clinic_id") + (by_patient ? " + 0" : "") + " = " +
      out.arg(text(in.clinic), "bigint") + " AND s.type = " + out.arg(type, "text") + std::string(more) +
      " AND s." + kept.column;
  };
  if (in.speaks == dialect::sqlite || values.size() == 1) {
    const std::string where = conditions();
    out << "SELECT " << told << " FROM " << kept.table << " s WHERE " << where;
    out << (values.size() == 1 ? " = " + out.arg(values[0], kept.type) : out.list(values, kept.type));
    return;
  }
  std::vector<std::optional<std::string>> items(values.begin(), values.end());
  const std::string list = out.arg(array_text(items), std::string(kept.type) + "[]"), where = conditions();
  // One look-up a value: for a list, a plan that was made while the table was small would read the whole
  // type.
  out << "SELECT s.* FROM unnest(" << list << ") AS x (v) CROSS JOIN LATERAL (SELECT " << told << " FROM "
      << kept.table << " s WHERE " << where << " = x.v OFFSET 0) s";
}

/// Rows whose entry keeps one of these values.
void add_kept(sql_text& out, const record_context& in, const row_query& what, const terms& kept,
              const std::vector<std::string>& values) {
  const auto& shape = model::shape(what.of);
  const std::string told = shape.integer_key || in.speaks == dialect::postgresql ? "CAST(s.home_key AS " +
      std::string(in.speaks == dialect::sqlite ? "INTEGER" : key_type(what.of)) + ") AS home_key"
                                                                                 : "s.home_key";
  std::string more = " AND s.home = '" + std::string(shape.name) + "'";
  const bool by_patient = &kept == &kept_codes && !what.patients.empty();
  if (by_patient) more += " AND s.patient_id" + patients_list(out, what.patients);
  const bool arrays = in.speaks == dialect::postgresql;
  out << "r." << shape.key << (arrays ? " = ANY(ARRAY(" : " IN (");
  with_term(out, in, what.type, kept, values, told, more, by_patient);
  out << (arrays ? "))" : ")");
}

/// A code is told without what stands around it; one with a space in it may be told of a cell that has other
/// spaces.
void add_codes(sql_text& out, const record_context& in, const row_query& what) {
  const auto& columns = model::shape(what.of).codes;
  const bool spaced = std::any_of(what.codes.begin(), what.codes.end(),
                                  [](const auto& code) { return code.find(' ') != std::string::npos; });
  if (what.codes.empty() || (columns.empty() && what.type.empty()) || (spaced && !columns.empty())) return;
  std::string around(" \x7f");
  for (char c = 1; c < ' '; ++c) around += c;
  const std::string any_of = columns.empty() ? std::string()
    : what.codes.size() == 1                 ? " = " + out.arg(what.codes[0], "text")
                                             : out.list(what.codes, "text");
  out << " AND (";
  for (const auto& column : columns)
    if (in.tables->has(model::shape(what.of).name, column))
      out << (in.speaks == dialect::postgresql ? "btrim(r." : "trim(r.") << column << ", '" << around << "')"
          << any_of << " OR ";
  if (what.type.empty()) out << "1 = 0";
  else add_kept(out, in, what, kept_codes, what.codes);
  out << ")";
}

/// A number is told as it stands in its cell, but that control characters become spaces.
void add_identifiers(sql_text& out, const record_context& in, const row_query& what) {
  const auto& shape = model::shape(what.of);
  const bool spaced = std::any_of(what.numbers.begin(), what.numbers.end(),
                                  [](const auto& number) { return number.find(' ') != std::string::npos; });
  if (what.identifiers.empty() || (spaced && !shape.numbers.empty())) return;
  std::vector<std::string> hashes;
  for (const auto& i : what.identifiers) hashes.push_back(identifier_hash(in, i));
  out << " AND (";
  if (!what.numbers.empty())
    for (const auto& column : shape.numbers)
      if (in.tables->has(shape.name, column))
        out << "r." << column << out.list(what.numbers, "text") << " OR ";
  add_kept(out, in, what, kept_hashes, hashes);
  out << ")";
}

void add_times(sql_text& sql, const row_query& what) {
  const auto& shape = model::shape(what.of);
  if (shape.date.empty()) return;
  const bool day = kind_of(what.of, shape.date) == holds::day;
  const auto bound = [&](const char* compare, timestamp at) {
    const std::string value = day ? sortable(at).substr(0, 10) : sortable(at);
    return "r." + std::string(shape.date) + compare + sql.arg(value, day ? "date" : "timestamptz");
  };
  const auto unless_none = [&](const std::string& bounds) {
    sql << " AND (r." << shape.date << " IS NULL OR " << bounds << ")";
  };
  if (what.from) { // a result of a month or a year stands under its first moment
    const bool may_be_long = what.of == table::lab_results &&
      *what.from > timestamp(std::chrono::sys_days{std::chrono::year{2} / 1 / 1});
    const std::string from = bound(" >= ", *what.from);
    unless_none(may_be_long ? from + " OR (r.result_precision < 2 AND " +
                    bound(" >= ", *what.from - std::chrono::days{367}) + ")"
                            : from);
  }
  if (what.to) unless_none(bound(" <= ", *what.to));
}

bool add_equals(sql_text& sql, const record_context& in, const row_query& what) {
  const auto& shape = model::shape(what.of);
  const auto check = [&](const std::string& column) {
    const bool known = std::find(shape.columns.begin(), shape.columns.end(), column) != shape.columns.end();
    if (!known || place_of(what.of, column) != kept_in::table)
      throw failure({error_code::internal, column, "rows cannot be asked by this column"});
  };
  for (const auto& column : what.without) {
    check(column);
    sql << " AND r." << column << " IS NULL";
  }
  for (const auto& [column, value] : what.equals) {
    check(column);
    const auto kind = kind_of(what.of, column);
    if (kind == holds::integer && !readable_key(table::patients, value)) return false;
    if (kind == holds::id && !uuid_from_text(value)) return false;
    sql << " AND r." << column << " = "
        << sql.arg(to_database(value, kind, in.speaks),
                   kind == holds::integer ? "bigint" : in.tables->type(shape.name, column, kind));
  }
  return true;
}

/// Around the rows that were picked: their order, how many, and the entries beside them in the same
/// statement.
void finish(sql_text& out, const record_context& in, const row_query& what, const std::string& picked) {
  const auto& shape = model::shape(what.of);
  const bool seen = what.with_entries && ports::is_watched(what.of);
  out << "SELECT p.*" << (seen ? ", n.tag AS seen_tag, n.seen_at" : "") << (what.with_entries ? ", " : "")
      << (what.with_entries ? entry_columns : "") << " FROM (" << picked << " ORDER BY c0";
  if (what.limit > 0) out << " LIMIT " << out.arg(std::to_string(what.limit), "bigint");
  out << ") p";
  if (what.with_entries)
    out << " LEFT JOIN fhir_resources e ON e.home_key = p.key_text AND e.home = '" << shape.name
        << "' AND e.clinic_id + 0 = " << out.arg(text(in.clinic), "bigint");
  if (seen)
    out << " LEFT JOIN fhir_seen n ON n.home_key = p.key_text AND n.home = '" << shape.name
        << "' AND n.clinic_id = " << out.arg(text(in.clinic), "bigint");
  out << " ORDER BY p.c0" << (what.with_entries ? ", e.id" : "");
}

void rescale(model::record& row, std::string_view number, std::string_view decimals) {
  const auto& digits = row[decimals];
  const auto& value = row[number];
  if (!digits || !value) return;
  if (const auto exact = read_number(*value, *digits)) row.set(number, exact->text());
}

model::record read_row(const record_context& in, table of, text_row& cells) {
  const auto& shape = model::shape(of);
  model::record out(of);
  const auto open = [&](const std::string& token) {
    auto plain = in.locks->decrypt(token);
    if (!plain)
      throw failure(
        {error_code::internal, "", "stored personal data cannot be read with the configured key"});
    return std::move(*plain);
  };
  for (size_t i = 0; i < shape.columns.size(); ++i) {
    if (!cells[i]) continue;
    const auto place = place_of(of, shape.columns[i]);
    if (place == kept_in::pii || place == kept_in::sealed) {
      if (!cells[i]->empty()) out.cells[i] = open(*cells[i]);
    } else {
      out.cells[i] = from_database(std::move(cells[i]), kind_of(of, shape.columns[i]), in.speaks);
    }
  }
  if (of == table::lab_results && in.speaks == dialect::sqlite) { // which keeps binary numbers there
    rescale(out, "value_numeric", "value_decimals");
    rescale(out, "reference_range_low", "range_low_decimals");
    rescale(out, "reference_range_high", "range_high_decimals");
  }
  return out;
}

std::string unsealed(const record_context& in, const std::optional<std::string>& token) {
  if (!token || token->empty()) return {};
  auto plain = in.locks->unseal(*token);
  if (!plain)
    throw failure({error_code::internal, "", "a stored resource cannot be read with the configured key"});
  return std::move(*plain);
}

fhir_entry read_fhir_entry(const record_context& in, const text_row& row, size_t at) {
  const auto cell = [&](size_t i) { return required(row[at + i]); };
  fhir_entry out;
  out.type = cell(0);
  out.id = cell(1);
  out.version = read_integer(cell(2), 1);
  out.last_updated = read_time(cell(3)).value_or(timestamp{});
  out.deleted = read_boolean(cell(4));
  if (row[at + 5]) out.patient = read_integer(cell(5));
  if (row[at + 6]) out.home = model::table_from(cell(6));
  out.home_key = cell(7);
  out.tag = cell(8);
  out.content = unsealed(in, row[at + 9]);
  out.codes = row[at + 10] ? read_json_list(cell(10)) : std::vector<std::string>{};
  out.from = read_time(cell(11));
  out.to = read_time(cell(12));
  return out;
}

} // namespace

std::optional<sql_text> rows_sql(const record_context& in, const row_query& what,
                                 const std::vector<int64_t>& sizes) {
  const auto& shape = model::shape(what.of);
  sql_text out(in.speaks);
  // Picked first where a patient or a key narrows: a plan that reads the whole table in the key's order would
  // look cheaper for a small limit.
  const bool only_kept = !what.codes.empty() && shape.codes.empty() && !what.type.empty();
  const bool by_kept = std::any_of(sizes.begin(), sizes.end(), finds_few);
  const bool narrowed = only_kept || by_kept || !what.keys.empty() || !what.patients.empty() ||
    !what.equals.empty() || !what.identifiers.empty();
  if (narrowed) out << "WITH picked AS MATERIALIZED (";
  sql_text pick = out; // the parameters go on counting
  pick << "SELECT " << selection(in, what) << source(what);
  of_clinic(pick, in, what.of);
  if (!what.keys.empty() && !add_keys(pick, what)) return std::nullopt;
  if (!what.patients.empty()) {
    if (!shape.has_patient) return std::nullopt;
    pick << " AND (r.patient_id" << patients_list(pick, what.patients);
    if (!what.patient_keys.empty()) {
      pick << " OR ";
      add_kept(pick, in, what, kept_hashes, hashes_of(in, what.patient_keys));
    }
    pick << ")";
  }
  add_kept_rows(pick, in, what, sizes);
  add_codes(pick, in, what);
  add_identifiers(pick, in, what);
  add_times(pick, what);
  if (!add_equals(pick, in, what)) return std::nullopt;
  if (!what.after.empty()) {
    const auto after = readable_key(what.of, what.after);
    if (!after) throw failure({error_code::invalid, "cursor", "not a cursor of this list"});
    pick << " AND r." << shape.key << " > " << pick.arg(*after, key_type(what.of));
  }
  if (narrowed) {
    if (!what.equals.empty() && what.limit > 0)
      pick << " LIMIT " << pick.arg(std::to_string(what.limit), "bigint"); // whichever they are
    pick << ") ";
    finish(pick, in, what, "SELECT * FROM picked");
    return pick;
  }
  const std::string inner = pick.text();
  sql_text whole = pick.restarted();
  finish(whole, in, what, inner);
  return whole;
}

std::optional<sql_text> orders_sql(const record_context& in, const std::vector<std::string>& numbers) {
  if (numbers.empty()) return std::nullopt;
  row_query what;
  what.of = table::lab_orders;
  what.with_entries = false;
  sql_text out(in.speaks);
  out << "WITH picked AS MATERIALIZED (SELECT " << selection(in, what) << source(what);
  of_clinic(out, in, what.of);
  out << " AND (r.order_number" << out.list(numbers, "text") << " OR r.placer_order_number"
      << out.list(numbers, "text") << " OR r.filler_order_number" << out.list(numbers, "text") << ")) ";
  finish(out, in, what, "SELECT * FROM picked");
  return out;
}

std::vector<found> read_found(const record_context& in, const row_query& what, std::vector<text_row> rows) {
  const size_t width = model::shape(what.of).columns.size();
  const bool seen = what.with_entries && ports::is_watched(what.of);
  const size_t entry = width + (seen ? 3 : 1); // behind the key as text, and how the row was seen
  std::vector<found> out;
  std::optional<std::string> last;
  for (auto& row : rows) {
    if (!last || row[0] != *last) {
      last = row[0];
      out.push_back({read_row(in, what.of, row), {}});
      if (seen && row[width + 1])
        out.back().seen = ports::seen_row{what.of, out.back().row.key(), *row[width + 1],
                                          read_time(required(row[width + 2])).value_or(timestamp{})};
    }
    if (what.with_entries && row[entry]) out.back().entries.push_back(read_fhir_entry(in, row, entry));
  }
  return out;
}

sql_text result_versions_sql(const record_context& in, const std::string& result_id) {
  sql_text out(in.speaks);
  out << "SELECT ";
  bool first = true;
  for (const auto name : model::shape(table::lab_results).columns) {
    out << (first ? "" : ", ");
    first = false;
    if (name == "id") out << "r.result_id";
    else if (name == "source_document_id") out << "NULL";
    else out << "r." << name;
  }
  out << " FROM lab_result_versions r WHERE r.clinic_id + 0 = " << out.arg(text(in.clinic), "bigint")
      << " AND r.result_id = "
      << out.arg(uuid_from_text(result_id) ? sql_value(to_text(*uuid_from_text(result_id))) : sql_value(),
                 "uuid")
      << " ORDER BY r.version";
  return out;
}

std::vector<model::record> read_result_versions(const record_context& in, std::vector<text_row> rows) {
  std::vector<model::record> out;
  for (auto& row : rows) out.push_back(read_row(in, table::lab_results, row));
  return out;
}

sql_text unkept_sql(const record_context& in, int limit, bool locked) {
  sql_text out(in.speaks);
  out << "SELECT " << entry_columns << " FROM fhir_resources e";
  out << unkept_clause(in, out, limit, locked);
  return out;
}

sql_text entries_sql(const record_context& in, const ports::entry_query& what,
                     const std::vector<int64_t>& sizes) {
  sql_text out(in.speaks);
  std::vector<std::string> hashes;
  for (const auto& i : what.identifiers) hashes.push_back(identifier_hash(in, i));
  // On PostgreSQL what names single resources drives the look-up, one by one (see `with_term`).
  const bool by_code = what.homeless_only && what.patients.empty() && !what.codes.empty();
  // Several of its patients may have a resource: found by each one's own index.
  const bool by_people = !what.patients.empty() && !what.patient_keys.empty();
  const bool by_terms = found_by_terms(what);
  const bool one_by_one = by_terms ||
    (in.speaks == dialect::postgresql && (!what.ids.empty() || !hashes.empty() || by_code || by_people));
  const auto of_people = [&] {
    out << "SELECT p.id FROM fhir_resources p WHERE p.clinic_id + 0 = " << out.arg(text(in.clinic), "bigint")
        << " AND p.type = " << out.arg(what.type, "text") << " AND p.patient_id"
        << patients_list(out, what.patients) << " UNION ";
    with_term(out, in, what.type, kept_hashes, hashes_of(in, what.patient_keys), "s.id", "");
  };
  out << "WITH picked AS MATERIALIZED (SELECT " << entry_columns << " FROM ";
  if (one_by_one) {
    out << "(SELECT DISTINCT n.id FROM (";
    if (by_terms) add_kept_ids(out, in, what, sizes);
    else if (!what.ids.empty())
      out << "SELECT unnest(" << out.arg(array_text({what.ids.begin(), what.ids.end()}), "text[]")
          << ") AS id";
    else if (!hashes.empty()) with_term(out, in, what.type, kept_hashes, hashes, "s.id", "");
    else if (by_people) of_people();
    else
      with_term(out, in, what.type, kept_codes, what.codes, "s.id",
                what.homeless_only ? " AND s.home IS NULL" : "");
    const bool arrays = in.speaks == dialect::postgresql;
    out << ") n) w CROSS JOIN " << (arrays ? "LATERAL (SELECT * FROM " : "")
        << "fhir_resources e WHERE e.clinic_id = " << out.arg(text(in.clinic), "bigint")
        << " AND e.type = " << out.arg(what.type, "text") << " AND e.id = w.id"
        << (arrays ? " OFFSET 0) e WHERE e.id = w.id" : "");
  } else {
    out << "fhir_resources e WHERE e.clinic_id" << (what.patients.empty() || by_people ? "" : " + 0") << " = "
        << out.arg(text(in.clinic), "bigint") << " AND e.type = " << out.arg(what.type, "text");
    if (!what.ids.empty()) out << " AND e.id" << out.list(what.ids, "text");
  }
  if (by_people) {
    out << " AND e.id IN (";
    of_people();
    out << ")";
  } else if (!what.patients.empty()) {
    out << " AND e.patient_id" << patients_list(out, what.patients);
  }
  if (!what.codes.empty()) { // those with a row are narrowed by its column
    out << (what.homeless_only ? " AND (" : " AND (e.home IS NOT NULL OR ") << "e.id IN (";
    with_term(out, in, what.type, kept_codes, what.codes, "s.id",
              what.homeless_only ? " AND s.home IS NULL" : "");
    out << "))";
  }
  if (!hashes.empty()) {
    out << " AND e.id IN (";
    with_term(out, in, what.type, kept_hashes, hashes, "s.id", "");
    out << ")";
  }
  if (!by_terms) add_kept_filters(out, in, what);
  if (what.from && !by_terms)
    out << " AND (e.to_at IS NULL OR e.to_at >= " << out.arg(sortable(*what.from), "timestamptz") << ")";
  if (what.to && !by_terms)
    out << " AND (e.from_at IS NULL OR e.from_at <= " << out.arg(sortable(*what.to), "timestamptz") << ")";
  if (what.homeless_only) out << " AND e.home IS NULL";
  if (!what.with_deleted) out << " AND NOT e.deleted";
  if (!what.after.empty()) out << " AND e.id > " << out.arg(what.after, "text");
  // Without a patient the key's own order serves a page; with one, its rows are picked first.
  if (what.patients.empty() && what.limit > 0)
    out << " ORDER BY e.id LIMIT " << out.arg(std::to_string(what.limit), "bigint");
  out << ") SELECT * FROM picked e ORDER BY e.id";
  if (what.limit > 0) out << " LIMIT " << out.arg(std::to_string(what.limit), "bigint");
  return out;
}

sql_text kept_types_sql(const record_context& in, model::patient_id who) {
  sql_text out(in.speaks);
  out
    << "SELECT e.type FROM fhir_resources e WHERE e.patient_id = " << out.arg(who, "bigint")
    << " AND e.clinic_id + 0 = " << out.arg(in.clinic, "bigint")
    << " AND e.home IS NULL AND NOT e.deleted UNION SELECT s.type FROM fhir_identifiers s WHERE s.clinic_id = "
    << out.arg(in.clinic, "bigint")
    << " AND s.hash = " << out.arg(key_hash(in, ports::participant_key(std::to_string(who))), "uuid")
    << " AND s.home IS NULL ORDER BY 1";
  return out;
}

sql_text kept_people_sql(const record_context& in, std::span<const identity::lookup_key> keys) {
  sql_text out(in.speaks);
  with_term(out, in, "Patient", kept_hashes, hashes_of(in, keys), "s.id", "");
  return out;
}

std::vector<fhir_entry> read_entries(const record_context& in, const std::vector<text_row>& rows) {
  std::vector<fhir_entry> out;
  for (const auto& row : rows) {
    if (row.size() != entry_width) throw failure({error_code::internal, "", "an entry of another width"});
    out.push_back(read_fhir_entry(in, row, 0));
  }
  return out;
}

} // namespace aorta::store
