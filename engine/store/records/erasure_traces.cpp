#include "engine/store/records/erasure_traces.hpp"

#include "engine/ports/message_record.hpp"
#include "engine/store/records/person_words.hpp"
#include "engine/store/sql/failure.hpp"

namespace aorta::store {
namespace {

constexpr int64_t piece = 500;

uuid id_of(const std::optional<std::string>& cell) { return uuid_from_text(required(cell)).value_or(uuid{}); }

/// ` AND id > LAST ORDER BY id LIMIT n`
void page(sql_text& sql, const std::optional<uuid>& past) {
  if (past) sql << " AND id > " << sql.arg(to_text(*past), "uuid");
  sql << " ORDER BY id LIMIT " << sql.arg(piece, "bigint");
}

/// An ID card, ARC or Gesy number is this person's; the clinic's own number may stand in another's message by
/// mistake, and counts with a name beside it.
bool names(const person_words& words, const std::string& raw) {
  return words.national.in(raw) || (words.own.in(raw) && words.names.in(raw));
}

void read_messages(record_talk& with, const person_words& words, ports::traces& to) {
  for (size_t rows = piece; rows == size_t{piece};) {
    sql_text sql = with.text();
    sql
      << "SELECT CAST(id AS text), raw_message, processing_status FROM hl7_message_log WHERE patient_id IS NULL"
      << " AND (clinic_id IS NULL OR clinic_id" << sql.beside(with.context().clinic) << ")";
    page(sql, to.to_message);
    const auto found = with.ask(sql);
    rows = found.size();
    for (const auto& row : found) {
      to.to_message = id_of(row[0]);
      const auto raw = with.context().locks->unseal(required(row[1]));
      if (!raw || !names(words, *raw)) continue;
      const auto state = ports::message_status_from(required(row[2]));
      const bool closed = state == ports::message_status::failed ||
        state == ports::message_status::duplicate || state == ports::message_status::processed;
      (closed ? to.messages : to.waiting).push_back(*to.to_message);
    }
  }
}

void read_accesses(record_talk& with, const person_words& words, ports::traces& to) {
  for (size_t rows = piece; rows == size_t{piece};) {
    sql_text sql = with.text();
    sql << "SELECT CAST(id AS text), criteria, fault, resource FROM security_audit WHERE clinic_id"
        << sql.beside(with.context().clinic)
        << " AND (criteria IS NOT NULL OR fault IS NOT NULL OR resource LIKE 'gAAAA%')";
    page(sql, to.to_audit);
    const auto found = with.ask(sql);
    rows = found.size();
    for (const auto& row : found) {
      to.to_audit = id_of(row[0]);
      for (size_t i = 1; i < 4; ++i)
        if (const auto text = row[i] ? with.context().locks->decrypt(*row[i]) : std::nullopt;
            text && words.all.in(*text)) {
          to.audit.push_back(*to.to_audit);
          break;
        }
    }
  }
}

} // namespace

ports::traces read_traces(record_talk& with, std::span<const model::patient_id> people,
                          const ports::traces& before) {
  auto out = before;
  const auto words = words_of(with, people);
  read_messages(with, words, out);
  read_accesses(with, words, out);
  return out;
}

} // namespace aorta::store
