-- What ended an order as a whole (OBR-25 X, W or D): kept as it was said, whatever the report's row shows later. A late result of the order ends by it.
CREATE TABLE lab_endings (
  report_id uuid NOT NULL,    -- of lab_reports
  message_id uuid NOT NULL,   -- that said it
  clinic_id integer NOT NULL,
  letter text NOT NULL,
  ended_at timestamptz,       -- OBR-22, else MSH-7
  silent boolean NOT NULL,    -- no result of the order had come by then
  order_id uuid,              -- of lab_orders
  order_status text,          -- what its status was before
  PRIMARY KEY (report_id, message_id)
);
CREATE INDEX lab_endings_message ON lab_endings (message_id);
CREATE INDEX lab_endings_order ON lab_endings (order_id) WHERE order_id IS NOT NULL;
-- The owner, too, sees no clinic's rows while the policy is forced on him.
ALTER TABLE lab_reports NO FORCE ROW LEVEL SECURITY;
INSERT INTO lab_endings (report_id, message_id, clinic_id, letter, ended_at, silent)
  SELECT id, message_id, clinic_id, status, issued_at, results = 0 FROM lab_reports
  WHERE status IN ('X', 'W', 'D') AND issued_at IS NOT NULL AND message_id IS NOT NULL;
ALTER TABLE lab_reports FORCE ROW LEVEL SECURITY;
ALTER TABLE lab_endings ENABLE ROW LEVEL SECURITY;
ALTER TABLE lab_endings FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON lab_endings USING ((clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int)));
