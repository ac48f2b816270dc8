-- Who wants to hear of a clinic's events, under which types.
CREATE TABLE webhook_configs (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  url text NOT NULL,
  event_types text NOT NULL,     -- a JSON list; ["*"]: all
  secret text NOT NULL,          -- encrypted: what requests are signed with
  old_secret text,               -- the one before, which signs too until old_secret_until
  old_secret_until timestamptz,
  active boolean NOT NULL,       -- false: nothing is sent, and no event is kept for it
  stopped_why text,              -- 'gone': its receiver said so (410); NULL: nobody but a person stopped it
  made_by text NOT NULL,         -- the name of the key
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL
);
CREATE INDEX webhook_configs_clinic ON webhook_configs (clinic_id);
ALTER TABLE webhook_configs ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_configs FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON webhook_configs
  USING (clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int));

-- An event that was not yet given to those who want it. The database's own clock at the insertion: what one patient's events say, they say
-- under the patient's lock, so that their order is that of their commits. NULL: given out, or older than webhooks.
ALTER TABLE event_outbox ADD COLUMN due timestamptz;
ALTER TABLE event_outbox ALTER COLUMN due SET DEFAULT clock_timestamp();
CREATE INDEX event_outbox_due ON event_outbox (clinic_id, due) WHERE due IS NOT NULL;

-- One delivery for each event and receiver, but for what a person asks for again.
CREATE UNIQUE INDEX delivery_event_once ON delivery (event_id, destination) WHERE event_id IS NOT NULL AND NOT resent;
ALTER TABLE delivery ADD COLUMN urgent boolean NOT NULL DEFAULT false; -- of a critical value: tried again at least once a minute
