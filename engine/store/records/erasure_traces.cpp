#include "engine/store/records/erasure_traces.hpp"

#include "engine/ports/message_record.hpp"
#include "engine/store/records/person_words.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

constexpr int64_t piece = 500;

uuid id_of(const std::optional<std::string>& cell) { return uuid_from_text(required(cell)).value_or(uuid{}); }

/// Ids are made when something comes, rows are there when it is committed: what came before the last one that
/// was read may have become visible since.
std::string a_while_before(const uuid& last) {
  constexpr uint64_t ten_minutes = 10 * 60 * 1000;
  uint64_t at = 0;
  for (size_t i = 0; i < 6; ++i) at = at << 8 | last.bytes[i];
  at -= std::min(at, ten_minutes);
  uuid out{};
  for (size_t i = 0; i < 6; ++i) out.bytes[i] = uint8_t(at >> (40 - 8 * i));
  return to_text(out);
}

/// Who the message's patient is, where it is HL7: the segments that tell it. Else all of it.
std::string patient_part(const std::string& raw) {
  if (!raw.starts_with("MSH") && !raw.starts_with("FHS") && !raw.starts_with("BHS")) return raw;
  std::string out;
  for (size_t at = 0; at < raw.size();) {
    const auto end = std::min(raw.find_first_of("\r\n", at), raw.size());
    const auto segment = std::string_view(raw).substr(at, end - at);
    if (segment.starts_with("PID") || segment.starts_with("MRG") || segment.starts_with("QPD") ||
        segment.starts_with("QRD"))
      out.append(segment).append("\r");
    at = end + 1;
  }
  return out;
}

/// An ID card, ARC or Gesy number is this person's; the clinic's own number may stand in another's message by
/// mistake, and counts with a name beside it.
bool is_of_person(const person_words& words, const std::string& raw) {
  const auto who = patient_part(raw);
  return words.national.in(who) || (words.own.in(who) && words.names.in(who));
}

class trace_reading {
public:
  trace_reading(record_talk& with, const person_words& words, ports::traces& to)
      : talk_(with),
        words_(words),
        to_(to) {}

  void messages(const ports::traces& before) {
    std::vector<std::string> again;
    for (const auto* list : {&before.messages, &before.waiting, &before.others})
      for (const auto& each : *list) again.push_back(to_text(each));
    if (!again.empty()) {
      auto sql = of_nobody();
      sql << " AND id" << sql.list(again, "uuid");
      for (const auto& row : talk_.ask(sql)) message(row);
    }
    page([&] { return of_nobody(); }, to_.to_message, [&](const text_row& row) { message(row); });
  }

  void accesses() {
    page(
      [&] {
        auto sql = talk_.text();
        sql << "SELECT CAST(id AS text), criteria, fault, resource FROM security_audit WHERE clinic_id"
            << sql.beside(talk_.context().clinic)
            << " AND (criteria IS NOT NULL OR fault IS NOT NULL OR resource LIKE 'gAAAA%')";
        return sql;
      },
      to_.to_audit, [&](const text_row& row) { access(row); });
  }

private:
  sql_text of_nobody() {
    auto sql = talk_.text();
    sql
      << "SELECT CAST(id AS text), raw_message, processing_status, CASE WHEN processing_status = 'unmatched' AND EXISTS (SELECT 1"
         " FROM review_queue q WHERE q.message_id = hl7_message_log.id AND q.state = 'open') THEN '1' ELSE '0' END"
         " FROM hl7_message_log WHERE patient_id IS NULL"
      << " AND (clinic_id IS NULL OR clinic_id" << sql.beside(talk_.context().clinic) << ")";
    return sql;
  }

  template <class F, class G>
  void page(F&& question, std::optional<uuid>& to, G&& take) {
    auto past = to ? std::optional(a_while_before(*to)) : std::nullopt;
    for (size_t rows = piece; rows == size_t{piece};) {
      auto sql = question();
      if (past) sql << " AND id > " << sql.arg(*past, "uuid");
      sql << " ORDER BY id LIMIT " << sql.arg(piece, "bigint");
      const auto found = talk_.ask(sql);
      rows = found.size();
      for (const auto& row : found) take(row);
      if (found.empty()) continue;
      to = id_of(found.back()[0]);
      past = to_text(*to);
    }
  }

  void add(std::vector<uuid>& to, const uuid& id) {
    if (std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
  }

  void message(const text_row& row) {
    const auto raw = talk_.context().locks->unseal(required(row[1]));
    if (!raw || raw->empty()) return;
    const auto id = id_of(row[0]);
    const auto state = ports::message_status_from(required(row[2]));
    using enum ports::message_status;
    if (!is_of_person(words_, *raw)) return;
    const bool asked = required(row[3]) == "1"; // else a person rejected it
    if ((state == unmatched && asked) || state == received) add(to_.waiting, id);
    else if (state != processed && raw->starts_with("MSH")) add(to_.messages, id);
    else add(to_.others, id);
  }

  void access(const text_row& row) {
    for (size_t i = 1; i < 4; ++i) {
      const auto text = row[i] ? talk_.context().locks->decrypt(*row[i]) : std::nullopt;
      if (text && (words_.all.in(*text) || words_.birth.in(*text))) return add(to_.audit, id_of(row[0]));
    }
  }

  record_talk& talk_;
  const person_words& words_;
  ports::traces& to_;
};

} // namespace

ports::traces read_traces(record_talk& with, std::span<const model::patient_id> people,
                          const ports::traces& before) {
  ports::traces out;
  out.audit = before.audit;
  out.to_message = before.to_message;
  out.to_audit = before.to_audit;
  const auto words = words_of(with, people);
  trace_reading work(with, words, out);
  work.messages(before);
  work.accesses();
  return out;
}

} // namespace aorta::store
