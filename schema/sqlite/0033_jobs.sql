-- Work that takes longer than an answer: bulk exports. One node at a time does it, under a lease; how far it is stands here with what it made.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,             -- running, done, failed, cancelled, expired
  actor TEXT NOT NULL,             -- whose key asked
  asked TEXT NOT NULL,             -- JSON: what for
  place TEXT NOT NULL DEFAULT '',  -- how far it is; what that means is its kind's
  resources INTEGER NOT NULL DEFAULT 0,
  fault TEXT,
  created_at TEXT NOT NULL,
  ended_at TEXT,
  expires_at TEXT,          -- when its files go
  owner TEXT,
  owned_until TEXT
);
CREATE INDEX jobs_clinic ON jobs (clinic_id, created_at);
CREATE TABLE job_files (
  job_id TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  clinic_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  resources INTEGER NOT NULL,
  content TEXT NOT NULL,           -- compressed and encrypted
  PRIMARY KEY (job_id, ordinal)
);
