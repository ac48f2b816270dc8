-- Which key for personal data an engine makes values with: while one makes them with an old one, that key cannot go (aorta rotate-keys).
ALTER TABLE engine_nodes ADD COLUMN key_id text;

-- A step of an alert stays as it is, but what is sealed of it may be sealed with another key.
CREATE OR REPLACE FUNCTION critical_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'detail' = to_jsonb(OLD) - 'detail' AND OLD.detail LIKE 'gAAAA%' AND NEW.detail LIKE 'gAAAA%' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'steps of alerts stay as they are';
END
$$;
