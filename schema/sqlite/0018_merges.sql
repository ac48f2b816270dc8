-- Two patients who became one, and numbers that changed. See the PostgreSQL script for what the columns mean.
CREATE TABLE patient_merges (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  survivor_id INTEGER NOT NULL,
  merged_id INTEGER,
  number_kind TEXT,
  old_number TEXT,
  new_number TEXT,
  message_id TEXT,
  user_id INTEGER,
  made_at TEXT NOT NULL,
  undone_at TEXT,
  undone_by INTEGER
);
CREATE INDEX patient_merges_survivor ON patient_merges (survivor_id) WHERE undone_at IS NULL;
CREATE UNIQUE INDEX patient_merges_merged ON patient_merges (merged_id) WHERE undone_at IS NULL AND merged_id IS NOT NULL;

CREATE TABLE patient_merge_rows (
  merge_id TEXT NOT NULL,
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  row_key TEXT NOT NULL,
  clinic_id INTEGER NOT NULL,
  before TEXT,
  PRIMARY KEY (merge_id, table_name, column_name, row_key)
) WITHOUT ROWID;

CREATE TABLE patient_aliases (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  patient_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  merge_id TEXT NOT NULL,
  message_id TEXT,
  made_at TEXT NOT NULL
);
CREATE INDEX patient_aliases_patient ON patient_aliases (patient_id);
CREATE INDEX patient_aliases_merge ON patient_aliases (merge_id);
