-- Alerts of critical values: one for each value of which somebody must hear, also of messages that nobody's are yet.
CREATE TABLE critical_alert (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  subject uuid NOT NULL,        -- a keyed hash of message, OBX and value: filed once more, it is the same alert
  why text NOT NULL,            -- told; corrected: another critical value; changed: critical no longer; returned: it stands again
  message_id uuid,
  position integer,             -- of the OBX in its message, from 1
  result_id uuid,               -- none: the message waits for a person
  patient_id integer,
  test_code text NOT NULL,
  loinc_code text,
  flag text,
  band text NOT NULL,           -- risk, significant
  content text NOT NULL,        -- sealed: name, value, unit, and what stood before
  repeats boolean NOT NULL DEFAULT false, -- the result stood with the same value
  observed_at timestamptz,      -- the clinical time
  detected_at timestamptz NOT NULL,
  state text NOT NULL,
  admitted boolean NOT NULL DEFAULT false, -- it stands on a ladder
  level integer NOT NULL DEFAULT 0,        -- rungs that were climbed
  next_at timestamptz,          -- when somebody must look at it again
  due_at timestamptz,           -- until when somebody is to acknowledge it
  notified_at timestamptz,
  delivered_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by integer,
  read_at timestamptz,
  closed_at timestamptz,
  closed_by integer,
  outcome text,
  reason text,
  same_as uuid,                 -- folded into this alert
  review_id uuid,               -- 'call by hand'
  last_act uuid,                -- of the last change, so that of two persons the first counts
  UNIQUE (clinic_id, subject)
);
CREATE INDEX critical_alert_due ON critical_alert (clinic_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX critical_alert_open ON critical_alert (clinic_id, state)
  WHERE state NOT IN ('closed', 'folded', 'superseded', 'withdrawn');
CREATE INDEX critical_alert_result ON critical_alert (result_id) WHERE result_id IS NOT NULL;
CREATE INDEX critical_alert_message ON critical_alert (message_id) WHERE message_id IS NOT NULL;

-- Who did what, in which role, by which way, when. Rows are added and never changed.
CREATE TABLE critical_step (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic_id integer NOT NULL,
  alert_id uuid NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  user_id integer,
  key_name text,
  role text,
  channel text,
  target text,
  detail text                   -- sealed where a person typed it
);
CREATE INDEX critical_step_alert ON critical_step (alert_id, seq);
CREATE FUNCTION critical_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'steps of alerts stay as they are';
END
$$;
CREATE TRIGGER critical_step_stays BEFORE UPDATE ON critical_step FOR EACH ROW EXECUTE FUNCTION critical_step_stays();

-- What a rung sent, until its outcome was noted.
CREATE TABLE critical_notice (
  delivery_id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  alert_id uuid NOT NULL,
  destination text NOT NULL,
  settled boolean NOT NULL DEFAULT false
);
CREATE INDEX critical_notice_open ON critical_notice (clinic_id) WHERE NOT settled;
CREATE INDEX critical_notice_alert ON critical_notice (alert_id);

-- A clinic sees its own rows only.
DO $$
DECLARE
  wanted text;
  mine constant text := '(clinic_id + 0 = (SELECT nullif(current_setting(''app.clinic_id'', true), '''')::int))';
BEGIN
  FOREACH wanted IN ARRAY ARRAY['critical_alert', 'critical_step', 'critical_notice'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', wanted);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', wanted);
    EXECUTE format('CREATE POLICY clinic_rows ON %I USING %s', wanted, mine);
  END LOOP;
END
$$;
