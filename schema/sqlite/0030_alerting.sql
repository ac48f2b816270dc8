-- See the PostgreSQL script for what the columns mean.
ALTER TABLE critical_alert ADD COLUMN place TEXT;
CREATE INDEX critical_alert_folded ON critical_alert (same_as) WHERE same_as IS NOT NULL;
ALTER TABLE critical_notice ADD COLUMN level INTEGER;

CREATE TABLE listener_watch (
  clinic_id INTEGER NOT NULL,
  listener TEXT NOT NULL,
  last_at TEXT NOT NULL,
  silent_since TEXT,
  PRIMARY KEY (clinic_id, listener)
) WITHOUT ROWID;

CREATE INDEX lab_orders_waiting ON lab_orders (clinic_id, COALESCE(collected_at, order_date), id)
  WHERE status IN ('ordered', 'collected', 'processing');

CREATE INDEX event_outbox_done ON event_outbox (clinic_id, created_at) WHERE due IS NULL;
CREATE INDEX delivery_event ON delivery (event_id) WHERE event_id IS NOT NULL AND resent;
