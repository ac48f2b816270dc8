-- How often a job was taken in hand since it last came further: one that cannot be done is given up.
ALTER TABLE jobs ADD COLUMN tries integer NOT NULL DEFAULT 0;
