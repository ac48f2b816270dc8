-- What a route has its messages found by (`[[index]]`): of a value only the keyed hash, under the index's name.
CREATE TABLE message_search_keys (
  clinic_id INTEGER NOT NULL,
  hash BLOB NOT NULL,
  message_id TEXT NOT NULL,
  PRIMARY KEY (hash, message_id)
) WITHOUT ROWID;
CREATE INDEX message_search_keys_message ON message_search_keys (message_id);
