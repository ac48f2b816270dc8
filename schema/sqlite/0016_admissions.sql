-- Admissions (HL7 ADT). A visit is known by its number and by whoever gave it; `told_rows` keeps what messages have said of a row, field by
-- field and with their times (records::row_story, sealed): an older message changes nothing that a newer one said.
ALTER TABLE encounters ADD COLUMN visit_number TEXT;
ALTER TABLE encounters ADD COLUMN visit_authority TEXT;
CREATE INDEX IF NOT EXISTS encounters_visit ON encounters (visit_number) WHERE visit_number IS NOT NULL;

CREATE TABLE told_rows (
  clinic_id INTEGER NOT NULL,
  home TEXT NOT NULL,
  home_key TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (home_key, home, clinic_id)
) WITHOUT ROWID;
