// Runs of many messages by today's rules.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { number, t } from "../i18n";
import { Badge } from "../parts/badge";
import { Act } from "../parts/field";
import { useList } from "../parts/load";
import { CountList } from "../parts/notes";
import { PageOf } from "../parts/page";
import { RunDialog, type RunOf } from "../parts/run_dialog";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { go, href, place } from "../router";
import { whyNotAct } from "../session";
import type { Run } from "../types";

/** What was asked, in one line. */
export function askedOf(of: Run["of"]): string {
  const parts = [of.lab, of.code, of.unit && `${t("result.unit")} ${of.unit}`, of.status, of.route];
  return parts.filter(Boolean).join(" · ");
}

export function RunsPage() {
  const rows = useList<Run>("/api/reprocess", {}, 5000);
  const start = useSignal<RunOf | null>(null);
  const { query } = place.value;
  useEffect(() => {
    const lab = query.get("lab");
    if (lab) start.value = { lab, code: query.get("code") ?? "" };
  }, []);
  return (
    <PageOf title={t("runs.title")} acts={<Act main whyNot={whyNotAct.value} onPress={() => (start.value = {})}>{t("runs.start")}</Act>}>
      <List
        of={rows} caption={t("runs.title")} none={t("runs.none")} id={(row) => row.id}
        columns={[
          { head: t("runs.begun"), cell: (row) => <a href={href(["runs", row.id])}><When at={row.created_at} /></a> },
          { head: t("runs.asked"), cell: (row) => <>{askedOf(row.of)}{row.dry_run && <> <span class="badge quiet">{t("runs.is-dry")}</span></>}</> },
          { head: t("col.state"), cell: (row) => <Badge kind="job-state" is={row.state} /> },
          { head: t("runs.messages"), number: true, cell: (row) => (row.messages === null ? "…" : `${number(row.done)} / ${number(row.messages)}`) },
          { head: t("runs.verdicts"), cell: (row) => <CountList of={row.verdicts} kind="verdict" /> },
          { head: t("runs.by"), cell: (row) => row.by },
        ]}
      />
      {start.value && <RunDialog of={start.value} onClose={() => (start.value = null)} onDone={(id) => go(["runs", id])} />}
    </PageOf>
  );
}
