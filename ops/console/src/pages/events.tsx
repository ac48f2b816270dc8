// What happened, as it is told to others, and who hears of it.
import { t, word } from "../i18n";
import { Choice, WhyNot } from "../parts/field";
import { useList } from "../parts/load";
import { PageOf, Section } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { Webhooks } from "../parts/webhooks";
import { go, href, place } from "../router";
import { mayWrite, whyNotAct } from "../session";
import type { OutEvent } from "../types";

export function EventsPage() {
  const delivered = place.value.query.get("delivered") ?? "";
  const rows = useList<OutEvent>("/api/events", { delivered, limit: "50" });
  return (
    <PageOf title={t("events.title")} acts={<button type="button" onClick={rows.reload}>{t("list.reload")}</button>}>
      <Section title={t("webhooks.title")}>
        {mayWrite.value ? <Webhooks /> : <WhyNot of={whyNotAct.value} />}
      </Section>
      <Section title={t("events.list")}>
        <div class="filters">
          <Choice
            label={t("events.delivered")} value={delivered} onChange={(value) => go(["events"], { delivered: value })}
            among={[["", t("list.all")], ["true", t("events.is-delivered")], ["false", t("events.not-delivered")]]}
          />
        </div>
        <List
          of={rows} caption={t("events.list")} none={t("events.none")} id={(row) => row.id}
          columns={[
            { head: t("delivery.created"), cell: (row) => <When at={row.created_at} /> },
            { head: t("events.type"), cell: (row) => word("event", row.type) },
            { head: t("patient.title"), cell: (row) => row.patient_id && <a href={href(["messages"], { patient_id: row.patient_id })}>{row.patient_id}</a> },
            { head: t("message.title"), cell: (row) => row.message_id && <a href={href(["messages", row.message_id])}>{row.message_id.slice(0, 8)}</a> },
            { head: t("result.title"), cell: (row) => row.result_id && <a href={href(["results", row.result_id, "why"])}>{t("result.why")}</a> },
            { head: t("events.payload"), cell: (row) => <details><summary>{t("events.show")}</summary><code>{JSON.stringify(row.payload)}</code></details> },
            { head: t("events.delivered"), cell: (row) => (row.delivered_at ? <When at={row.delivered_at} /> : <span class="quiet">{t("events.not-yet")}</span>) },
          ]}
        />
      </Section>
    </PageOf>
  );
}
