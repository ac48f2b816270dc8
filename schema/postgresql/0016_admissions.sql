-- Admissions (HL7 ADT). A visit is known by its number and by whoever gave it; `told_rows` keeps what messages have said of a row, field by
-- field and with their times (records::row_story, sealed): an older message changes nothing that a newer one said.
ALTER TABLE encounters ADD COLUMN IF NOT EXISTS visit_number text;
ALTER TABLE encounters ADD COLUMN IF NOT EXISTS visit_authority text;
CREATE INDEX IF NOT EXISTS encounters_visit ON encounters (visit_number) WHERE visit_number IS NOT NULL;

CREATE TABLE told_rows (
  clinic_id integer NOT NULL,
  home text NOT NULL,
  home_key text NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (home_key, home, clinic_id)
);
ALTER TABLE told_rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE told_rows FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON told_rows USING ((clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int)));
