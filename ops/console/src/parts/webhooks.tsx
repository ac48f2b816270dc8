// Who hears of the clinic's events, and whether they are heard.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../api";
import { number, t, word, type Key } from "../i18n";
import { href } from "../router";
import { whyNotAct } from "../session";
import type { Delivery, Page, Webhook } from "../types";
import { Badge } from "./badge";
import { Confirm } from "./confirm";
import { Act } from "./field";
import { SecretDialog } from "./key_dialogs";
import { useLoad } from "./load";
import { Fault, say } from "./notice";
import { Table } from "./table";
import { When } from "./time";
import { everything, WebhookDialog } from "./webhook_dialogs";

/** The way of a test: asked until it has come through, or waits for a person. */
function Way({ event }: { event: string }) {
  const every = useSignal(1000);
  const one = useLoad<Page<Delivery>>(`/api/deliveries?event_id=${encodeURIComponent(event)}`, { every: every.value });
  const of = one.data.value?.items[0];
  const over = of !== undefined && ["sent", "parked", "skipped"].includes(of.state);
  useEffect(() => {
    if (over) every.value = 0;
  }, [over]);
  return (
    <div class="card" role="status">
      <Fault of={one.fault.value} />
      <p>
        <strong>{t("webhooks.way")}</strong> {of && <Badge kind="delivery-state" is={of.state} />}{" "}
        {of && <>{t("delivery.attempts")}: {number(of.attempts)}{of.last_code && <> · {t("delivery.last")}: <code>{of.last_code}</code></>}</>}
      </p>
    </div>
  );
}

type Which = "remove" | "pause" | "resume" | "test";
const texts: Record<Which, { act: Key; effect: Key }> = {
  remove: { act: "webhooks.remove", effect: "webhooks.remove-effect" },
  pause: { act: "act.pause", effect: "webhooks.pause-effect" },
  resume: { act: "act.resume", effect: "webhooks.resume-effect" },
  test: { act: "webhooks.test", effect: "webhooks.test-effect" },
};

function carry(which: Which, of: Webhook): Promise<unknown> {
  const path = `/api/webhooks/${of.id}`;
  if (which === "remove") return ask("DELETE", path);
  if (which === "test") return ask("POST", `${path}/test`);
  return ask("PUT", path, { active: which === "resume" });
}

export function Webhooks() {
  const all = useLoad<Page<Webhook>>("/api/webhooks");
  const editing = useSignal<{ of: Webhook | null } | null>(null);
  const asked = useSignal<{ which: Which; of: Webhook } | null>(null);
  const made = useSignal<{ name: string; secret: string } | null>(null);
  const tested = useSignal<string | null>(null);
  const rows = all.data.value?.items;
  const now = asked.value;
  const act = (which: Which, of: Webhook) => (
    <Act whyNot={whyNotAct.value} onPress={() => (asked.value = { which, of })}>{t(texts[which].act)}<span class="unseen"> {of.url}</span></Act>
  );
  return (
    <>
      <p>{t("webhooks.lead")}</p>
      <div class="acts"><Act main whyNot={whyNotAct.value} onPress={() => (editing.value = { of: null })}>{t("webhooks.new")}</Act></div>
      <Fault of={all.fault.value} />
      {!rows && all.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {rows?.length === 0 && <p class="quiet">{t("webhooks.none")}</p>}
      {rows && rows.length > 0 && (
        <Table
          caption={t("webhooks.title")} rows={rows} id={(row) => row.id}
          columns={[
            { head: t("webhooks.url"), cell: (row) => <span class="breaks">{row.url}</span> },
            { head: t("webhooks.types"), cell: (row) => row.event_types.map((each) => (each === everything ? t("webhooks.all") : word("event", each))).join(", ") },
            { head: t("col.state"), cell: (row) => <Badge kind="state" is={row.state} /> },
            {
              head: t("delivery.title"),
              cell: (row) => (
                <a href={href(["destinations"], { destination: row.destination })}>{t("webhooks.deliveries")}<span class="unseen"> {row.url}</span></a>
              ),
            },
            { head: t("webhooks.made"), cell: (row) => <><When at={row.created_at} /> {row.made_by}</> },
            ...(rows.some((each) => each.old_secret_until) ? [{ head: t("webhooks.old-secret"), cell: (row: Webhook) => <When at={row.old_secret_until} /> }] : []),
            {
              head: t("col.acts"),
              cell: (row) => (
                <span class="acts">
                  {row.active && act("test", row)}
                  <Act whyNot={whyNotAct.value} onPress={() => (editing.value = { of: row })}>{t("webhooks.change")}<span class="unseen"> {row.url}</span></Act>
                  {act(row.active ? "pause" : "resume", row)}
                  {act("remove", row)}
                </span>
              ),
            },
          ]}
        />
      )}
      {tested.value && <Way key={tested.value} event={tested.value} />}
      {editing.value && (
        <WebhookDialog
          of={editing.value.of} onClose={() => (editing.value = null)}
          onDone={(answer) => {
            editing.value = null;
            if (answer.secret) made.value = { name: answer.url, secret: answer.secret };
            else say(t("notice.done"));
            all.reload();
          }}
        />
      )}
      {made.value && <SecretDialog of={made.value} says="webhooks.once" onClose={() => (made.value = null)} />}
      {now && (
        <Confirm<unknown>
          title={t(texts[now.which].act)} act={t(texts[now.which].act)} effect={`${now.of.url}. ${t(texts[now.which].effect)}`}
          run={() => carry(now.which, now.of)}
          onDone={(answer) => {
            asked.value = null;
            if (now.which === "test") tested.value = (answer as Delivery).event_id;
            say(t("notice.done"));
            all.reload();
          }}
          onClose={() => (asked.value = null)}
        />
      )}
    </>
  );
}
