// Critical values that have not ended, each with a clock since it was detected.
import { t, word } from "../i18n";
import { ended, shownValue, useAlertActs } from "../parts/alert_acts";
import { Badge } from "../parts/badge";
import { Choice, WhyNot } from "../parts/field";
import { useList } from "../parts/load";
import { PageOf } from "../parts/page";
import { List } from "../parts/table";
import { Clock, isPast, When } from "../parts/time";
import { go, href, place } from "../router";
import { whyNotDecide } from "../session";
import type { Alert } from "../types";

const states = [
  "open", "notified", "delivered", "escalated", "acknowledged", "read_back", "unreachable", "late", "closed", "folded",
  "superseded", "withdrawn", "all",
];

function Since({ of }: { of: Alert }) {
  if (ended(of.state)) return <When at={of.detected_at} />;
  const late = !of.acknowledged_at && isPast(of.due_at);
  return (
    <>
      <Clock since={of.detected_at} />
      {late && <> <span class="badge bad">{t("critical.overdue")}</span></>}
    </>
  );
}

export function CriticalPage() {
  const state = place.value.query.get("state") ?? "";
  const rows = useList<Alert>("/api/critical", { state, limit: "50" }, 5000, true);
  const { dialog, buttons } = useAlertActs(rows.reload);
  return (
    <PageOf title={t("critical.title")}>
      <div class="filters">
        <Choice
          label={t("col.state")} value={state} onChange={(value) => go(["critical"], { state: value })}
          among={[["", t("critical.standing")], ...states.map((each): [string, string] => [each, each === "all" ? t("list.all") : word("alert-state", each)])]}
        />
      </div>
      <WhyNot of={whyNotDecide.value} />
      <List
        of={rows} caption={t("critical.title")} none={t("critical.none")} id={(row) => row.id}
        columns={[
          { head: t("result.test"), cell: (row) => <a href={href(["critical", row.id])}>{row.test_name ?? row.test_code}</a> },
          { head: t("result.value"), cell: (row) => <><strong class="value">{shownValue(row.value)}</strong>{row.before && <> ({t("critical.before", { value: shownValue(row.before) })})</>}</> },
          { head: t("critical.severity"), cell: (row) => <><Badge kind="severity" is={row.severity} /> {word("flag", row.abnormal_flag)}</> },
          { head: t("critical.since"), cell: (row) => <Since of={row} /> },
          { head: t("col.state"), cell: (row) => <><Badge kind="alert-state" is={row.state} /> {row.acknowledged_by}</> },
          { head: t("patient.title"), cell: (row) => row.patient_id ?? t("patient.nobody") },
          { head: t("col.acts"), cell: buttons },
        ]}
      />
      {dialog}
    </PageOf>
  );
}
