-- The orders of messages that a person put to a patient (message_links tells to whom, while the link holds): a later message of
-- such an order that leads to somebody else is shown to a person.
CREATE TABLE linked_orders (
  clinic_id INTEGER NOT NULL,
  order_key INTEGER NOT NULL, -- of laboratory and number
  message_id TEXT NOT NULL,
  claims BLOB,          -- what that message said of its patient, as in patient_decisions
  collected_at TEXT,    -- OBR-7
  PRIMARY KEY (order_key, message_id)
);
