-- Orders (HL7 ORM, OML). Two senders may give one number: whoever gave the placer's number is kept beside it.
ALTER TABLE lab_orders ADD COLUMN IF NOT EXISTS placer_authority text;

-- Appointments (HL7 SIU) are known by the numbers of whoever asked for them and of whoever keeps the schedule, and by those who gave them.
ALTER TABLE appointments ADD COLUMN IF NOT EXISTS placer_appointment_number text;
ALTER TABLE appointments ADD COLUMN IF NOT EXISTS placer_appointment_authority text;
ALTER TABLE appointments ADD COLUMN IF NOT EXISTS filler_appointment_number text;
ALTER TABLE appointments ADD COLUMN IF NOT EXISTS filler_appointment_authority text;
CREATE INDEX IF NOT EXISTS appointments_placer ON appointments (placer_appointment_number) WHERE placer_appointment_number IS NOT NULL;
CREATE INDEX IF NOT EXISTS appointments_filler ON appointments (filler_appointment_number) WHERE filler_appointment_number IS NOT NULL;
