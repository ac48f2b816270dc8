// Trying a message: by what runs, or by one's own draft. Nothing is stored; what would become of it is told whole.
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { ask, isLeft } from "../api";
import { t, word } from "../i18n";
import { href } from "../router";
import { isAdmin, whyNotAdmin } from "../session";
import type { EditTold, Explained, Page, Result, Route } from "../types";
import { Badge } from "./badge";
import { Chain } from "./chain";
import { configPlace, isConfigFile } from "./config_files";
import { diagnosticsOf } from "./text_draft";
import { Diagnostics } from "./diagnostics";
import { Act, Choice, WhyNot } from "./field";
import { useLoad } from "./load";
import { Fault } from "./notice";
import { Facts, Notes, PatientDecision } from "./notes";
import { flagColumn, loincColumn, rangeOf, statusColumn, valueOf } from "./results";
import { Table } from "./table";

/** The file and line of a rule. */
export function RulePlace({ of }: { of: string }) {
  const file = of.replace(/:\d+$/, "");
  return isAdmin.value && isConfigFile(file) ? <a href={href(configPlace(file))}><code>{of}</code></a> : <code>{of}</code>;
}

function Edits({ of }: { of: EditTold[] }) {
  return (
    <ul>
      {of.map((each, nth) => (
        <li key={nth}>
          <RulePlace of={each.rule} /> {each.edit}{!each.ran && <> <span class="badge quiet">{t("trial.not-run")}</span></>}
          {each.when && <span class="quiet"> {each.when}</span>}
          {each.changes.length > 0 && (
            <ul>
              {each.changes.map((one, n) => (
                <li key={n}>
                  <code>{one.where}</code> <s>{one.before || t("trial.empty")}</s> → <span class="sent">{one.after || t("trial.empty")}</span>{" "}
                  {one.trouble && <span class="bad">{one.trouble}</span>}
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}

function sentOf(of: Result): string {
  const { value, unit, range, flag } = of.sent;
  return [value, unit, range && `[${range}]`, flag].filter(Boolean).join(" ");
}

/** As it was sent, and as it would be filed. */
function Filed({ of }: { of: Result[] }) {
  return (
    <Table
      caption={t("result.title")} rows={of} id={(_, nth) => String(nth)}
      columns={[
        { head: t("result.test"), cell: (row) => <><strong>{row.test_name || row.test_code}</strong> <code>{row.sent.code}</code></> },
        { head: t("why.sent"), cell: sentOf },
        { head: t("result.value"), cell: (row) => <strong>{valueOf(row)}</strong> },
        { head: t("result.range"), cell: rangeOf },
        flagColumn(), loincColumn(), statusColumn(),
      ]}
    />
  );
}

function Told({ of }: { of: Explained }) {
  return (
    <article class="card wide" data-row="">
      <h3>{of.message_type || t("message.title")} <code>{of.control_id}</code> <Badge kind="status" is={of.status} /></h3>
      {of.error && (
        <p class="notice bad"><strong>{word("error", of.error.code)}</strong> {of.error.where && <code>{of.error.where}</code>} {of.error.text}</p>
      )}
      <Facts
        rows={[
          [t("messages.route"), of.route ?? t("trial.no-route")],
          [t("trial.when"), of.when],
          [t("trial.shadowed"), of.shadowed.join(", ")],
          [t("trial.profile"), of.profile],
          [t("message.ack"), <code>{of.ack_code}</code>],
        ]}
      />
      {of.chain.length > 0 && <Chain label={t("routes.chain")} boxes={of.chain.map((each) => ({ key: each, name: each }))} />}
      {of.edits.length > 0 && <><h4>{t("trace.edits")}</h4><Edits of={of.edits} /></>}
      <h4>{t("trace.patient")}</h4>
      {of.store ? <p class="quiet">{t("trial.store", { why: of.store })}</p> : <PatientDecision of={of.patient} />}
      {of.patient && of.patient.candidates.length > 0 && <p>{t("review.candidates")}: {of.patient.candidates.join(", ")}</p>}
      {of.results.length > 0 && <><h4>{t("result.title")}</h4><Filed of={of.results} /></>}
      {of.rules.length > 0 && <><h4>{t("trace.rules")}</h4><Notes rows={of.rules} /></>}
      {of.reviews.length > 0 && <><h4>{t("trace.reviews")}</h4><Notes rows={of.reviews} /></>}
      {of.alerts.length > 0 && (
        <div class="said bad"><h4>{t("trial.alerts")}</h4><ul>{of.alerts.map((each) => <li key={each}>{each}</li>)}</ul></div>
      )}
      {of.ack && (
        <details>
          <summary>{t("trial.ack")}</summary>
          <pre tabIndex={0}>{of.ack.replaceAll("\r", "\n")}</pre>
        </details>
      )}
    </article>
  );
}

interface TrialOf {
  /** By which route; without one, by whichever takes it. */
  route?: string;
  listener?: string;
  /** By one's own draft, or by what runs. */
  draft: boolean;
  /** Whether that is so, and cannot be chosen. */
  fixed?: boolean;
  /** What stands in the field when it begins. */
  text?: string;
  /** Of what the draft is: of another one nothing is told that was told of this. */
  hash?: string | null;
}

export function Trial({ route, listener, draft: byDraft, fixed, text = "", hash }: TrialOf) {
  const id = useId();
  const message = useSignal(text);
  const draft = useSignal(byDraft);
  const from = useSignal(listener ?? "");
  const routes = useLoad<Page<Route>>(route ? null : "/api/routes");
  const answer = useSignal<Explained[] | null>(null);
  const busy = useSignal(false);
  const fault = useSignal<unknown>(null);
  const running = useRef<AbortController | null>(null);
  const told = useRef<HTMLDivElement>(null);
  useEffect(() => () => running.current?.abort(), []);
  useEffect(() => {
    if (answer.value) told.current?.scrollIntoView({ block: "nearest" });
  }, [answer.value]);
  const listeners = [...new Set((routes.data.value?.items ?? []).flatMap((each) => each.from).filter((each) => !each.includes(":")))];
  if (from.value && !listeners.includes(from.value)) listeners.push(from.value);
  const change = (what: () => void) => { // another question: what was told is not of it
    running.current?.abort();
    busy.value = false;
    answer.value = null;
    fault.value = null;
    what();
  };
  useEffect(() => {
    if (draft.value) change(() => undefined);
  }, [hash]);
  const run = async () => {
    if (busy.value || !message.value.trim()) return;
    const mine = new AbortController();
    running.current = mine;
    busy.value = true;
    fault.value = null;
    answer.value = null;
    const body = {
      text: message.value.trim().replace(/\r?\n/g, "\r"),
      ...(route ? { route } : from.value ? { listener: from.value } : {}),
      ...(draft.value ? { draft: true } : {}),
    };
    try {
      answer.value = (await ask<{ items: Explained[] }>("POST", "/api/config/try", body, { signal: mine.signal })).items;
    } catch (why) {
      if (isLeft(why) || mine.signal.aborted) return;
      fault.value = why;
    }
    busy.value = false;
  };
  const found = diagnosticsOf(fault.value);
  return (
    <div class="trial">
      <p class="hint">{t(draft.value ? "trial.lead-draft" : "trial.lead")}</p>
      <WhyNot of={whyNotAdmin.value} />
      <div class="field">
        <label for={id}>{t("trial.message")}</label>
        <textarea
          id={id} class="code short" rows={8} wrap="off" spellcheck={false} autoComplete="off" autoCapitalize="off" value={message.value}
          onInput={(event) => {
            const now = event.currentTarget.value;
            change(() => (message.value = now));
          }}
        />
      </div>
      <div class="filters">
        {!route && (
          <Choice
            label={t("trial.listener")} value={from.value} onChange={(value) => change(() => (from.value = value))}
            among={[["", t("trial.any")], ...listeners.map((each): [string, string] => [each, each])]}
          />
        )}
        {!fixed && (
          <Choice
            label={t("trial.by")} value={draft.value ? "draft" : "running"} onChange={(value) => change(() => (draft.value = value === "draft"))}
            among={[["draft", t("config.my-draft")], ["running", t("config.running")]]}
          />
        )}
        <div class="acts">
          <Act main whyNot={whyNotAdmin.value ?? (message.value.trim() ? null : "trial.no-message")} onPress={() => void run()}>
            {busy.value ? t("act.working") : t("trial.act")}
          </Act>
        </div>
      </div>
      <Fault of={fault.value} />
      {found && <Diagnostics of={found} />}
      <div aria-live="polite" ref={told}>
        {answer.value?.map((each, nth) => <Told key={nth} of={each} />)}
      </div>
    </div>
  );
}
