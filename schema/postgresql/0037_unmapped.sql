-- Results that no profile maps, by the laboratory's code: what is seen before a code is mapped, and run again after it was.
CREATE INDEX lab_results_unmapped ON lab_results (test_code, created_at) WHERE loinc_code IS NULL;
