-- The configurations that ran, file by file, and what all nodes are to run. Read before the clinic is known, as api_keys are. Texts are sealed: a table
-- of a laboratory may name people.
CREATE TABLE config_texts (
  hash TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  content TEXT NOT NULL
);
CREATE TABLE config_versions (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL,            -- of all its files
  kind TEXT NOT NULL,            -- read, published, proposed, withdrawn
  instead_of TEXT,               -- what was published before it; '' nothing
  rollback_of TEXT,
  at TEXT NOT NULL,
  by_whom TEXT,                  -- nobody knows who changed a file by hand
  reason TEXT,
  approved_by TEXT,
  despite_cases TEXT
);
-- Each is replaced once: two persons who publish at the same time do not both succeed.
CREATE UNIQUE INDEX config_versions_replaced ON config_versions (instead_of) WHERE kind = 'published';
CREATE TABLE config_version_files (
  version TEXT NOT NULL REFERENCES config_versions (id) ON DELETE CASCADE,
  file TEXT NOT NULL,
  hash TEXT NOT NULL REFERENCES config_texts (hash),
  PRIMARY KEY (version, file)
);
CREATE INDEX config_version_files_file ON config_version_files (file, version);
CREATE TABLE config_drafts (
  by_whom TEXT NOT NULL,
  file TEXT NOT NULL,
  base TEXT NOT NULL,            -- hash of the text that ran when its author looked
  at TEXT NOT NULL,
  content TEXT,                  -- sealed; nothing: the file goes
  PRIMARY KEY (by_whom, file)
);
-- The engines that run, as they told last.
CREATE TABLE engine_nodes (
  node TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  folder TEXT NOT NULL,         -- of its aorta.toml
  pid INTEGER NOT NULL,              -- 0: it has ended
  approvals INTEGER NOT NULL,
  configuration TEXT NOT NULL,
  hash TEXT NOT NULL,
  runs TEXT,                     -- the published version that it took over
  refuses TEXT,                 -- the published version that it does not run, and why
  fault TEXT,
  answers INTEGER NOT NULL,      -- how often it was told to read its files anew, and has
  answer TEXT,                  -- why it kept what it had, the last time
  seen_at TEXT NOT NULL
);
