// One file of the configuration: its text in one's own draft, what is wrong in it, what differs from what runs, and a message tried by it.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Refusal } from "../api";
import { t, type Key } from "../i18n";
import { Badge } from "../parts/badge";
import { isGone, useConfigDraft, type ConfigDraft } from "../parts/config_draft";
import { configPath, configPlace, templateOf } from "../parts/config_files";
import { Stale } from "../parts/config_stale";
import { Confirm } from "../parts/confirm";
import { Diff } from "../parts/diff";
import { Act, WhyNot } from "../parts/field";
import { useLeave } from "../parts/leave";
import { plain } from "../parts/line_diff";
import { useLoad } from "../parts/load";
import { Fault, faultText, say } from "../parts/notice";
import { PageOf, Section } from "../parts/page";
import { EditorArea, Overtaken } from "../parts/text_editor";
import { Trial } from "../parts/trial";
import { go, href, place } from "../router";
import { whyNotConfigure } from "../session";
import type { ConfigFile } from "../types";

function whyNotSave(draft: ConfigDraft, gone: boolean): Key | null {
  if (whyNotConfigure.value) return whyNotConfigure.value;
  if (gone && draft.base.value?.hash) return "config.gone";
  if (draft.base.value?.hash && !draft.dirty()) return "laboratories.unchanged";
  return draft.overtaken() ? "config.overtaken" : null;
}

interface EditorOf {
  file: string;
  draft: ConfigDraft;
  now: ConfigFile | null;
  gone: boolean;
  onSaved: () => void;
  onOvertaken: () => void;
  onDrop: () => void;
}

function Editor({ file, draft, now, gone, onSaved, onOvertaken, onDrop }: EditorOf) {
  const busy = useSignal(false);
  const fault = useSignal<unknown>(null);
  const area = useRef<HTMLTextAreaElement>(null!);
  const whyNot = whyNotConfigure.value;
  const save = async (anew = false) => {
    if (busy.value) return;
    busy.value = true;
    fault.value = null;
    try {
      await draft.save(anew);
      say(t("config.saved"));
      onSaved();
    } catch (why) {
      if (why instanceof Refusal && why.status === 409) {
        say(faultText(why), true);
        onOvertaken();
      } else fault.value = why;
    }
    busy.value = false;
  };
  return (
    <>
      {gone && draft.base.value?.hash
        ? (
          <div class="card">
            <p class="notice warn" role="alert">{t("config.gone")}</p>
            <button type="button" onClick={draft.beginAnew}>{t("laboratories.make-anew")}</button>
          </div>
        )
        : draft.overtaken() && now?.draft != null
          ? <Overtaken says={t("config.overtaken")} now={now.draft} draft={draft} />
          : now?.stale && <Stale running={now.running} mine={draft.text.value} busy={busy.value} onKeep={() => void save(true)} onDrop={onDrop} />}
      <div class="acts">
        <Act whyNot={whyNot} onPress={() => void draft.check()}>{t("laboratories.check")}</Act>
        <Act main whyNot={whyNotSave(draft, gone)} onPress={() => void save()}>{busy.value ? t("act.working") : t("config.save")}</Act>
        {draft.dirty() && <span class="badge warn">{t("laboratories.unsaved")}</span>}
      </div>
      <Fault of={fault.value} />
      <EditorArea label={t("laboratories.text-of", { file })} draft={draft} readOnly={Boolean(whyNot)} area={area} file={file} />
    </>
  );
}

export function ConfigFilePage({ file }: { file: string }) {
  const one = useLoad<ConfigFile>(configPath(file));
  const isNew = place.value.query.has("new");
  const isNone = one.fault.value?.status === 404;
  const draft = useConfigDraft(file, one, isNew && isNone ? templateOf(file) : null, !whyNotConfigure.value);
  const leaving = useLeave(draft.dirty);
  const asked = useSignal<"undo" | "delete" | null>(null);
  const of = one.data.value;
  const gone = isGone(one);
  const shown = draft.base.value !== null && (!gone || draft.dirty() || !draft.base.value.hash);
  const running = plain(of?.running ?? "");
  const whyNotUndo = whyNotConfigure.value ?? (of?.change || draft.dirty() ? null : "laboratories.unchanged");
  const undo = <Act whyNot={whyNotUndo} onPress={() => (asked.value = "undo")}>{t("config.undo")}</Act>;
  const onDone = (says: Key) => {
    asked.value = null;
    say(t(says));
    if (one.data.value?.running == null) go(["configuration"]);
    else one.reload();
  };
  const onFault = (why: unknown) => {
    if (why instanceof Refusal && why.status === 409) one.reload();
  };
  return (
    <PageOf
      title={file}
      acts={of && !isNone && <>{undo}{(!gone || of.stale) && <Act whyNot={whyNotConfigure.value} onPress={() => (asked.value = "delete")}>{t("laboratories.delete")}</Act>}</>}
    >
      <p><a href={href(["configuration"])}>← {t("configuration.title")}</a></p>
      {!(isNew && isNone) && <Fault of={one.fault.value} />}
      {!of && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      <WhyNot of={whyNotConfigure.value} />
      {of?.change && <p>{t("config.in-draft")} <Badge kind="config-change" is={of.change} /></p>}
      <p class="hint">{t("config.file-lead")}</p>
      {of?.change === "deleted" && !shown && <p class="notice warn">{t(of.stale ? "config.deleted-stale" : "config.deleted-in-draft")}</p>}
      {shown && (
        <Editor
          file={file} draft={draft} now={of} gone={gone} onOvertaken={one.reload} onDrop={() => (asked.value = "undo")}
          onSaved={() => {
            if (isNew && !draft.dirty()) go(configPlace(file));
            one.reload();
          }}
        />
      )}
      {of && !(shown && of.stale) && (
        <Section title={t("config.differs-from-running")}>
          {of.running === null && <p>{t("config.not-running")}</p>}
          <Diff
            title={t("config.differs-from-running")} before={running} after={shown ? draft.text.value : plain(of.draft ?? "")}
            names={[t("config.only-running"), t("laboratories.only-mine")]}
          />
        </Section>
      )}
      {of && of.draft !== null && (
        <Section title={t("trial.by-draft-title")}>
          {draft.dirty() && <p class="notice warn">{t("trial.unsaved")}</p>}
          <Trial draft fixed hash={of.draft_hash} />
        </Section>
      )}
      {asked.value === "undo" && of && (
        <Confirm
          title={t("config.undo-of", { file })} act={t("config.undo")}
          effect={of.running === null ? t("config.undo-new-effect") : t("config.undo-effect")}
          run={draft.undo} onDone={() => onDone("notice.done")} onFault={onFault} onClose={() => (asked.value = null)}
        />
      )}
      {asked.value === "delete" && of && (
        <Confirm
          title={t("laboratories.delete-of", { lab: file })} act={t("laboratories.delete")} effect={t("config.delete-effect")}
          run={draft.remove} onDone={() => onDone("notice.done")} onFault={onFault} onClose={() => (asked.value = null)}
        />
      )}
      {leaving}
    </PageOf>
  );
}
