#include "engine/store/messages/rows.hpp"

// Tables, a row a line:
// clang-format off

namespace aorta::store {
namespace {

std::string names(const std::vector<column>& columns, std::string_view before = "", std::string_view between = ", ") {
  std::string out;
  for (const auto& c : columns) {
    if (!out.empty()) out += between;
    out.append(before).append(c.name);
  }
  return out;
}

row_statement insertion(std::string_view table, std::vector<column> columns, std::string_view then = "") {
  const std::string start = "INSERT INTO " + std::string(table) + " (" + names(columns) + ") ";
  row_statement out;
  out.sqlite = start + "VALUES (" + marks(columns.size()) + ")" + std::string(then);
  out.postgresql = start + unnested(columns) + std::string(then);
  out.columns = std::move(columns);
  return out;
}

/// Changes the row whose first column is the same. `also` follows the assignments.
row_statement replacement(std::string_view table, std::vector<column> columns, std::string_view also = "") {
  const std::string start = "UPDATE " + std::string(table) + " SET ";
  const std::string first(columns[0].name);
  row_statement out;
  out.sqlite = start;
  out.postgresql = start;
  for (size_t i = 1; i < columns.size(); ++i) {
    const std::string name(columns[i].name), comma = i > 1 ? ", " : "";
    out.sqlite += comma + name + " = ?" + std::to_string(i + 1);
    out.postgresql += comma + name + " = u." + name;
  }
  out.sqlite += std::string(also) + " WHERE " + first + " = ?1";
  out.postgresql += std::string(also) + " FROM (" + unnested(columns) + ") u WHERE " + std::string(table) + "." + first + " = u." + first;
  out.columns = std::move(columns);
  return out;
}

std::vector<column> version_columns() {
  std::vector<column> out = result_columns();
  out[0].name = "result_id";
  out.push_back({"superseded_at", cell::time});
  return out;
}

/// Copies current rows into the history; what a person verified goes with its version.
row_statement copy_to_history() {
  auto from = result_columns();
  const std::string rest = names({from.begin() + 1, from.end()}, "r.");
  const std::string start = "INSERT INTO lab_result_versions (" + names(version_columns()) + ", verified_by, verified_at) SELECT r.id, " + rest;
  row_statement out;
  out.columns = {{"id", cell::id}, {"superseded_at", cell::time}};
  out.sqlite = start + ", ?2, r.verified_by, r.verified_at FROM lab_results r WHERE r.id = ?1";
  out.postgresql = start + ", u.superseded_at, r.verified_by, r.verified_at FROM (" + unnested(out.columns) + ") u JOIN lab_results r ON r.id = u.id";
  return out;
}

/// Cells of the result's own history, by its number there.
row_statement from_history(std::vector<column> given, const std::string& also, const std::vector<std::string>& names) {
  row_statement out;
  out.sqlite = out.postgresql = "UPDATE lab_results SET " + also;
  for (const auto& name : names)
    for (auto* sql : {&out.sqlite, &out.postgresql}) *sql += ", " + name + " = v." + name;
  const std::string same = "v.result_id = lab_results.id AND v.patient_id = lab_results.patient_id AND v.version = ";
  out.sqlite += " FROM lab_result_versions v WHERE lab_results.id = ?1 AND " + same + "?2";
  out.postgresql += " FROM (" + unnested(given) + ") u, lab_result_versions v WHERE lab_results.id = u.id AND " + same + "u.version";
  out.columns = std::move(given);
  return out;
}

/// The version of that number is current again, under a number of its own; its copy stays in the history.
row_statement restored() {
  std::vector<std::string> names{"verified_by", "verified_at"};
  for (const auto& c : result_columns())
    if (c.name != "id" && c.name != "patient_id" && c.name != "clinic_id" && c.name != "version" && c.name != "created_at") names.emplace_back(c.name);
  auto out = from_history({{"id", cell::id}, {"version", cell::integer}, {"created_at", cell::time}}, "version = COALESCE(lab_results.version, 1) + 1", names);
  out.sqlite.replace(out.sqlite.find(" FROM "), 0, ", created_at = ?3");
  out.postgresql.replace(out.postgresql.find(" FROM "), 0, ", created_at = u.created_at");
  return out;
}

/// What a cancellation by its order, which names no test, leaves as the test's last report had it.
row_statement kept() {
  return from_history({{"id", cell::id}, {"version", cell::integer}}, "lab_order_id = COALESCE(lab_results.lab_order_id, v.lab_order_id)",
                      {"reference_range_low", "reference_range_high", "reference_range_text", "range_low_decimals", "range_high_decimals", "range_low_inclusive",
                       "range_high_inclusive", "result_ambiguous", "sent_unit", "sent_range", "collected_offset_minutes", "collected_precision", "performer",
                       "performer_code", "parent_code", "parent_sub_id", "parent_placer_number", "parent_filler_number", "sent_other_code",
                       "sent_other_system", "sent_other_name", "report_id", "sent_observer", "sent_method", "sent_device", "specimen_id", "specimen_type",
                       "specimen_site"});
}

row_statement upsert_unmapped() {
  row_statement out = insertion("unmapped_codes",
                                {{"clinic_id", cell::integer}, {"lab_code", cell::text}, {"code", cell::text}, {"name", cell::text},
                                 {"count", cell::integer}, {"first_seen", cell::time}, {"last_seen", cell::time}});
  const std::string then = " ON CONFLICT (clinic_id, lab_code, code) DO UPDATE SET count = unmapped_codes.count + excluded.count,"
                           " name = COALESCE(excluded.name, unmapped_codes.name), last_seen = excluded.last_seen";
  out.sqlite += then;
  out.postgresql += then;
  return out;
}

row_statement upsert_unmapped_unit() {
  row_statement out = insertion("unmapped_units",
                                {{"clinic_id", cell::integer}, {"lab_code", cell::text}, {"code", cell::text}, {"unit", cell::text},
                                 {"count", cell::integer}, {"first_seen", cell::time}, {"last_seen", cell::time}});
  const std::string then = " ON CONFLICT (clinic_id, lab_code, code, unit) DO UPDATE SET count = unmapped_units.count + excluded.count,"
                           " last_seen = excluded.last_seen";
  out.sqlite += then;
  out.postgresql += then;
  return out;
}

/// What was issued before does not come back over what was issued later.
row_statement upsert_report() {
  row_statement out = insertion("lab_reports",
                                {{"id", cell::id}, {"clinic_id", cell::integer}, {"patient_id", cell::integer}, {"lab_order_id", cell::id},
                                 {"placer_order_number", cell::text}, {"filler_order_number", cell::text}, {"panel_code", cell::text}, {"panel_name", cell::text},
                                 {"panel_system", cell::text}, {"status", cell::text}, {"performing_lab", cell::text}, {"performing_lab_code", cell::text},
                                 {"collected_at", cell::time}, {"collected_offset_minutes", cell::integer}, {"collected_precision", cell::integer},
                                 {"issued_at", cell::time}, {"issued_offset_minutes", cell::integer}, {"issued_precision", cell::integer},
                                 {"results", cell::integer}, {"message_id", cell::id}, {"created_at", cell::time}, {"updated_at", cell::time}});
  std::string then = " ON CONFLICT (id) DO UPDATE SET results = CASE WHEN excluded.results > lab_reports.results THEN excluded.results ELSE lab_reports.results END";
  for (const char* column : {"lab_order_id", "placer_order_number", "filler_order_number", "panel_name", "panel_system", "status", "collected_at",
                             "collected_offset_minutes", "collected_precision", "issued_at", "issued_offset_minutes", "issued_precision", "message_id", "updated_at"})
    then.append(", ").append(column).append(" = COALESCE(excluded.").append(column).append(", lab_reports.").append(column).append(")");
  then += " WHERE lab_reports.issued_at IS NULL OR excluded.issued_at IS NULL OR excluded.issued_at >= lab_reports.issued_at";
  out.sqlite += then;
  out.postgresql += then;
  return out;
}

/// Unless another message cancelled them too.
row_statement reopened_orders() {
  row_statement out;
  out.columns = {{"message_id", cell::id}};
  const auto build = [](const std::string& message, const std::string& from) {
    const std::string lost = from + " WHERE e.message_id = " + message + " AND e.order_id = lab_orders.id AND e.order_status IS NOT NULL";
    return "UPDATE lab_orders SET status = (SELECT max(e.order_status) FROM " + lost + ") WHERE status = 'cancelled' AND id IN (SELECT e.order_id FROM " +
           from + " WHERE e.message_id = " + message + " AND e.order_status IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM lab_endings o"
           " WHERE o.order_id = lab_orders.id AND o.letter = 'X' AND ";
  };
  out.sqlite = build("?1", "lab_endings e") + "o.message_id <> ?1)";
  out.postgresql = build("ANY($1::uuid[])", "lab_endings e") + "o.message_id <> ALL($1::uuid[]))";
  return out;
}

/// Until another message says how the order stands, its results alone tell.
row_statement unsaid_reports() {
  row_statement out;
  out.columns = {{"message_id", cell::id}, {"updated_at", cell::time}};
  const std::string start = "UPDATE lab_reports SET status = NULL, issued_at = NULL, issued_offset_minutes = NULL, issued_precision = NULL, updated_at = ";
  out.sqlite = start + "?2 WHERE message_id = ?1 AND id IN (SELECT report_id FROM lab_endings WHERE message_id = ?1)";
  out.postgresql = start + "u.updated_at FROM (" + unnested(out.columns) + ") u JOIN lab_endings e ON e.message_id = u.message_id"
                   " WHERE lab_reports.id = e.report_id AND lab_reports.message_id = u.message_id";
  return out;
}

row_statement forgotten_endings() {
  row_statement out;
  out.columns = {{"message_id", cell::id}};
  out.sqlite = "DELETE FROM lab_endings WHERE message_id = ?1";
  out.postgresql = "DELETE FROM lab_endings WHERE message_id = ANY($1::uuid[])";
  return out;
}

/// Few refusals are open at a time: their index is small.
row_statement refusals_of_taken() {
  row_statement out;
  out.columns = {{"subject", cell::key}, {"clinic_id", cell::integer}, {"resolved_at", cell::time}};
  const std::string start = "UPDATE review_queue SET state = 'resolved', action = 'sent-again', resolved_at = ";
  const std::string then = " AND kind = 'refused' AND state = 'open'";
  out.sqlite = start + "?3 WHERE subject = ?1 AND clinic_id = ?2" + then;
  out.postgresql = start + "u.resolved_at FROM (" + unnested(out.columns) + ") u WHERE review_queue.subject = u.subject AND review_queue.clinic_id = u.clinic_id" + then;
  return out;
}

constexpr const char* ended_alert = "('superseded', 'withdrawn')";

/// Written before the alert changes.
row_statement moved_alerts() {
  row_statement out;
  out.columns = {{"clinic_id", cell::integer}, {"subject", cell::key}, {"patient_id", cell::integer}, {"stands", cell::boolean}, {"at", cell::time}};
  const auto build = [](const std::string& at, const std::string& patient, const std::string& stands, const std::string& from, const std::string& differs) {
    const std::string again = stands + " AND a.state IN " + ended_alert;
    return "INSERT INTO critical_step (clinic_id, alert_id, at, kind, target) SELECT a.clinic_id, a.id, " + at + ", CASE WHEN " + again +
           " THEN 'reopened' ELSE 'moved' END, CAST(" + patient + " AS text) FROM " + from + " AND (a.patient_id " + differs + " " + patient + " OR (" + again + "))";
  };
  out.sqlite = build("?5", "?3", "?4", "critical_alert a WHERE a.clinic_id = ?1 AND a.subject = ?2", "IS NOT");
  out.postgresql = build("u.at", "u.patient_id", "u.stands",
                         "(" + unnested(out.columns) + ") u JOIN critical_alert a ON a.clinic_id = u.clinic_id AND a.subject = u.subject WHERE true", "IS DISTINCT FROM");
  return out;
}

/// Alerts that were folded into one which goes to another patient, while their own value stays. What a correction has replaced tells nothing any more.
template <class Build>
row_statement folded_alerts(Build build) {
  row_statement out;
  out.columns = {{"clinic_id", cell::integer}, {"subject", cell::key}, {"patient_id", cell::integer}, {"stands", cell::boolean}, {"at", cell::time}};
  const auto left = [](const std::string& patient) {
    return std::string(" AND a.state NOT IN ") + ended_alert + " AND a.patient_id IS NOT NULL AND (" + patient + " IS NULL OR a.patient_id <> " + patient +
           ") AND f.same_as = a.id AND f.same_as IS NOT NULL AND f.state = 'folded' AND f.patient_id = a.patient_id";
  };
  out.sqlite = build("?5", "critical_alert a, critical_alert f WHERE a.clinic_id = ?1 AND a.subject = ?2" + left("?3"));
  out.postgresql = build("u.at", "(" + unnested(out.columns) + ") u, critical_alert a, critical_alert f WHERE a.clinic_id = u.clinic_id AND a.subject = u.subject" + left("u.patient_id"));
  return out;
}

row_statement steps_of_unfolded() {
  return folded_alerts([](const std::string& at, const std::string& meant) {
    return "INSERT INTO critical_step (clinic_id, alert_id, at, kind) SELECT f.clinic_id, f.id, " + at + ", 'reopened' FROM " + meant;
  });
}

/// Heard of now for the first time: what is due counts from here.
row_statement unfolded_alerts() {
  return folded_alerts([](const std::string& at, const std::string& meant) {
    return "UPDATE critical_alert SET state = 'open', same_as = NULL, level = 0, admitted = false, next_at = w.at, detected_at = w.at FROM (SELECT f.id, " + at +
           " AS at FROM " + meant + ") w WHERE critical_alert.id = w.id";
  });
}

/// Filed once more it is the same alert, whosever it is now. If it had ended, and stands again, it begins anew; so it does when it was another patient's, or
/// is nobody's any more, unless a person has it now: who was told, or closed it, has heard of somebody else. So it does when a value without a message has come back: it was another one meanwhile. Where nobody was known and somebody is now, its ladder is another one: that
/// begins at its foot, unless a person has the alert already.
row_statement upsert_alert() {
  const std::string away = "(critical_alert.patient_id IS NOT NULL AND (excluded.patient_id IS NULL OR excluded.patient_id <> critical_alert.patient_id)"
                           " AND critical_alert.state NOT IN ('late', 'acknowledged', 'read_back'))";
  const std::string back = "(critical_alert.message_id IS NULL AND NOT excluded.repeats AND critical_alert.state IN ('closed', 'folded'))";
  const std::string again = std::string("excluded.next_at IS NOT NULL AND (critical_alert.state IN ") + ended_alert + " OR " + away + " OR " + back + ")";
  std::string then = " ON CONFLICT (clinic_id, subject) DO UPDATE SET patient_id = excluded.patient_id, result_id = excluded.result_id";
  for (const char* column : {"state", "why", "content", "observed_at", "detected_at", "repeats"})
    then += ", " + std::string(column) + " = CASE WHEN " + again + " THEN excluded." + column + " ELSE critical_alert." + column + " END";
  const std::string found = "critical_alert.patient_id IS NULL AND excluded.patient_id IS NOT NULL AND excluded.next_at IS NOT NULL"
                            " AND critical_alert.state IN ('open', 'notified', 'delivered', 'escalated')";
  then += ", next_at = CASE WHEN (" + again + ") OR (" + found + ") THEN excluded.next_at ELSE critical_alert.next_at END";
  then += ", level = CASE WHEN (" + again + ") OR (" + found + ") THEN 0 ELSE critical_alert.level END, admitted = CASE WHEN " + again + " THEN false ELSE critical_alert.admitted END";
  for (const char* column : {"due_at", "notified_at", "delivered_at", "acknowledged_at", "acknowledged_by", "read_at", "closed_at", "closed_by", "outcome", "reason", "same_as"})
    then += ", " + std::string(column) + " = CASE WHEN " + again + " THEN NULL ELSE critical_alert." + column + " END";
  // Whoever was to call by hand still is: that review stays open until a person has the alert.
  then += ", review_id = CASE WHEN " + again + " AND critical_alert.state <> 'unreachable' THEN NULL ELSE critical_alert.review_id END";
  return insertion("critical_alert",
                   {{"id", cell::id}, {"clinic_id", cell::integer}, {"subject", cell::key}, {"why", cell::text}, {"message_id", cell::id},
                    {"position", cell::integer}, {"result_id", cell::id}, {"patient_id", cell::integer}, {"test_code", cell::text}, {"loinc_code", cell::text},
                    {"flag", cell::text}, {"band", cell::text}, {"content", cell::text}, {"repeats", cell::boolean}, {"observed_at", cell::time},
                    {"detected_at", cell::time}, {"state", cell::text}, {"next_at", cell::time}, {"place", cell::text}},
                   then);
}

/// Other alerts of the same result, or of the same place of the message. `build` is given where the values stand and which alerts are meant.
template <class Build>
row_statement other_alerts(Build build) {
  row_statement out;
  out.columns = {{"clinic_id", cell::integer}, {"result_id", cell::id}, {"message_id", cell::id}, {"position", cell::integer}, {"subject", cell::key},
                 {"state", cell::text}, {"at", cell::time}, {"place", cell::text}};
  const auto meant = [](const std::string& clinic, const std::string& result, const std::string& message, const std::string& position, const std::string& subject,
                        const std::string& stands, const std::string& place) {
    return clinic + " AND (a.result_id = " + result + " OR (a.message_id = " + message + " AND a.position = " + position + ")) AND COALESCE(a.place, '') = COALESCE(" + place + ", '') AND (" +
           subject + " IS NULL OR a.subject <> " + subject + ") AND " + stands + " NOT IN ('closed', 'folded', 'superseded', 'withdrawn')";
  };
  out.sqlite = build("?6", "?7", std::string(), meant("a.clinic_id = ?1", "?2", "?3", "?4", "?5", "a.state", "?8"));
  // By the result and by the message, never along all that are open.
  out.postgresql = build("u.state", "u.at", "(" + unnested(out.columns) + ") u", meant("a.clinic_id + 0 = u.clinic_id", "u.result_id", "u.message_id", "u.position", "u.subject", "(a.state || '')", "u.place"));
  return out;
}

row_statement steps_of_ended() {
  return other_alerts([](const std::string& state, const std::string& at, const std::string& from, const std::string& meant) {
    return "INSERT INTO critical_step (clinic_id, alert_id, at, kind) SELECT DISTINCT a.clinic_id, a.id, " + at + ", " + state + " FROM critical_alert a" +
           (from.empty() ? "" : ", " + from) + " WHERE " + meant;
  });
}

/// They are looked at once more: whoever was to call need not.
row_statement ended_alerts() {
  return other_alerts([](const std::string& state, const std::string& at, const std::string& from, const std::string& meant) {
    return "UPDATE critical_alert AS a SET state = " + state + ", next_at = " + at + (from.empty() ? "" : " FROM " + from) + " WHERE " + meant;
  });
}

row_statement removed_hint() {
  row_statement out;
  out.columns = {{"hash", cell::key}, {"patient_id", cell::integer}};
  out.sqlite = "DELETE FROM patient_blind_index WHERE hash = ?1 AND patient_id = ?2 AND kind = 'decided'";
  out.postgresql = "DELETE FROM patient_blind_index USING (" + unnested(out.columns) +
                   ") u WHERE patient_blind_index.hash = u.hash AND patient_blind_index.patient_id = u.patient_id AND patient_blind_index.kind = 'decided'";
  return out;
}

row_statement removed_key() {
  row_statement out;
  out.columns = {{"key", cell::key}, {"message_id", cell::id}};
  out.sqlite = "DELETE FROM hl7_message_keys WHERE key = ?1 AND message_id = ?2";
  out.postgresql = "DELETE FROM hl7_message_keys USING (" + unnested(out.columns) +
                   ") u WHERE hl7_message_keys.key = u.key AND hl7_message_keys.message_id = u.message_id";
  return out;
}

row_statement without_messages(const std::string& table) {
  row_statement out;
  out.columns = {{"message_id", cell::id}};
  out.sqlite = "DELETE FROM " + table + " WHERE message_id = ?1";
  out.postgresql = "DELETE FROM " + table + " WHERE message_id = ANY($1::uuid[])";
  return out;
}

std::array<row_statement, writes> build() {
  std::array<row_statement, writes> all;
  const auto put = [&](write which, row_statement s) { all[size_t(which)] = std::move(s); };
  put(write::bump, replacement("lab_results", {{"id", cell::id}, {"version", cell::integer}, {"order_key", cell::integer},
                                                {"placer_order_number", cell::text}, {"filler_order_number", cell::text}, {"collected_at", cell::time},
                                                {"ordinal", cell::integer}}));
  put(write::supersede, copy_to_history());
  // The version's key goes too: whatever is filed later for this patient starts anew.
  put(write::withdraw, replacement("lab_results", {{"id", cell::id}},
                                   "result_status = 'cancelled', observation_status = 'W', order_key = NULL, value_text = NULL, value_numeric = NULL,"
                                   " value_code = NULL, comparator = NULL, abnormal_flag = NULL, critical_value = false, comments = NULL, sent_value = NULL,"
                                   " sent_flag = NULL, organism = NULL, organism_code = NULL, parent_text = NULL, verified_by = NULL, verified_at = NULL, version = COALESCE(version, 1) + 1"));
  put(write::update, replacement("lab_results", result_columns(), ", verified_by = NULL, verified_at = NULL"));
  put(write::restore, restored());
  put(write::keep, kept());
  put(write::result, insertion("lab_results", result_columns()));
  put(write::history, insertion("lab_result_versions", version_columns()));
  put(write::attachment, insertion("lab_result_attachments",
                                   {{"id", cell::id}, {"result_id", cell::id}, {"message_id", cell::id}, {"clinic_id", cell::integer},
                                    {"patient_id", cell::integer}, {"content_type", cell::text}, {"size", cell::integer},
                                    {"content", cell::text}, {"created_at", cell::time}}));
  put(write::report, upsert_report());
  put(write::reopen, reopened_orders());
  put(write::unsay, unsaid_reports());
  put(write::unend, forgotten_endings());
  put(write::ending, insertion("lab_endings", {{"report_id", cell::id}, {"message_id", cell::id}, {"clinic_id", cell::integer},
                                               {"letter", cell::text}, {"ended_at", cell::time}, {"silent", cell::boolean},
                                               {"order_id", cell::id}, {"order_status", cell::text}}));
  // A commit whose answer was lost is tried again with the same ids.
  put(write::log, insertion("hl7_message_log",
                            {{"id", cell::id}, {"message_control_id", cell::text}, {"message_type", cell::text}, {"sending_facility", cell::text},
                             {"receiving_facility", cell::text}, {"message_datetime", cell::time}, {"patient_id", cell::integer},
                             {"processing_status", cell::text}, {"error_message", cell::text}, {"raw_message", cell::text},
                             {"results_created", cell::integer}, {"created_at", cell::time}, {"clinic_id", cell::integer},
                             {"sending_application", cell::text}, {"content_hash", cell::text}, {"config_version", cell::text},
                             {"listener", cell::text}, {"route", cell::text}, {"peer", cell::text}, {"ack_code", cell::text},
                             {"error_code", cell::text}, {"error_where", cell::text}, {"trace", cell::text},
                             {"frame_id", cell::id}, {"frame_part", cell::integer}, {"frame_parts", cell::integer}},
                            " ON CONFLICT DO NOTHING"));
  // The answer that the sender got stays.
  put(write::log_again, replacement("hl7_message_log",
                                    {{"id", cell::id}, {"patient_id", cell::integer}, {"processing_status", cell::text}, {"error_message", cell::text},
                                     {"results_created", cell::integer}, {"config_version", cell::text}, {"route", cell::text},
                                     {"error_code", cell::text}, {"error_where", cell::text}, {"trace", cell::text}}));
  put(write::log_accepted, replacement("hl7_message_log",
                                       {{"id", cell::id}, {"message_datetime", cell::time}, {"patient_id", cell::integer}, {"processing_status", cell::text},
                                        {"error_message", cell::text}, {"results_created", cell::integer}, {"config_version", cell::text},
                                        {"route", cell::text}, {"ack_code", cell::text}, {"error_code", cell::text}, {"error_where", cell::text},
                                        {"trace", cell::text}}));
  put(write::accepted, insertion("accepted_messages", {{"message_id", cell::id}, {"clinic_id", cell::integer}, {"order_key", cell::integer},
                                                       {"destination", cell::text}},
                                 " ON CONFLICT DO NOTHING"));
  put(write::unkey, removed_key());
  auto settle = replacement("review_queue", {{"id", cell::id}, {"resolved_at", cell::time}, {"resolved_by", cell::integer}, {"action", cell::text},
                                             {"reason", cell::text}}, ", state = 'resolved'");
  settle.sqlite += " AND state = 'open'";
  settle.postgresql += " AND state = 'open'";
  put(write::settle, std::move(settle));
  put(write::review, insertion("review_queue",
                               {{"id", cell::id}, {"clinic_id", cell::integer}, {"message_id", cell::id}, {"kind", cell::text}, {"reasons", cell::text},
                                {"candidates", cell::text}, {"created_at", cell::time}, {"claims", cell::text}, {"result_ids", cell::text},
                                {"subject", cell::key}},
                               " ON CONFLICT DO NOTHING")); // a refusal of the same bytes waits already
  put(write::found, without_messages("waiting_claims"));
  put(write::unfind, without_messages("message_search_keys"));
  put(write::ask_anew, replacement("review_queue", {{"id", cell::id}, {"reasons", cell::text}, {"candidates", cell::text}, {"claims", cell::text}}));
  put(write::waits, insertion("waiting_claims", {{"clinic_id", cell::integer}, {"hash", cell::key}, {"message_id", cell::id}}, " ON CONFLICT DO NOTHING"));
  put(write::found_by, insertion("message_search_keys", {{"clinic_id", cell::integer}, {"hash", cell::key}, {"message_id", cell::id}}, " ON CONFLICT DO NOTHING"));
  put(write::answered, refusals_of_taken());
  auto event = insertion("event_outbox",
                              {{"id", cell::id}, {"clinic_id", cell::integer}, {"event_type", cell::text}, {"patient_id", cell::integer},
                               {"message_id", cell::id}, {"result_id", cell::id}, {"payload", cell::text}, {"created_at", cell::time}},
                              " ON CONFLICT DO NOTHING"); // its id says of which value it tells: a message that is run again tells nothing twice
  const auto due = [&](std::string_view after, std::string_view what) { event.sqlite.replace(event.sqlite.find(after), after.size(), std::string(what)); };
  due("created_at)", "created_at, due)"); // PostgreSQL's clock says when, SQLite's rows are in their order
  due("?8)", "?8, ?8)");
  put(write::event, std::move(event));
  put(write::alert_moved, moved_alerts());
  put(write::alert_unfolded, steps_of_unfolded());
  put(write::alert_unfold, unfolded_alerts());
  put(write::alert, upsert_alert());
  put(write::alert_ended, steps_of_ended());
  put(write::alert_end, ended_alerts());
  auto order = replacement("lab_orders", {{"id", cell::id}, {"status", cell::text}, {"resulted_at", cell::time}});
  order.sqlite += " AND status <> 'cancelled'";
  order.postgresql += " AND lab_orders.status <> 'cancelled'";
  put(write::order, std::move(order));
  put(write::unmapped, upsert_unmapped());
  put(write::unmapped_unit, upsert_unmapped_unit());
  auto link_end = replacement("message_links", {{"message_id", cell::id}, {"replaced_at", cell::time}});
  link_end.sqlite += " AND replaced_at IS NULL";
  link_end.postgresql += " AND message_links.replaced_at IS NULL";
  put(write::link_end, std::move(link_end));
  put(write::link, insertion("message_links", {{"id", cell::id}, {"clinic_id", cell::integer}, {"message_id", cell::id}, {"patient_id", cell::integer},
                                               {"taken_from", cell::integer}, {"user_id", cell::integer}, {"made_at", cell::time}}));
  put(write::linked_order, insertion("linked_orders", {{"clinic_id", cell::integer}, {"order_key", cell::integer}, {"message_id", cell::id},
                                                       {"minute", cell::integer}, {"claims", cell::key}},
                                     " ON CONFLICT DO NOTHING")); // a message that is filed once more names the orders that it named
  put(write::word, insertion("result_words", {{"id", cell::id}, {"clinic_id", cell::integer}, {"message_id", cell::id}, {"position", cell::integer},
                                              {"word", cell::text}, {"content", cell::text}, {"reason", cell::text}, {"user_id", cell::integer},
                                              {"made_at", cell::time}}));
  put(write::unteach, replacement("patient_decisions", {{"id", cell::id}, {"withdrawn_at", cell::time}, {"withdrawn_by", cell::integer}}));
  put(write::unhint, removed_hint());
  put(write::teach, insertion("patient_decisions", {{"id", cell::id}, {"clinic_id", cell::integer}, {"claims", cell::key}, {"patient_id", cell::integer},
                                                    {"patient_state", cell::key}, {"seen", cell::text}, {"sender", cell::text}, {"message_id", cell::id},
                                                    {"user_id", cell::integer}, {"made_at", cell::time}}));
  put(write::hint, insertion("patient_blind_index", {{"clinic_id", cell::integer}, {"hash", cell::key}, {"kind", cell::text}, {"patient_id", cell::integer}},
                             " ON CONFLICT DO NOTHING"));
  put(write::taught_by, insertion("patient_decision_uses", {{"decision_id", cell::id}, {"message_id", cell::id}, {"clinic_id", cell::integer}},
                                  " ON CONFLICT DO NOTHING"));
  put(write::forward, insertion("delivery", {{"id", cell::id}, {"clinic_id", cell::integer}, {"destination", cell::text}, {"part", cell::integer},
                                             {"order_key", cell::integer}, {"message_id", cell::id}, {"message_at", cell::time}, {"control_id", cell::text},
                                             {"body", cell::text}, {"created_at", cell::time}, {"changed_at", cell::time}},
                                " ON CONFLICT DO NOTHING")); // once for each message and destination
  put(write::news, insertion("match_news", {{"clinic_id", cell::integer}, {"patient_id", cell::integer}, {"message_id", cell::id}, {"seen", cell::text},
                                            {"noted_at", cell::time}}));
  put(write::audit, insertion("security_audit", {{"id", cell::id}, {"at", cell::time}, {"actor", cell::text}, {"peer", cell::text}, {"method", cell::text},
                                                 {"resource", cell::text}, {"outcome", cell::text}, {"patient_id", cell::integer}, {"clinic_id", cell::integer},
                                                 {"criteria", cell::text}, {"fault", cell::text}}));
  return all;
}

} // namespace

std::string marks(size_t count) {
  std::string out;
  for (size_t i = 1; i <= count; ++i) out += (i > 1 ? ", ?" : "?") + std::to_string(i);
  return out;
}

std::string unnested(const std::vector<column>& columns) {
  std::string out = "SELECT ";
  for (size_t i = 0; i < columns.size(); ++i)
    out.append(i > 0 ? ", unnest($" : "unnest($").append(std::to_string(i + 1)).append("::").append(array_type(columns[i].type)).append(") AS ").append(columns[i].name);
  return out;
}

std::string_view array_type(cell type) noexcept {
  switch (type) {
    case cell::id:
    case cell::key: return "uuid[]";
    case cell::text: return "text[]";
    case cell::integer: return "bigint[]";
    case cell::boolean: return "boolean[]";
    case cell::time: return "timestamptz[]";
    case cell::number: return "numeric[]";
  }
  return "text[]";
}

const std::vector<column>& result_columns() {
  static const std::vector<column> columns{
      {"id", cell::id}, {"lab_order_id", cell::id}, {"patient_id", cell::integer}, {"clinic_id", cell::integer}, {"loinc_code", cell::text},
      {"test_code", cell::text}, {"test_name", cell::text}, {"value_text", cell::text}, {"value_numeric", cell::number}, {"unit", cell::text},
      {"reference_range_low", cell::number}, {"reference_range_high", cell::number}, {"reference_range_text", cell::text},
      {"abnormal_flag", cell::text}, {"critical_value", cell::boolean}, {"result_status", cell::text}, {"result_datetime", cell::time},
      {"performing_lab", cell::text}, {"performing_lab_code", cell::text}, {"entry_method", cell::text}, {"comments", cell::text},
      {"created_at", cell::time}, {"message_id", cell::id}, {"order_key", cell::integer}, {"placer_order_number", cell::text},
      {"filler_order_number", cell::text}, {"sub_id", cell::text}, {"ordinal", cell::integer}, {"version", cell::integer},
      {"value_kind", cell::text}, {"value_decimals", cell::integer}, {"comparator", cell::text}, {"value_code", cell::text},
      {"range_low_decimals", cell::integer}, {"range_high_decimals", cell::integer}, {"range_low_inclusive", cell::boolean},
      {"range_high_inclusive", cell::boolean}, {"result_offset_minutes", cell::integer}, {"result_precision", cell::integer},
      {"result_ambiguous", cell::boolean}, {"reported_at", cell::time}, {"collected_at", cell::time}, {"observation_status", cell::text}, {"needs_review", cell::boolean},
      {"sent_code", cell::text}, {"sent_code_system", cell::text}, {"sent_name", cell::text}, {"sent_value", cell::text},
      {"sent_value_type", cell::text}, {"sent_unit", cell::text}, {"sent_range", cell::text}, {"sent_flag", cell::text},
      {"issued_at", cell::time}, {"issued_offset_minutes", cell::integer}, {"issued_precision", cell::integer},
      {"collected_offset_minutes", cell::integer}, {"collected_precision", cell::integer}, {"performer", cell::text},
      {"performer_code", cell::text}, {"organism", cell::text}, {"organism_code", cell::text}, {"parent_code", cell::text},
      {"parent_sub_id", cell::text}, {"parent_text", cell::text}, {"parent_placer_number", cell::text},
      {"parent_filler_number", cell::text}, {"sent_other_code", cell::text}, {"sent_other_system", cell::text},
      {"sent_other_name", cell::text},
      {"report_id", cell::id}, {"sent_observer", cell::text}, {"sent_method", cell::text}, {"sent_device", cell::text},
      {"specimen_id", cell::text}, {"specimen_type", cell::text}, {"specimen_site", cell::text}};
  return columns;
}

const std::array<row_statement, writes>& row_statements() {
  static const auto all = build();
  return all;
}

} // namespace aorta::store
