-- A frame that held several messages, or one with the groups of several patients. See the PostgreSQL script for what the columns mean.
ALTER TABLE hl7_message_log ADD COLUMN frame_id TEXT;
ALTER TABLE hl7_message_log ADD COLUMN frame_part INTEGER;
ALTER TABLE hl7_message_log ADD COLUMN frame_parts INTEGER;
CREATE INDEX hl7_message_log_frame ON hl7_message_log (frame_id) WHERE frame_id IS NOT NULL;
