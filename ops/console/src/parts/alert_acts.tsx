// What a person does about a critical value. Which of them are possible, the alert's state says.
import { signal, useSignal } from "@preact/signals";
import { ask } from "../api";
import { t, time, word, type Key } from "../i18n";
import { sitting, whyNotDecide } from "../session";
import type { Alert, Shown } from "../types";
import { Confirm } from "./confirm";
import { Act, Choice, Text } from "./field";
import { say } from "./notice";

export const ended = (state: string) => ["closed", "folded", "superseded", "withdrawn"].includes(state);
const taken = (state: string) => state === "acknowledged" || state === "read_back";

export type AlertAct = "acknowledge" | "read-back" | "hand-over" | "close";

const names: Record<AlertAct, Key> = {
  acknowledge: "critical.acknowledge", "read-back": "critical.read-back", "hand-over": "critical.hand-over", close: "critical.close",
};

export function actsOf(state: string): AlertAct[] {
  if (ended(state)) return [];
  if (state === "acknowledged") return ["read-back", "hand-over", "close"];
  if (taken(state)) return ["close", "hand-over"];
  return state === "late" ? ["acknowledge", "close"] : ["acknowledge"];
}

export function shownValue(of: Shown): string {
  return `${of.comparator ?? ""}${of.value}${of.unit ? ` ${of.unit}` : ""}`;
}

/** The role in which somebody works: said once, kept as long as that person sits here. */
const role = signal("");
sitting.subscribe(() => (role.value = ""));

/** Whose value it is, which, and of when. */
function whose(of: Alert): string {
  return [
    of.patient_id ? t("patient.of", { id: of.patient_id }) : `${t("patient.title")}: ${t("patient.nobody")}`,
    `${of.test_name ?? of.test_code} ${shownValue(of.value)}`,
    of.observed_at && `${t("critical.observed")}: ${time(of.observed_at)}`,
  ].filter(Boolean).join(" · ");
}

interface Of {
  of: Alert;
  onDone: (now: Alert) => void;
  onFault: (fault: unknown) => void;
  onClose: () => void;
}

function common(of: Alert, act: AlertAct, effect: string, body: () => object) {
  return {
    effect: `${whose(of)}. ${effect}`,
    act: t(names[act]),
    title: `${t(names[act])}: ${of.test_name ?? of.test_code}`,
    run: () => ask<Alert>("POST", `/api/critical/${of.id}/${act}`, { ...body(), ...(role.value.trim() ? { role: role.value.trim() } : {}) }),
  };
}
const Role = () => <Text label={t("critical.role")} value={role} />;

function Acknowledge({ of, ...rest }: Of) {
  return (
    <Confirm<Alert> {...rest} {...common(of, "acknowledge", t("critical.acknowledge-effect", { value: shownValue(of.value) }), () => ({}))}>
      <Role />
    </Confirm>
  );
}

function ReadBack({ of, ...rest }: Of) {
  const value = useSignal("");
  const unit = useSignal("");
  return (
    <Confirm<Alert>
      {...rest} {...common(of, "read-back", t("critical.read-back-effect"), () => ({ value: value.value.trim(), ...(unit.value.trim() ? { unit: unit.value.trim() } : {}) }))}
      ready={value.value.trim() !== ""}
    >
      <Text label={t("result.value")} value={value} needed autoFocus hint={t("critical.value-hint")} />
      <Text label={t("result.unit")} value={unit} hint={t("critical.unit-hint", { unit: of.value.unit ?? "–" })} />
      <Role />
    </Confirm>
  );
}

function HandOver({ of, ...rest }: Of) {
  const to = useSignal("");
  const reason = useSignal("");
  return (
    <Confirm<Alert>
      {...rest} {...common(of, "hand-over", t("critical.hand-over-effect"), () => ({ to: to.value.trim(), ...(reason.value.trim() ? { reason: reason.value.trim() } : {}) }))}
      ready={to.value.includes("@")}
    >
      <Text label={t("critical.to")} value={to} type="email" needed autoFocus />
      <Text label={t("col.reason")} value={reason} />
      <Role />
    </Confirm>
  );
}

const outcomes = ["acted", "no-action", "mistaken"];

function Close({ of, ...rest }: Of) {
  const outcome = useSignal("acted");
  const reason = useSignal("");
  const needed = of.state !== "read_back";
  return (
    <Confirm<Alert>
      {...rest} {...common(of, "close", t("critical.close-effect"), () => ({ outcome: outcome.value, ...(reason.value.trim() ? { reason: reason.value.trim() } : {}) }))}
      ready={!needed || reason.value.trim() !== ""}
    >
      <Choice
        label={t("critical.outcome")} value={outcome.value} onChange={(value) => (outcome.value = value)}
        among={outcomes.map((each): [string, string] => [each, word("outcome", each)])}
      />
      <Text label={t("col.reason")} value={reason} needed={needed} hint={needed ? t("critical.reason-hint") : undefined} />
      <Role />
    </Confirm>
  );
}

const dialogs = { acknowledge: Acknowledge, "read-back": ReadBack, "hand-over": HandOver, close: Close };

/** Buttons for an alert, and the dialog of the one that was pressed. */
export function useAlertActs(onDone: () => void) {
  const asked = useSignal<{ of: Alert; act: AlertAct } | null>(null);
  const now = asked.value;
  const Asked = now ? dialogs[now.act] : null;
  const close = () => (asked.value = null);
  const dialog = now && Asked && (
    <Asked
      of={now.of} onClose={close} onFault={onDone} // somebody was faster, or another value was read back: look again
      onDone={() => {
        close();
        say(t("notice.done"));
        onDone();
      }}
    />
  );
  const buttons = (of: Alert) => (
    <span class="acts">
      {actsOf(of.state).map((act, nth) => (
        <Act main={nth === 0} whyNot={whyNotDecide.value} onPress={() => (asked.value = { of, act })}>{t(names[act])}</Act>
      ))}
    </span>
  );
  return { dialog, buttons };
}
