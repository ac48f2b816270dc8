// How far a run is: asked each second until it has ended.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { number, t } from "../i18n";
import { href } from "../router";
import type { Run } from "../types";
import { Badge } from "./badge";
import { faultOf } from "./job";
import { useLoad } from "./load";
import { Fault } from "./notice";
import { CountList } from "./notes";

export function Bar({ done, of }: { done: number; of: number | null }) {
  return <progress max={of ?? 1} value={of === null ? undefined : of === 0 ? 1 : done} aria-label={t("runs.progress")} />;
}

export function Progress({ id, onEnd }: { id: string; onEnd?: () => void }) {
  const every = useSignal(1000);
  const run = useLoad<Run>(`/api/reprocess/${encodeURIComponent(id)}`, { every: every.value });
  const of = run.data.value;
  const over = of !== null && of.state !== "running";
  useEffect(() => {
    if (!over) return;
    every.value = 0;
    onEnd?.();
  }, [over]);
  return (
    <div class="card" aria-live={over ? "polite" : "off"}>
      <Fault of={run.fault.value} />
      {of && (
        <>
          <p>
            <a href={href(["runs", id])}>{t("runs.one")}</a> <Badge kind="job-state" is={of.state} />{" "}
            {of.messages === null ? t("runs.looking") : t("runs.done-of", { done: of.done, of: of.messages })}
          </p>
          <Bar done={of.done} of={of.messages} />
          <p><CountList of={of.verdicts} kind="verdict" /> · {t("runs.results-changed")}: {number(of.results_changed ?? of.results_would_change ?? 0)}</p>
          {faultOf(of) && <p class="notice bad">{faultOf(of)}</p>}
        </>
      )}
    </div>
  );
}
