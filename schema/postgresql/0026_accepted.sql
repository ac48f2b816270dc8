-- Messages of enhanced mode whose receipt was acknowledged (CA) before they are filed. A row stands from then on until the message is filed, or, where
-- its application acknowledgement goes out as a delivery, until that delivery is written.
CREATE TABLE accepted_messages (
  message_id uuid PRIMARY KEY,       -- of hl7_message_log; ids grow with the time of receipt
  clinic_id integer NOT NULL,
  order_key bigint NOT NULL,         -- whose messages keep their order; 0: nobody's
  destination text,                  -- to which its application acknowledgement goes; NULL: back on its connection
  filed boolean NOT NULL DEFAULT false
);
CREATE INDEX accepted_messages_clinic ON accepted_messages (clinic_id, message_id);
ALTER TABLE accepted_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE accepted_messages FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON accepted_messages
  USING (clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int));
