// Work that takes longer: how it stands, and ending it.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { ask } from "../api";
import { t } from "../i18n";
import { whyNotAdminAct } from "../session";
import type { Job } from "../types";
import { Badge } from "./badge";
import { Confirm } from "./confirm";
import { Act } from "./field";
import { say } from "./notice";
import { When } from "./time";

/** That a person has ended it, its state says. */
export const faultOf = (of: Job): string | null => (of.state === "cancelled" ? null : of.fault);

export function JobState({ of }: { of: Job }) {
  return <><Badge kind="job-state" is={of.state} /> {faultOf(of)}</>;
}

/** Who asked for it, and its times. */
export const jobFacts = (of: Job): [string, ComponentChildren][] => [
  [t("runs.by"), of.by],
  [t("runs.begun"), <When at={of.created_at} />],
  [t("runs.ended"), of.ended_at && <When at={of.ended_at} />],
  [t("runs.expires"), of.expires_at && <When at={of.expires_at} />],
];

export function EndJob({ of, onDone }: { of: Job; onDone: () => void }) {
  const asked = useSignal<string | null>(null);
  return (
    <>
      {of.state === "running" && (
        <Act whyNot={whyNotAdminAct.value} onPress={() => (asked.value = of.id)}>{t("jobs.end")}<span class="unseen"> {of.id.slice(0, 8)}</span></Act>
      )}
      {asked.value !== null && (
        <Confirm
          title={t("jobs.end")} act={t("jobs.end")} effect={t("jobs.end-effect")}
          run={() => ask("DELETE", `/api/jobs/${encodeURIComponent(asked.value!)}`)}
          onDone={() => {
            asked.value = null;
            say(t("notice.done"));
            onDone();
          }}
          onFault={onDone} // it may have ended by itself
          onClose={() => (asked.value = null)}
        />
      )}
    </>
  );
}
