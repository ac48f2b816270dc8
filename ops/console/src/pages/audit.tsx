// Who has asked for what, the newest first.
import { useSignal } from "@preact/signals";
import { instant } from "../clock";
import { t } from "../i18n";
import { Text } from "../parts/field";
import { useList } from "../parts/load";
import { PageOf } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import type { Access } from "../types";

export function AuditPage() {
  const from = useSignal("");
  const to = useSignal("");
  const asked = useSignal<{ from: string; to: string }>({ from: "", to: "" });
  const rows = useList<Access>("/api/audit/export", { ...asked.value, limit: "50" });
  return (
    <PageOf title={t("audit.title")} acts={<button type="button" onClick={rows.reload}>{t("list.reload")}</button>}>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          asked.value = { from: instant(from.value), to: instant(to.value) };
        }}
      >
        <Text label={t("list.from")} type="datetime-local" value={from} />
        <Text label={t("list.to")} type="datetime-local" value={to} />
        <div class="acts"><button type="submit" class="main">{t("list.show")}</button></div>
      </form>
      <List
        of={rows} caption={t("audit.title")} none={t("audit.none")} id={(row) => String(row.id)}
        columns={[
          { head: t("critical.at"), cell: (row) => <When at={row.at} /> },
          { head: t("critical.who"), cell: (row) => row.actor },
          { head: t("audit.peer"), cell: (row) => row.peer },
          { head: t("critical.what"), cell: (row) => <><code>{row.method}</code> <span class="breaks">{row.resource}</span></> },
          { head: t("audit.search"), cell: (row) => row.search && <span class="breaks">{row.search}</span> },
          { head: t("patient.title"), cell: (row) => row.patient_id },
          { head: t("audit.outcome"), cell: (row) => <>{row.outcome} {row.error}</> },
        ]}
      />
    </PageOf>
  );
}
