-- Clinical tables that FHIR serves beside those of the laboratory, and what FHIR keeps of resources. Decimals of measurements are text here, so
-- that they keep their digits.
CREATE TABLE IF NOT EXISTS users (
  user_id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT UNIQUE,
  first_name TEXT,
  last_name TEXT,
  title TEXT,
  specialty TEXT,
  license_number TEXT
);

CREATE TABLE IF NOT EXISTS encounters (
  encounter_id INTEGER PRIMARY KEY AUTOINCREMENT,
  patient_id INTEGER NOT NULL,
  clinic_id INTEGER NOT NULL,
  encounter_type TEXT,
  status TEXT,
  scheduled_start TEXT,
  actual_start TEXT,
  actual_end TEXT,
  chief_complaint TEXT,
  visit_reason_code TEXT,
  attending_physician_id INTEGER,
  location TEXT,
  gesy_referral_id TEXT,
  diagnoses TEXT,
  gesy_claim_id TEXT
);
CREATE INDEX IF NOT EXISTS encounters_patient ON encounters (patient_id);

CREATE TABLE IF NOT EXISTS vitals (
  vital_id INTEGER PRIMARY KEY AUTOINCREMENT,
  encounter_id INTEGER,
  patient_id INTEGER NOT NULL,
  clinic_id INTEGER NOT NULL,
  heart_rate INTEGER,
  systolic_bp INTEGER,
  diastolic_bp INTEGER,
  respiratory_rate INTEGER,
  oxygen_saturation INTEGER,
  temperature TEXT,
  weight TEXT,
  height TEXT,
  bmi TEXT,
  recorded_at TEXT,
  recorded_by INTEGER,
  position TEXT
);
CREATE INDEX IF NOT EXISTS vitals_patient ON vitals (patient_id);

CREATE TABLE IF NOT EXISTS clinical_notes (
  note_id INTEGER PRIMARY KEY AUTOINCREMENT,
  patient_id INTEGER NOT NULL,
  encounter_id INTEGER,
  clinic_id INTEGER NOT NULL,
  note_type TEXT,
  title TEXT,
  current_version INTEGER NOT NULL DEFAULT 1,
  is_locked INTEGER NOT NULL DEFAULT 0,
  created_at TEXT
);
CREATE INDEX IF NOT EXISTS clinical_notes_patient ON clinical_notes (patient_id);

CREATE TABLE IF NOT EXISTS note_versions (
  note_id INTEGER NOT NULL REFERENCES clinical_notes (note_id),
  version INTEGER NOT NULL,
  content_text TEXT,
  content_html TEXT,
  structured_data TEXT,
  created_at TEXT,
  PRIMARY KEY (note_id, version)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS appointments (
  appointment_id INTEGER PRIMARY KEY AUTOINCREMENT,
  clinic_id INTEGER NOT NULL,
  patient_id INTEGER NOT NULL,
  provider_id INTEGER,
  start_time TEXT,
  end_time TEXT,
  duration_minutes INTEGER,
  appointment_type TEXT,
  status TEXT,
  reason TEXT,
  location TEXT,
  cancelled_at TEXT,
  cancellation_reason TEXT
);
CREATE INDEX IF NOT EXISTS appointments_patient ON appointments (patient_id);

CREATE TABLE IF NOT EXISTS patient_study_links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  study_instance_uid TEXT NOT NULL,
  patient_id INTEGER NOT NULL,
  encounter_id INTEGER,
  clinic_id INTEGER NOT NULL,
  study_date TEXT,
  study_description TEXT,
  modality TEXT,
  UNIQUE (study_instance_uid, patient_id)
);
CREATE INDEX IF NOT EXISTS patient_study_links_patient ON patient_study_links (patient_id);

CREATE TABLE IF NOT EXISTS prescriptions (
  id TEXT PRIMARY KEY,
  patient_id INTEGER NOT NULL,
  encounter_id INTEGER,
  prescriber_id INTEGER,
  clinic_id INTEGER NOT NULL,
  drug_name TEXT,
  atc_code TEXT,
  generic_name TEXT,
  form TEXT,
  strength TEXT,
  dosage TEXT,
  quantity TEXT,
  frequency TEXT,
  frequency_custom TEXT,
  route TEXT,
  duration_days INTEGER,
  start_date TEXT,
  end_date TEXT,
  refills_allowed INTEGER,
  status TEXT,
  is_chronic INTEGER NOT NULL DEFAULT 0,
  linked_diagnosis_icd10 TEXT,
  discontinued_at TEXT,
  created_at TEXT
);
CREATE INDEX IF NOT EXISTS prescriptions_patient ON prescriptions (patient_id);

CREATE TABLE IF NOT EXISTS patient_problems (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  patient_id INTEGER NOT NULL,
  clinic_id INTEGER NOT NULL,
  icd10_code TEXT,
  description TEXT,
  clinical_status TEXT,
  onset_date TEXT,
  resolved_date TEXT,
  recorded_date TEXT
);
CREATE INDEX IF NOT EXISTS patient_problems_patient ON patient_problems (patient_id);

CREATE INDEX IF NOT EXISTS lab_orders_placer ON lab_orders (placer_order_number);
CREATE INDEX IF NOT EXISTS lab_orders_filler ON lab_orders (filler_order_number);
CREATE INDEX IF NOT EXISTS lab_results_order ON lab_results (lab_order_id) WHERE lab_order_id IS NOT NULL;
-- Which laboratories there are: a laboratory is an Organization as soon as a result or an order names it.
CREATE INDEX IF NOT EXISTS lab_results_laboratory ON lab_results (performing_lab_code);
CREATE INDEX IF NOT EXISTS lab_orders_laboratory ON lab_orders (lab_facility_code);
CREATE INDEX IF NOT EXISTS lab_result_attachments_result ON lab_result_attachments (result_id);

-- What FHIR keeps of a resource beside its row (home), or all of it when no table holds such things. `content` is compressed and encrypted.
CREATE TABLE fhir_resources (
  clinic_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  last_updated TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0,
  patient_id INTEGER,
  home TEXT,
  home_key TEXT,
  tag TEXT,
  content TEXT,
  codes TEXT,
  from_at TEXT,
  to_at TEXT,
  PRIMARY KEY (clinic_id, type, id)
);
CREATE INDEX fhir_resources_patient ON fhir_resources (patient_id, type);
CREATE INDEX fhir_resources_home ON fhir_resources (home_key, home);

CREATE TABLE fhir_resource_versions (
  clinic_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  last_updated TEXT NOT NULL,
  method TEXT NOT NULL,
  content TEXT,
  patient_id INTEGER,
  PRIMARY KEY (clinic_id, type, id, version)
);
CREATE INDEX fhir_resource_versions_time ON fhir_resource_versions (clinic_id, type, last_updated, id, version);

-- Codes of resources, of those with a row (home) only such as its columns do not tell.
CREATE TABLE fhir_codes (
  clinic_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  code TEXT NOT NULL,
  id TEXT NOT NULL,
  home TEXT,
  home_key TEXT,
  patient_id INTEGER,
  PRIMARY KEY (clinic_id, type, code, id)
) WITHOUT ROWID;
CREATE INDEX fhir_codes_patient ON fhir_codes (patient_id, code) WHERE home IS NOT NULL;
CREATE INDEX fhir_codes_resource ON fhir_codes (clinic_id, type, id);

-- Keyed hashes of `system|value` and of `value`, and of a Patient's names and numbers that its row does not tell, as hexadecimal UUIDs.
CREATE TABLE fhir_identifiers (
  clinic_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  hash TEXT NOT NULL,
  id TEXT NOT NULL,
  home TEXT,
  home_key TEXT,
  PRIMARY KEY (clinic_id, hash, type, id)
) WITHOUT ROWID;
CREATE INDEX fhir_identifiers_resource ON fhir_identifiers (clinic_id, type, id);

-- SMART Backend Services: tokens by the SHA-256 of their secret, and assertions that were used, until they end.
CREATE TABLE access_tokens (
  secret_hash TEXT PRIMARY KEY,
  client TEXT NOT NULL,
  scopes TEXT NOT NULL,
  clinic_id INTEGER,
  patient_id INTEGER,
  expires_at TEXT NOT NULL
);
CREATE INDEX access_tokens_end ON access_tokens (expires_at);

CREATE TABLE used_assertions (
  client TEXT NOT NULL,
  jti TEXT NOT NULL,
  until_at TEXT NOT NULL,
  PRIMARY KEY (client, jti)
) WITHOUT ROWID;
CREATE INDEX used_assertions_end ON used_assertions (until_at);

ALTER TABLE api_keys ADD COLUMN patient_id INTEGER;
ALTER TABLE api_keys ADD COLUMN jwks TEXT;

CREATE INDEX IF NOT EXISTS security_audit_clinic ON security_audit (clinic_id, at, id);
