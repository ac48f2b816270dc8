-- Whoever waited is served: messages that wait for their patient, and what may end a wait. See the PostgreSQL script for what the columns mean.
CREATE TABLE waiting_claims (
  clinic_id INTEGER NOT NULL,
  hash BLOB NOT NULL,
  message_id TEXT NOT NULL,
  PRIMARY KEY (hash, message_id)
) WITHOUT ROWID;
CREATE INDEX waiting_claims_message ON waiting_claims (message_id);

CREATE TABLE match_news (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  clinic_id INTEGER NOT NULL,
  patient_id INTEGER,
  message_id TEXT,
  seen TEXT,
  noted_at TEXT NOT NULL,
  looked INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX match_news_open ON match_news (seq) WHERE NOT looked;
CREATE INDEX match_news_patient ON match_news (patient_id);
