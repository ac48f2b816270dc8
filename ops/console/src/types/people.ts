// What waits for persons: reviews with their dry runs, and critical values.
import type { LogRow, Note, Result } from "./messages";

export interface ReviewItem {
  id: string;
  kind: string;
  state: string;
  message_id: string | null;
  created_at: string;
  reasons: (Note | string)[] | null;
  candidates: string[] | null;
  result_ids: string[];
  action: string | null;
  reason: string | null;
  resolved_by: string | null;
  resolved_at: string | null;
}
export interface Who {
  numbers: { kind: string; value: string; authority?: string }[];
  names: { family: string; given: string }[];
  birth_date?: string | null;
  sex?: string;
}
export interface Candidate extends Who {
  patient_id: string;
  evidence: string[];
  contradictions: string[];
}
export interface Review extends ReviewItem {
  sent: (Who & { sender?: string; birth_date_unreadable?: boolean }) | null;
  held: Candidate[];
  results: Result[];
  message: LogRow | null;
}

export interface Difference {
  before: { status: string; patient_id: string | null; results_created: number };
  after: { status: string; patient_id: string | null; results_created: number };
  results_added: Change[];
  results_changed: Change[];
  results_withdrawn: Change[];
  reviews_opened: { kind: string; reasons: (Note | string)[] | null }[];
  reviews_closed: { kind: string; reasons: (Note | string)[] | null }[];
}
export interface Change {
  before: Result | null;
  after: Result | null;
}

export interface Shown {
  comparator: string | null;
  value: string;
  unit: string | null;
  sent_value: string | null;
  sent_unit: string | null;
}
export interface Alert {
  id: string;
  state: string;
  severity: string;
  why: string;
  message_id: string | null;
  where: string | null;
  result_id: string | null;
  patient_id: string | null;
  test_code: string;
  loinc_code: string | null;
  test_name: string | null;
  abnormal_flag: string | null;
  value: Shown;
  before: Shown | null;
  observed_at: string | null;
  detected_at: string;
  due_at: string | null;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  read_back_at: string | null;
  closed_at: string | null;
  closed_by: string | null;
  outcome: string | null;
  reason: string | null;
  same_as: string | null;
  review_id: string | null;
  steps?: { at: string; kind: string; who: string | null; key: string | null; role: string | null; channel: string | null; target: string | null; detail: string | null }[];
}
