// What became of a message, stage by stage, and why.
import { number, t, word } from "../i18n";
import type { Trace } from "../types";
import { Notes, PatientDecision } from "./notes";

function long(microseconds: number): string {
  return microseconds >= 1000 ? `${number(Math.round(microseconds / 10) / 100)} ms` : `${number(Math.round(microseconds * 10) / 10)} µs`;
}

export function Timeline({ of }: { of: Trace | null }) {
  if (!of) return <p class="quiet">{t("trace.nothing")}</p>;
  const stages = of.stages ?? [];
  const longest = Math.max(...stages.map((each) => each.microseconds), 1);
  const total = stages.reduce((sum, each) => sum + each.microseconds, 0);
  const fault = of.error ?? of.held;
  return (
    <>
      {stages.length > 0 && (
        <>
          <ol class="timeline">
            {stages.map((each) => (
              <li>
                <span>{each.stage}</span>
                <span class="bar" aria-hidden="true" style={{ inlineSize: `${Math.max(2, (100 * each.microseconds) / longest)}%` }} />
                <span class="took">{long(each.microseconds)}</span>
              </li>
            ))}
          </ol>
          <p class="quiet">{t("trace.total", { took: long(total) })}</p>
        </>
      )}
      {fault && (
        <p class="notice bad">
          <strong>{of.held && !of.error ? t("trace.held") : word("error", fault.code)}</strong>{" "}
          {fault.where && <code>{fault.where}</code>} {fault.text}
        </p>
      )}
      <h3>{t("trace.patient")}</h3>
      <PatientDecision of={of.patient} />
      {of.edits && of.edits.length > 0 && (
        <>
          <h3>{t("trace.edits")}</h3>
          <ul>
            {of.edits.map((each) => (
              <li>
                <code>{each.rule}</code> {each.edit}: {t("trace.changed", { n: each.changed })}
                {each.failed ? <> · {t("trace.failed", { n: each.failed })}</> : null}
              </li>
            ))}
          </ul>
        </>
      )}
      {of.rules && of.rules.length > 0 && (
        <details>
          <summary>{t("trace.rules")} ({of.rules.length})</summary>
          <Notes rows={of.rules} />
        </details>
      )}
      {of.reviews && of.reviews.length > 0 && (<><h3>{t("trace.reviews")}</h3><Notes rows={of.reviews} /></>)}
      {of.unmapped_codes && of.unmapped_codes.length > 0 && (
        <p>{t("unmapped.title")}: <a href="#/unmapped">{of.unmapped_codes.join(", ")}</a></p>
      )}
      {of.forward && of.forward.length > 0 && <p>{t("trace.forward", { to: of.forward.join(", ") })}</p>}
      {of.remarks?.map((each) => <p class="quiet">{each}</p>)}
      <p class="quiet">{[of.profile && t("trace.profile", { name: of.profile }), of.charset && t("trace.charset", { name: of.charset })].filter(Boolean).join(" · ")}</p>
    </>
  );
}
