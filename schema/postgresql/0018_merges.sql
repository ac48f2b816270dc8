-- Two patients who became one, and numbers that changed: who said so, what moved, and what they were called before. Nothing is forgotten when it is
-- taken back.
CREATE TABLE patient_merges (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  survivor_id integer NOT NULL,
  merged_id integer,      -- NULL: a number of the survivor was changed
  number_kind text,       -- then which one, and from what to what: encrypted
  old_number text,
  new_number text,
  message_id uuid,        -- that said it
  user_id integer,        -- who did it, when no message said it
  made_at timestamptz NOT NULL,
  undone_at timestamptz,
  undone_by integer
);
CREATE INDEX patient_merges_survivor ON patient_merges (survivor_id) WHERE undone_at IS NULL;
CREATE UNIQUE INDEX patient_merges_merged ON patient_merges (merged_id) WHERE undone_at IS NULL AND merged_id IS NOT NULL;

-- Each row that a merge moved, or made beside another, so that just these go back.
CREATE TABLE patient_merge_rows (
  merge_id uuid NOT NULL,
  table_name text NOT NULL,
  column_name text NOT NULL, -- that refers to the patient
  row_key text COLLATE "C" NOT NULL, -- the key's cells as JSON
  clinic_id integer NOT NULL,
  before text,               -- what stood there, where it was more than the patient's number
  PRIMARY KEY (merge_id, table_name, column_name, row_key)
);

-- Numbers under which a patient is found beside those of the row.
CREATE TABLE patient_aliases (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  patient_id integer NOT NULL,
  kind text NOT NULL,
  value text NOT NULL, -- encrypted
  merge_id uuid NOT NULL,
  message_id uuid,
  made_at timestamptz NOT NULL
);
CREATE INDEX patient_aliases_patient ON patient_aliases (patient_id);
CREATE INDEX patient_aliases_merge ON patient_aliases (merge_id);

-- A clinic sees its own rows only.
DO $$
DECLARE
  wanted text;
  mine constant text := '(clinic_id + 0 = (SELECT nullif(current_setting(''app.clinic_id'', true), '''')::int))';
BEGIN
  FOREACH wanted IN ARRAY ARRAY['patient_merges', 'patient_merge_rows', 'patient_aliases'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', wanted);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', wanted);
    EXECUTE format('CREATE POLICY clinic_rows ON %I USING %s', wanted, mine);
  END LOOP;
END
$$;
