#include "engine/store/schema/examine_postgresql.hpp"

#include "engine/model/record.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/pg_link.hpp"
#include "engine/store/schema/pg_partitions.hpp"

#include <string>

namespace aorta::store {
namespace {

using ports::finding;

/// One column of texts.
std::vector<std::string> ask(PGconn* on, const std::string& sql) {
  const pg_rows rows = postgresql_rows(on, sql);
  std::vector<std::string> out;
  for (int i = 0; i < rows.size(); ++i) out.push_back(rows.text(i, 0));
  return out;
}

// What the engine does with its tables. Those that are not there are not asked for.
constexpr const char* missing_rights =
  "SELECT 'role ' || quote_ident(current_user) || ' lacks ' || r || ' on ' || t || ': GRANT ' || r || ' ON ' || t || ' TO ' || quote_ident(current_user)"
  " FROM (VALUES ('SELECT, INSERT, UPDATE', '{patients, patient_pii, lab_orders, lab_results, lab_result_versions, review_queue,"
  " api_keys, encounters, vitals, clinical_notes, note_versions, appointments, patient_study_links, prescriptions,"
  " patient_problems, message_links, patient_decisions, lab_reports, result_words, fhir_seen, told_rows, lease, config_versions, critical_alert, critical_notice, listener_watch, erasures, lab_result_attachments, document_contents,"
  " linked_orders, patient_merges, patient_merge_rows, gesy_claims, icd10_codes, cpt_codes, atc_codes, icpc2_codes, hio_service_codes}'), ('SELECT, INSERT', '{config_texts, config_version_files, critical_step, clinics, security_audit, users, aorta_meta, patient_decision_uses}'),"
  " ('SELECT, INSERT, UPDATE, DELETE', '{hl7_message_log, config_drafts, engine_nodes, jobs, patient_blind_index, event_outbox, match_news, fhir_resources, fhir_resource_versions, fhir_codes, fhir_identifiers, fhir_words, fhir_spans, delivery, accepted_messages, webhook_configs,"
  " unmapped_codes, unmapped_units, patient_aliases, access_tokens}'),"
  " ('SELECT, INSERT, DELETE', '{hl7_message_keys, job_files, gesy_claim_answers, console_sessions, used_assertions, lab_endings, destination_stop, route_stop, waiting_claims, message_search_keys}')) AS w (rights, tables), unnest(string_to_array(rights, ', ')) AS r,"
  " unnest(tables::text[]) AS t WHERE to_regclass(t) IS NOT NULL AND NOT has_table_privilege(to_regclass(t), r) ORDER BY t, r";

/// An erasure takes out of the audit what may name the person; all else of its rows stays as it was written.
constexpr const char* missing_column_rights =
  "SELECT 'role ' || quote_ident(current_user) || ' lacks UPDATE on ' || c || ' of security_audit: GRANT UPDATE (' || c || ') ON security_audit TO '"
  " || quote_ident(current_user) FROM (SELECT string_agg(attname, ', ' ORDER BY attname) AS c FROM pg_attribute"
  " WHERE attrelid = to_regclass('security_audit') AND attname IN ('criteria', 'fault', 'resource')"
  " AND NOT has_column_privilege(attrelid, attnum, 'UPDATE')) AS w WHERE c IS NOT NULL";

/// Keys that the engine draws itself before it writes rows, and those that a column's default draws:
/// identities of other tables need no right.
std::string missing_sequence_rights() {
  std::string drawn;
  for (size_t i = 0; i < model::tables; ++i)
    if (const auto& each = model::shape(model::table(i)); each.integer_key)
      drawn += (drawn.empty() ? "" : ",") + std::string(each.name);
  return "SELECT 'role ' || quote_ident(current_user) || ' lacks USAGE on ' || d.objid::regclass || ': GRANT USAGE ON SEQUENCE '"
         " || d.objid::regclass || ' TO ' || quote_ident(current_user) FROM unnest('{" +
    drawn +
    "}'::text[]) AS t JOIN pg_depend d ON d.refobjid = to_regclass(t) AND d.refclassid = 'pg_class'::regclass"
    " AND d.classid = 'pg_class'::regclass AND (d.deptype = 'a' OR (d.deptype = 'i' AND t NOT IN ('clinics', 'users')))"
    " JOIN pg_class s ON s.oid = d.objid"
    " WHERE CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') END ORDER BY 1";
}

/// `own`: there is a partition for this moment, or the table is not partitioned and takes everything;
/// `default`: only the DEFAULT one; or `none`.
std::string covered(const std::string& table, const std::string& moment) {
  return "SELECT CASE WHEN c.relkind <> 'p' OR EXISTS (SELECT 1 FROM"
         " pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid, regexp_match(pg_get_expr(p.relpartbound, p.oid), 'FROM \\(''([^'']+)''\\) TO \\(''([^'']+)''\\)')"
         " AS b WHERE i.inhparent = c.oid AND b[1]::timestamptz <= '" +
    moment + "' AND b[2]::timestamptz > '" + moment +
    "') THEN 'own' WHEN EXISTS (SELECT 1 FROM pg_partitioned_table WHERE partrelid = c.oid AND partdefid <> 0)"
    " THEN 'default' ELSE 'none' END FROM pg_class c WHERE c.oid = to_regclass('" +
    table + "')";
}

void examine_partitions(PGconn* on, timestamp now, std::vector<finding>& out) {
  const auto next = timestamp(
    std::chrono::sys_days(month_of(now) / std::chrono::day(1) + std::chrono::months{1}));
  for (const std::string table : {"hl7_message_log", "security_audit"})
    for (const auto when : {now, next}) {
      const auto covers = ask(on, covered(table, sortable(when)));
      if (covers.empty() || covers[0] == "own") continue;
      const bool none = covers[0] == "none";
      const auto weight = none && when == now ? finding::weight::fault : finding::weight::warning;
      const std::string what = none ? " has no partition for " : " has no partition of its own for ",
                        day = sortable(when).substr(0, 10);
      out.push_back({weight,
                     table + what + day +
                       (none ? " and no DEFAULT one" : ", and its DEFAULT one takes the rows") +
                       ": run aorta migrate as its owner"});
      break;
    }
}

void examine_owner(PGconn* on, std::vector<finding>& out) {
  for (
    const auto& table : ask(
      on,
      "SELECT relname FROM pg_class WHERE oid IN (to_regclass('hl7_message_log'), to_regclass('security_audit')) AND relkind = 'p'"
      " AND NOT (pg_has_role(relowner, 'USAGE') AND has_schema_privilege(relnamespace, 'CREATE')) ORDER BY 1"))
    out.push_back(
      {finding::weight::warning,
       "this role may not make partitions of " + table + ": run aorta migrate as its owner once a year"});
}

void examine_server(PGconn* on, std::vector<finding>& out) {
  for (
    const auto& name : ask(
      on,
      "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY 1"))
    out.push_back({finding::weight::warning,
                   "the server runs with " + name +
                     " = off: a crash may lose or damage what was acknowledged; switch it on"});
  if (ask(on,
          "SELECT (current_setting('synchronous_standby_names') = '' AND EXISTS (SELECT 1 FROM"
          " pg_stat_replication))::text")
        .at(0) == "true")
    out.push_back(
      {finding::weight::warning,
       "the server has standbys, and a commit waits for none (synchronous_standby_names is empty):"
       " when one is promoted, what was acknowledged last may be missing; name those to wait for"});
  if (ask(on, "SELECT pg_is_in_recovery()::text").at(0) == "true")
    out.push_back({finding::weight::fault,
                   "the server is a standby and takes no writes: point store.url at the primary"});
  if (const auto encoding = ask(on, "SHOW server_encoding").at(0); encoding != "UTF8")
    out.push_back({finding::weight::fault,
                   "the database's encoding is " + encoding + ": it must be UTF8, since names are Greek"});
}

/// Policies bind neither superusers, nor roles with BYPASSRLS, nor owners of tables that do not force them.
void examine_policies(PGconn* on, std::vector<finding>& out) {
  for (const auto& why :
       ask(on,
           "SELECT CASE WHEN rolsuper THEN 'is a superuser' ELSE 'has BYPASSRLS' END FROM pg_roles"
           " WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"))
    out.push_back({finding::weight::warning,
                   "the engine's role " + why +
                     ", so row-level security does not keep clinics apart: use a role of its own"});
  for (
    const auto& table : ask(
      on,
      "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity AND NOT relforcerowsecurity"
      " AND pg_has_role(relowner, 'USAGE') AND relkind IN ('r', 'p') ORDER BY 1"))
    out.push_back({finding::weight::warning,
                   "the engine's role owns " + table +
                     ", whose row-level security is not forced on its owner: ALTER TABLE " + table +
                     " FORCE ROW LEVEL SECURITY, or use a role of its own"});
}

} // namespace

void examine_postgresql(PGconn* on, timestamp now, std::vector<finding>& out) {
  for (const auto& wanted :
       {std::string(missing_rights), std::string(missing_column_rights), missing_sequence_rights()})
    for (auto& each : ask(on, wanted)) out.push_back({finding::weight::fault, std::move(each)});
  examine_partitions(on, now, out);
  examine_owner(on, out);
  examine_server(on, out);
  examine_policies(on, out);
}

} // namespace aorta::store
