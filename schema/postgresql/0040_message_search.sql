-- What a route has its messages found by (`[[index]]`): of a value only the keyed hash, under the index's name.
CREATE TABLE message_search_keys (
  clinic_id integer NOT NULL,
  hash uuid NOT NULL,
  message_id uuid NOT NULL,
  PRIMARY KEY (hash, message_id)
);
CREATE INDEX message_search_keys_message ON message_search_keys (message_id);
ALTER TABLE message_search_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_search_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON message_search_keys USING (clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int));
