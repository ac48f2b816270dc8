-- What a laboratory said of a whole order (OBR), whether the clinic placed it or not, also when no results came with it. Results name theirs.
CREATE TABLE lab_reports (
  id uuid PRIMARY KEY,
  clinic_id integer NOT NULL,
  patient_id integer NOT NULL,
  lab_order_id uuid,
  placer_order_number text,
  filler_order_number text,
  panel_code text,
  panel_name text,
  panel_system text,
  status text,
  performing_lab text,
  performing_lab_code text,
  collected_at timestamptz,
  collected_offset_minutes integer,
  collected_precision integer,
  issued_at timestamptz,
  issued_offset_minutes integer,
  issued_precision integer,
  results integer NOT NULL DEFAULT 0,
  message_id uuid,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX lab_reports_patient ON lab_reports (patient_id);
ALTER TABLE lab_reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE lab_reports FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON lab_reports USING ((clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int)));

-- Who observed it, how, with what, and of which specimen, as sent (OBX-16, OBX-17, OBX-18; SPM-2, SPM-4, SPM-8).
ALTER TABLE lab_results
  ADD COLUMN IF NOT EXISTS report_id uuid,
  ADD COLUMN IF NOT EXISTS sent_observer text,
  ADD COLUMN IF NOT EXISTS sent_method text,
  ADD COLUMN IF NOT EXISTS sent_device text,
  ADD COLUMN IF NOT EXISTS specimen_id text,
  ADD COLUMN IF NOT EXISTS specimen_type text,
  ADD COLUMN IF NOT EXISTS specimen_site text;
ALTER TABLE lab_result_versions
  ADD COLUMN IF NOT EXISTS report_id uuid,
  ADD COLUMN IF NOT EXISTS sent_observer text,
  ADD COLUMN IF NOT EXISTS sent_method text,
  ADD COLUMN IF NOT EXISTS sent_device text,
  ADD COLUMN IF NOT EXISTS specimen_id text,
  ADD COLUMN IF NOT EXISTS specimen_type text,
  ADD COLUMN IF NOT EXISTS specimen_site text;

-- When a row of the clinic's own system was first seen as it is (its tag): it has no column that says when it was changed.
CREATE TABLE fhir_seen (
  clinic_id integer NOT NULL,
  home text NOT NULL,
  home_key text NOT NULL,
  tag text NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (clinic_id, home, home_key)
);
ALTER TABLE fhir_seen ENABLE ROW LEVEL SECURITY;
ALTER TABLE fhir_seen FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON fhir_seen USING ((clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int)));
