-- Rows by the time at which they became what they are, for histories of whole types. The clinic stands last: an index that begins with it could be taken for
-- questions that a patient narrows, as long as a table is small.
CREATE INDEX IF NOT EXISTS lab_results_created ON lab_results (created_at, id) INCLUDE (clinic_id);
CREATE INDEX IF NOT EXISTS lab_results_verified ON lab_results (verified_at, id) INCLUDE (clinic_id) WHERE verified_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS lab_result_versions_created ON lab_result_versions (created_at, result_id, version) INCLUDE (clinic_id);
CREATE INDEX IF NOT EXISTS lab_reports_updated ON lab_reports (updated_at, id) INCLUDE (clinic_id);
CREATE INDEX IF NOT EXISTS lab_result_attachments_created ON lab_result_attachments (created_at, id) INCLUDE (clinic_id);
CREATE INDEX IF NOT EXISTS clinical_notes_created ON clinical_notes (created_at, note_id) INCLUDE (clinic_id);
CREATE INDEX IF NOT EXISTS prescriptions_created ON prescriptions (created_at, id) INCLUDE (clinic_id);
CREATE INDEX IF NOT EXISTS fhir_seen_time ON fhir_seen (clinic_id, home, seen_at, home_key);
