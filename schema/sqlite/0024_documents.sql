-- Documents (HL7 MDM) are notes that others wrote: known by their number and by whoever gave it. What they are of, how they stand and what
-- they replace or continue stands beside the note; NULL for notes that the clinic wrote itself.
ALTER TABLE clinical_notes ADD COLUMN document_number TEXT;
ALTER TABLE clinical_notes ADD COLUMN document_authority TEXT;
ALTER TABLE clinical_notes ADD COLUMN document_type TEXT;
ALTER TABLE clinical_notes ADD COLUMN document_status TEXT;        -- current, superseded, entered_in_error
ALTER TABLE clinical_notes ADD COLUMN completion_status TEXT;      -- TXA-17 (HL70271)
ALTER TABLE clinical_notes ADD COLUMN confidentiality TEXT;        -- TXA-18 (HL70272)
ALTER TABLE clinical_notes ADD COLUMN availability TEXT;           -- TXA-19 (HL70273)
ALTER TABLE clinical_notes ADD COLUMN activity_at TEXT;
ALTER TABLE clinical_notes ADD COLUMN author_id INTEGER;           -- of users
ALTER TABLE clinical_notes ADD COLUMN author_name TEXT;
ALTER TABLE clinical_notes ADD COLUMN authenticator_name TEXT;
ALTER TABLE clinical_notes ADD COLUMN authenticated_at TEXT;
ALTER TABLE clinical_notes ADD COLUMN placer_order_number TEXT;
ALTER TABLE clinical_notes ADD COLUMN filler_order_number TEXT;
ALTER TABLE clinical_notes ADD COLUMN parent_note_id INTEGER;
ALTER TABLE clinical_notes ADD COLUMN parent_relation TEXT;        -- replaces, appends
CREATE INDEX IF NOT EXISTS clinical_notes_document ON clinical_notes (document_number) WHERE document_number IS NOT NULL;

-- What is attached to documents, each content of a clinic once; note_versions.structured_data names it. `id` follows from clinic and content.
CREATE TABLE document_contents (
  id TEXT PRIMARY KEY,
  clinic_id INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha1 TEXT NOT NULL,                       -- in base64, as FHIR tells it
  content TEXT NOT NULL,                    -- encrypted
  created_at TEXT NOT NULL
);
