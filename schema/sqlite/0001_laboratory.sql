-- Clinical tables with OpenHeart's names and meanings, and the engine's own. Times are UTC text (ISO 8601), ids lower-case UUID text,
-- booleans 0 and 1.
CREATE TABLE IF NOT EXISTS clinics (
  clinic_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  code TEXT NOT NULL UNIQUE,
  gesy_provider_id TEXT UNIQUE,
  settings TEXT,
  is_active INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE IF NOT EXISTS patients (
  patient_id INTEGER PRIMARY KEY AUTOINCREMENT,
  clinic_id INTEGER NOT NULL REFERENCES clinics (clinic_id),
  mrn TEXT NOT NULL,
  birth_date TEXT,
  gender TEXT NOT NULL DEFAULT 'unknown',
  status TEXT NOT NULL DEFAULT 'active',
  gesy_beneficiary_id TEXT,
  is_deleted INTEGER NOT NULL DEFAULT 0,
  UNIQUE (clinic_id, mrn)
);

CREATE TABLE IF NOT EXISTS patient_pii (
  patient_id INTEGER PRIMARY KEY REFERENCES patients (patient_id),
  first_name_encrypted TEXT,
  last_name_encrypted TEXT,
  middle_name_encrypted TEXT,
  cyprus_id_encrypted TEXT,
  arc_number_encrypted TEXT,
  phone_encrypted TEXT,
  email_encrypted TEXT,
  address_encrypted TEXT,
  emergency_contact_encrypted TEXT,
  encryption_key_version INTEGER NOT NULL DEFAULT 1,
  anonymized_at TEXT
);

-- Keyed hashes under which encrypted people are found.
CREATE TABLE IF NOT EXISTS patient_blind_index (
  clinic_id INTEGER NOT NULL,
  hash BLOB NOT NULL,
  kind TEXT NOT NULL,
  patient_id INTEGER NOT NULL,
  PRIMARY KEY (hash, clinic_id, patient_id, kind)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS patient_blind_index_patient ON patient_blind_index (patient_id);

CREATE TABLE IF NOT EXISTS lab_orders (
  id TEXT PRIMARY KEY,
  patient_id INTEGER NOT NULL,
  encounter_id INTEGER,
  clinic_id INTEGER NOT NULL,
  ordering_provider_id INTEGER,
  order_number TEXT UNIQUE,
  placer_order_number TEXT,
  filler_order_number TEXT,
  panel_code TEXT,
  panel_name TEXT,
  order_date TEXT,
  priority TEXT NOT NULL DEFAULT 'routine',
  lab_facility TEXT,
  lab_facility_code TEXT,
  status TEXT NOT NULL DEFAULT 'ordered',
  collected_at TEXT,
  resulted_at TEXT
);
CREATE INDEX IF NOT EXISTS lab_orders_patient ON lab_orders (patient_id);

-- The current version of each result, and nothing else.
CREATE TABLE IF NOT EXISTS lab_results (
  id TEXT PRIMARY KEY,
  lab_order_id TEXT,
  patient_id INTEGER NOT NULL,
  clinic_id INTEGER NOT NULL,
  loinc_code TEXT,
  test_code TEXT,
  test_name TEXT,
  value_text TEXT,
  value_numeric REAL,
  unit TEXT,
  reference_range_low REAL,
  reference_range_high REAL,
  reference_range_text TEXT,
  abnormal_flag TEXT,
  critical_value INTEGER NOT NULL DEFAULT 0,
  result_status TEXT NOT NULL,
  result_datetime TEXT,
  performing_lab TEXT,
  performing_lab_code TEXT,
  entry_method TEXT NOT NULL DEFAULT 'manual',
  source_document_id TEXT,
  comments TEXT,
  verified_by INTEGER,
  verified_at TEXT,
  created_at TEXT NOT NULL,
  message_id TEXT,
  order_key INTEGER,
  placer_order_number TEXT,
  filler_order_number TEXT,
  sub_id TEXT,
  ordinal INTEGER,
  version INTEGER,
  value_kind TEXT,
  value_decimals INTEGER,
  comparator TEXT,
  value_code TEXT,
  range_low_decimals INTEGER,
  range_high_decimals INTEGER,
  range_low_inclusive INTEGER,
  range_high_inclusive INTEGER,
  result_offset_minutes INTEGER,
  result_precision INTEGER,
  result_ambiguous INTEGER,
  reported_at TEXT,
  collected_at TEXT,
  observation_status TEXT,
  needs_review INTEGER,
  sent_code TEXT,
  sent_code_system TEXT,
  sent_name TEXT,
  sent_value TEXT,
  sent_value_type TEXT,
  sent_unit TEXT,
  sent_range TEXT,
  sent_flag TEXT
);
-- Serves the patient's list and the look-up of what stands under an order; all rows of one order share a page.
CREATE INDEX IF NOT EXISTS lab_results_patient_order ON lab_results (patient_id, order_key);

-- What was superseded, came late or was retracted.
CREATE TABLE IF NOT EXISTS lab_result_versions (
  result_id TEXT NOT NULL,
  lab_order_id TEXT,
  patient_id INTEGER NOT NULL,
  clinic_id INTEGER NOT NULL,
  loinc_code TEXT,
  test_code TEXT,
  test_name TEXT,
  value_text TEXT,
  value_numeric REAL,
  unit TEXT,
  reference_range_low REAL,
  reference_range_high REAL,
  reference_range_text TEXT,
  abnormal_flag TEXT,
  critical_value INTEGER NOT NULL DEFAULT 0,
  result_status TEXT NOT NULL,
  result_datetime TEXT,
  performing_lab TEXT,
  performing_lab_code TEXT,
  entry_method TEXT,
  comments TEXT,
  verified_by INTEGER,
  verified_at TEXT,
  created_at TEXT NOT NULL,
  message_id TEXT,
  order_key INTEGER,
  placer_order_number TEXT,
  filler_order_number TEXT,
  sub_id TEXT,
  ordinal INTEGER,
  version INTEGER NOT NULL,
  value_kind TEXT,
  value_decimals INTEGER,
  comparator TEXT,
  value_code TEXT,
  range_low_decimals INTEGER,
  range_high_decimals INTEGER,
  range_low_inclusive INTEGER,
  range_high_inclusive INTEGER,
  result_offset_minutes INTEGER,
  result_precision INTEGER,
  result_ambiguous INTEGER,
  reported_at TEXT,
  collected_at TEXT,
  observation_status TEXT,
  needs_review INTEGER,
  sent_code TEXT,
  sent_code_system TEXT,
  sent_name TEXT,
  sent_value TEXT,
  sent_value_type TEXT,
  sent_unit TEXT,
  sent_range TEXT,
  sent_flag TEXT,
  superseded_at TEXT NOT NULL,
  PRIMARY KEY (result_id, version)
);
CREATE INDEX IF NOT EXISTS lab_result_versions_patient ON lab_result_versions (patient_id, order_key);

CREATE TABLE IF NOT EXISTS lab_result_attachments (
  id TEXT PRIMARY KEY,
  result_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  clinic_id INTEGER NOT NULL,
  patient_id INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  content TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS lab_result_attachments_patient ON lab_result_attachments (patient_id);

CREATE TABLE IF NOT EXISTS hl7_message_log (
  id TEXT PRIMARY KEY,
  message_control_id TEXT,
  message_type TEXT,
  sending_facility TEXT,
  receiving_facility TEXT,
  message_datetime TEXT,
  patient_id INTEGER,
  processing_status TEXT NOT NULL,
  error_message TEXT,
  raw_message TEXT NOT NULL,
  results_created INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  clinic_id INTEGER,
  sending_application TEXT,
  content_hash TEXT,
  config_version TEXT,
  listener TEXT,
  route TEXT,
  peer TEXT,
  ack_code TEXT,
  error_code TEXT,
  error_where TEXT,
  trace TEXT
);
CREATE INDEX IF NOT EXISTS hl7_message_log_control ON hl7_message_log (message_control_id);
CREATE INDEX IF NOT EXISTS hl7_message_log_patient ON hl7_message_log (patient_id) WHERE patient_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS hl7_message_log_waiting ON hl7_message_log (processing_status) WHERE processing_status IN ('failed', 'unmatched');

-- One row a message that was handled: a repeat finds it. First half of SHA-256 over clinic, MSH-3, MSH-4, MSH-10 and the content's hash.
CREATE TABLE IF NOT EXISTS hl7_message_keys (
  key BLOB PRIMARY KEY,
  message_id TEXT NOT NULL,
  received_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS review_queue (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  reasons TEXT NOT NULL,
  candidates TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open',
  created_at TEXT NOT NULL,
  resolved_at TEXT
);
CREATE INDEX IF NOT EXISTS review_queue_message ON review_queue (message_id);
CREATE INDEX IF NOT EXISTS review_queue_open ON review_queue (clinic_id, id) WHERE state = 'open';

CREATE TABLE IF NOT EXISTS unmapped_codes (
  clinic_id INTEGER NOT NULL,
  lab_code TEXT NOT NULL,
  code TEXT NOT NULL,
  name TEXT,
  count INTEGER NOT NULL,
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  PRIMARY KEY (clinic_id, lab_code, code)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS event_outbox (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  patient_id INTEGER,
  message_id TEXT,
  result_id TEXT,
  payload TEXT NOT NULL,
  created_at TEXT NOT NULL,
  delivered_at TEXT
);
CREATE INDEX IF NOT EXISTS event_outbox_waiting ON event_outbox (id) WHERE delivered_at IS NULL;

CREATE TABLE IF NOT EXISTS api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  secret_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  clinic_id INTEGER,
  created_at TEXT NOT NULL,
  revoked_at TEXT
);

CREATE TABLE IF NOT EXISTS security_audit (
  id TEXT PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  peer TEXT,
  method TEXT,
  resource TEXT,
  outcome TEXT,
  patient_id INTEGER,
  clinic_id INTEGER
);
CREATE INDEX IF NOT EXISTS security_audit_patient ON security_audit (patient_id) WHERE patient_id IS NOT NULL;
