-- Erasure of a person (GDPR article 17): who asked for it, who agreed, what it did. The person stays as a number without a name.
CREATE TABLE erasures (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  patient_id integer NOT NULL,
  reason text NOT NULL,         -- encrypted, and without words that tell who it was
  asked_by integer NOT NULL,    -- of users
  asked_at timestamptz NOT NULL,
  done_by integer,
  done_at timestamptz,
  report text                   -- JSON: counts, and to which destinations what had gone
);
CREATE INDEX erasures_patient ON erasures (patient_id);
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON erasures USING (clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int));
