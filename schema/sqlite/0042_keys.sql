-- Which key an engine makes values with. See the PostgreSQL script.
ALTER TABLE engine_nodes ADD COLUMN key_id TEXT;

DROP TRIGGER critical_step_stays;
CREATE TRIGGER critical_step_stays BEFORE UPDATE ON critical_step
WHEN NOT (NEW.seq IS OLD.seq AND NEW.clinic_id IS OLD.clinic_id AND NEW.alert_id IS OLD.alert_id AND NEW.at IS OLD.at AND NEW.kind IS OLD.kind
  AND NEW.user_id IS OLD.user_id AND NEW.key_name IS OLD.key_name AND NEW.role IS OLD.role AND NEW.channel IS OLD.channel AND NEW.target IS OLD.target
  AND OLD.detail LIKE 'gAAAA%' AND NEW.detail LIKE 'gAAAA%')
BEGIN SELECT RAISE(ABORT, 'steps of alerts stay as they are'); END;
