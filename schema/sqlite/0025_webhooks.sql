-- Who wants to hear of a clinic's events. See the PostgreSQL script for what the columns mean.
CREATE TABLE webhook_configs (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  url TEXT NOT NULL,
  event_types TEXT NOT NULL,
  secret TEXT NOT NULL,
  old_secret TEXT,
  old_secret_until TEXT,
  active INTEGER NOT NULL,
  stopped_why TEXT,
  made_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  changed_at TEXT NOT NULL
);
CREATE INDEX webhook_configs_clinic ON webhook_configs (clinic_id);

ALTER TABLE event_outbox ADD COLUMN due TEXT;
CREATE INDEX event_outbox_due ON event_outbox (clinic_id) WHERE due IS NOT NULL;

CREATE UNIQUE INDEX delivery_event_once ON delivery (event_id, destination) WHERE event_id IS NOT NULL AND NOT resent;
ALTER TABLE delivery ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
