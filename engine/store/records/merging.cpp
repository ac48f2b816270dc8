#include "engine/store/records/merging.hpp"

#include "engine/identity/taught.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/records/row_mover.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::immovable;
using ports::patient_alias;
using ports::patient_merge;

constexpr const char* alias_kind = "alias";

struct number_column {
  identity::id_kind kind;
  const char* name;
  bool personal; ///< in patient_pii, encrypted
};
constexpr number_column number_columns[] = {{identity::id_kind::mrn, "mrn", false},
                                            {identity::id_kind::gesy, "gesy_beneficiary_id", false},
                                            {identity::id_kind::cyprus_id, "cyprus_id_encrypted", true},
                                            {identity::id_kind::arc, "arc_number_encrypted", true}};

const number_column& column_of(std::string_view lookup_kind) {
  for (const auto& each : number_columns)
    if (identity::lookup_kind(each.kind) == lookup_kind) return each;
  throw failure({error_code::invalid, "", "patients have no number of this kind"});
}

sql_value uuid_or_null(const std::optional<uuid>& id) { return id ? sql_value(to_text(*id)) : sql_value(); }

} // namespace

sql_value merging::sealed(const std::string& text) const {
  return text.empty() ? sql_value() : sql_value(talk_.context().locks->encrypt(text, talk_.now()));
}

std::string merging::opened(const std::optional<std::string>& token) const {
  if (!token || token->empty()) return {};
  auto plain = talk_.context().locks->decrypt(*token);
  if (!plain) throw failure({error_code::internal, "", "a number cannot be read with the configured key"});
  return std::move(*plain);
}

result<std::vector<model::patient_id>> merging::touched_since(timestamp at) {
  return guarded<std::vector<model::patient_id>>("reading merges", [&] {
    sql_text sql = talk_.text();
    const auto when = sql.arg(sortable(at), "timestamptz");
    const auto side = [&](const char* column) {
      sql << "SELECT CAST(" << column << " AS text) FROM patient_merges WHERE " << column
          << " IS NOT NULL AND (made_at >= " << when << " OR undone_at >= " << when << ") AND clinic_id"
          << sql.beside(talk_.context().clinic);
    };
    side("survivor_id");
    sql << " UNION ";
    side("merged_id");
    std::vector<model::patient_id> out;
    for (const auto& row : talk_.ask(sql)) out.push_back(read_integer(required(row[0])));
    return out;
  });
}

result<std::vector<patient_merge>> merging::standing(std::span<const model::patient_id> of) {
  return guarded<std::vector<patient_merge>>("reading merges", [&] {
    std::vector<patient_merge> out;
    if (of.empty()) return out;
    const auto ids = texts_of(of);
    sql_text sql = talk_.text();
    const auto side = [&](const char* column) {
      sql
        << "SELECT CAST(id AS text), survivor_id, merged_id, number_kind, old_number, new_number,"
        << " CAST(message_id AS text), user_id, CAST(made_at AS text) FROM patient_merges WHERE undone_at IS NULL AND "
        << column << sql.list(ids, "bigint")
        << " AND clinic_id + 0 = " << sql.arg(talk_.context().clinic, "bigint");
    };
    side("survivor_id");
    sql << " UNION ";
    side("merged_id");
    sql << " ORDER BY 9 DESC, 1 DESC";
    for (const auto& row : talk_.ask(sql)) {
      patient_merge one;
      one.id = uuid_from_text(required(row[0])).value_or(uuid{});
      one.survivor = read_integer(required(row[1]));
      if (row[2]) one.merged = read_integer(*row[2]);
      one.number_kind = row[3].value_or("");
      one.old_number = opened(row[4]);
      one.new_number = opened(row[5]);
      if (row[6]) one.message = uuid_from_text(*row[6]);
      if (row[7]) one.by = ports::person{read_integer(*row[7]), {}};
      one.made_at = read_time(required(row[8])).value_or(timestamp{});
      out.push_back(std::move(one));
    }
    return out;
  });
}

result<std::vector<patient_alias>> merging::aliases(std::span<const model::patient_id> of) {
  return guarded<std::vector<patient_alias>>("reading aliases", [&] { return read_aliases(of); });
}

std::vector<patient_alias> merging::read_aliases(std::span<const model::patient_id> of) {
  std::vector<patient_alias> out;
  if (of.empty()) return out;
  sql_text sql = talk_.text();
  sql << "SELECT patient_id, kind, value FROM patient_aliases WHERE patient_id"
      << sql.list(texts_of(of), "bigint")
      << " AND clinic_id + 0 = " << sql.arg(talk_.context().clinic, "bigint") << " ORDER BY id";
  for (const auto& row : talk_.ask(sql))
    out.push_back({read_integer(required(row[0])), required(row[1]), opened(row[2])});
  return out;
}

result<std::optional<immovable>> merging::whole(std::string_view doing,
                                                const std::function<std::optional<immovable>()>& work) {
  return guarded<std::optional<immovable>>(doing, [&] {
    sql_text begin = talk_.text(), undo = talk_.text(), end = talk_.text();
    begin << "SAVEPOINT joining";
    undo << "ROLLBACK TO SAVEPOINT joining";
    end << "RELEASE SAVEPOINT joining";
    talk_.tell(begin);
    auto refused = work();
    if (refused) talk_.tell(undo);
    talk_.tell(end);
    talk_.flow();
    return refused;
  });
}

void merging::write_down(patient_merge& what) {
  what.made_at = talk_.now();
  what.id = talk_.base().how.ids->next(what.made_at);
  sql_text sql = talk_.text();
  sql
    << "INSERT INTO patient_merges (id, clinic_id, survivor_id, merged_id, number_kind, old_number, new_number,"
    << " message_id, user_id, made_at) VALUES (" << sql.arg(to_text(what.id), "uuid") << ", "
    << sql.arg(talk_.context().clinic, "bigint") << ", " << sql.arg(what.survivor, "bigint") << ", "
    << sql.arg(number_or_null(what.merged), "bigint") << ", ";
  sql << sql.arg(what.number_kind.empty() ? sql_value() : sql_value(what.number_kind), "text") << ", "
      << sql.arg(sealed(what.old_number), "text") << ", " << sql.arg(sealed(what.new_number), "text") << ", ";
  sql << sql.arg(uuid_or_null(what.message), "uuid") << ", "
      << sql.arg(what.by ? sql_value(what.by->id) : sql_value(), "bigint") << ", "
      << sql.arg(sortable(what.made_at), "timestamptz") << ")";
  talk_.tell(sql);
}

void merging::end(const patient_merge& what, const ports::person& by) {
  sql_text sql = talk_.text();
  sql << "UPDATE patient_merges SET undone_at = " << sql.arg(sortable(talk_.now()), "timestamptz")
      << ", undone_by = " << sql.arg(by.id, "bigint") << " WHERE id = " << sql.arg(to_text(what.id), "uuid");
  talk_.tell(sql);
}

void merging::add_aliases(const patient_merge& what, std::span<const patient_alias> numbers) {
  for (const auto& each : numbers) {
    const auto now = talk_.now();
    sql_text sql = talk_.text();
    sql
      << "INSERT INTO patient_aliases (id, clinic_id, patient_id, kind, value, merge_id, message_id, made_at) VALUES ("
      << sql.arg(to_text(talk_.base().how.ids->next(now)), "uuid") << ", "
      << sql.arg(talk_.context().clinic, "bigint") << ", " << sql.arg(what.survivor, "bigint") << ", ";
    sql << sql.arg(each.kind, "text") << ", " << sql.arg(sealed(each.value), "text") << ", "
        << sql.arg(to_text(what.id), "uuid") << ", " << sql.arg(uuid_or_null(what.message), "uuid") << ", "
        << sql.arg(sortable(now), "timestamptz") << ")";
    talk_.tell(sql);
  }
}

void merging::forget_aliases(const patient_merge& what) {
  sql_text sql = talk_.text();
  sql << "DELETE FROM patient_aliases WHERE merge_id = " << sql.arg(to_text(what.id), "uuid");
  talk_.tell(sql);
}

void merging::list(model::patient_id who, bool listed) {
  sql_text sql = talk_.text();
  sql << "UPDATE patients SET is_deleted = "
      << (talk_.context().speaks == dialect::sqlite ? (listed ? "0" : "1") : (listed ? "false" : "true"))
      << " WHERE patient_id = " << sql.arg(who, "bigint")
      << " AND clinic_id + 0 = " << sql.arg(talk_.context().clinic, "bigint");
  talk_.tell(sql);
}

void merging::hint(model::patient_id who, const std::string& kind, const std::string& number) {
  const auto& in = talk_.context();
  const auto& column = column_of(kind);
  const auto plain = identity::normalise(column.kind, number);
  if (plain.empty() || identity::is_placeholder(column.kind, plain)) return;
  sql_text sql = talk_.text();
  sql << "INSERT INTO patient_blind_index (clinic_id, hash, kind, patient_id) VALUES ("
      << sql.arg(in.clinic, "bigint") << ", " << sql.arg(in.locks->blind(in.clinic, kind, plain), "uuid");
  sql << ", " << sql.arg(alias_kind, "text") << ", " << sql.arg(who, "bigint") << ") ON CONFLICT DO NOTHING";
  talk_.tell(sql);
}

/// Under which keys the patient is found beside those of the row: aliases, and what persons decided.
void merging::index(model::patient_id who) {
  const auto id = std::to_string(who);
  sql_text forget = talk_.text();
  forget << "DELETE FROM patient_blind_index AS b WHERE b.patient_id = " << forget.arg(who, "bigint")
         << " AND (b.kind = 'alias' OR (b.kind = 'decided' AND NOT EXISTS (SELECT 1 FROM patient_decisions d"
         << " WHERE d.patient_id = b.patient_id AND d.claims = b.hash AND d.withdrawn_at IS NULL)))";
  talk_.tell(forget);
  sql_text decided = talk_.text();
  decided
    << "INSERT INTO patient_blind_index (clinic_id, hash, kind, patient_id) SELECT d.clinic_id, d.claims, "
    << decided.arg(std::string(identity::decided_kind), "text")
    << ", d.patient_id FROM patient_decisions d WHERE d.patient_id = " << decided.arg(who, "bigint")
    << " AND d.withdrawn_at IS NULL ON CONFLICT DO NOTHING";
  talk_.tell(decided);
  for (const auto& each : read_aliases({&who, 1})) hint(who, each.kind, each.value);
  sql_text news = talk_.text(); // messages may wait for what was two people until now
  news << "INSERT INTO match_news (clinic_id, patient_id, noted_at) VALUES ("
       << news.arg(talk_.context().clinic, "bigint") << ", " << news.arg(who, "bigint") << ", "
       << news.arg(sortable(talk_.now()), "timestamptz") << ")";
  talk_.tell(news);
}

/// Alerts that went along say so: whoever looks at one sees whose it was until then.
void merging::tell_alerts(const patient_merge& what, model::patient_id whose) {
  const bool sqlite = talk_.context().speaks == dialect::sqlite;
  sql_text sql = talk_.text();
  sql << "INSERT INTO critical_step (clinic_id, alert_id, at, kind, target) SELECT a.clinic_id, a.id, "
      << sql.arg(sortable(talk_.now()), "timestamptz")
      << ", 'moved', CAST(a.patient_id AS text) FROM critical_alert a WHERE a.patient_id = "
      << sql.arg(whose, "bigint") << " AND EXISTS (SELECT 1 FROM patient_merge_rows m WHERE m.merge_id = "
      << sql.arg(to_text(what.id), "uuid")
      << " AND m.table_name = 'critical_alert' AND m.column_name = 'patient_id' AND m.row_key = "
      << (sqlite ? "json_array(quote(a.id))" : "jsonb_build_array(a.id::text)::text") << ")";
  talk_.tell(sql);
}

result<std::optional<immovable>> merging::join(patient_merge& what, std::span<const patient_alias> numbers) {
  return whole("joining patients", [&]() -> std::optional<immovable> {
    write_down(what);
    add_aliases(what, numbers);
    if (auto refused = row_mover(talk_, what.id, what.survivor, *what.merged).there()) return refused;
    tell_alerts(what, what.survivor);
    list(*what.merged, false);
    index(what.survivor);
    return std::nullopt;
  });
}

result<std::optional<immovable>> merging::part(const patient_merge& what, const ports::person& by) {
  return whole("parting patients", [&]() -> std::optional<immovable> {
    list(*what.merged, true);
    if (auto refused = row_mover(talk_, what.id, what.survivor, *what.merged).back()) return refused;
    tell_alerts(what, *what.merged);
    forget_aliases(what);
    index(what.survivor);
    index(*what.merged);
    end(what, by);
    return std::nullopt;
  });
}

std::string merging::number_of(model::patient_id who, std::string_view kind) {
  const auto& column = column_of(kind);
  sql_text sql = talk_.text();
  sql << "SELECT " << column.name << " FROM " << (column.personal ? "patient_pii" : "patients")
      << " WHERE patient_id = " << sql.arg(who, "bigint");
  const auto rows = talk_.ask(sql);
  if (rows.empty()) return {};
  return column.personal ? opened(rows[0][0]) : rows[0][0].value_or("");
}

void merging::put_number(model::patient_id who, std::string_view kind, const std::string& number) {
  const auto& column = column_of(kind);
  sql_text sql = talk_.text();
  if (column.personal) {
    const std::string name = column.name;
    sql << "INSERT INTO patient_pii (patient_id, " << name << ", encryption_key_version) VALUES ("
        << sql.arg(who, "bigint") << ", " << sql.arg(sealed(number), "text")
        << ", 1) ON CONFLICT (patient_id) DO UPDATE SET " << name << " = excluded." << name;
  } else {
    sql << "UPDATE patients SET " << column.name << " = "
        << sql.arg(number.empty() ? sql_value() : sql_value(number), "text")
        << " WHERE patient_id = " << sql.arg(who, "bigint");
  }
  talk_.ask(sql);
  const auto& in = talk_.context();
  sql_text forget = talk_.text();
  forget << "DELETE FROM patient_blind_index WHERE patient_id = " << forget.arg(who, "bigint")
         << " AND kind = " << forget.arg(std::string(kind), "text");
  talk_.tell(forget);
  model::patient only;
  (column.kind == identity::id_kind::mrn      ? only.mrn
     : column.kind == identity::id_kind::gesy ? only.gesy_beneficiary_id
     : column.kind == identity::id_kind::arc  ? only.arc_number
                                              : only.cyprus_id) = number;
  for (const auto& key : identity::lookup_keys(only)) {
    sql_text add = talk_.text();
    add << "INSERT INTO patient_blind_index (clinic_id, hash, kind, patient_id) VALUES ("
        << add.arg(in.clinic, "bigint") << ", "
        << add.arg(in.locks->blind(in.clinic, key.kind, key.value), "uuid");
    add << ", " << add.arg(key.kind, "text") << ", " << add.arg(who, "bigint") << ") ON CONFLICT DO NOTHING";
    talk_.tell(add);
  }
}

status merging::renumber(patient_merge& what, std::span<const patient_alias> numbers) {
  error taken{error_code::conflict, "", "another row of the clinic has this number"};
  const auto made = whole("changing a number", [&]() -> std::optional<immovable> {
    write_down(what);
    add_aliases(what, numbers);
    talk_.flow();
    try {
      put_number(what.survivor, what.number_kind, what.new_number);
    } catch (const failure& why) {
      if (why.why().code != error_code::conflict) throw;
      return immovable{"patients", true, why.why().text};
    }
    index(what.survivor);
    return std::nullopt;
  });
  if (!made) return made.error();
  return *made ? status(std::move(taken)) : status(done{});
}

status merging::number_back(const patient_merge& what, const ports::person& by) {
  const auto made = whole("changing a number back", [&]() -> std::optional<immovable> {
    const auto kind = column_of(what.number_kind).kind;
    if (identity::normalise(kind, number_of(what.survivor, what.number_kind)) !=
        identity::normalise(kind, what.new_number))
      return immovable{"patients", false, "the number was changed since"};
    put_number(what.survivor, what.number_kind, what.old_number);
    forget_aliases(what);
    index(what.survivor);
    end(what, by);
    return std::nullopt;
  });
  if (!made) return made.error();
  if (*made) return error{error_code::conflict, "", (*made)->why};
  return done{};
}

} // namespace aorta::store
