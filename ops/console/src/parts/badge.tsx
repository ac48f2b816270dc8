// A state as a word with a colour; the word says it all.
import { word } from "../i18n";

const tones: Record<string, string> = {
  processed: "good", running: "good", sent: "good", done: "good", ready: "good", filed: "good", same: "good",
  read_back: "good", acknowledged: "good", changed: "good", resolved: "quiet", closed: "quiet",
  failed: "bad", parked: "bad", gone: "bad", "not-ready": "bad", unreachable: "bad", critical_low: "bad",
  critical_high: "bad", risk: "bad", unconfigured: "bad",
  unmatched: "warn", paused: "warn", restarting: "warn", waiting: "warn", open: "warn", held: "warn", late: "warn",
  escalated: "warn", notified: "warn", delivered: "warn", low: "warn", high: "warn", abnormal: "warn", review: "warn",
  significant: "warn", expired: "warn", error: "bad", warning: "warn",
  approved: "good", paid: "good", partially_approved: "warn", rejected: "bad",
  published: "good", proposed: "warn", edited: "warn", new: "good", deleted: "bad",
};

export function Badge({ kind, is }: { kind: string; is: string | null | undefined }) {
  if (!is) return null;
  return <span class={`badge ${tones[is] ?? "quiet"}`}>{word(kind, is)}</span>;
}
