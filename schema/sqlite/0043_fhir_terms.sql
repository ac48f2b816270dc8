-- What searches find resources by that FHIR keeps: of each value of a search parameter the keyed hash, and the span of its times and numbers. The
-- engine fills both with each write, and for what stood here before when it runs (`indexed_version`); until then such resources are candidates of every search.
CREATE TABLE fhir_words (
  clinic_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  hash TEXT NOT NULL,
  id TEXT NOT NULL,
  home TEXT,
  home_key TEXT,
  PRIMARY KEY (clinic_id, hash, type, id)
) WITHOUT ROWID;
CREATE INDEX fhir_words_resource ON fhir_words (clinic_id, type, id);

-- `reach` tells how long a span is at most (0: a day, 1: 32 days, 2: 367 days, 3: longer), so that what touches a time is found by where it begins.
CREATE TABLE fhir_spans (
  clinic_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  parameter TEXT NOT NULL,
  reach INTEGER NOT NULL,
  low INTEGER NOT NULL,
  high INTEGER NOT NULL,
  home TEXT,
  home_key TEXT,
  PRIMARY KEY (clinic_id, type, id, parameter)
) WITHOUT ROWID;
CREATE INDEX fhir_spans_low ON fhir_spans (clinic_id, type, parameter, reach, low, high, id);

ALTER TABLE fhir_resources ADD COLUMN indexed_version INTEGER NOT NULL DEFAULT 0; -- an engine before this one raises the version alone
CREATE INDEX fhir_resources_unindexed ON fhir_resources (clinic_id, type, id) WHERE indexed_version <> version AND NOT deleted;
CREATE INDEX fhir_resources_time ON fhir_resources (clinic_id, type, last_updated, id);

-- Of the clinic's own tables, by whom and by which visit they name.
CREATE INDEX IF NOT EXISTS vitals_encounter ON vitals (encounter_id) WHERE encounter_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS vitals_recorded_by ON vitals (recorded_by) WHERE recorded_by IS NOT NULL;
CREATE INDEX IF NOT EXISTS lab_results_verified_by ON lab_results (verified_by) WHERE verified_by IS NOT NULL;
CREATE INDEX IF NOT EXISTS prescriptions_encounter ON prescriptions (encounter_id) WHERE encounter_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS prescriptions_prescriber ON prescriptions (prescriber_id) WHERE prescriber_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS encounters_physician ON encounters (attending_physician_id) WHERE attending_physician_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS appointments_provider ON appointments (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS lab_orders_encounter ON lab_orders (encounter_id) WHERE encounter_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS lab_orders_provider ON lab_orders (ordering_provider_id) WHERE ordering_provider_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS patient_study_links_encounter ON patient_study_links (encounter_id) WHERE encounter_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS clinical_notes_encounter ON clinical_notes (encounter_id) WHERE encounter_id IS NOT NULL;
