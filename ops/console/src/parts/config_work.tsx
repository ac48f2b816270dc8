// One's own draft of the configuration: checking it with all cases, publishing it, throwing it away. And a new file in it.
import { useSignal } from "@preact/signals";
import { ask } from "../api";
import { t, word, type Key } from "../i18n";
import { go, href } from "../router";
import { whyNotConfigure } from "../session";
import type { Config, ConfigChecked } from "../types";
import { configPlace, fileOf, folders, gesyFile } from "./config_files";
import { CheckShown } from "./config_shown";
import { Confirm } from "./confirm";
import { Act, Choice, Text } from "./field";
import { Fault, say } from "./notice";
import { When } from "./time";

interface MyDraftOf {
  of: Config;
  onPublish: () => void;
  onThrown: () => void;
}

export function MyDraft({ of, onPublish, onThrown }: MyDraftOf) {
  const throwing = useSignal(false);
  const busy = useSignal(false);
  const fault = useSignal<unknown>(null);
  const checked = useSignal<{ of: string; is: ConfigChecked } | null>(null);
  const { draft } = of;
  if (!draft) return <p class="quiet">{t("config.no-draft")}</p>;

  const changed = of.files.filter((each) => each.change !== null).map((each) => each.file);
  const whyNotPublish: Key | null = whyNotConfigure.value ?? (changed.length === 0 ? "laboratories.unchanged" : null);
  const check = async () => {
    if (busy.value) return;
    busy.value = true;
    fault.value = null;
    checked.value = null;
    try {
      checked.value = { of: draft.hash, is: await ask<ConfigChecked>("POST", "/api/config/check", { cases: true }) };
    } catch (why) {
      fault.value = why;
    }
    busy.value = false;
  };
  return (
    <>
      <p>{t("config.draft-begun")} <When at={draft.at} /></p>
      {changed.length > 0 && (
        <>
          <p>{t("config.draft-changes")}</p>
          <ul>{changed.map((file) => <li key={file}><a href={href(configPlace(file))}>{file}</a></li>)}</ul>
        </>
      )}
      {draft.stale && <p class="notice warn">{t("config.draft-stale")}</p>}
      <div class="acts">
        <Act whyNot={whyNotConfigure.value} onPress={() => void check()}>{busy.value ? t("check.busy") : t("config.check-cases")}</Act>
        <Act main whyNot={whyNotPublish} onPress={onPublish}>{t("config-act.publish")}</Act>
        <Act whyNot={whyNotConfigure.value} onPress={() => (throwing.value = true)}>{t("config.throw-away")}</Act>
      </div>
      <Fault of={fault.value} />
      <div aria-live="polite">
        {busy.value && <p class="unseen">{t("check.busy")}</p>}
        {checked.value?.of === draft.hash && <div class="card wide"><CheckShown of={checked.value.is} /></div>}
      </div>
      {throwing.value && (
        <Confirm
          title={t("config.throw-away")} act={t("config.throw-away")} effect={t("config.throw-effect", { files: changed.join(", ") || "–" })}
          run={() => ask("DELETE", "/api/config/draft")}
          onDone={() => {
            throwing.value = false;
            say(t("notice.done"));
            onThrown();
          }}
          onClose={() => (throwing.value = false)}
        />
      )}
    </>
  );
}

export function NewFile({ taken, onClose }: { taken: string[]; onClose: () => void }) {
  const folder = useSignal("routes");
  const name = useSignal("");
  const file = fileOf(folder.value, name.value.trim());
  const isTaken = taken.includes(file);
  const isNamed = folder.value === "" || /^[a-z0-9-]{1,64}$/.test(name.value.trim());
  return (
    <Confirm
      title={t("config.new")} act={t("laboratories.open")} effect={t("config.new-effect")} ready={isNamed && !isTaken}
      run={async () => undefined} onDone={() => go(configPlace(file), { new: "yes" })} onClose={onClose}
    >
      <Choice
        label={t("config.folder")} value={folder.value} onChange={(value) => (folder.value = value)}
        among={[...folders.map((each): [string, string] => [each, word("config-folder", each)]), ["", gesyFile]]}
      />
      {folder.value !== "" && <Text label={t("config.name")} value={name} needed hint={t("laboratories.short-hint")} />}
      <div aria-live="polite">
        {isTaken ? <p class="notice warn">{t("config.exists", { file })}</p> : isNamed && <p class="hint"><code>{file}</code></p>}
      </div>
    </Confirm>
  );
}
