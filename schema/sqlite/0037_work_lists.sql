-- Results that no profile maps, by the laboratory's code: what is seen before a code is mapped, and run again after it was.
CREATE INDEX lab_results_unmapped ON lab_results (test_code, created_at) WHERE loinc_code IS NULL;
-- Messages by the number of an order: one row for a dozen results.
CREATE INDEX lab_reports_filler ON lab_reports (filler_order_number) WHERE filler_order_number IS NOT NULL;
CREATE INDEX lab_reports_placer ON lab_reports (placer_order_number) WHERE placer_order_number IS NOT NULL;
