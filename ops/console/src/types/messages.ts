// The message log, results, and why a result is what it is.
import type { Delivery } from "./engine";

export interface LogRow {
  id: string;
  control_id: string;
  message_type: string;
  sending_application: string | null;
  sending_facility: string | null;
  receiving_facility: string | null;
  message_datetime: string | null;
  patient_id: string | null;
  status: string;
  error_message: string | null;
  error_code: string | null;
  error_where: string | null;
  results_created: number;
  ack_code: string;
  listener: string;
  route: string;
  config_version: string;
  peer: string;
  received_at: string;
  part: { frame: string; number: number; count: number } | null;
}
export interface Note {
  where?: string;
  rule?: string;
  detail?: string;
}
export interface Decision {
  decision?: string;
  patient_id?: string;
  rule?: string;
  evidence?: string[];
}
export interface Trace {
  stages?: { stage: string; microseconds: number }[];
  profile?: string;
  charset?: string;
  edits?: { rule: string; edit: string; changed: number; failed?: number }[];
  rules?: Note[];
  reviews?: Note[];
  unmapped_codes?: string[];
  held?: { code: string; where: string; text: string };
  error?: { code: string; where: string; text: string };
  patient?: Decision;
  forward?: string[];
  remarks?: string[];
}
export interface Link {
  patient_id: string | null;
  from_patient_id?: string | null;
  by: string;
  at: string;
  until: string | null;
}
export interface Correction {
  where?: string;
  word: string;
  value: string | null;
  unit: string | null;
  reason: string;
  by: string;
  at: string;
}
export interface Result {
  id: string;
  patient_id: string;
  loinc_code: string | null;
  test_code: string;
  test_name: string;
  value_text: string | null;
  unit: string | null;
  reference_range_text: string | null;
  reference_range_low: number | null;
  reference_range_high: number | null;
  abnormal_flag: string | null;
  critical_value: boolean;
  result_status: string;
  result_datetime: string | null;
  performing_lab: string | null;
  message_id: string;
  version: number;
  current: boolean;
  needs_review: boolean;
  organism: string | null;
  comments: string | null;
  sent: { code: string; name: string; value: string; unit: string; range: string; flag: string };
}
export interface MessageReview {
  id: string;
  kind: string;
  state: string;
  reasons: (Note | string)[] | null;
}
export interface Message extends LogRow {
  gone: boolean;
  raw: string;
  raw_base64: string;
  segments: { segment: string; fields: string[] }[];
  trace: Trace | null;
  deliveries: Delivery[];
  reviews: MessageReview[];
  links: Link[];
  corrections: Correction[];
  results: Result[];
}

export interface Why {
  result: Result;
  /** null: it came by FHIR, or its message is kept no more; then there is nothing of what follows. */
  message: LogRow | null;
  segment: string | null;
  bytes: { where: string; offset: number; length: number; text: string }[];
  edits: { rule: string; edit: string; changed: number }[];
  rules: Note[];
  row: { file: string; line: number; code: string; loinc: string; unit_if_missing: string | null } | null;
  patient: Decision | null;
  links: Link[];
  corrections: Correction[];
  reviews: { id: string; kind: string; state: string; action: string | null; resolved_at: string | null; resolved_by: string | null }[];
  versions: {
    version: number;
    current: boolean;
    message_id: string;
    filed_at: string;
    loinc_code: string | null;
    value_text: string | null;
    unit: string | null;
    result_status: string;
  }[];
}
