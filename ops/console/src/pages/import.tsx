// One file, with what became of each row.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { number, t, word } from "../i18n";
import { Badge } from "../parts/badge";
import { EndJob, faultOf, jobFacts } from "../parts/job";
import { useList, useLoad } from "../parts/load";
import { CountList, Facts } from "../parts/notes";
import { Fault } from "../parts/notice";
import { PageOf, Section } from "../parts/page";
import { List } from "../parts/table";
import { linesOf } from "../parts/upload";
import { href } from "../router";
import type { Import, RowVerdict } from "../types";

export function ImportPage({ id }: { id: string }) {
  const path = `/api/imports/${encodeURIComponent(id)}`;
  const every = useSignal(1000);
  const head = useLoad<Import>(path, { every: every.value });
  const rows = useList<RowVerdict>(path);
  const of = head.data.value;
  const over = of !== null && of.state !== "running";
  useEffect(() => {
    if (!over) return;
    every.value = 0;
    rows.reload();
  }, [over]);
  return (
    <PageOf title={of?.file ?? t("imports.one")} acts={of && <EndJob of={of} onDone={head.reload} />}>
      <p><a href={href(["imports"])}>← {t("imports.title")}</a></p>
      <Fault of={head.fault.value} />
      {of && (
        <Facts
          rows={[
            [t("unmapped.lab"), of.lab],
            [t("col.state"), <Badge kind="job-state" is={of.state} />],
            [t("imports.rows-head"), number(of.rows)],
            [t("runs.verdicts"), <CountList of={of.verdicts} kind="row-verdict" />],
            [t("imports.fault"), faultOf(of)],
            ...jobFacts(of),
          ]}
        />
      )}
      <Section title={t("imports.rows-head")}>
        <List
          of={rows} caption={t("imports.rows-head")} none={t("runs.no-verdicts")} id={(row, nth) => `${row.line}-${nth}`}
          columns={[
            { head: t("imports.lines"), cell: linesOf },
            { head: t("imports.rows-head"), number: true, cell: (row) => row.rows },
            { head: t("runs.verdict"), cell: (row) => <Badge kind="row-verdict" is={row.verdict} /> },
            { head: t("message.title"), cell: (row) => row.message && <a href={href(["messages", row.message])}>{row.message.slice(0, 8)}</a> },
            { head: t("col.reason"), cell: (row) => row.code && <>{word("error", row.code)} {row.where && <code>{row.where}</code>} {row.text}</> },
          ]}
        />
      </Section>
    </PageOf>
  );
}
