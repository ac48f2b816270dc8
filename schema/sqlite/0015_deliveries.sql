-- What is passed on: a row for each message and destination. See the PostgreSQL script for what the columns mean.
CREATE TABLE delivery (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  clinic_id INTEGER NOT NULL,
  destination TEXT NOT NULL,
  part INTEGER NOT NULL,
  order_key INTEGER NOT NULL,
  message_id TEXT,
  message_at TEXT,
  event_id TEXT,
  control_id TEXT NOT NULL,
  resent INTEGER NOT NULL DEFAULT 0,
  body TEXT,
  state TEXT NOT NULL DEFAULT 'waiting',
  holds INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0,
  perhaps INTEGER NOT NULL DEFAULT 0,
  next_at TEXT,
  last_code TEXT,
  created_at TEXT NOT NULL,
  changed_at TEXT NOT NULL
);
CREATE INDEX delivery_open ON delivery (clinic_id, destination, part, seq) WHERE state IN ('waiting', 'inflight');
CREATE INDEX delivery_parked ON delivery (clinic_id, destination, part) WHERE state = 'parked';
CREATE UNIQUE INDEX delivery_once ON delivery (message_id, destination) WHERE message_id IS NOT NULL AND NOT resent;

CREATE TABLE lease (
  clinic_id INTEGER NOT NULL,
  destination TEXT NOT NULL,
  part INTEGER NOT NULL,
  owner TEXT NOT NULL,
  token INTEGER NOT NULL,
  until TEXT NOT NULL,
  PRIMARY KEY (clinic_id, destination, part)
) WITHOUT ROWID;

CREATE TABLE destination_stop (
  clinic_id INTEGER NOT NULL,
  destination TEXT NOT NULL,
  why TEXT NOT NULL,
  made_by TEXT,
  made_at TEXT NOT NULL,
  PRIMARY KEY (clinic_id, destination)
) WITHOUT ROWID;
