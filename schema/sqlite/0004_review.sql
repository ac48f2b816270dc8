-- What waits for a person, what persons decided, and what the engine learned of it. See the PostgreSQL script for what the columns mean.
ALTER TABLE api_keys ADD COLUMN user_id INTEGER;

ALTER TABLE review_queue ADD COLUMN claims TEXT;
ALTER TABLE review_queue ADD COLUMN result_ids TEXT;
ALTER TABLE review_queue ADD COLUMN subject BLOB;
ALTER TABLE review_queue ADD COLUMN resolved_by INTEGER;
ALTER TABLE review_queue ADD COLUMN action TEXT;
ALTER TABLE review_queue ADD COLUMN reason TEXT;
CREATE UNIQUE INDEX review_queue_subject ON review_queue (subject, clinic_id, kind) WHERE state = 'open' AND subject IS NOT NULL;

CREATE TABLE unmapped_units (
  clinic_id INTEGER NOT NULL,
  lab_code TEXT NOT NULL,
  code TEXT NOT NULL,
  unit TEXT NOT NULL,
  count INTEGER NOT NULL,
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  PRIMARY KEY (clinic_id, lab_code, code, unit)
) WITHOUT ROWID;

CREATE TABLE message_links (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  patient_id INTEGER,
  taken_from INTEGER,
  user_id INTEGER NOT NULL,
  made_at TEXT NOT NULL,
  replaced_at TEXT
);
CREATE UNIQUE INDEX message_links_now ON message_links (message_id) WHERE replaced_at IS NULL;
CREATE INDEX message_links_message ON message_links (message_id);

CREATE TABLE result_words (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  word TEXT NOT NULL,
  content TEXT NOT NULL,
  reason TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  made_at TEXT NOT NULL,
  UNIQUE (message_id, position, made_at)
);

CREATE TABLE patient_decisions (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  claims BLOB NOT NULL,
  patient_id INTEGER NOT NULL,
  patient_state BLOB NOT NULL,
  seen TEXT NOT NULL,
  sender TEXT NOT NULL,
  message_id TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  made_at TEXT NOT NULL,
  withdrawn_at TEXT,
  withdrawn_by INTEGER
);
CREATE UNIQUE INDEX patient_decisions_claims ON patient_decisions (claims, clinic_id) WHERE withdrawn_at IS NULL;
CREATE INDEX patient_decisions_message ON patient_decisions (message_id);

CREATE TABLE patient_decision_uses (
  decision_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  clinic_id INTEGER NOT NULL,
  PRIMARY KEY (decision_id, message_id)
) WITHOUT ROWID;
