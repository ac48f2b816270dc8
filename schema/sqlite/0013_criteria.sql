-- What was searched for (query string, form of a POST _search) and why an access was refused: sealed, since both may name a person.
ALTER TABLE security_audit ADD COLUMN criteria TEXT;
ALTER TABLE security_audit ADD COLUMN fault TEXT;
