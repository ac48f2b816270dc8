// The message log, the newest first. What one filters by stands in the address.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { instant, local } from "../clock";
import { t, word } from "../i18n";
import { Badge } from "../parts/badge";
import { Choice, Text } from "../parts/field";
import { useList } from "../parts/load";
import { PageOf } from "../parts/page";
import { List } from "../parts/table";
import { When } from "../parts/time";
import { go, href, place, queryText, type Query } from "../router";
import type { LogRow } from "../types";

const statuses = ["received", "processed", "unmatched", "failed", "duplicate"];
const names = ["status", "type", "control_id", "facility", "patient_id", "frame", "route", "listener", "from", "to"];

function Filters({ now }: { now: Query }) {
  const status = useSignal(now.status ?? "");
  const type = useSignal(now.type ?? "");
  const control = useSignal(now.control_id ?? "");
  const facility = useSignal(now.facility ?? "");
  const from = useSignal(local(now.from ?? ""));
  const to = useSignal(local(now.to ?? ""));
  useEffect(() => { // somebody went back, or cleared them
    status.value = now.status ?? "";
    type.value = now.type ?? "";
    control.value = now.control_id ?? "";
    facility.value = now.facility ?? "";
    from.value = local(now.from ?? "");
    to.value = local(now.to ?? "");
  }, [queryText(now)]);
  const show = () => go(["messages"], {
    ...now, status: status.value, type: type.value.trim(), control_id: control.value.trim(),
    facility: facility.value.trim(), from: instant(from.value), to: instant(to.value),
  });
  return (
    <form
      class="filters" role="search"
      onSubmit={(event) => {
        event.preventDefault();
        show();
      }}
    >
      <Choice
        label={t("col.status")} value={status.value}
        among={[["", t("list.all")], ...statuses.map((each): [string, string] => [each, word("status", each)])]}
        onChange={(value) => {
          status.value = value;
          show();
        }}
      />
      <Text label={t("messages.type")} value={type} list={["ORU^R01", "ADT^A04", "ADT^A08", "ORM^O01", "SIU^S12", "MDM^T02"]} />
      <Text label={t("messages.control-id")} value={control} />
      <Text label={t("messages.facility")} value={facility} />
      <Text label={t("list.from")} type="datetime-local" value={from} />
      <Text label={t("list.to")} type="datetime-local" value={to} />
      <div class="acts">
        <button type="submit" class="main">{t("list.show")}</button>
        <a class="button" href={href(["messages"])}>{t("list.clear")}</a>
      </div>
    </form>
  );
}

export function MessagesPage() {
  const { query } = place.value;
  const now: Query = Object.fromEntries(names.map((each) => [each, query.get(each)]));
  const rows = useList<LogRow>("/api/messages", { ...now, limit: "50" });
  return (
    <PageOf title={t("messages.title")} acts={<button type="button" onClick={rows.reload}>{t("list.reload")}</button>}>
      <Filters now={now} />
      {now.patient_id && <p>{t("messages.of-patient", { id: now.patient_id })}</p>}
      {now.route && <p>{t("messages.of-route", { name: now.route })}</p>}
      {now.listener && <p>{t("messages.of-listener", { name: now.listener })}</p>}
      {now.frame && <p>{t("messages.of-frame")}</p>}
      <List
        of={rows} caption={t("messages.title")} none={t("messages.none")} id={(row) => row.id}
        columns={[
          { head: t("messages.received"), cell: (row) => <a href={href(["messages", row.id])}><When at={row.received_at} /></a> },
          { head: t("col.status"), cell: (row) => <Badge kind="status" is={row.status} /> },
          { head: t("messages.type"), cell: (row) => row.message_type },
          { head: t("messages.control-id"), cell: (row) => <code>{row.control_id}</code> },
          { head: t("messages.facility"), cell: (row) => [row.sending_facility, row.sending_application].filter(Boolean).join(" / ") },
          { head: t("messages.route"), cell: (row) => row.route },
          { head: t("patient.title"), cell: (row) => row.patient_id ?? "–" },
          { head: t("messages.results"), number: true, cell: (row) => row.results_created },
          { head: t("messages.error"), cell: (row) => row.error_code && <>{word("error", row.error_code)} {row.error_where && <code>{row.error_where}</code>}</> },
        ]}
      />
    </PageOf>
  );
}
