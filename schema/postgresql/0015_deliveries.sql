-- What is passed on: a row for each message and destination, written with the message's filing, and its way since.
CREATE TABLE delivery (
  id uuid PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY,  -- the order in which they go; drawn before the commit, so nobody reads "after the last one"
  clinic_id integer NOT NULL,
  destination text NOT NULL,
  part integer NOT NULL,
  order_key bigint NOT NULL,                -- those of one key go in their order; 0: keeps none
  message_id uuid,                          -- of hl7_message_log
  message_at timestamptz,                   -- its created_at, so that one partition of the log is read
  event_id uuid,                            -- of event_outbox
  control_id text NOT NULL,                 -- MSH-10 as it goes out, or the id of a webhook; the same at each attempt
  resent boolean NOT NULL DEFAULT false,    -- a person asked for it
  body text,                                -- compressed and encrypted; NULL: as the log keeps it
  state text NOT NULL DEFAULT 'waiting',    -- waiting, inflight, sent, parked, skipped
  holds smallint NOT NULL DEFAULT 0,        -- parked, and others wait for it: 1 those of its key, 2 all of the partition
  attempts integer NOT NULL DEFAULT 0,
  refusals integer NOT NULL DEFAULT 0,      -- of these, answers that it may pass later
  perhaps boolean NOT NULL DEFAULT false,   -- an attempt may have reached the receiver without our knowing
  next_at timestamptz,                      -- not before
  last_code text,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL
);
CREATE INDEX delivery_open ON delivery (clinic_id, destination, part, seq) WHERE state IN ('waiting', 'inflight');
CREATE INDEX delivery_parked ON delivery (clinic_id, destination, part) WHERE state = 'parked';
CREATE UNIQUE INDEX delivery_once ON delivery (message_id, destination) WHERE message_id IS NOT NULL AND NOT resent;

-- Who works on a partition, until when; whoever takes it over counts the token up, and each write names it.
CREATE TABLE lease (
  clinic_id integer NOT NULL,
  destination text NOT NULL,
  part integer NOT NULL,
  owner text NOT NULL,
  token bigint NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (clinic_id, destination, part)
);

-- Destinations to which nothing is sent now.
CREATE TABLE destination_stop (
  clinic_id integer NOT NULL,
  destination text NOT NULL,
  why text NOT NULL,         -- paused, gone
  made_by text,
  made_at timestamptz NOT NULL,
  PRIMARY KEY (clinic_id, destination)
);

-- A clinic sees its own rows only.
DO $$
DECLARE
  wanted text;
  mine constant text := '(clinic_id + 0 = (SELECT nullif(current_setting(''app.clinic_id'', true), '''')::int))';
BEGIN
  FOREACH wanted IN ARRAY ARRAY['delivery', 'lease', 'destination_stop'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', wanted);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', wanted);
    EXECUTE format('CREATE POLICY clinic_rows ON %I USING %s', wanted, mine);
  END LOOP;
END
$$;
