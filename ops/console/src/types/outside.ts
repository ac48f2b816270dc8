// What goes out: events, webhooks, exports.
import type { AnyJob } from "./work";

export interface OutEvent {
  id: string;
  type: string;
  patient_id: string | null;
  message_id: string | null;
  result_id: string | null;
  payload: unknown;
  created_at: string;
  delivered_at: string | null;
}
export interface Webhook {
  id: string;
  url: string;
  event_types: string[];
  active: boolean;
  /** `running`, `paused`, or why it was stopped: `gone`. */
  state: string;
  destination: string;
  made_by: string | null;
  created_at: string;
  changed_at: string;
  /** Until when the secret before signs too. */
  old_secret_until: string | null;
  /** Shown once: when it is made. */
  secret?: string;
}
export interface Export extends AnyJob {
  files: { file: number; type: string; resources: number }[];
}
