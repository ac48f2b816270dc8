// Small lists that several pages show: rules, reasons, counts, the decision about a patient, facts by name.
import type { ComponentChildren } from "preact";
import { number, t, word } from "../i18n";
import type { Correction, Counts, Decision, Link, Note } from "../types";
import { Badge } from "./badge";
import { useDrawn } from "./table";
import { When } from "./time";

/** Why a patient is not certain is told in plain sentences, without a place. */
export function notesOf(reasons: (Note | string)[] | null | undefined): Note[] {
  return (reasons ?? []).map((each) => (typeof each === "string" ? { where: "", rule: "", detail: each } : each));
}

export function Notes({ rows }: { rows: (Note | string)[] | null | undefined }) {
  const all = notesOf(rows);
  const { drawn, more } = useDrawn(all.length);
  if (all.length === 0) return null;
  return (
    <>
      <ul class="notes">
        {all.slice(0, drawn).map((each) => (
          <li>
            {each.where && <code>{each.where}</code>} {each.rule && <strong>{word("review-kind", each.rule)}</strong>}
            {each.detail && <>{each.rule && " – "}{each.detail}</>}
          </li>
        ))}
      </ul>
      {more}
    </>
  );
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {rows.filter(([, what]) => what !== null && what !== undefined && what !== "" && what !== false).map(([name, what]) => (
        <div>
          <dt>{name}</dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}

export function CountList({ of, kind }: { of: Counts; kind: string }) {
  const all = Object.entries(of).filter(([, count]) => count > 0);
  if (all.length === 0) return <span class="quiet">–</span>;
  return <>{all.map(([name, count]) => <><span class="count">{number(count)} {word(kind, name)}</span> </>)}</>;
}

export function PatientDecision({ of }: { of: Decision | null | undefined }) {
  if (!of) return <p class="quiet">{t("patient.no-decision")}</p>;
  return (
    <>
      <p>
        <Badge kind="decision" is={of.decision} /> {of.patient_id && t("patient.of", { id: of.patient_id })}
        {of.rule && <> · {t("patient.by-rule", { rule: of.rule })}</>}
      </p>
      {of.evidence && of.evidence.length > 0 && <ul>{of.evidence.map((each) => <li>{each}</li>)}</ul>}
    </>
  );
}

/** What persons have said of a message. */
export function Persons({ links, corrections }: { links: Link[]; corrections: Correction[] }) {
  if (links.length + corrections.length === 0) return <p class="quiet">{t("persons.nothing")}</p>;
  return (
    <ul>
      {links.map((each) => (
        <li>
          <When at={each.at} /> {each.by}:{" "}
          {each.patient_id ? t("persons.linked", { id: each.patient_id }) : t("persons.unlinked")}
          {each.until && <> ({t("persons.until")} <When at={each.until} />)</>}
        </li>
      ))}
      {corrections.map((each) => (
        <li>
          <When at={each.at} /> {each.by}: {each.where && <code>{each.where}</code>} {word("correction", each.word)}{" "}
          {[each.value, each.unit].filter(Boolean).join(" ")} – {each.reason}
        </li>
      ))}
    </ul>
  );
}
