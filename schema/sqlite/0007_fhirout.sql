-- What a laboratory said of a whole order (OBR), whether the clinic placed it or not, also when no results came with it. Results name theirs.
CREATE TABLE lab_reports (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  patient_id INTEGER NOT NULL,
  lab_order_id TEXT,
  placer_order_number TEXT,
  filler_order_number TEXT,
  panel_code TEXT,
  panel_name TEXT,
  panel_system TEXT,
  status TEXT,
  performing_lab TEXT,
  performing_lab_code TEXT,
  collected_at TEXT,
  collected_offset_minutes INTEGER,
  collected_precision INTEGER,
  issued_at TEXT,
  issued_offset_minutes INTEGER,
  issued_precision INTEGER,
  results INTEGER NOT NULL DEFAULT 0,
  message_id TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX lab_reports_patient ON lab_reports (patient_id);

-- Who observed it, how, with what, and of which specimen, as sent (OBX-16, OBX-17, OBX-18; SPM-2, SPM-4, SPM-8).
ALTER TABLE lab_results ADD COLUMN report_id TEXT;
ALTER TABLE lab_results ADD COLUMN sent_observer TEXT;
ALTER TABLE lab_results ADD COLUMN sent_method TEXT;
ALTER TABLE lab_results ADD COLUMN sent_device TEXT;
ALTER TABLE lab_results ADD COLUMN specimen_id TEXT;
ALTER TABLE lab_results ADD COLUMN specimen_type TEXT;
ALTER TABLE lab_results ADD COLUMN specimen_site TEXT;
ALTER TABLE lab_result_versions ADD COLUMN report_id TEXT;
ALTER TABLE lab_result_versions ADD COLUMN sent_observer TEXT;
ALTER TABLE lab_result_versions ADD COLUMN sent_method TEXT;
ALTER TABLE lab_result_versions ADD COLUMN sent_device TEXT;
ALTER TABLE lab_result_versions ADD COLUMN specimen_id TEXT;
ALTER TABLE lab_result_versions ADD COLUMN specimen_type TEXT;
ALTER TABLE lab_result_versions ADD COLUMN specimen_site TEXT;

-- When a row of the clinic's own system was first seen as it is (its tag): it has no column that says when it was changed.
CREATE TABLE fhir_seen (
  clinic_id INTEGER NOT NULL,
  home TEXT NOT NULL,
  home_key TEXT NOT NULL,
  tag TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  PRIMARY KEY (clinic_id, home, home_key)
) WITHOUT ROWID;
