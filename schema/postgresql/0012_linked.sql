-- The orders of messages of whose patient a person has spoken (message_links tells what, while it holds): a later message of such
-- an order that leads to somebody else is shown to a person.
CREATE TABLE linked_orders (
  clinic_id integer NOT NULL,
  order_key bigint NOT NULL, -- of laboratory and number
  message_id uuid NOT NULL,
  minute bigint NOT NULL,    -- OBR-7, minutes since 1970; -1 where it was not told
  claims uuid NOT NULL,    -- what that message said of its patient, as in patient_decisions
  PRIMARY KEY (order_key, message_id, minute)
);
ALTER TABLE linked_orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE linked_orders FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON linked_orders USING ((clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int)));
