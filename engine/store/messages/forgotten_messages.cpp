#include "engine/store/messages/forgotten_messages.hpp"

#include "engine/store/sql/clean_text.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace aorta::store {
namespace {

using ports::forgetting;
using ports::forgotten;

/// Of a row `l`: somebody or something may still want it as it came. Each look goes by an index; a delivery
/// has one where a person asked for it, and another where nobody did.
constexpr const char* waits =
  "(EXISTS (SELECT 1 FROM accepted_messages a WHERE a.message_id = l.id)"
  " OR EXISTS (SELECT 1 FROM review_queue r WHERE r.message_id = l.id AND r.state = 'open')"
  " OR EXISTS (SELECT 1 FROM waiting_claims w WHERE w.message_id = l.id)"
  " OR EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = l.id AND d.message_id IS NOT NULL AND NOT d.resent"
  " AND d.state NOT IN ('sent', 'skipped'))"
  " OR EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = l.id AND d.resent AND d.state NOT IN ('sent', 'skipped'))"
  " OR EXISTS (SELECT 1 FROM critical_alert c WHERE c.message_id = l.id AND c.message_id IS NOT NULL"
  " AND c.state NOT IN ('closed', 'folded', 'superseded', 'withdrawn')))";

/// Of a row `l`. What was refused keeps its row, by which its repeat is refused as it was.
constexpr const char* bytes_done_with =
  "l.raw_message <> '' AND (l.processing_status IN ('processed', 'duplicate') OR"
  " (l.processing_status = 'failed' AND l.ack_code IN ('AE', 'AR', 'CE', 'CR')))";
constexpr const char* row_done_with =
  "(l.processing_status = 'duplicate' OR"
  " (l.processing_status = 'processed' AND COALESCE(l.ack_code, '') NOT IN ('AE', 'AR', 'CE', 'CR')))";

/// Persons have messages of the clinic run again: they may be any.
sql_text runs_again(dialect speaks, model::clinic_id clinic) {
  sql_text sql(speaks);
  sql << "SELECT '1' FROM jobs WHERE kind LIKE 'reprocess%' AND state = 'running' AND clinic_id = "
      << sql.arg(clinic, "bigint") << " LIMIT 1";
  return sql;
}

sql_text page_of(dialect speaks, const forgetting& of) {
  sql_text sql(speaks);
  sql << "SELECT CAST(l.id AS text), CASE WHEN "
      << (of.what == forgetting::part::bytes ? bytes_done_with : row_done_with)
      << " THEN '1' ELSE '0' END FROM hl7_message_log l WHERE l.clinic_id" << sql.beside(of.clinic)
      << " AND l.id > " << sql.arg(to_text(of.after), "uuid") << " AND l.id < "
      << sql.arg(first_id_at(of.before), "uuid") << " AND l.created_at < "
      << sql.arg(sortable(of.before), "timestamptz") << " ORDER BY l.id LIMIT "
      << sql.arg(int64_t{of.most}, "bigint");
  return sql;
}

class page_forgetter {
public:
  page_forgetter(dialect speaks, const forgetting& of, const std::vector<std::string>& ids)
      : speaks_(speaks),
        of_(of),
        ids_(ids) {}

  std::vector<sql_text> statements() const {
    std::vector<sql_text> out;
    // Whoever has one of them sent again at this moment has its row locked: what he adds is seen by the
    // statement behind this one.
    if (speaks_ == dialect::postgresql) {
      sql_text lock(speaks_);
      lock << "SELECT CAST(l.id AS text) FROM hl7_message_log l WHERE ";
      narrow(lock);
      out.push_back(lock << " ORDER BY l.id FOR UPDATE");
    }
    // By a row an erasure finds what else tells of its person: that goes with it. A message of nobody is
    // found by its bytes.
    const bool rows = of_.what == forgetting::part::rows;
    for (const auto* what :
         {"UPDATE review_queue SET claims = NULL, subject = NULL WHERE state <> 'open' AND ",
          "UPDATE delivery SET body = NULL WHERE body IS NOT NULL AND "}) {
      sql_text also(speaks_);
      also << what << "message_id IN (SELECT l.id FROM hl7_message_log l WHERE ";
      gone(also, rows ? row_done_with : bytes_done_with);
      out.push_back(also << (rows ? "" : " AND l.patient_id IS NULL") << ") RETURNING '1'");
    }
    if (rows) {
      sql_text keys(speaks_);
      keys
        << "DELETE FROM message_search_keys WHERE message_id IN (SELECT l.id FROM hl7_message_log l WHERE ";
      gone(keys, row_done_with);
      out.push_back(keys << ") RETURNING '1'");
    }
    sql_text change(speaks_);
    if (rows) {
      change << "DELETE FROM hl7_message_log AS l WHERE ";
      gone(change, row_done_with);
    } else {
      change
        << "UPDATE hl7_message_log AS l SET raw_message = '', trace = CASE WHEN l.patient_id IS NULL THEN NULL ELSE l.trace END WHERE ";
      gone(change, bytes_done_with);
    }
    out.push_back(change << " RETURNING '1'");
    return out;
  }

private:
  void narrow(sql_text& sql) const {
    sql << "l.id" << sql.list(ids_, "uuid") << " AND l.clinic_id" << sql.beside(of_.clinic)
        << " AND l.created_at < " << sql.arg(sortable(of_.before), "timestamptz");
  }
  void gone(sql_text& sql, const char* done_with) const {
    narrow(sql);
    sql << " AND " << done_with << " AND NOT " << waits;
  }

  dialect speaks_;
  const forgetting& of_;
  const std::vector<std::string>& ids_;
};

} // namespace

std::string first_id_at(timestamp when) {
  uuid out;
  auto left = uint64_t(std::max<int64_t>(
    std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count(), 0));
  for (size_t i = 6; i-- > 0; left >>= 8) out.bytes[i] = uint8_t(left);
  for (size_t i = 6; i < out.bytes.size(); ++i) out.bytes[i] = 0;
  return to_text(out);
}

forgotten forget_messages(dialect speaks, const run_alone& run, const forgetting& what) {
  forgotten out;
  out.reached = what.after;
  const auto looked = run({runs_again(speaks, what.clinic), page_of(speaks, what)}, false, what.clinic);
  if (!looked.at(0).empty() || looked.at(1).empty()) return out;
  std::vector<std::string> ids;
  for (const auto& row : looked[1])
    if (required(row[1]) == "1") ids.push_back(required(row[0]));
  if (!ids.empty())
    out.gone = int64_t(run(page_forgetter(speaks, what, ids).statements(), true, what.clinic).back().size());
  out.reached = uuid_from_text(required(looked[1].back()[0])).value_or(what.after);
  out.more = int(looked[1].size()) == what.most;
  return out;
}

} // namespace aorta::store
