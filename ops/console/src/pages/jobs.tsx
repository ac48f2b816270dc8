// Work that takes longer than an answer.
import { number, t, word } from "../i18n";
import { EndJob, JobState } from "../parts/job";
import { useList } from "../parts/load";
import { PageOf } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { href } from "../router";
import type { AnyJob } from "../types";

/** Each kind has pages of its own. */
function Kind({ of }: { of: AnyJob }) {
  const [kind = "", rest] = of.kind.split("/");
  const name = <>{word("job-kind", kind)} {rest}</>;
  if (kind === "reprocess") return <a href={href(["runs", of.id])}>{name}</a>;
  if (kind === "export") return <a href={href(["exports", of.id])}>{name}</a>;
  if (kind === "import") return <a href={href(["imports", of.id])}>{name}</a>;
  return name;
}

export function JobsPage() {
  const rows = useList<AnyJob>("/api/jobs", {}, 5000);
  return (
    <PageOf title={t("jobs.title")}>
      <List
        of={rows} caption={t("jobs.title")} none={t("jobs.none")} id={(row) => row.id}
        columns={[
          { head: t("jobs.kind"), cell: (row) => <Kind of={row} /> },
          { head: t("col.state"), cell: (row) => <JobState of={row} /> },
          { head: t("jobs.done"), number: true, cell: (row) => number(row.resources) },
          { head: t("runs.by"), cell: (row) => row.by },
          { head: t("runs.begun"), cell: (row) => <When at={row.created_at} /> },
          { head: t("runs.ended"), cell: (row) => <When at={row.ended_at} /> },
          { head: t("runs.expires"), cell: (row) => <When at={row.expires_at} /> },
          { head: t("col.acts"), cell: (row) => <EndJob of={row} onDone={rows.reload} /> },
        ]}
      />
    </PageOf>
  );
}
