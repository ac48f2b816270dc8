-- The configurations that ran, file by file, and what all nodes are to run. Read before the clinic is known, as api_keys are. Texts are sealed: a table
-- of a laboratory may name people.
CREATE TABLE config_texts (
  hash text PRIMARY KEY,
  bytes bigint NOT NULL,
  content text NOT NULL
);
CREATE TABLE config_versions (
  id uuid PRIMARY KEY,
  hash text NOT NULL,            -- of all its files
  kind text NOT NULL,            -- read, published, proposed, withdrawn
  instead_of text,               -- what was published before it; '' nothing
  rollback_of uuid,
  at timestamptz NOT NULL,
  by_whom text,                  -- nobody knows who changed a file by hand
  reason text,
  approved_by text,
  despite_cases text
);
-- Each is replaced once: two persons who publish at the same time do not both succeed.
CREATE UNIQUE INDEX config_versions_replaced ON config_versions (instead_of) WHERE kind = 'published';
CREATE TABLE config_version_files (
  version uuid NOT NULL REFERENCES config_versions (id) ON DELETE CASCADE,
  file text NOT NULL,
  hash text NOT NULL REFERENCES config_texts (hash),
  PRIMARY KEY (version, file)
);
CREATE INDEX config_version_files_file ON config_version_files (file, version);
CREATE TABLE config_drafts (
  by_whom text NOT NULL,
  file text NOT NULL,
  base text NOT NULL,            -- hash of the text that ran when its author looked
  at timestamptz NOT NULL,
  content text,                  -- sealed; nothing: the file goes
  PRIMARY KEY (by_whom, file)
);
-- The engines that run, as they told last.
CREATE TABLE engine_nodes (
  node text PRIMARY KEY,
  host text NOT NULL,
  folder text NOT NULL,         -- of its aorta.toml
  pid bigint NOT NULL,              -- 0: it has ended
  approvals bigint NOT NULL,
  configuration text NOT NULL,
  hash text NOT NULL,
  runs text,                     -- the published version that it took over
  refuses text,                 -- the published version that it does not run, and why
  fault text,
  answers bigint NOT NULL,      -- how often it was told to read its files anew, and has
  answer text,                  -- why it kept what it had, the last time
  seen_at timestamptz NOT NULL
);
