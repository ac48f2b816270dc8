-- What waits for a person, what persons decided, and what the engine learned of it. All of it is the engine's own.
ALTER TABLE api_keys ADD COLUMN IF NOT EXISTS user_id integer;

ALTER TABLE review_queue
  ADD COLUMN IF NOT EXISTS claims text,         -- what the message says of its patient: compressed and encrypted
  ADD COLUMN IF NOT EXISTS result_ids text,     -- results that it concerns, as a JSON list
  ADD COLUMN IF NOT EXISTS subject uuid,        -- first half of SHA-256 of a refused message: its repeats ask nobody again
  ADD COLUMN IF NOT EXISTS resolved_by integer, -- users.user_id; NULL: it settled itself
  ADD COLUMN IF NOT EXISTS action text,
  ADD COLUMN IF NOT EXISTS reason text;
CREATE UNIQUE INDEX IF NOT EXISTS review_queue_subject ON review_queue (subject, clinic_id, kind) WHERE state = 'open' AND subject IS NOT NULL;

CREATE TABLE unmapped_units (
  clinic_id integer NOT NULL,
  lab_code text NOT NULL,
  code text NOT NULL,
  unit text NOT NULL,
  count bigint NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  PRIMARY KEY (clinic_id, lab_code, code, unit)
);

-- The patient whom a person named for a message, or from whom a person took it away; the row without an end is the one that counts.
CREATE TABLE message_links (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  message_id uuid NOT NULL,
  patient_id integer,   -- NULL: taken away
  taken_from integer,   -- the patient under whom the message stood before
  user_id integer NOT NULL,
  made_at timestamptz NOT NULL,
  replaced_at timestamptz
);
CREATE UNIQUE INDEX message_links_now ON message_links (message_id) WHERE replaced_at IS NULL;
CREATE INDEX message_links_message ON message_links (message_id);

-- What a person said of one OBX of a message: applied whenever the message is filed again.
CREATE TABLE result_words (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  message_id uuid NOT NULL,
  position integer NOT NULL,  -- of the OBX in its message, from 1
  word text NOT NULL,         -- corrected, rejected
  content text NOT NULL,      -- {"value", "unit"}: compressed and encrypted
  reason text NOT NULL,
  user_id integer NOT NULL,
  made_at timestamptz NOT NULL,
  UNIQUE (message_id, position, made_at)
);

-- What a person linked, learned: the same claims of the same sender name this patient, as long as nothing else has changed.
CREATE TABLE patient_decisions (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  claims uuid NOT NULL,        -- keyed hash of all that the sender says of the patient
  patient_id integer NOT NULL,
  patient_state uuid NOT NULL, -- keyed hash of what the clinic held of the patient
  seen text NOT NULL,          -- what agreed and what differed when the person decided
  sender text NOT NULL,
  message_id uuid NOT NULL,
  user_id integer NOT NULL,
  made_at timestamptz NOT NULL,
  withdrawn_at timestamptz,
  withdrawn_by integer
);
CREATE UNIQUE INDEX patient_decisions_claims ON patient_decisions (claims, clinic_id) WHERE withdrawn_at IS NULL;
CREATE INDEX patient_decisions_message ON patient_decisions (message_id);

-- Messages that were filed because of a decision: whoever withdraws it must hear of them.
CREATE TABLE patient_decision_uses (
  decision_id uuid NOT NULL,
  message_id uuid NOT NULL,
  clinic_id integer NOT NULL,
  PRIMARY KEY (decision_id, message_id)
);

-- A clinic sees its own rows only.
DO $$
DECLARE
  wanted text;
  mine constant text := '(clinic_id + 0 = (SELECT nullif(current_setting(''app.clinic_id'', true), '''')::int))';
BEGIN
  FOREACH wanted IN ARRAY ARRAY['unmapped_units', 'message_links', 'result_words', 'patient_decisions', 'patient_decision_uses'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', wanted);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', wanted);
    EXECUTE format('CREATE POLICY clinic_rows ON %I USING %s', wanted, mine);
  END LOOP;
END
$$;
