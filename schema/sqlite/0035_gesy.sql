-- Claims to the national system, from their acceptance to their payment. What leaves is a delivery of its own.
CREATE TABLE gesy_claims (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  patient_id INTEGER,
  encounter_id INTEGER,
  delivery_id TEXT NOT NULL,
  likeness TEXT NOT NULL,          -- keyed hash of what it is for: no two of one stand side by side
  whose TEXT NOT NULL,             -- keyed hash of the beneficiary's number
  system TEXT NOT NULL,            -- the one it is meant for: its URL
  status TEXT NOT NULL,            -- draft until they have it, then theirs in OpenHeart's words; withdrawn: never sent
  number TEXT,                     -- theirs
  content TEXT NOT NULL,           -- compressed and encrypted, as are answers
  answer TEXT,
  actor TEXT NOT NULL,
  looks INTEGER NOT NULL DEFAULT 0,
  next_look_at TEXT,
  created_at TEXT NOT NULL,
  changed_at TEXT NOT NULL
);
CREATE UNIQUE INDEX gesy_claims_once ON gesy_claims (clinic_id, likeness) WHERE status NOT IN ('rejected', 'withdrawn');
CREATE INDEX gesy_claims_open ON gesy_claims (clinic_id, next_look_at) WHERE status NOT IN ('rejected', 'withdrawn', 'paid');
CREATE INDEX gesy_claims_number ON gesy_claims (clinic_id, number) WHERE number IS NOT NULL;
CREATE INDEX gesy_claims_whose ON gesy_claims (clinic_id, whose);
CREATE INDEX gesy_claims_patient ON gesy_claims (patient_id);
-- Every answer that was another than the one before.
CREATE TABLE gesy_claim_answers (
  claim_id TEXT NOT NULL,
  clinic_id INTEGER NOT NULL,
  at TEXT NOT NULL,
  status TEXT NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (claim_id, at)
);
