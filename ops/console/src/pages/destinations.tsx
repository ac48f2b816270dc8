// Where messages are passed on to: how each queue stands, and each delivery.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { number, t, time, word } from "../i18n";
import { Badge } from "../parts/badge";
import { Confirm } from "../parts/confirm";
import { deliveryColumns, useDeliveryActs } from "../parts/deliveries";
import { Act, Choice, WhyNot } from "../parts/field";
import { useList } from "../parts/load";
import { Fault, say } from "../parts/notice";
import { PageOf, Section } from "../parts/page";
import { useLive } from "../parts/stream";
import { List, Table } from "../parts/table";
import { When } from "../parts/time";
import { go, href, place } from "../router";
import { whyNotAct } from "../session";
import type { Delivery, Destination, Page } from "../types";

const states = ["waiting", "inflight", "sent", "parked", "skipped"];

function State({ of }: { of: Destination }) {
  return (
    <>
      <Badge kind="state" is={of.state} />
      {of.stopped_by && <> {t("destinations.stopped", { by: of.stopped_by, at: of.stopped_at && time(of.stopped_at) })}</>}
      {of.partitions_away > 0 && <> <span class="badge warn">{t("destinations.away", { n: of.partitions_away, of: of.partitions })}</span></>}
    </>
  );
}

export function DestinationsPage() {
  const all = useLive<Page<Destination>>((now) => ({ items: now.destinations, next: null }), "/api/destinations");
  const { query } = place.value;
  const destination = query.get("destination") ?? "";
  const state = query.get("state") ?? "";
  const rows = useList<Delivery>("/api/deliveries", { destination, state, limit: "50" }, 5000);
  const { dialog, buttons } = useDeliveryActs(() => {
    rows.reload();
    all.reload();
  });
  const asked = useSignal<{ name: string; pause: boolean } | null>(null);
  const items = all.data?.items;
  const now = asked.value;
  const names = items?.map((each) => each.name) ?? [];
  if (destination && !names.includes(destination)) names.push(destination);
  const acts = (row: Destination) => {
    if (row.state === "unconfigured") return null;
    if (row.state === "running") return <Act whyNot={whyNotAct.value} onPress={() => (asked.value = { name: row.name, pause: true })}>{t("act.pause")}</Act>;
    return <Act main whyNot={whyNotAct.value} onPress={() => (asked.value = { name: row.name, pause: false })}>{t("act.resume")}</Act>;
  };
  return (
    <PageOf title={t("destinations.title")}>
      <Fault of={all.fault} />
      <WhyNot of={whyNotAct.value} />
      {items?.length === 0 && <p class="quiet">{t("destinations.none")}</p>}
      {items && items.length > 0 && (
        <Table
          caption={t("destinations.title")} rows={items} id={(row) => row.name}
          columns={[
            { head: t("destinations.name"), cell: (row) => <a href={href(["destinations"], { destination: row.name })}>{row.name}</a> },
            { head: t("destinations.to"), cell: (row) => [row.kind, row.to].filter(Boolean).join(" · ") },
            { head: t("col.state"), cell: (row) => <State of={row} /> },
            ...["waiting", "inflight", "parked"].map((each) => ({
              head: word("delivery-state", each), number: true,
              cell: (row: Destination) => <a href={href(["destinations"], { destination: row.name, state: each })}>{number(row.counts[each] ?? 0)}</a>,
            })),
            { head: t("destinations.oldest"), cell: (row) => <When at={row.oldest_at} /> },
            { head: t("col.acts"), cell: acts },
          ]}
        />
      )}
      <Section title={t("delivery.title")}>
        <div class="filters">
          <Choice
            label={t("destinations.name")} value={destination} among={[["", t("list.all")], ...names.map((each): [string, string] => [each, each])]}
            onChange={(value) => go(["destinations"], { destination: value, state })}
          />
          <Choice
            label={t("col.state")} value={state} among={[["", t("list.all")], ...states.map((each): [string, string] => [each, word("delivery-state", each)])]}
            onChange={(value) => go(["destinations"], { destination, state: value })}
          />
        </div>
        <List of={rows} caption={t("delivery.title")} none={t("delivery.none")} id={(row) => row.id} columns={deliveryColumns(buttons, true)} />
      </Section>
      {dialog}
      {now && (
        <Confirm
          title={`${now.pause ? t("act.pause") : t("act.resume")}: ${now.name}`} act={now.pause ? t("act.pause") : t("act.resume")}
          effect={now.pause ? t("destinations.pause-effect") : t("destinations.resume-effect")}
          run={() => ask("POST", `/api/destinations/${encodeURIComponent(now.name)}/${now.pause ? "pause" : "resume"}`)}
          onDone={() => {
            asked.value = null;
            say(t("notice.done"));
            all.reload();
          }}
          onClose={() => (asked.value = null)}
        />
      )}
    </PageOf>
  );
}
