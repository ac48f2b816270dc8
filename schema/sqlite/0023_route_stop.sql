-- Routes that persons have paused. See the PostgreSQL script.
CREATE TABLE route_stop (
  clinic_id INTEGER NOT NULL,
  route TEXT NOT NULL,
  made_by TEXT NOT NULL,
  made_at TEXT NOT NULL,
  PRIMARY KEY (clinic_id, route)
) WITHOUT ROWID;
