// Short notices that screen readers hear, and what a refusal is called.
import { signal } from "@preact/signals";
import { lost, Refusal } from "../api";
import { t, time, word } from "../i18n";

interface Said {
  text: string;
  bad: boolean;
  nth: number;
}
const said = signal<Said | null>(null);
let count = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

export function say(text: string, bad = false): void {
  said.value = { text, bad, nth: ++count };
  clearTimeout(timer);
  timer = setTimeout(() => (said.value = null), bad ? 15_000 : 6_000);
}

export function Notices() {
  const now = said.value;
  return (
    <div class="notices" aria-live="polite" role="status">
      {lost.value && <p class="notice bad">{t("notice.lost")}</p>}
      {now && (
        <p class={`notice ${now.bad ? "bad" : "good"}`} key={now.nth}>
          {now.text}
          <button type="button" class="plain" onClick={() => (said.value = null)} aria-label={t("act.dismiss")}>
            ×
          </button>
        </p>
      )}
    </div>
  );
}

/** Codes whose text in the person's language says all that the engine's does. */
const saidAll = new Set([
  "resolved-before", "differs", "no-person", "forbidden", "not-found", "withdrawn-before", "linked-before", "unknown-patient",
  "too-many-requests", "throttled", "changed-before", "another-person", "name-taken", "revoked-before",
  "nothing-changed", "published-before", "same-person", "not-proposed",
]);

/** What a person is told: who was faster and when, if the engine says so. */
export function faultText(fault: unknown): string {
  if (!(fault instanceof Refusal)) return t("notice.lost");
  const { by, at, action, patient_id } = fault.details;
  const first = word("error", fault.code);
  const own = fault.message && first !== fault.message ? fault.message : "";
  const lead = first !== fault.code ? first : own || t("error.other", { code: fault.code });
  const told = [lead];
  if (fault.status === 409 && by)
    told.push(at ? t("error.by-at", { by, at: time(at) }) : t("error.by", { by }));
  const file = fault.details.file ?? (fault.code === "files-changed" ? fault.details.where : null);
  if (fault.status === 409 && file) told.push(t("error.file", { file }));
  if (action) told.push(t("error.action", { action: word("action", action) }));
  if (fault.code === "linked-before" && patient_id) told.push(t("error.patient", { id: patient_id }));
  if (own && own !== lead && !saidAll.has(fault.code)) told.push(own);
  return told.join(" ");
}

export function Fault({ of }: { of: unknown }) {
  if (!of) return null;
  return (
    <p class="notice bad" role="alert">
      {faultText(of)}
    </p>
  );
}
