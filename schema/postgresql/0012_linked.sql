-- The orders of messages that a person put to a patient (message_links tells to whom, while the link holds): a later message of
-- such an order that leads to somebody else is shown to a person.
CREATE TABLE linked_orders (
  clinic_id integer NOT NULL,
  order_key bigint NOT NULL, -- of laboratory and number
  message_id uuid NOT NULL,
  claims uuid,              -- what that message said of its patient, as in patient_decisions
  collected_at timestamptz, -- OBR-7
  PRIMARY KEY (order_key, message_id)
);
ALTER TABLE linked_orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE linked_orders FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON linked_orders USING ((clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int)));
