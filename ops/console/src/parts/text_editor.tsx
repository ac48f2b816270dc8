// What editors of a text have: the text with what is wrong in it, and what is said when somebody else was faster.
import type { RefObject } from "preact";
import { t } from "../i18n";
import { CodeArea, toLine } from "./code_area";
import { Diagnostics, summary } from "./diagnostics";
import { Diff } from "./diff";
import { plain } from "./line_diff";
import { Fault } from "./notice";
import type { Draft } from "./text_draft";

type Shown = Omit<Draft, "save">;

function State({ draft }: { draft: Shown }) {
  const { checked, checking, text } = draft;
  const fresh = checked.value?.of === text.value;
  if (checking.value) return <p class="quiet">{t("check.busy")}</p>;
  if (!checked.value || !fresh) return <p class="quiet">{t("check.not-yet")}</p>;
  return <p><strong>{summary(checked.value.diagnostics)}</strong></p>;
}

/** Somebody else was faster: what they have, what one has oneself, and with which to go on. */
export function Overtaken({ says, now, draft }: { says: string; now: string; draft: Shown }) {
  return (
    <div class="card">
      <p class="notice warn" role="alert">{says}</p>
      <Diff
        title={t("laboratories.changes")} before={plain(now)} after={draft.text.value}
        names={[t("laboratories.only-now"), t("laboratories.only-mine")]}
      />
      <div class="acts">
        <button type="button" onClick={() => draft.rebase(true)}>{t("laboratories.keep-mine")}</button>
        <button type="button" onClick={() => draft.rebase(false)}>{t("laboratories.take-theirs")}</button>
      </div>
    </div>
  );
}

interface AreaOf {
  label: string;
  draft: Shown;
  readOnly: boolean;
  area: RefObject<HTMLTextAreaElement>;
  /** Its file, where others are checked with it. */
  file?: string;
}

export function EditorArea({ label, draft, readOnly, area, file }: AreaOf) {
  return (
    <div class="editor">
      <CodeArea label={label} value={draft.text.value} readOnly={readOnly} area={area} onInput={(text) => (draft.text.value = text)} />
      <div>
        <h2>{t("check.title")}</h2>
        <div aria-live="polite"><State draft={draft} /></div>
        <Fault of={draft.fault.value} />
        <Diagnostics of={draft.checked.value?.diagnostics ?? []} file={file} onLine={(line, column) => toLine(area.current, line, column)} />
      </div>
    </div>
  );
}
