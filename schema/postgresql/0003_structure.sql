-- What a message says of a result beside its value: when it was issued, who measured it, the organism of a susceptibility and the result
-- it goes on from, the second coding. Result and specimen times keep how much of them was told.
ALTER TABLE lab_results
  ADD COLUMN IF NOT EXISTS issued_at timestamptz,
  ADD COLUMN IF NOT EXISTS issued_offset_minutes integer,
  ADD COLUMN IF NOT EXISTS issued_precision integer,
  ADD COLUMN IF NOT EXISTS collected_offset_minutes integer,
  ADD COLUMN IF NOT EXISTS collected_precision integer,
  ADD COLUMN IF NOT EXISTS performer text,
  ADD COLUMN IF NOT EXISTS performer_code text,
  ADD COLUMN IF NOT EXISTS organism text,
  ADD COLUMN IF NOT EXISTS organism_code text,
  ADD COLUMN IF NOT EXISTS parent_code text,
  ADD COLUMN IF NOT EXISTS parent_sub_id text,
  ADD COLUMN IF NOT EXISTS parent_text text,
  ADD COLUMN IF NOT EXISTS parent_placer_number text,
  ADD COLUMN IF NOT EXISTS parent_filler_number text,
  ADD COLUMN IF NOT EXISTS sent_other_code text,
  ADD COLUMN IF NOT EXISTS sent_other_system text,
  ADD COLUMN IF NOT EXISTS sent_other_name text;
UPDATE lab_results SET issued_at = reported_at WHERE reported_at IS NOT NULL;
ALTER TABLE lab_result_versions
  ADD COLUMN IF NOT EXISTS issued_at timestamptz,
  ADD COLUMN IF NOT EXISTS issued_offset_minutes integer,
  ADD COLUMN IF NOT EXISTS issued_precision integer,
  ADD COLUMN IF NOT EXISTS collected_offset_minutes integer,
  ADD COLUMN IF NOT EXISTS collected_precision integer,
  ADD COLUMN IF NOT EXISTS performer text,
  ADD COLUMN IF NOT EXISTS performer_code text,
  ADD COLUMN IF NOT EXISTS organism text,
  ADD COLUMN IF NOT EXISTS organism_code text,
  ADD COLUMN IF NOT EXISTS parent_code text,
  ADD COLUMN IF NOT EXISTS parent_sub_id text,
  ADD COLUMN IF NOT EXISTS parent_text text,
  ADD COLUMN IF NOT EXISTS parent_placer_number text,
  ADD COLUMN IF NOT EXISTS parent_filler_number text,
  ADD COLUMN IF NOT EXISTS sent_other_code text,
  ADD COLUMN IF NOT EXISTS sent_other_system text,
  ADD COLUMN IF NOT EXISTS sent_other_name text;
UPDATE lab_result_versions SET issued_at = reported_at WHERE reported_at IS NOT NULL;
