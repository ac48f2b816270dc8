// What several pages show of the configuration: a version, nodes, what a check found, what differs file by file.
import { number, span, t } from "../i18n";
import { href } from "../router";
import type { Cases, ConfigChecked, ConfigNode, ConfigVersion, FileDifference } from "../types";
import { Badge } from "./badge";
import { Diagnostics, summary } from "./diagnostics";
import { Diff } from "./diff";
import { plain } from "./line_diff";
import { Facts } from "./notes";
import { Table } from "./table";
import { When } from "./time";

/** Without a person the files were changed by hand. */
export const whoOf = (of: ConfigVersion): string => of.by ?? t("config.by-hand");

export function VersionState({ of }: { of: ConfigVersion }) {
  return <><Badge kind="config-state" is={of.state} /> {of.current && <span class="badge good">{t("laboratories.stands")}</span>}</>;
}

export function VersionFacts({ of }: { of: ConfigVersion }) {
  return (
    <Facts
      rows={[
        [t("critical.at"), <When at={of.at} />],
        [t("runs.by"), whoOf(of)],
        [t("col.reason"), of.reason],
        [t("config.approved-by"), of.approved_by],
        [t("config.despite"), of.despite_cases],
        [t("config.rollback-of"), of.rollback_of && <a href={href(["configuration", "versions", of.rollback_of])}><code>{of.rollback_of}</code></a>],
        [t("config.hash"), <code>{of.hash}</code>],
        [t("col.state"), <VersionState of={of} />],
      ]}
    />
  );
}

/** `published`: whether anything is; else each node runs its own files. */
export function Nodes({ of, published }: { of: ConfigNode[]; published: boolean }) {
  const faults = of.some((each) => each.fault !== null);
  return (
    <Table
      caption={t("config.nodes")} rows={of} id={(row) => row.node}
      columns={[
        { head: t("config.node"), cell: (row) => <code>{row.node}</code> },
        { head: t("config.host"), cell: (row) => `${row.host}, ${row.pid}` },
        { head: t("config.hash"), cell: (row) => <code class="keep">{row.hash}</code> },
        { head: t("message.config"), cell: (row) => <code class="keep">{row.configuration}</code> },
        {
          head: t("config.runs-published"),
          cell: (row) => <Badge kind="config-runs" is={!published ? "own" : row.runs_published ? "published" : "another"} />,
        },
        ...(faults ? [{ head: t("config.fault"), cell: (row: ConfigNode) => row.fault && <span class="breaks bad">{row.fault}</span> }] : []),
        { head: t("config.seen"), cell: (row) => <span class="keep">{t("config.ago", { span: span(row.seen_seconds) })}</span> },
      ]}
    />
  );
}

export function CasesShown({ of }: { of: Cases }) {
  return (
    <>
      <p><strong>{t("config.cases", { run: of.run, failed: of.failed.length })}</strong></p>
      {of.failed.length > 0 && (
        <ul class="found">
          {of.failed.map((each) => (
            <li>
              <code>{each.case}</code>
              <ul>{each.differences.map((one) => <li class="breaks">{one}</li>)}</ul>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function CheckShown({ of }: { of: ConfigChecked }) {
  const { live, restart, without_effect: none } = of.changes;
  return (
    <>
      <p><strong>{summary(of.diagnostics)}</strong></p>
      <Diagnostics of={of.diagnostics} />
      <Facts
        rows={[
          [t("config.live"), live.join(", ")], [t("config.restart"), restart.join(", ")], [t("config.without-effect"), none.join(", ")],
        ]}
      />
      {of.cases && <CasesShown of={of.cases} />}
    </>
  );
}

/** `after`: what a line is called that only the newer text has. */
export function FileDifferences({ of, after }: { of: FileDifference[]; after: string }) {
  if (of.length === 0) return <p class="quiet">{t("compare.nothing")}</p>;
  return (
    <>
      <p>{t("config.files-differ", { n: number(of.length) })}</p>
      {of.map((each) => (
        <section key={each.file}>
          <h3>
            {each.file} <Badge kind="config-change" is={each.after === null ? "deleted" : each.before === null ? "new" : "edited"} />
          </h3>
          <Diff
            title={each.file} before={plain(each.before ?? "")} after={plain(each.after ?? "")}
            names={[t("config.only-running"), after]}
          />
        </section>
      ))}
    </>
  );
}
