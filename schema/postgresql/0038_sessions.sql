-- Who is signed in at the console: the SHA-256 of a session's secret, and whose key it stands for. It ends with that key. Read before the clinic
-- is known, as api_keys are; it holds no clinical data.
CREATE TABLE console_sessions (
  secret_hash text PRIMARY KEY,
  key_id uuid NOT NULL,
  expires_at timestamptz NOT NULL
);
