// Results as a table, and what a dry run says of them.
import { number as shown, t, word } from "../i18n";
import { href } from "../router";
import type { Change, Difference, Result } from "../types";
import { Badge } from "./badge";
import { Table, type Column } from "./table";
import { When } from "./time";

export function valueOf(of: Result | null): string {
  if (!of) return t("result.none");
  return [of.value_text ?? t("result.no-value"), of.unit].filter(Boolean).join(" ");
}

export function rangeOf(of: Result): string {
  if (of.reference_range_text) return of.reference_range_text;
  const { reference_range_low: low, reference_range_high: high } = of;
  if (low !== null && high !== null) return `${shown(low)} – ${shown(high)}`;
  return low !== null ? `≥ ${shown(low)}` : high !== null ? `≤ ${shown(high)}` : "";
}

export const flagColumn = (): Column<Result> => ({
  head: t("result.flag"),
  cell: (row) => <><Badge kind="flag" is={row.abnormal_flag} />{row.critical_value && <> <span class="badge bad">{t("result.critical")}</span></>}</>,
});
export const loincColumn = (): Column<Result> => ({
  head: "LOINC", cell: (row) => <span class="keep">{row.loinc_code ?? t("result.no-loinc")}</span>,
});
export const statusColumn = (): Column<Result> => ({
  head: t("result.status"),
  cell: (row) => <>{word("result-status", row.result_status)}{row.needs_review && <> <span class="badge warn">{t("result.needs-review")}</span></>}</>,
});

export function Results({ rows, why = true }: { rows: Result[]; why?: boolean }) {
  if (rows.length === 0) return <p class="quiet">{t("result.nothing")}</p>;
  return (
    <Table
      caption={t("result.title")} rows={rows} id={(row, nth) => `${row.id}-${row.version}-${nth}`}
      columns={[
        { head: t("result.test"), cell: (row) => <><strong>{row.test_name || row.test_code}</strong>{row.organism && <> · {row.organism}</>}</> },
        { head: t("result.value"), cell: (row) => <strong class={valueOf(row).length < 24 ? "keep" : ""}>{valueOf(row)}</strong> },
        { head: t("result.range"), cell: rangeOf },
        flagColumn(), loincColumn(), statusColumn(),
        { head: t("result.time"), cell: (row) => <When at={row.result_datetime} /> },
        ...(why ? [{ head: t("why.title"), cell: (row: Result) => <a class="keep" href={href(["results", row.id, "why"])} aria-label={t("why.of", { test: row.test_name || row.test_code })}>{t("why.title")}</a> }] : []),
      ]}
    />
  );
}

function Changes({ title, rows }: { title: string; rows: Change[] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{title} ({rows.length})</h3>
      <ul>
        {rows.slice(0, 20).map((row) => {
          const of = row.after ?? row.before!;
          return (
            <li>
              {of.test_name || of.test_code}: {row.before && <><s>{valueOf(row.before)}</s> → </>}
              {row.after ? valueOf(row.after) : t("result.none")}
              {row.after?.abnormal_flag && row.after.abnormal_flag !== row.before?.abnormal_flag && <> <Badge kind="flag" is={row.after.abnormal_flag} /></>}
              {row.before && row.after && row.before.loinc_code !== row.after.loinc_code && <> · LOINC {row.before.loinc_code ?? "–"} → {row.after.loinc_code ?? "–"}</>}
              {row.before && row.after && row.before.patient_id !== row.after.patient_id && <> · {t("patient.of", { id: row.after.patient_id })}</>}
            </li>
          );
        })}
        {rows.length > 20 && <li>{t("diff.rest", { n: rows.length - 20 })}</li>}
      </ul>
    </>
  );
}

export function Differences({ of }: { of: Difference }) {
  const { before, after } = of;
  const moved = before.patient_id !== after.patient_id;
  const nothing = before.status === after.status && !moved &&
    of.results_added.length + of.results_changed.length + of.results_withdrawn.length +
      of.reviews_opened.length + of.reviews_closed.length === 0;
  if (nothing) return <p>{t("diff.nothing")}</p>;
  const kinds = (all: { kind: string }[]) => all.map((each) => word("review-kind", each.kind)).join(", ");
  return (
    <>
      {before.status !== after.status && (
        <p>{t("diff.status", { before: word("status", before.status), after: word("status", after.status) })}</p>
      )}
      {moved && <p>{t("diff.patient", { before: before.patient_id ?? t("patient.nobody"), after: after.patient_id ?? t("patient.nobody") })}</p>}
      <Changes title={t("diff.added")} rows={of.results_added} />
      <Changes title={t("diff.changed")} rows={of.results_changed} />
      <Changes title={t("diff.withdrawn")} rows={of.results_withdrawn} />
      {of.reviews_opened.length > 0 && <p>{t("diff.opened", { kinds: kinds(of.reviews_opened) })}</p>}
      {of.reviews_closed.length > 0 && <p>{t("diff.closed", { kinds: kinds(of.reviews_closed) })}</p>}
    </>
  );
}
