// One run, with the verdict of each message.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { t, word } from "../i18n";
import { Badge } from "../parts/badge";
import { Confirm } from "../parts/confirm";
import { Act } from "../parts/field";
import { EndJob, jobFacts } from "../parts/job";
import { useList, useLoad } from "../parts/load";
import { Facts } from "../parts/notes";
import { PageOf, Section } from "../parts/page";
import { Progress } from "../parts/progress";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { go, href } from "../router";
import { whyNotDecide } from "../session";
import type { Run, RunVerdict } from "../types";
import { askedOf } from "./runs";

/** The same again, in earnest. A run for a unit can only be begun by saying what the unit is. */
function again(of: Run["of"]): Record<string, string> {
  return Object.fromEntries(Object.entries(of).filter((each): each is [string, string] => Boolean(each[1]) && each[0] !== "unit"));
}

export function RunPage({ id }: { id: string }) {
  const path = `/api/reprocess/${encodeURIComponent(id)}`;
  const head = useLoad<Run>(path);
  const rows = useList<RunVerdict>(path);
  const earnest = useSignal(false);
  const of = head.data.value;
  const may = of?.dry_run && of.state === "done" && !of.of.unit;
  return (
    <PageOf
      title={t("runs.one")}
      acts={(
        <>
          {may && <Act main whyNot={whyNotDecide.value} onPress={() => (earnest.value = true)}>{t("runs.in-earnest")}</Act>}
          {of && <EndJob of={of} onDone={head.reload} />}
        </>
      )}
    >
      <p><a href={href(["runs"])}>← {t("runs.title")}</a></p>
      <Progress
        id={id}
        onEnd={() => {
          head.reload();
          rows.reload();
        }}
      />
      {of && (
        <Facts
          rows={[
            [t("runs.asked"), askedOf(of.of)],
            [t("list.from"), of.of.from && <When at={of.of.from} />],
            [t("list.to"), of.of.to && <When at={of.of.to} />],
            [t("runs.dry"), of.dry_run && t("runs.is-dry")],
            [t("col.reason"), of.reason],
            ...jobFacts(of),
          ]}
        />
      )}
      <Section title={t("runs.verdicts")}>
        <List
          of={rows} caption={t("runs.verdicts")} none={t("runs.no-verdicts")} id={(row, nth) => `${row.message_id}-${nth}`}
          columns={[
            { head: t("message.title"), cell: (row) => <a href={href(["messages", row.message_id])}><code>{row.message_id}</code></a> },
            { head: t("runs.verdict"), cell: (row) => <Badge kind="verdict" is={row.verdict} /> },
            { head: t("messages.results"), number: true, cell: (row) => row.results ?? "" },
            { head: t("col.reason"), cell: (row) => word("error", row.code) },
          ]}
        />
      </Section>
      {earnest.value && of && (
        <Confirm<{ reprocess: string }>
          title={t("runs.in-earnest")} act={t("runs.in-earnest")} effect={t("runs.effect")}
          run={() => ask("POST", "/api/reprocess", again(of.of))}
          onDone={(answer) => go(["runs", answer.reprocess])} onClose={() => (earnest.value = false)}
        />
      )}
    </PageOf>
  );
}
