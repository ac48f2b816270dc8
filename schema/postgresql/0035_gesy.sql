-- Claims to the national system, from their acceptance to their payment. What leaves is a delivery of its own.
CREATE TABLE gesy_claims (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  patient_id integer,
  encounter_id integer,
  delivery_id uuid NOT NULL,
  likeness uuid NOT NULL,          -- keyed hash of what it is for: no two of one stand side by side
  whose uuid NOT NULL,             -- keyed hash of the beneficiary's number
  system text NOT NULL,            -- the one it is meant for: its URL
  status text NOT NULL,            -- draft until they have it, then theirs in OpenHeart's words; withdrawn: never sent
  number text,                     -- theirs
  content text NOT NULL,           -- compressed and encrypted, as are answers
  answer text,
  actor text NOT NULL,
  looks integer NOT NULL DEFAULT 0,
  next_look_at timestamptz,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX gesy_claims_once ON gesy_claims (clinic_id, likeness) WHERE status NOT IN ('rejected', 'withdrawn');
CREATE INDEX gesy_claims_open ON gesy_claims (clinic_id, next_look_at) WHERE status NOT IN ('rejected', 'withdrawn', 'paid');
CREATE INDEX gesy_claims_number ON gesy_claims (clinic_id, number) WHERE number IS NOT NULL;
CREATE INDEX gesy_claims_whose ON gesy_claims (clinic_id, whose);
CREATE INDEX gesy_claims_patient ON gesy_claims (patient_id);
ALTER TABLE gesy_claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE gesy_claims FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON gesy_claims USING (clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int));
-- Every answer that was another than the one before.
CREATE TABLE gesy_claim_answers (
  claim_id uuid NOT NULL,
  clinic_id integer NOT NULL,
  at timestamptz NOT NULL,
  status text NOT NULL,
  answer text NOT NULL,
  PRIMARY KEY (claim_id, at)
);
ALTER TABLE gesy_claim_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE gesy_claim_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON gesy_claim_answers USING (clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int));
