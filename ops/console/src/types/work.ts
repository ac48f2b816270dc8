// Unmapped codes, runs, imports, jobs, decisions, audit.
import type { Counts } from "./engine";
import type { Note, Result } from "./messages";

export interface Suggestion {
  loinc: string;
  name: string;
  unit: string | null;
  evidence: string[];
  contradictions: string[];
}
export interface Unmapped {
  lab: string;
  profile: string | null;
  code: string;
  name: string | null;
  count: number;
  mapped_to: string | null;
  first_seen: string;
  last_seen: string;
  units: { unit: string; count: number }[];
  examples: { message_id: string; value: string | null; unit: string | null; range: string | null; flag: string | null; filed_at: string }[];
  suggestions: Suggestion[];
}
export interface Mapped {
  dry_run: boolean;
  file: string;
  line: number;
  text: string;
  messages: number;
  reprocess: string | null;
  /** Why what waited is not run again. */
  fault: string | null;
  /** How many clinics are read by this file. */
  clinics: number;
}

export interface Job {
  id: string;
  state: string;
  by: string;
  fault: string | null;
  created_at: string;
  ended_at: string | null;
  expires_at: string | null;
}
export interface AnyJob extends Job {
  kind: string;
  resources: number;
}
export interface Run extends Job {
  reason: string | null;
  dry_run: boolean;
  of: { lab: string | null; code: string | null; unit: string | null; status: string | null; route: string | null; from: string | null; to: string | null };
  messages: number | null;
  done: number;
  results_changed?: number;
  results_would_change?: number;
  verdicts: Counts;
}
export interface RunVerdict {
  message_id: string;
  verdict: string;
  code?: string;
  results?: number;
}
export interface Import extends Job {
  lab: string;
  rows: number;
  done: number;
  verdicts: Counts;
  file?: string;
}
export interface RowVerdict {
  line: number;
  to_line: number;
  rows: number;
  verdict: string;
  message?: string;
  code?: string;
  text?: string;
  where?: string;
  would?: Would;
}
export interface Would {
  patient: { decision: string; patient_id: string | null; evidence: string[] } | null;
  store: string | null;
  results: Result[];
  reviews: Note[];
  error: { code: string; where: string; text: string } | null;
}
export interface Tried {
  rows: number;
  partial: boolean;
  verdicts: Counts;
  items: RowVerdict[];
}

export interface Learned {
  id: string;
  patient_id: string;
  sender: string;
  message_id: string;
  seen: unknown;
  made_at: string;
  made_by: string | null;
  uses: number;
  withdrawn_at: string | null;
  withdrawn_by: string | null;
}
export interface Access {
  id: number | string;
  at: string;
  actor: string;
  peer: string;
  method: string;
  resource: string;
  search: string | null;
  outcome: number | string;
  error: string | null;
  patient_id: string | null;
}
