-- Routes that persons have paused: on all nodes, and after a restart, until somebody lets them go on.
CREATE TABLE route_stop (
  clinic_id integer NOT NULL,
  route text NOT NULL,
  made_by text NOT NULL, -- the name of the key
  made_at timestamptz NOT NULL,
  PRIMARY KEY (clinic_id, route)
);
ALTER TABLE route_stop ENABLE ROW LEVEL SECURITY;
ALTER TABLE route_stop FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_rows ON route_stop
  USING (clinic_id + 0 = (SELECT nullif(current_setting('app.clinic_id', true), '')::int));
