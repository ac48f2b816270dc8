// Codes that no profile maps, with what they may be. A person chooses; the line is shown before it is written.
import { useSignal } from "@preact/signals";
import { number, t } from "../i18n";
import { Act, WhyNot } from "../parts/field";
import { useList } from "../parts/load";
import { MapDialog, type Wish } from "../parts/map_dialog";
import { Fault } from "../parts/notice";
import { PageOf } from "../parts/page";
import { Progress } from "../parts/progress";
import { More } from "../parts/table";
import { When } from "../parts/time";
import { href } from "../router";
import { whyNotDecide } from "../session";
import type { Mapped, Suggestion, Unmapped } from "../types";

function Suggested({ of, choose }: { of: Suggestion; choose: () => void }) {
  return (
    <li>
      <div class="suggested">
        <strong>{of.name}</strong> <span>LOINC {of.loinc}{of.unit && ` · ${of.unit}`}</span>
        <Act whyNot={whyNotDecide.value} onPress={choose}>{t("unmapped.choose")}</Act>
      </div>
      <ul class="for-against">
        {of.evidence.map((each) => <li class="for"><span class="unseen">{t("review.evidence")}: </span>{each}</li>)}
        {of.contradictions.map((each) => <li class="against"><span class="unseen">{t("review.contradictions")}: </span>{each}</li>)}
      </ul>
    </li>
  );
}

function Code({ of, choose }: { of: Unmapped; choose: (what: Wish) => void }) {
  const lab = of.profile;
  const units = of.units.map((each) => `${each.unit || t("unmapped.no-unit")} (${number(each.count)})`).join(", ");
  const wish = (loinc: string): Wish => ({ lab: lab ?? "", code: of.code, loinc, lacksUnit: of.units.some((each) => !each.unit) });
  return (
    <article class="card" data-row="">
      <h2><code>{of.code}</code> {of.name}</h2>
      <p>
        {t("unmapped.came", { n: of.count, lab: of.lab })} · {t("unmapped.units")}: {units || "–"} · <When at={of.first_seen} /> – <When at={of.last_seen} />
      </p>
      {of.mapped_to && <p class="notice good">{t("unmapped.mapped", { loinc: of.mapped_to })}</p>}
      <details>
        <summary>{t("unmapped.examples")} ({of.examples.length})</summary>
        <ul>
          {of.examples.map((each) => (
            <li>
              <a href={href(["messages", each.message_id])}><When at={each.filed_at} /></a>{" "}
              {[each.value, each.unit, each.range && `[${each.range}]`, each.flag].filter(Boolean).join(" ")}
            </li>
          ))}
        </ul>
      </details>
      {lab === null && <p class="notice warn">{t("unmapped.no-profile")}</p>}
      {lab !== null && !of.mapped_to && (
        <>
          {of.suggestions.length > 0
            ? <ol class="suggestions">{of.suggestions.map((each) => <Suggested of={each} choose={() => choose(wish(each.loinc))} />)}</ol>
            : <p class="quiet">{t("unmapped.no-suggestion")}</p>}
          <Act whyNot={whyNotDecide.value} onPress={() => choose(wish(""))}>{t("unmapped.other")}</Act>
        </>
      )}
      {lab !== null && of.mapped_to && <p><a href={href(["runs"], { lab, code: of.code })}>{t("unmapped.run-again")}</a></p>}
    </article>
  );
}

export function UnmappedPage() {
  const rows = useList<Unmapped>("/api/unmapped", { limit: "50" });
  const wish = useSignal<Wish | null>(null);
  const mapped = useSignal<Mapped | null>(null);
  const all = rows.data.value;
  const run = mapped.value?.reprocess;
  return (
    <PageOf title={t("unmapped.title")} acts={<Act whyNot={whyNotDecide.value} onPress={() => (wish.value = { lab: "" })}>{t("unmapped.unit")}</Act>}>
      <p>{t("unmapped.lead")}</p>
      <WhyNot of={whyNotDecide.value} />
      {mapped.value?.fault && <p class="notice bad" role="alert">{mapped.value.fault}</p>}
      {run && <Progress key={run} id={run} onEnd={rows.reload} />}
      <Fault of={rows.fault.value} />
      {all === null && rows.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {all?.length === 0 && <p class="quiet">{t("unmapped.none")}</p>}
      {all?.map((each) => <Code key={`${each.lab}/${each.code}`} of={each} choose={(what) => (wish.value = what)} />)}
      <More of={rows} />
      {wish.value && (
        <MapDialog
          wish={wish.value} onClose={() => (wish.value = null)}
          onDone={(answer) => {
            wish.value = null;
            mapped.value = answer;
            rows.reload();
          }}
        />
      )}
    </PageOf>
  );
}
