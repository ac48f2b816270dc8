// What is passed on, with sending again at once and leaving out.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { ask } from "../api";
import { t, word, type Key } from "../i18n";
import { href } from "../router";
import { whyNotAct } from "../session";
import type { Delivery } from "../types";
import { Badge } from "./badge";
import { Confirm } from "./confirm";
import { Act } from "./field";
import { say } from "./notice";
import { When } from "./time";
import type { Column } from "./table";

const texts: Record<"retry" | "skip", { act: Key; effect: Key }> = {
  retry: { act: "delivery.retry", effect: "delivery.retry-effect" },
  skip: { act: "delivery.skip", effect: "delivery.skip-effect" },
};
/** Which it is: its message or its event, and where it goes. */
function which(of: Delivery): string {
  const what = of.message_id ? `${t("message.title")} ${of.control_id || of.message_id}` : `${t("delivery.event")} ${of.event_id ?? of.id}`;
  return `${what} → ${of.destination}`;
}

type What = { act: "retry" | "skip"; of: Delivery };

export function useDeliveryActs(onDone: () => void) {
  const asked = useSignal<What | null>(null);
  const now = asked.value;
  const dialog = now && (
    <Confirm
      title={t(texts[now.act].act)} act={t(texts[now.act].act)}
      effect={`${which(now.of)}. ${t(texts[now.act].effect, { to: now.of.destination })}`}
      run={() => ask("POST", `/api/deliveries/${now.of.id}/${now.act}`)}
      onDone={() => {
        asked.value = null;
        say(t("notice.done"));
        onDone();
      }}
      onClose={() => (asked.value = null)}
    />
  );
  const buttons = (of: Delivery) => (
    <span class="acts">
      {["waiting", "parked", "skipped"].includes(of.state) && (
        <Act onPress={() => (asked.value = { act: "retry", of })} whyNot={whyNotAct.value}>{t("delivery.retry")}</Act>
      )}
      {["waiting", "parked"].includes(of.state) && (
        <Act onPress={() => (asked.value = { act: "skip", of })} whyNot={whyNotAct.value}>{t("delivery.skip")}</Act>
      )}
    </span>
  );
  return { dialog, buttons };
}

export function deliveryColumns(buttons: (of: Delivery) => ComponentChildren, withMessage: boolean): Column<Delivery>[] {
  const message: Column<Delivery> = {
    head: t("delivery.what"),
    cell: (row) => row.message_id
      ? <a href={href(["messages", row.message_id])}>{row.control_id || t("message.title")}</a>
      : <>{t("delivery.event")} <code>{row.event_id?.slice(0, 8)}</code></>,
  };
  return [
    { head: t("delivery.created"), cell: (row) => <When at={row.created_at} /> },
    ...(withMessage ? [message] : []),
    { head: t("destinations.name"), cell: (row) => <a href={href(["destinations"], { destination: row.destination })}>{row.destination}</a> },
    { head: t("col.state"), cell: (row) => <><Badge kind="delivery-state" is={row.state} />{row.holds !== "nobody" && <> {word("holds", row.holds)}</>}{row.resent && <> {t("delivery.resent")}</>}{row.perhaps_sent && <> {t("delivery.perhaps")}</>}</> },
    { head: t("delivery.attempts"), number: true, cell: (row) => row.attempts },
    { head: t("delivery.next"), cell: (row) => (row.state === "waiting" ? <When at={row.next_at} /> : null) },
    { head: t("delivery.last"), cell: (row) => row.last_code && <code>{row.last_code}</code> },
    { head: t("col.acts"), cell: buttons },
  ];
}
