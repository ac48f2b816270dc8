-- A result may hold several values of which somebody must hear: the components of an Observation.
ALTER TABLE critical_alert ADD COLUMN place text; -- which value of its result; NULL: the result's own
-- Alerts that were folded into one: told by themselves when that one goes to another patient.
CREATE INDEX critical_alert_folded ON critical_alert (same_as) WHERE same_as IS NOT NULL;
-- The rung that was told. NULL: of before this column.
ALTER TABLE critical_notice ADD COLUMN level integer;

-- When a listener of which messages are expected has last had one, for all nodes.
CREATE TABLE listener_watch (
  clinic_id integer NOT NULL,
  listener text NOT NULL,
  last_at timestamptz NOT NULL,  -- the last message, or since when it is watched
  silent_since timestamptz,      -- it was told to be silent; NULL: it is not
  PRIMARY KEY (clinic_id, listener)
);
ALTER TABLE listener_watch ENABLE ROW LEVEL SECURITY;
ALTER TABLE listener_watch FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON listener_watch
  USING (clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int));

-- Orders without results, by the time since which they wait.
CREATE INDEX lab_orders_waiting ON lab_orders (clinic_id, (COALESCE(collected_at, order_date)), id)
  WHERE status IN ('ordered', 'collected', 'processing');

-- Events that were given out: they go after their time, once no delivery of theirs is left.
CREATE INDEX event_outbox_done ON event_outbox (clinic_id, created_at) WHERE due IS NULL;
CREATE INDEX delivery_event ON delivery (event_id) WHERE event_id IS NOT NULL AND resent;
