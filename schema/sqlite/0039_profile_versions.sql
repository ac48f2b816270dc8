-- What laboratories' profiles said, whenever somebody changed one through the engine: the text before, if it was not known, and the text after.
-- Files in conf/labs are the truth; this is their history. It holds nothing of patients, and is read before the clinic is known, as api_keys are.
CREATE TABLE profile_versions (
  lab TEXT NOT NULL,
  hash TEXT NOT NULL,
  at TEXT NOT NULL,
  by_whom TEXT,             -- nobody knows who changed a file by hand
  content TEXT NOT NULL,
  PRIMARY KEY (lab, hash, at)
);
