-- What ended an order as a whole (OBR-25 X, W or D): kept as it was said, whatever the report's row shows later. A late result of the order ends by it.
CREATE TABLE lab_endings (
  report_id TEXT NOT NULL,    -- of lab_reports
  message_id TEXT NOT NULL,   -- that said it
  clinic_id INTEGER NOT NULL,
  letter TEXT NOT NULL,
  ended_at TEXT,              -- OBR-22, else MSH-7
  silent INTEGER NOT NULL,    -- no result of the order had come by then
  order_id TEXT,              -- of lab_orders
  order_status TEXT,          -- what its status was before
  PRIMARY KEY (report_id, message_id)
);
CREATE INDEX lab_endings_message ON lab_endings (message_id);
CREATE INDEX lab_endings_order ON lab_endings (order_id) WHERE order_id IS NOT NULL;
INSERT INTO lab_endings (report_id, message_id, clinic_id, letter, ended_at, silent)
  SELECT id, message_id, clinic_id, status, issued_at, results = 0 FROM lab_reports
  WHERE status IN ('X', 'W', 'D') AND issued_at IS NOT NULL AND message_id IS NOT NULL;
