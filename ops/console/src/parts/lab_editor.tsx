// The editor of a laboratory's text: it is checked while one types, and saved after a look at what changes.
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { Refusal } from "../api";
import { t, type Key } from "../i18n";
import { whyNotConfigure } from "../session";
import type { Lab, LabSaved } from "../types";
import { Confirm } from "./confirm";
import { Diagnostics, summary } from "./diagnostics";
import { Diff } from "./diff";
import { Act, Text, WhyNot } from "./field";
import type { LabDraft } from "./lab_draft";
import { faultText, say } from "./notice";
import { diagnosticsOf, hasErrors } from "./text_draft";
import { EditorArea, Overtaken } from "./text_editor";

interface SaveOf {
  name: string;
  draft: LabDraft;
  onDone: (answer: LabSaved) => void;
  onOvertaken: () => void;
  onClose: () => void;
}

function Save({ name, draft, onDone, onOvertaken, onClose }: SaveOf) {
  const reason = useSignal("");
  const found = draft.checked.value?.diagnostics ?? [];
  const before = draft.base.value!;
  return (
    <Confirm<LabSaved>
      title={t("laboratories.save-of", { lab: name })} act={t("laboratories.save")} effect={t("laboratories.save-effect")}
      ready={reason.value.trim() !== "" && !hasErrors(found)}
      run={() => draft.save(reason.value.trim())} onDone={onDone} onClose={onClose}
      onFault={(why) => {
        const told = diagnosticsOf(why);
        if (told) draft.checked.value = { of: draft.text.value, diagnostics: told };
        if (!(why instanceof Refusal) || why.status !== 409) return;
        say(faultText(why), true);
        onOvertaken();
      }}
    >
      <Text label={t("col.reason")} value={reason} needed autoFocus hint={t("laboratories.reason-hint")} />
      <p><strong>{summary(found)}</strong></p>
      <Diagnostics of={found} />
      <Diff
        title={t("laboratories.changes")} before={before.hash ? before.text : ""} after={draft.text.value}
        names={[t("laboratories.only-now"), t("laboratories.only-mine")]}
      />
    </Confirm>
  );
}

interface EditorOf {
  name: string;
  file: string;
  draft: LabDraft;
  now: Lab | null;
  /** Whether there is no such laboratory (any more). */
  isGone: boolean;
  area: RefObject<HTMLTextAreaElement>;
  onSaved: (answer: LabSaved) => void;
  onOvertaken: () => void;
}

function whyNotSave(draft: LabDraft, isGone: boolean): Key | null {
  if (whyNotConfigure.value) return whyNotConfigure.value;
  const { checked, text, base } = draft;
  if (base.value?.hash && !draft.dirty()) return "laboratories.unchanged";
  if (isGone && base.value?.hash) return "laboratories.gone";
  if (draft.overtaken()) return "laboratories.overtaken";
  return checked.value?.of === text.value && hasErrors(checked.value.diagnostics) ? "laboratories.has-errors" : null;
}

export function LabEditor({ name, file, draft, now, isGone, area, onSaved, onOvertaken }: EditorOf) {
  const saving = useSignal(false);
  const pressed = useRef(false);
  const whyNot = whyNotConfigure.value;
  const isDeleted = isGone && draft.base.value?.hash != null;
  /** What was not checked yet is checked first. */
  const save = async () => {
    if (pressed.current) return;
    pressed.current = true;
    const fresh = draft.checked.value?.of === draft.text.value ? draft.checked.value.diagnostics : await draft.check();
    pressed.current = false;
    if (fresh && !hasErrors(fresh) && draft.checked.value?.of === draft.text.value) saving.value = true;
  };
  return (
    <>
      <WhyNot of={whyNot} />
      {isDeleted
        ? (
          <div class="card">
            <p class="notice warn" role="alert">{t("laboratories.gone")}</p>
            <button type="button" onClick={draft.beginAnew}>{t("laboratories.make-anew")}</button>
          </div>
        )
        : draft.overtaken() && now && <Overtaken says={t("laboratories.overtaken")} now={now.text} draft={draft} />}
      <div class="acts">
        <Act whyNot={whyNot} onPress={() => void draft.check()}>{t("laboratories.check")}</Act>
        <Act main whyNot={whyNotSave(draft, isGone)} onPress={() => void save()}>{t("laboratories.save")}</Act>
        {draft.dirty() && <span class="badge warn">{t("laboratories.unsaved")}</span>}
      </div>
      <EditorArea label={t("laboratories.text-of", { file })} draft={draft} readOnly={Boolean(whyNot)} area={area} />
      {saving.value && (
        <Save
          name={name} draft={draft} onClose={() => (saving.value = false)}
          onOvertaken={() => {
            saving.value = false;
            onOvertaken();
          }}
          onDone={(answer) => {
            saving.value = false;
            onSaved(answer);
          }}
        />
      )}
    </>
  );
}
