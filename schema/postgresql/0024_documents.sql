-- Documents (HL7 MDM) are notes that others wrote: known by their number and by whoever gave it. What they are of, how they stand and what
-- they replace or continue stands beside the note; NULL for notes that the clinic wrote itself.
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS document_number text;
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS document_authority text;
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS document_type text;
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS document_status text;        -- current, superseded, entered_in_error
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS completion_status text;      -- TXA-17 (HL70271)
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS confidentiality text;        -- TXA-18 (HL70272)
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS availability text;           -- TXA-19 (HL70273)
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS activity_at timestamptz;
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS author_id integer;           -- of users
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS author_name text;
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS authenticator_name text;
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS authenticated_at timestamptz;
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS placer_order_number text;
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS filler_order_number text;
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS parent_note_id bigint;
ALTER TABLE clinical_notes ADD COLUMN IF NOT EXISTS parent_relation text;        -- replaces, appends
CREATE INDEX IF NOT EXISTS clinical_notes_document ON clinical_notes (document_number) WHERE document_number IS NOT NULL;

-- What is attached to documents, each content of a clinic once; note_versions.structured_data names it. `id` follows from clinic and content.
CREATE TABLE document_contents (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  content_type text NOT NULL,
  size bigint NOT NULL,
  sha1 text NOT NULL,                       -- in base64, as FHIR tells it
  content text NOT NULL,                    -- encrypted
  created_at timestamptz NOT NULL
);
ALTER TABLE document_contents ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_contents FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON document_contents USING ((clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int)));
