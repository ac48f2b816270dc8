#include "engine/store/gesy/claim_rows.hpp"

#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::claim_row;

constexpr const char* columns_of_claims =
  "CAST(c.id AS text), CAST(c.patient_id AS text), CAST(c.encounter_id AS text), c.status, c.number, c.content,"
  " c.answer, c.actor, CAST(c.looks AS text), CAST(c.next_look_at AS text), CAST(c.created_at AS text),"
  " CAST(c.changed_at AS text), CAST(c.delivery_id AS text), d.state, d.perhaps, CAST(d.attempts AS text), d.last_code,"
  " CAST(d.changed_at AS text)";

std::optional<int64_t> number_in(const std::optional<std::string>& cell) {
  return cell ? std::optional(read_integer(*cell)) : std::nullopt;
}

sql_value text_or_null(const std::string& text) { return text.empty() ? sql_value() : sql_value(text); }

} // namespace

half_digest claim_rows::hash_of(std::string_view kind, const std::string& text) {
  return talk_.context().locks->blind(talk_.context().clinic, kind, text);
}

/// In the form of a uuid.
std::string claim_rows::key_of(std::string_view kind, const std::string& text) {
  const auto hash = hash_of(kind, text);
  uuid out{};
  std::copy(hash.begin(), hash.end(), out.bytes.begin());
  return to_text(out);
}

std::string claim_rows::opened(const std::string& token) {
  auto plain = talk_.context().locks->unseal(token);
  if (!plain) throw failure({error_code::internal, "", "a claim cannot be read with the configured key"});
  return std::move(*plain);
}

sql_text claim_rows::reading() {
  sql_text sql = talk_.text();
  sql << "SELECT " << columns_of_claims
      << " FROM gesy_claims c LEFT JOIN delivery d ON d.id = c.delivery_id WHERE c.clinic_id"
      << sql.beside(talk_.context().clinic);
  return sql;
}

std::vector<claim_row> claim_rows::read(sql_text& sql, bool also_unreadable) {
  std::vector<claim_row> out;
  for (const auto& row : talk_.ask(sql)) {
    if (!also_unreadable && !talk_.context().locks->unseal(required(row[5]))) continue;
    claim_row one;
    one.id = uuid_from_text(required(row[0])).value_or(uuid{});
    one.patient = number_in(row[1]);
    one.encounter = number_in(row[2]);
    one.status = required(row[3]);
    one.number = row[4].value_or("");
    one.content = opened(required(row[5]));
    if (row[6]) one.answer = opened(*row[6]);
    one.actor = required(row[7]);
    one.looks = int(read_integer(required(row[8])));
    if (row[9]) one.next_look = read_time(*row[9]);
    one.created = read_time(required(row[10])).value_or(timestamp{});
    one.changed = read_time(required(row[11])).value_or(timestamp{});
    one.delivery = uuid_from_text(required(row[12])).value_or(uuid{});
    if (row[13]) one.sending = delivery::state_from(*row[13]);
    one.perhaps = row[14] && (*row[14] == "1" || *row[14] == "t" || *row[14] == "true");
    if (row[15]) one.attempts = uint32_t(read_integer(*row[15]));
    one.last_code = row[16].value_or("");
    if (row[17]) one.sending_changed = read_time(*row[17]);
    out.push_back(std::move(one));
  }
  return out;
}

std::optional<claim_row> claim_rows::read_one(sql_text& sql) {
  auto all = read(sql);
  return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

result<bool> claim_rows::add(const claim_row& what, const ports::claim_sending& how) {
  return guarded<bool>("adding a claim", [&] {
    const auto& with = talk_.context();
    const auto at = sortable(what.created);
    sql_text sql = talk_.text();
    sql
      << "INSERT INTO gesy_claims (id, clinic_id, patient_id, encounter_id, delivery_id, likeness, whose, system, status, content,"
      << " actor, created_at, changed_at) VALUES (" << sql.arg(to_text(what.id), "uuid") << ", "
      << sql.arg(with.clinic, "integer") << ", " << sql.arg(number_or_null(what.patient), "integer") << ", "
      << sql.arg(number_or_null(what.encounter), "integer") << ", " << sql.arg(to_text(what.delivery), "uuid")
      << ", " << sql.arg(key_of("gesy-claim", how.likeness), "uuid") << ", "
      << sql.arg(key_of(claims_whose, how.beneficiary), "uuid") << ", " << sql.arg(how.system, "text") << ", "
      << sql.arg(what.status, "text") << ", " << sql.arg(with.locks->seal(what.content, what.created), "text")
      << ", " << sql.arg(what.actor, "text") << ", " << sql.arg(at, "timestamptz") << ", "
      << sql.arg(at, "timestamptz") << ") ON CONFLICT DO NOTHING RETURNING 1";
    if (talk_.ask(sql).empty()) return false;
    const auto whose = hash_of("gesy-order", how.beneficiary);
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof bits; ++i) bits = bits << 8 | whose[i];
    const auto key = int64_t(bits | 1); // never 0; the part as everybody else takes it of a key
    sql_text row = talk_.text();
    row << "INSERT INTO delivery (id, clinic_id, destination, part, order_key, event_id, control_id, body,"
        << " created_at, changed_at) VALUES (" << row.arg(to_text(what.delivery), "uuid") << ", "
        << row.arg(with.clinic, "bigint") << ", " << row.arg(how.destination, "text") << ", "
        << row.arg(std::abs(key % int64_t(how.partitions)), "bigint") << ", " << row.arg(key, "bigint")
        << ", " << row.arg(to_text(what.delivery), "uuid") << ", " << row.arg(to_text(what.id), "text")
        << ", " << row.arg(with.locks->seal(how.body, what.created), "text") << ", "
        << row.arg(at, "timestamptz") << ", " << row.arg(at, "timestamptz") << ")";
    talk_.tell(row);
    return true;
  });
}

result<std::optional<claim_row>> claim_rows::find(const uuid& id) {
  return guarded<std::optional<claim_row>>("reading a claim", [&] {
    sql_text sql = reading();
    sql << " AND c.id = " << sql.arg(to_text(id), "uuid");
    return read_one(sql);
  });
}

result<std::optional<claim_row>> claim_rows::find_number(const std::string& theirs) {
  return guarded<std::optional<claim_row>>("reading a claim", [&] {
    sql_text sql = reading();
    sql << " AND c.number = " << sql.arg(theirs, "text") << " ORDER BY c.id DESC LIMIT 1";
    return read_one(sql);
  });
}

result<std::vector<claim_row>> claim_rows::alike(const std::string& likeness) {
  return guarded<std::vector<claim_row>>("reading claims", [&] {
    sql_text sql = reading();
    sql << " AND c.likeness = " << sql.arg(key_of("gesy-claim", likeness), "uuid") << " ORDER BY c.id DESC";
    return read(sql);
  });
}

result<ports::page<claim_row>> claim_rows::list(const std::string& status, const std::string& cursor,
                                                int limit) {
  return guarded<ports::page<claim_row>>("reading claims", [&] {
    const int most = std::clamp(limit, 1, 1000);
    sql_text sql = reading();
    if (!status.empty()) sql << " AND c.status = " << sql.arg(status, "text");
    if (!cursor.empty()) sql << " AND c.id < " << sql.arg(cursor, "uuid");
    sql << " ORDER BY c.id DESC LIMIT " << sql.arg(int64_t{most} + 1, "bigint");
    ports::page<claim_row> out;
    out.items = read(sql);
    if (int(out.items.size()) > most) {
      out.items.pop_back();
      out.next = to_text(out.items.back().id);
    }
    return out;
  });
}

result<std::vector<ports::claim_answer>> claim_rows::answers(const uuid& of) {
  return guarded<std::vector<ports::claim_answer>>("reading a claim's answers", [&] {
    sql_text sql = talk_.text();
    sql << "SELECT CAST(at AS text), status, answer FROM gesy_claim_answers WHERE claim_id = "
        << sql.arg(to_text(of), "uuid") << " AND clinic_id" << sql.beside(talk_.context().clinic)
        << " ORDER BY at";
    std::vector<ports::claim_answer> out;
    for (const auto& row : talk_.ask(sql))
      out.push_back(
        {read_time(required(row[0])).value_or(timestamp{}), required(row[1]), opened(required(row[2]))});
    return out;
  });
}

result<std::vector<claim_row>> claim_rows::due(const std::string& system, int most) {
  return guarded<std::vector<claim_row>>("reading claims", [&] {
    sql_text sql = reading();
    sql << " AND c.status NOT IN ('rejected', 'withdrawn', 'paid') AND c.system = " << sql.arg(system, "text")
        << " AND (c.next_look_at <= " << sql.arg(sortable(talk_.now()), "timestamptz")
        << " OR (c.next_look_at IS NULL AND (d.id IS NULL OR d.state IN ('sent', 'skipped'))))"
        << " ORDER BY c.next_look_at, c.id LIMIT " << sql.arg(int64_t{most}, "bigint");
    return read(sql, false);
  });
}

/// As long as its delivery is skipped; and then nobody retries it any more.
bool claim_rows::withdraw(const claim_row& what) {
  sql_text sql = talk_.text();
  sql << "UPDATE delivery SET last_code = 'withdrawn' WHERE id = " << sql.arg(to_text(what.delivery), "uuid")
      << " AND state = 'skipped' AND clinic_id" << sql.beside(talk_.context().clinic) << " RETURNING 1";
  return !talk_.ask(sql).empty();
}

result<bool> claim_rows::told(const claim_row& was, const claim_row& now) {
  return guarded<bool>("writing what became of a claim", [&] {
    auto& locks = *talk_.context().locks;
    const auto at = sortable(talk_.now());
    if (!now.number.empty() && now.number != was.number) {
      sql_text others = talk_.text();
      others << "SELECT 1 FROM gesy_claims WHERE number = " << others.arg(now.number, "text") << " AND id <> "
             << others.arg(to_text(now.id), "uuid") << " AND clinic_id"
             << others.beside(talk_.context().clinic);
      if (!talk_.ask(others).empty()) return false;
    }
    if (now.status == "withdrawn" && !withdraw(now)) return false;
    const bool another = !now.answer.empty() && now.answer != was.answer;
    const auto sealed = another ? locks.seal(now.answer, talk_.now()) : std::string();
    sql_text sql = talk_.text();
    sql << "UPDATE gesy_claims SET status = " << sql.arg(now.status, "text")
        << ", number = " << sql.arg(text_or_null(now.number), "text")
        << ", looks = " << sql.arg(int64_t{now.looks}, "integer") << ", next_look_at = "
        << sql.arg(now.next_look ? sql_value(sortable(*now.next_look)) : sql_value(), "timestamptz");
    if (another)
      sql << ", answer = " << sql.arg(sealed, "text") << ", changed_at = " << sql.arg(at, "timestamptz");
    sql << " WHERE id = " << sql.arg(to_text(now.id), "uuid")
        << " AND status = " << sql.arg(was.status, "text")
        << " AND looks = " << sql.arg(int64_t{was.looks}, "integer") << " AND clinic_id"
        << sql.beside(talk_.context().clinic) << " RETURNING 1";
    if (talk_.ask(sql).empty()) return false;
    if (!another) return true;
    sql_text kept = talk_.text();
    kept << "INSERT INTO gesy_claim_answers (claim_id, clinic_id, at, status, answer) VALUES ("
         << kept.arg(to_text(now.id), "uuid") << ", " << kept.arg(talk_.context().clinic, "integer") << ", "
         << kept.arg(at, "timestamptz") << ", " << kept.arg(now.status, "text") << ", "
         << kept.arg(sealed, "text") << ") ON CONFLICT DO NOTHING";
    talk_.tell(kept);
    return true;
  });
}

result<ports::claims_standing> claim_rows::standing() {
  return guarded<ports::claims_standing>("counting claims", [&] {
    sql_text sql = talk_.text();
    const auto counted = [&](const char* which) {
      sql << ", CAST(sum(CASE WHEN " << which << " THEN 1 ELSE 0 END) AS text)";
    };
    const char* waits = "d.state IN ('waiting', 'inflight')";
    sql << "SELECT CAST(min(CASE WHEN " << waits << " THEN c.created_at END) AS text)";
    counted(waits);
    counted(talk_.context().speaks == dialect::sqlite ? "d.perhaps = 1 AND d.state = 'waiting'"
                                                      : "d.perhaps AND d.state = 'waiting'");
    counted("d.state = 'parked'");
    counted("d.id IS NULL OR d.state = 'sent'");
    sql << " FROM gesy_claims c LEFT JOIN delivery d ON d.id = c.delivery_id WHERE c.clinic_id"
        << sql.beside(talk_.context().clinic) << " AND c.status NOT IN ('rejected', 'withdrawn', 'paid')";
    const auto row = talk_.ask(sql).at(0);
    const auto number = [&](size_t at) { return row[at] ? read_integer(*row[at]) : 0; };
    ports::claims_standing out;
    if (row[0]) out.oldest_waiting = read_time(*row[0]);
    out.waiting = number(1);
    out.perhaps = number(2);
    out.parked = number(3);
    out.open = number(4);
    return out;
  });
}

} // namespace aorta::store
