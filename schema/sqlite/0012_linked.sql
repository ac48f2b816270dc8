-- The orders of messages of whose patient a person has spoken (message_links tells what, while it holds): a later message of such
-- an order that leads to somebody else is shown to a person.
CREATE TABLE linked_orders (
  clinic_id INTEGER NOT NULL,
  order_key INTEGER NOT NULL, -- of laboratory and number
  message_id TEXT NOT NULL,
  minute INTEGER NOT NULL,    -- OBR-7, minutes since 1970; -1 where it was not told
  claims BLOB NOT NULL,    -- what that message said of its patient, as in patient_decisions
  PRIMARY KEY (order_key, message_id, minute)
);
