-- Alerts of critical values, and what was done about each. See the PostgreSQL script for what the columns mean.
CREATE TABLE critical_alert (
  id TEXT NOT NULL PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  subject BLOB NOT NULL,
  why TEXT NOT NULL,
  message_id TEXT,
  position INTEGER,
  result_id TEXT,
  patient_id INTEGER,
  test_code TEXT NOT NULL,
  loinc_code TEXT,
  flag TEXT,
  band TEXT NOT NULL,
  content TEXT NOT NULL,
  repeats INTEGER NOT NULL DEFAULT 0,
  observed_at TEXT,
  detected_at TEXT NOT NULL,
  state TEXT NOT NULL,
  admitted INTEGER NOT NULL DEFAULT 0,
  level INTEGER NOT NULL DEFAULT 0,
  next_at TEXT,
  due_at TEXT,
  notified_at TEXT,
  delivered_at TEXT,
  acknowledged_at TEXT,
  acknowledged_by INTEGER,
  read_at TEXT,
  closed_at TEXT,
  closed_by INTEGER,
  outcome TEXT,
  reason TEXT,
  same_as TEXT,
  review_id TEXT,
  last_act TEXT,
  UNIQUE (clinic_id, subject)
) WITHOUT ROWID;
CREATE INDEX critical_alert_due ON critical_alert (clinic_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX critical_alert_open ON critical_alert (clinic_id, state)
  WHERE state NOT IN ('closed', 'folded', 'superseded', 'withdrawn');
CREATE INDEX critical_alert_result ON critical_alert (result_id) WHERE result_id IS NOT NULL;
CREATE INDEX critical_alert_message ON critical_alert (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE critical_step (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  clinic_id INTEGER NOT NULL,
  alert_id TEXT NOT NULL,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  user_id INTEGER,
  key_name TEXT,
  role TEXT,
  channel TEXT,
  target TEXT,
  detail TEXT
);
CREATE INDEX critical_step_alert ON critical_step (alert_id, seq);
CREATE TRIGGER critical_step_stays BEFORE UPDATE ON critical_step BEGIN SELECT RAISE(ABORT, 'steps of alerts stay as they are'); END;

CREATE TABLE critical_notice (
  delivery_id TEXT NOT NULL PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  alert_id TEXT NOT NULL,
  destination TEXT NOT NULL,
  settled INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX critical_notice_open ON critical_notice (clinic_id) WHERE NOT settled;
CREATE INDEX critical_notice_alert ON critical_notice (alert_id);
