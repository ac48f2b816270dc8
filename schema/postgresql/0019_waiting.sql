-- Whoever waited is served. A message that waits for its patient stands under each hash of what it says of him (as in patient_blind_index), as long as
-- its review is open.
CREATE TABLE waiting_claims (
  clinic_id integer NOT NULL,
  hash uuid NOT NULL,
  message_id uuid NOT NULL,
  PRIMARY KEY (hash, message_id)
);
CREATE INDEX waiting_claims_message ON waiting_claims (message_id);

-- What may end a wait: a patient whose keys were written, or a message that began to wait while somebody may have written them. Both are looked at after
-- their commit, so that of two transactions at the same time the later one is seen by a look. What was looked at stays for a minute: see message_log.hpp.
CREATE TABLE match_news (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- drawn before the commit, so nobody reads "after the last one"
  clinic_id integer NOT NULL,
  patient_id integer,
  message_id uuid,
  seen text,                                           -- the patients whom the matcher saw, as a JSON list
  noted_at timestamptz NOT NULL,
  looked boolean NOT NULL DEFAULT false
);
CREATE INDEX match_news_open ON match_news (seq) WHERE NOT looked;
CREATE INDEX match_news_patient ON match_news (patient_id);

-- A clinic sees its own rows only.
DO $$
DECLARE
  wanted text;
  mine constant text := '(clinic_id + 0 = (SELECT nullif(current_setting(''app.clinic_id'', true), '''')::int))';
BEGIN
  FOREACH wanted IN ARRAY ARRAY['waiting_claims', 'match_news'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', wanted);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', wanted);
    EXECUTE format('CREATE POLICY clinic_rows ON %I USING %s', wanted, mine);
  END LOOP;
END
$$;
