-- Orders (HL7 ORM, OML). Two senders may give one number: whoever gave the placer's number is kept beside it.
ALTER TABLE lab_orders ADD COLUMN placer_authority TEXT;
