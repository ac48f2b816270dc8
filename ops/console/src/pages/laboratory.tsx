// One laboratory: its text, what is wrong in it, and how it was before.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ask, Refusal } from "../api";
import { t } from "../i18n";
import { templateOf } from "../parts/config_files";
import { Confirm } from "../parts/confirm";
import { Act } from "../parts/field";
import { useLabDraft } from "../parts/lab_draft";
import { LabEditor } from "../parts/lab_editor";
import { LabVersions } from "../parts/lab_versions";
import { useLeave } from "../parts/leave";
import { useLoad } from "../parts/load";
import { Fault, say } from "../parts/notice";
import { PageOf, Section } from "../parts/page";
import { go, href, place } from "../router";
import { whyNotConfigure } from "../session";
import type { Lab } from "../types";

type Asked = { is: "delete" } | { is: "back"; text: string };

export function LaboratoryPage({ id }: { id: string }) {
  const path = `/api/labs/${encodeURIComponent(id)}`;
  const one = useLoad<Lab>(path);
  const isNew = place.value.query.has("new") && /^[a-z0-9-]{1,64}$/.test(id);
  const isNone = one.fault.value?.status === 404;
  const draft = useLabDraft(path, one, isNew && isNone ? templateOf(`labs/${id}.toml`) : null, !whyNotConfigure.value);
  const leaving = useLeave(draft.dirty);
  const asked = useSignal<Asked | null>(null);
  const area = useRef<HTMLTextAreaElement>(null!);
  const of = one.data.value;
  const base = draft.base.value;
  const now = asked.value;
  const takesFiles = of !== null && !isNone && /^\s*\[csv[\].]/m.test(of.text);
  const takeBack = (text: string) => {
    draft.text.value = text;
    asked.value = null;
    say(t("laboratories.is-back"));
    area.current?.focus();
    area.current?.scrollIntoView({ block: "nearest" });
  };
  return (
    <PageOf
      title={id}
      acts={of && !isNone && <Act whyNot={whyNotConfigure.value} onPress={() => (asked.value = { is: "delete" })}>{t("laboratories.delete")}</Act>}
    >
      <p><a href={href(["laboratories"])}>← {t("laboratories.title")}</a></p>
      {!(isNew && isNone) && <Fault of={one.fault.value} />}
      {isNew && of && <p class="notice warn">{t("laboratories.exists")}</p>}
      {!base && one.busy.value && <p class="quiet">{t("list.loading")}</p>}
      {takesFiles && <p><a href={href(["imports"])}>{t("laboratories.try-file")}</a></p>}
      {base && (
        <LabEditor
          name={id} file={of?.file ?? `labs/${id}.toml`} draft={draft} now={of} isGone={isNone} area={area} onOvertaken={one.reload}
          onSaved={() => {
            say(t("notice.done"));
            if (isNew) go(["laboratories", id]);
            one.reload();
          }}
        />
      )}
      {of && !isNone && (
        <Section title={t("laboratories.versions")}>
          <LabVersions
            path={path} now={of}
            bringBack={(text) => {
              if (draft.dirty()) asked.value = { is: "back", text };
              else takeBack(text);
            }}
          />
        </Section>
      )}
      {now?.is === "back" && (
        <Confirm
          title={t("laboratories.bring-back")} act={t("laboratories.bring-back")} effect={t("laboratories.back-effect")}
          run={async () => undefined} onDone={() => takeBack(now.text)} onClose={() => (asked.value = null)}
        />
      )}
      {now?.is === "delete" && of && (
        <Confirm
          title={t("laboratories.delete-of", { lab: id })} act={t("laboratories.delete")}
          effect={t("laboratories.delete-effect", { file: of.file })}
          run={() => ask("DELETE", `${path}?if=${encodeURIComponent(of.hash)}`)}
          onDone={() => {
            draft.text.value = base?.text ?? "";
            say(t("notice.done"));
            go(["laboratories"]);
          }}
          onFault={(why) => {
            if (why instanceof Refusal && why.status === 409) one.reload();
          }}
          onClose={() => (asked.value = null)}
        />
      )}
      {leaving}
    </PageOf>
  );
}
