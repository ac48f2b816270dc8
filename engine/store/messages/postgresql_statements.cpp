#include "engine/store/messages/postgresql_statements.hpp"

#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/pg_link.hpp"

namespace aorta::store {
std::vector<std::string> postgresql_statements() {
  std::vector<std::string> out;
  for (const auto& s : row_statements()) out.push_back(s.postgresql);
  out.insert(
    out.end(),
    {
      begin_transaction,
      enter_clinic,
      "COMMIT",
      "ROLLBACK",
      "INSERT INTO hl7_message_keys (key, message_id, received_at) SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::timestamptz[])"
      " ON CONFLICT DO NOTHING RETURNING key",
      "SELECT key, message_id FROM hl7_message_keys WHERE key = ANY($1::uuid[])",
      // In the order of the array, so that two lanes never wait for each other crosswise.
      "SELECT pg_advisory_xact_lock(7020310002::bigint << 28 # p) FROM unnest($1::bigint[]) AS p",
      // `+ 0` here and below keeps a plan made while a table was small from reading a whole clinic instead of
      // one patient.
      "SELECT p.patient_id FROM unnest($1::bigint[]) AS w (id) JOIN patients p ON p.patient_id = w.id WHERE p.clinic_id + 0 = ($2::bigint[])[1]"
      " AND NOT coalesce(p.is_deleted, false)",
      "SELECT r.patient_id, r.order_key, " + standing_columns("r.") +
        " FROM unnest($1::bigint[], $2::bigint[]) AS p (patient_id, order_key)"
        " JOIN lab_results r ON r.patient_id = p.patient_id AND r.order_key = p.order_key WHERE r.clinic_id + 0 = ($3::bigint[])[1]",
      "SELECT o.id, o.patient_id, o.placer_order_number, o.filler_order_number, o.status, o.panel_code FROM unnest($1::bigint[]) AS w (id)"
      " JOIN lab_orders o ON o.patient_id = w.id WHERE o.clinic_id + 0 = ($2::bigint[])[1]"
      " AND (o.placer_order_number = ANY($3::text[]) OR o.filler_order_number = ANY($4::text[]))",
      "SELECT l.id, l.patient_id, l.processing_status, l.ack_code, l.error_code, l.error_where, l.error_message, l.results_created"
      " FROM unnest($1::uuid[]) AS w (id) JOIN hl7_message_log l ON l.id = w.id WHERE l.clinic_id + 0 = ($2::bigint[])[1]",
      "SELECT p.patient_id, f.hashes, p.mrn, p.birth_date, p.gender, p.gesy_beneficiary_id, i.first_name_encrypted, i.last_name_encrypted,"
      " i.cyprus_id_encrypted, i.arc_number_encrypted, f.aliases FROM (SELECT b.patient_id, string_agg(b.hash::text, ',') AS hashes,"
      " string_agg(b.hash::text, ',') FILTER (WHERE b.kind = 'alias') AS aliases FROM unnest($1::uuid[])"
      " AS w (hash) JOIN patient_blind_index b ON b.hash = w.hash WHERE b.clinic_id + 0 = ($2::bigint[])[1] GROUP BY b.patient_id) f"
      " JOIN patients p ON p.patient_id = f.patient_id JOIN patient_pii i ON i.patient_id = p.patient_id"
      " WHERE p.clinic_id + 0 = ($2::bigint[])[1] AND NOT coalesce(p.is_deleted, false)",
      "SELECT l.id, l.patient_id, r.id FROM unnest($1::uuid[]) AS w (id) JOIN hl7_message_log l ON l.id = w.id LEFT JOIN lab_results r"
      " ON r.patient_id = l.patient_id AND r.message_id = l.id AND r.order_key IS NOT NULL"
      " WHERE l.clinic_id + 0 = ($2::bigint[])[1] AND l.patient_id IS NOT NULL",
      // Reads the patient's part of the index: only for orders that came without the laboratory's number.
      "SELECT r.patient_id, r.order_key, " + standing_columns("r.") +
        " FROM unnest($1::bigint[], $2::text[]) AS p (patient_id, placer) JOIN lab_results r ON r.patient_id = p.patient_id"
        " AND r.placer_order_number = p.placer AND r.order_key IS NOT NULL WHERE r.clinic_id + 0 = ($3::bigint[])[1]",
      "SELECT q.id, q.message_id, q.kind, q.reasons, q.action, q.state FROM unnest($1::uuid[]) AS w (id) JOIN review_queue q ON q.message_id = w.id"
      " WHERE q.clinic_id + 0 = ($2::bigint[])[1] ORDER BY q.id",
      "SELECT l.id, l.message_id, l.patient_id FROM unnest($1::uuid[]) AS w (id) JOIN message_links l ON l.message_id = w.id AND l.replaced_at IS NULL"
      " WHERE l.clinic_id + 0 = ($2::bigint[])[1]",
      "SELECT d.id, d.message_id, d.claims, d.patient_id, m.id FROM unnest($1::uuid[]) AS w (id) JOIN patient_decisions d ON d.message_id = w.id"
      " AND d.withdrawn_at IS NULL LEFT JOIN patient_decision_uses s ON s.decision_id = d.id LEFT JOIN hl7_message_log m ON m.id = s.message_id"
      " AND m.patient_id = d.patient_id WHERE d.clinic_id + 0 = ($2::bigint[])[1] ORDER BY m.id",
      "SELECT d.id, d.message_id, d.claims, d.patient_state, d.patient_id, d.seen, d.made_at FROM unnest($1::uuid[]) AS w (claims)"
      " JOIN patient_decisions d ON d.claims = w.claims AND d.withdrawn_at IS NULL WHERE d.clinic_id + 0 = ($2::bigint[])[1]",
      "SELECT " + result_names(false) +
        " FROM unnest($1::uuid[]) AS w (result) JOIN lab_results r ON r.id = w.result WHERE r.clinic_id + 0 = ($2::bigint[])[1]",
      past_of_message("($1::uuid[])[1]", "($2::bigint[])[1]", "($3::bigint[])[1]"),
      own_history_of("($1::uuid[])[1]", "($2::bigint[])[1]", "($3::bigint[])[1]"),
      std::string("SELECT ") + ending_columns +
        " FROM unnest($1::uuid[]) AS w (id) JOIN lab_reports r ON r.id = w.id" + ending_join +
        " WHERE r.clinic_id + 0 = ($2::bigint[])[1]",
      linked_orders_of("= ANY($1::bigint[])", "($2::bigint[])[1]"),
      "SELECT m.merged_id, m.survivor_id FROM unnest($1::bigint[]) AS w (id) JOIN patient_merges m ON m.merged_id = w.id"
      " AND m.undone_at IS NULL WHERE m.clinic_id + 0 = ($2::bigint[])[1]",
      // An accepted message is filed once: whoever takes its row away, or marks it, in the transaction that
      // files it.
      "WITH answered AS (DELETE FROM accepted_messages WHERE message_id = ANY($1::uuid[]) AND clinic_id + 0 = ($2::bigint[])[1]"
      " AND destination IS NULL RETURNING message_id), owed AS (UPDATE accepted_messages SET filed = true WHERE message_id = ANY($1::uuid[])"
      " AND clinic_id + 0 = ($2::bigint[])[1] AND destination IS NOT NULL AND NOT filed RETURNING message_id)"
      " SELECT message_id FROM answered UNION ALL SELECT message_id FROM owed",
    });
  return out;
}

} // namespace aorta::store
