-- Erasure of a person (GDPR article 17): who asked for it, who agreed, what it did. The person stays as a number without a name.
CREATE TABLE erasures (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  patient_id INTEGER NOT NULL,
  reason TEXT NOT NULL,                     -- encrypted, and without words that tell who it was
  asked_by INTEGER NOT NULL,                -- of users
  asked_at TEXT NOT NULL,
  done_by INTEGER,
  done_at TEXT,
  report TEXT                               -- JSON: counts, and to which destinations what had gone
);
CREATE INDEX erasures_patient ON erasures (patient_id);
