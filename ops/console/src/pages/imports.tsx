// Laboratories' files that were taken in, and taking in another.
import { number, t } from "../i18n";
import { WhyNot } from "../parts/field";
import { EndJob, JobState } from "../parts/job";
import { useList, useLoad } from "../parts/load";
import { CountList } from "../parts/notes";
import { PageOf, Section } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { Upload } from "../parts/upload";
import { go, href } from "../router";
import { whyNotAct } from "../session";
import type { Import, Page, Route } from "../types";
import { ofThisClinic } from "./routes";

export function ImportsPage() {
  const rows = useList<Import>("/api/imports", {}, 5000);
  const routes = useLoad<Page<Route>>("/api/routes");
  const takesFiles = ofThisClinic(routes.data.value?.items ?? []).filter((each) => each.from.some((from) => from.startsWith("files:")));
  const labs = [...new Set(takesFiles.flatMap((each) => each.labs))];
  return (
    <PageOf title={t("imports.title")}>
      <WhyNot of={whyNotAct.value} />
      {routes.data.value && (labs.length > 0
        ? <Upload labs={labs} onDone={(id) => go(["imports", id])} />
        : <p class="quiet">{t("imports.no-lab")}</p>)}
      <Section title={t("imports.taken")}>
        <List
          of={rows} caption={t("imports.title")} none={t("imports.none")} id={(row) => row.id}
          columns={[
            { head: t("runs.begun"), cell: (row) => <a href={href(["imports", row.id])}><When at={row.created_at} /></a> },
            { head: t("unmapped.lab"), cell: (row) => row.lab },
            { head: t("col.state"), cell: (row) => <JobState of={row} /> },
            { head: t("imports.rows-head"), number: true, cell: (row) => number(row.rows) },
            { head: t("runs.verdicts"), cell: (row) => <CountList of={row.verdicts} kind="row-verdict" /> },
            { head: t("runs.by"), cell: (row) => row.by },
            { head: t("col.acts"), cell: (row) => <EndJob of={row} onDone={rows.reload} /> },
          ]}
        />
      </Section>
    </PageOf>
  );
}
