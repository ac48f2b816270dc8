// One review: what was sent beside each candidate, and one key a decision.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Refusal } from "../api";
import { t, word, type Key } from "../i18n";
import { takeKeys } from "../keys";
import { Badge } from "../parts/badge";
import { Act, WhyNot } from "../parts/field";
import { useLoad } from "../parts/load";
import { Fault, say } from "../parts/notice";
import { Facts, Notes } from "../parts/notes";
import { PageOf, Section } from "../parts/page";
import { Results } from "../parts/results";
import { DecisionDialog, type Decision } from "../parts/review_acts";
import { When } from "../parts/time";
import { go, href } from "../router";
import { whyNotDecide } from "../session";
import type { Review, Who } from "../types";
import { LogFacts } from "./message";

function Person({ of }: { of: Who & { birth_date_unreadable?: boolean } }) {
  return (
    <Facts
      rows={[
        [t("patient.name"), of.names.length > 0 && of.names.map((each) => <div>{each.family} {each.given}</div>)],
        [t("patient.birth-date"), of.birth_date ?? (of.birth_date_unreadable ? t("patient.birth-unreadable") : null)],
        [t("patient.sex"), of.sex && word("sex", of.sex)],
        ...of.numbers.map((each): [string, ComponentChildren] => [
          word("number-kind", each.kind), <><code>{each.value}</code>{each.authority && <> ({each.authority})</>}</>]),
      ]}
    />
  );
}

function Said({ title, rows, tone }: { title: string; rows: string[]; tone: string }) {
  return (
    <div class={`said ${rows.length > 0 ? tone : ""}`}>
      <h4>{title}</h4>
      {rows.length === 0 ? <p class="quiet">–</p> : <ul>{rows.map((each) => <li>{word("agrees", each)}</li>)}</ul>}
    </div>
  );
}

function Beside({ of, choose }: { of: Review; choose: (what: Decision) => void }) {
  return (
    <div class="beside">
      {of.sent && (
        <article class="card sent-card">
          <h3>{t("review.sent")}</h3>
          <Person of={of.sent} />
          {of.sent.sender && <p class="quiet">{t("review.sender", { name: of.sent.sender })}</p>}
        </article>
      )}
      {of.held.map((each, nth) => (
        <article class="card" data-row="">
          <h3>{t("patient.of", { id: each.patient_id })}</h3>
          <Person of={each} />
          <Said title={t("review.evidence")} rows={each.evidence} tone="good" />
          <Said title={t("review.contradictions")} rows={each.contradictions} tone="bad" />
          {of.state === "open" && (
            <Act main keys={nth < 9 ? String(nth + 1) : undefined} whyNot={whyNotDecide.value} onPress={() => choose({ is: "link", patient: each.patient_id })}>
              {t("review.link", { id: each.patient_id })}
            </Act>
          )}
        </article>
      ))}
    </div>
  );
}

const names: Record<Decision["is"], Key> = {
  link: "action.link", "link-other": "review.link-other", create: "review.create", accept: "review.accept",
  reject: "review.reject", reprocess: "review.reprocess", correct: "review.correct",
};

/** The keys of what may be decided of this one. */
function decisionsOf(of: Review): Record<string, Decision> {
  if (of.state !== "open") return {};
  const out: Record<string, Decision> = {};
  of.held.slice(0, 9).forEach((each, nth) => (out[String(nth + 1)] = { is: "link", patient: each.patient_id }));
  if (of.sent && of.message) {
    out.l = { is: "link-other" };
    out.c = { is: "create" };
  }
  out.a = { is: "accept" };
  out.r = { is: "reject" };
  if (of.message) out.p = { is: "reprocess" };
  if (of.results.length > 0) out.x = { is: "correct" };
  return out;
}

export function ReviewItemPage({ id }: { id: string }) {
  const one = useLoad<Review>(`/api/review/${encodeURIComponent(id)}`);
  const asked = useSignal<Decision | null>(null);
  const of = one.data.value;
  const all = of ? decisionsOf(of) : {};
  const whyNot = whyNotDecide.value;
  useEffect(() => {
    if (whyNot) return;
    return takeKeys(Object.fromEntries(Object.entries(all).map(([key, what]) => [key, () => (asked.value = what)])));
  }, [of, whyNot]);
  const rest = Object.entries(all).filter(([, what]) => what.is !== "link");
  return (
    <PageOf title={of ? word("review-kind", of.kind) : t("review.one")}>
      <p><a href={href(["review"])}>← {t("review.title")}</a></p>
      <Fault of={one.fault.value} />
      {!of && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {of && (
        <>
          <p>
            <Badge kind="review-state" is={of.state} /> <When at={of.created_at} />
            {of.state !== "open" && <> · {word("action", of.action)} · {of.resolved_by} <When at={of.resolved_at} /> {of.reason}</>}
          </p>
          <Notes rows={of.reasons} />
          {of.state === "open" && (
            <>
              <WhyNot of={whyNot} />
              <div class="acts sticky">
                {rest.map(([key, what]) => (
                  <Act keys={key} whyNot={whyNot} onPress={() => (asked.value = what)}>{t(names[what.is])}</Act>
                ))}
              </div>
            </>
          )}
          {(of.sent || of.held.length > 0) && (
            <Section title={t("review.people")}>
              <Beside of={of} choose={(what) => (asked.value = what)} />
              {of.held.length === 0 && <p class="quiet">{t("review.no-candidates")}</p>}
            </Section>
          )}
          {of.results.length > 0 && <Section title={t("result.title")}><Results rows={of.results} /></Section>}
          {of.message && (
            <Section title={t("message.title")}>
              <p><a href={href(["messages", of.message.id])}>{t("review.to-message")}</a></p>
              <LogFacts of={of.message} />
            </Section>
          )}
          {asked.value && (
            <DecisionDialog
              of={of} what={asked.value} onClose={() => (asked.value = null)}
              onDone={() => {
                say(t("notice.done"));
                go(["review"]);
              }}
              onFault={(fault) => {
                if (fault instanceof Refusal && fault.status === 409) one.reload();
              }}
            />
          )}
        </>
      )}
    </PageOf>
  );
}
