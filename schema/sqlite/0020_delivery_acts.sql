-- Deliveries for persons: what is parked, the newest first, and what was sent once more of a message.
CREATE INDEX delivery_for_persons ON delivery (clinic_id, id) WHERE state = 'parked';
CREATE INDEX delivery_resent ON delivery (message_id) WHERE resent;
