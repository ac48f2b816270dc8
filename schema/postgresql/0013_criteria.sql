-- What was searched for (query string, form of a POST _search) and why an access was refused: sealed, since both may name a person.
ALTER TABLE security_audit
  ADD COLUMN IF NOT EXISTS criteria text,
  ADD COLUMN IF NOT EXISTS fault text;
