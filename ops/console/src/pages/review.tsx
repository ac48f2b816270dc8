// What waits for a person, by kind.
import { t, word } from "../i18n";
import { Badge } from "../parts/badge";
import { Choice } from "../parts/field";
import { useList } from "../parts/load";
import { notesOf } from "../parts/notes";
import { PageOf } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { go, href, place } from "../router";
import type { ReviewItem } from "../types";

const kinds = [
  "unmatched", "unknown-unit", "missing-unit", "unit-scale", "beyond-life", "not-convertible", "maybe-critical",
  "not-compared", "critical-unreached", "flag-contradiction", "unknown-flag", "unknown-status", "empty-value", "no-test",
];

export function ReviewPage() {
  const { query } = place.value;
  const kind = query.get("kind") ?? "";
  const state = query.get("state") ?? "open";
  const rows = useList<ReviewItem>("/api/review", { kind, state, limit: "50" }, 15_000);
  const known = kind && !kinds.includes(kind) ? [...kinds, kind] : kinds;
  const pick = (what: { kind?: string; state?: string }) => go(["review"], { kind, state, ...what });
  return (
    <PageOf title={t("review.title")} acts={<button type="button" onClick={rows.reload}>{t("list.reload")}</button>}>
      <div class="filters">
        <Choice
          label={t("review.kind")} value={kind} onChange={(value) => pick({ kind: value })}
          among={[["", t("list.all")], ...known.map((each): [string, string] => [each, word("review-kind", each)])]}
        />
        <Choice
          label={t("col.state")} value={state} onChange={(value) => pick({ state: value })}
          among={[["open", t("review-state.open")], ["resolved", t("review-state.resolved")], ["all", t("list.all")]]}
        />
      </div>
      <List
        of={rows} caption={t("review.title")} none={t("review.none")} id={(row) => row.id}
        columns={[
          { head: t("review.kind"), cell: (row) => <a href={href(["review", row.id])}>{word("review-kind", row.kind)}</a> },
          { head: t("review.since"), cell: (row) => <When at={row.created_at} /> },
          { head: t("review.reasons"), cell: (row) => {
            const [first, ...rest] = notesOf(row.reasons);
            return first && <>{first.where && <code>{first.where}</code>} {first.detail ?? word("review-kind", first.rule)}{rest.length > 0 && ` (+${rest.length})`}</>;
          } },
          { head: t("review.candidates"), number: true, cell: (row) => row.candidates?.length ?? 0 },
          { head: t("messages.results"), number: true, cell: (row) => row.result_ids.length },
          { head: t("col.state"), cell: (row) => row.state === "open" ? <Badge kind="review-state" is={row.state} /> : <>{word("action", row.action)} · {row.resolved_by}</> },
        ]}
      />
    </PageOf>
  );
}
