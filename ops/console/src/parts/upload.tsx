// A laboratory's file: first what would become of it, then taking it in.
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { ask, isLeft } from "../api";
import { t, word } from "../i18n";
import { whyNotAct } from "../session";
import type { RowVerdict, Tried, Would } from "../types";
import { Badge } from "./badge";
import { Confirm } from "./confirm";
import { Act, Choice } from "./field";
import { Fault } from "./notice";
import { CountList, Notes } from "./notes";
import { valueOf } from "./results";
import { Table } from "./table";

export function linesOf(row: RowVerdict): string {
  return row.line === row.to_line ? String(row.line) : `${row.line}–${row.to_line}`;
}

function Filed({ of }: { of: Would | undefined }) {
  if (!of) return null;
  return (
    <>
      {of.patient && <p><Badge kind="decision" is={of.patient.decision} /> {of.patient.patient_id && t("patient.of", { id: of.patient.patient_id })}</p>}
      {of.store && <p class="quiet">{of.store}</p>}
      {of.results.map((each) => (
        <div>{each.test_name || each.test_code}: {valueOf(each)} {each.loinc_code ?? t("result.no-loinc")} <Badge kind="flag" is={each.abnormal_flag} /></div>
      ))}
      <Notes rows={of.reviews} />
      {of.error && <p class="notice bad">{word("error", of.error.code)} {of.error.where} {of.error.text}</p>}
    </>
  );
}

function Trial({ of }: { of: Tried }) {
  return (
    <>
      <p>{t("imports.rows", { n: of.rows })}: <CountList of={of.verdicts} kind="row-verdict" /></p>
      {of.partial && <p class="hint">{t("imports.partial")}</p>}
      <Table
        caption={t("imports.trial")} rows={of.items} id={(row) => String(row.line)}
        columns={[
          { head: t("imports.lines"), cell: linesOf },
          { head: t("runs.verdict"), cell: (row) => <Badge kind="row-verdict" is={row.verdict} /> },
          { head: t("imports.would"), cell: (row) => <Filed of={row.would} /> },
        ]}
      />
    </>
  );
}

/** What is tried is what is taken in: this file, of this laboratory. */
interface Pair {
  file: File;
  lab: string;
}
const pathOf = (lab: string) => `/api/labs/${encodeURIComponent(lab)}`;

export function Upload({ labs, onDone }: { labs: string[]; onDone: (id: string) => void }) {
  const id = useId();
  const chosen = useSignal("");
  const file = useSignal<File | null>(null);
  const trial = useSignal<(Pair & { answer: Tried }) | null>(null);
  const busy = useSignal(false);
  const fault = useSignal<unknown>(null);
  const asking = useSignal<Pair | null>(null);
  const running = useRef<AbortController | null>(null);
  const lab = chosen.value || labs[0] || "";
  const tried = trial.value?.file === file.value && trial.value?.lab === lab ? trial.value : null;
  const take = asking.value;
  const rehearse = async () => {
    if (!file.value || busy.value) return;
    const of: Pair = { file: file.value, lab };
    const mine = new AbortController();
    running.current = mine;
    busy.value = true;
    fault.value = null;
    try {
      const answer = await ask<Tried>("POST", `${pathOf(of.lab)}/test`, of.file, { signal: mine.signal });
      if (mine.signal.aborted) return;
      trial.value = { ...of, answer };
    } catch (why) {
      if (isLeft(why) || mine.signal.aborted) return;
      fault.value = why;
    }
    busy.value = false;
  };
  const forget = () => {
    running.current?.abort();
    busy.value = false;
    trial.value = null;
    fault.value = null;
  };
  useEffect(() => () => running.current?.abort(), []);
  return (
    <div class="card">
      <h2>{t("imports.upload")}</h2>
      <div class="filters">
        <Choice
          label={t("unmapped.lab")} value={lab} among={labs.map((each) => [each, each])}
          onChange={(value) => {
            chosen.value = value;
            forget();
          }}
        />
        <div class="field">
          <label for={id}>{t("imports.file")}</label>
          <input
            id={id} type="file" accept=".csv,.txt,text/csv"
            onChange={(event) => {
              file.value = event.currentTarget.files?.[0] ?? null;
              forget();
            }}
          />
        </div>
        <div class="acts">
          <button type="button" disabled={!file.value || busy.value || Boolean(whyNotAct.value)} onClick={() => void rehearse()}>
            {busy.value ? t("act.working") : t("imports.test")}
          </button>
          {tried && <Act main whyNot={whyNotAct.value} onPress={() => (asking.value = { file: tried.file, lab: tried.lab })}>{t("imports.take")}</Act>}
        </div>
      </div>
      <Fault of={fault.value} />
      <div aria-live="polite">{tried && <Trial of={tried.answer} />}</div>
      {take && (
        <Confirm<{ import: string }>
          title={t("imports.take")} act={t("imports.take")} effect={t("imports.effect", { file: take.file.name, lab: take.lab })}
          run={() => ask("POST", `${pathOf(take.lab)}/import?name=${encodeURIComponent(take.file.name)}`, take.file)}
          onDone={(answer) => onDone(answer.import)} onClose={() => (asking.value = null)}
        />
      )}
    </div>
  );
}
