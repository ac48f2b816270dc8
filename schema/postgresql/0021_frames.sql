-- A frame that held several messages, or one with the groups of several patients: each is a row of its own, and they share an id. frame_part counts
-- from 1; 0 are the lines around the messages (FHS, BHS, BTS, FTS). Without an id the row is all that its frame held.
ALTER TABLE hl7_message_log
  ADD COLUMN IF NOT EXISTS frame_id uuid,
  ADD COLUMN IF NOT EXISTS frame_part integer,
  ADD COLUMN IF NOT EXISTS frame_parts integer;
CREATE INDEX IF NOT EXISTS hl7_message_log_frame ON hl7_message_log (frame_id) WHERE frame_id IS NOT NULL;
