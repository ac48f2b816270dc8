// What the engine has learned of links that persons made.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { number, t } from "../i18n";
import { Confirm } from "../parts/confirm";
import { Act, WhyNot } from "../parts/field";
import { useList } from "../parts/load";
import { say } from "../parts/notice";
import { PageOf } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { href } from "../router";
import { whyNotDecide } from "../session";
import type { Learned } from "../types";

export function DecisionsPage() {
  const rows = useList<Learned>("/api/decisions", { limit: "50" });
  const asked = useSignal<Learned | null>(null);
  const now = asked.value;
  return (
    <PageOf title={t("decisions.title")}>
      <p>{t("decisions.lead")}</p>
      <WhyNot of={whyNotDecide.value} />
      <List
        of={rows} caption={t("decisions.title")} none={t("decisions.none")} id={(row) => row.id}
        columns={[
          { head: t("decisions.made"), cell: (row) => <a href={href(["messages", row.message_id])}><When at={row.made_at} /></a> },
          { head: t("runs.by"), cell: (row) => row.made_by },
          { head: t("decisions.sender"), cell: (row) => row.sender },
          { head: t("patient.title"), cell: (row) => row.patient_id },
          { head: t("decisions.uses"), number: true, cell: (row) => number(row.uses) },
          { head: t("col.acts"), cell: (row) => row.withdrawn_at
            ? <>{t("decisions.withdrawn")} {row.withdrawn_by} <When at={row.withdrawn_at} /></>
            : <Act whyNot={whyNotDecide.value} onPress={() => (asked.value = row)}>{t("decisions.withdraw")}</Act> },
        ]}
      />
      {now && (
        <Confirm
          title={t("decisions.withdraw")} act={t("decisions.withdraw")} effect={t("decisions.effect", { id: now.patient_id, n: now.uses })}
          run={() => ask("DELETE", `/api/decisions/${now.id}`)}
          onDone={() => {
            asked.value = null;
            say(t("notice.done"));
            rows.reload();
          }}
          onClose={() => (asked.value = null)}
        />
      )}
    </PageOf>
  );
}
