-- Messages that were acknowledged (CA) before they are filed. See the PostgreSQL script for what the columns mean.
CREATE TABLE accepted_messages (
  message_id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  order_key INTEGER NOT NULL,
  destination TEXT,
  filed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX accepted_messages_clinic ON accepted_messages (clinic_id, message_id);
