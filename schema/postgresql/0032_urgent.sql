-- What is urgent is read first, however many wait before it.
CREATE INDEX delivery_urgent ON delivery (clinic_id, destination, part, seq) WHERE urgent AND state IN ('waiting', 'inflight');
