// Laboratories' files with what is wrong in them and how they were before, and keys of the API.
export interface LabRow {
  lab: string;
  file: string;
  code: string | null;
  name: string | null;
  tests: number;
  units: number;
  /** Whether it sends files. */
  files: boolean;
  changed_at: string | null;
  changed_by: string | null;
}
export interface Diagnostic {
  /** Said where several files are checked together. */
  file?: string;
  line: number;
  column: number;
  level: string;
  text: string;
  hint?: string | null;
}
export interface LabVersion {
  hash: string;
  at: string;
  by: string | null;
  current: boolean;
}
export interface Lab {
  lab: string;
  file: string;
  text: string;
  hash: string;
  diagnostics: Diagnostic[];
  versions: LabVersion[];
}
export interface LabSaved {
  dry_run: boolean;
  hash: string;
  diagnostics: Diagnostic[];
}

export interface ApiKey {
  id: string;
  name: string;
  scopes: string[];
  user: string | null;
  clinic: string | null;
  patient_id: string | number | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}
/** The only answer that has the secret. */
export interface NewKey {
  id: string;
  name: string;
  secret: string;
}
