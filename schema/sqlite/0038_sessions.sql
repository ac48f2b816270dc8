-- Who is signed in at the console: the SHA-256 of a session's secret, and whose key it stands for. It ends with that key.
CREATE TABLE console_sessions (
  secret_hash TEXT PRIMARY KEY,
  key_id TEXT NOT NULL,
  expires_at TEXT NOT NULL
);
