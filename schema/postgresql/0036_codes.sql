-- Codes as somebody has loaded them; none is shipped. OpenHeart may own these tables: only what is missing is added.
CREATE TABLE IF NOT EXISTS icd10_codes (code text PRIMARY KEY);
ALTER TABLE icd10_codes ADD COLUMN IF NOT EXISTS description text, ADD COLUMN IF NOT EXISTS description_el text;
CREATE TABLE IF NOT EXISTS cpt_codes (code text PRIMARY KEY);
ALTER TABLE cpt_codes ADD COLUMN IF NOT EXISTS description text, ADD COLUMN IF NOT EXISTS description_el text;
CREATE TABLE IF NOT EXISTS atc_codes (code text PRIMARY KEY);
ALTER TABLE atc_codes ADD COLUMN IF NOT EXISTS description text, ADD COLUMN IF NOT EXISTS description_el text;
CREATE TABLE IF NOT EXISTS icpc2_codes (code text PRIMARY KEY);
ALTER TABLE icpc2_codes ADD COLUMN IF NOT EXISTS description text, ADD COLUMN IF NOT EXISTS description_el text;
CREATE TABLE IF NOT EXISTS hio_service_codes (code text PRIMARY KEY);
ALTER TABLE hio_service_codes ADD COLUMN IF NOT EXISTS description text, ADD COLUMN IF NOT EXISTS description_el text;
