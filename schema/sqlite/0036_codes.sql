-- Codes as somebody has loaded them; none is shipped.
CREATE TABLE icd10_codes (code TEXT PRIMARY KEY, description TEXT, description_el TEXT);
CREATE TABLE cpt_codes (code TEXT PRIMARY KEY, description TEXT, description_el TEXT);
CREATE TABLE atc_codes (code TEXT PRIMARY KEY, description TEXT, description_el TEXT);
CREATE TABLE icpc2_codes (code TEXT PRIMARY KEY, description TEXT, description_el TEXT);
CREATE TABLE hio_service_codes (code TEXT PRIMARY KEY, description TEXT, description_el TEXT);
