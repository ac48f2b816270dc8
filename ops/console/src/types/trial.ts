// What would become of a message.
import type { Decision, Note, Result } from "./messages";

export interface EditTold {
  /** File and line: `routes/lab-results.toml:12`. */
  rule: string;
  edit: string;
  /** Why it ran, or why not. */
  when: string;
  ran: boolean;
  changes: { where: string; before: string; after: string; trouble: string | null }[];
}
export interface Explained {
  route: string | null;
  profile: string | null;
  message_type: string;
  control_id: string;
  status: string;
  chain: string[];
  /** Routes that would take it too, and come later. */
  shadowed: string[];
  /** Why the route's own condition holds. */
  when: string | null;
  edits: EditTold[];
  patient: (Decision & { candidates: string[] }) | null;
  /** Why nobody could be looked up. */
  store: string | null;
  results: Result[];
  alerts: string[];
  rules: Note[];
  reviews: Note[];
  error: { code: string; where: string; text: string } | null;
  ack_code: string;
  ack: string;
}
