// One's draft reads live or logged messages beside what runs, without effect: what it reads otherwise, counted.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../api";
import { number, t, word } from "../i18n";
import { Confirm } from "../parts/confirm";
import { Act, Text, WhyNot } from "../parts/field";
import { useLoad } from "../parts/load";
import { Fault, say } from "../parts/notice";
import { Facts } from "../parts/notes";
import { PageOf, Section } from "../parts/page";
import { Table } from "../parts/table";
import { When } from "../parts/time";
import { href } from "../router";
import { session, whyNotConfigure } from "../session";
import type { Config, ReadOtherwise, Shadow } from "../types";

const path = "/api/config/shadow";
const longest = 1440;
const longestHours = 24 * 366;
const hour = 3_600_000;

function Begin({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const minutes = useSignal("60");
  const hours = useSignal("");
  const asked = Number(minutes.value);
  const back = Number(hours.value);
  const ready = hours.value
    ? Number.isInteger(back) && back >= 1 && back <= longestHours
    : Number.isInteger(asked) && asked >= 1 && asked <= longest;
  const order = () => (hours.value ? { from: new Date(Date.now() - back * hour).toISOString() } : { minutes: asked });
  return (
    <Confirm
      title={t("shadow.begin")} act={t("shadow.begin")} effect={t("shadow.begin-effect")}
      ready={ready} run={() => ask("POST", path, order())} onDone={onDone} onClose={onClose}
    >
      <Text label={t("shadow.minutes")} value={minutes} autoFocus hint={t("shadow.minutes-hint", { most: longest })} />
      <Text label={t("shadow.hours")} value={hours} hint={t("shadow.hours-hint", { most: longestHours })} />
    </Confirm>
  );
}

const told = (what: string | null) => (what ? <code>{what}</code> : <span class="quiet">–</span>);

function Otherwise({ of }: { of: ReadOtherwise[] }) {
  return (
    <Table
      caption={t("shadow.differences")} rows={of} id={(_, nth) => String(nth)}
      columns={[
        { head: t("shadow.what"), cell: (row) => word("difference", row.what) },
        { head: t("shadow.where"), cell: (row) => row.where },
        { head: t("shadow.before"), cell: (row) => told(row.before) },
        { head: t("shadow.after"), cell: (row) => told(row.after) },
        { head: t("shadow.rule"), cell: (row) => row.rule && <code>{row.rule}</code> },
        { head: t("runs.messages"), number: true, cell: (row) => number(row.messages) },
        {
          head: t("unmapped.examples"),
          cell: (row) => row.examples.map((id, nth) => (
            <><a key={id} href={href(["messages", id])}><span class="unseen">{t("message.title")} </span>{nth + 1}</a> </>
          )),
        },
      ]}
    />
  );
}

function Found({ of }: { of: Shadow }) {
  return (
    <>
      <p>
        <span class={`badge ${of.running ? "good" : "quiet"}`}>{of.running ? t("shadow.running") : t("shadow.over")}</span>{" "}
        <strong>{t("shadow.counted", { messages: of.messages, differ: of.differ })}</strong>
      </p>
      {of.fault && <p class="notice bad breaks">{of.fault}</p>}
      <Facts
        rows={[
          [t("runs.by"), of.by],
          [t("runs.begun"), <When at={of.began} />],
          [t("shadow.until"), !of.replays && <When at={of.until} />],
          [t("shadow.replays"), of.replays && <When at={of.replays.from} />],
          [t("shadow.found"), of.replays && number(of.replays.found)],
          [t("shadow.partly"), of.partly > 0 && number(of.partly)],
          [t("shadow.left-out"), of.left_out > 0 && number(of.left_out)],
          [t("config.hash"), <code>{of.hash}</code>],
        ]}
      />
      <Section title={t("shadow.differences")}>
        {of.differences.length > 0
          ? <Otherwise of={of.differences} />
          : <p class="quiet">{of.messages === 0 ? t("shadow.nothing-read") : t("shadow.nothing-differs")}</p>}
      </Section>
    </>
  );
}

export function ShadowPage() {
  const every = useSignal(0);
  const one = useLoad<Shadow>(path, { every: every.value });
  const config = useLoad<Config>("/api/config");
  const asked = useSignal<"begin" | "end" | null>(null);
  const isNone = one.fault.value?.status === 404;
  const of = isNone ? null : one.data.value;
  const isRunning = of?.running ?? false;
  useEffect(() => {
    every.value = isRunning ? 2000 : 0;
  }, [isRunning]);
  const isOthers = of !== null && of.running && of.by !== session.value?.user;
  const whyNotEnd = whyNotConfigure.value ?? (isOthers ? "shadow.others" : null);
  const whyNotBegin = whyNotConfigure.value ?? (isOthers ? "shadow.others" : config.data.value && !config.data.value.draft ? "shadow.no-draft" : null);
  const onDone = () => {
    asked.value = null;
    say(t("notice.done"));
    one.reload();
  };
  return (
    <PageOf
      title={t("shadow.title")}
      acts={(
        <>
          {of && <Act whyNot={whyNotEnd} onPress={() => (asked.value = "end")}>{of.running ? t("shadow.end") : t("shadow.forget")}</Act>}
          {!of?.running && <Act main whyNot={whyNotBegin} onPress={() => (asked.value = "begin")}>{t("shadow.begin")}</Act>}
        </>
      )}
    >
      <p><a href={href(["configuration"])}>← {t("configuration.title")}</a></p>
      <p>{t("shadow.lead")}</p>
      <WhyNot of={whyNotBegin} />
      {!isNone && <Fault of={one.fault.value} />}
      {!of && !isNone && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {isNone && <p class="quiet">{t("shadow.none")}</p>}
      {of && <Found of={of} />}
      {asked.value === "begin" && <Begin onDone={onDone} onClose={() => (asked.value = null)} />}
      {asked.value === "end" && (
        <Confirm
          title={t("shadow.end")} act={t("shadow.end")} effect={t("shadow.end-effect")}
          run={() => ask("DELETE", path)} onDone={onDone} onClose={() => (asked.value = null)}
        />
      )}
    </PageOf>
  );
}
