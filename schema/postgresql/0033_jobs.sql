-- Work that takes longer than an answer: bulk exports. One node at a time does it, under a lease; how far it is stands here with what it made.
CREATE TABLE jobs (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,             -- running, done, failed, cancelled, expired
  actor text NOT NULL,             -- whose key asked
  asked text NOT NULL,             -- JSON: what for
  place text NOT NULL DEFAULT '',  -- how far it is; what that means is its kind's
  resources bigint NOT NULL DEFAULT 0,
  fault text,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  expires_at timestamptz,          -- when its files go
  owner text,
  owned_until timestamptz
);
CREATE INDEX jobs_clinic ON jobs (clinic_id, created_at);
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON jobs USING (clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int));
CREATE TABLE job_files (
  job_id uuid NOT NULL,
  ordinal integer NOT NULL,
  clinic_id integer NOT NULL,
  type text NOT NULL,
  resources bigint NOT NULL,
  content text NOT NULL,           -- compressed and encrypted
  PRIMARY KEY (job_id, ordinal)
);
ALTER TABLE job_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_files FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON job_files USING (clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int));
