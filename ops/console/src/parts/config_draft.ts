// A file of the configuration as somebody edits it: what is saved goes into their own draft, and runs once that is published.
import { useComputed } from "@preact/signals";
import { ask } from "../api";
import type { ConfigChecked, ConfigFile, ConfigSaved } from "../types";
import { configPath } from "./config_files";
import type { Loaded } from "./load";
import { useTextDraft, type Draft, type Stands } from "./text_draft";

export interface ConfigDraft extends Omit<Draft, "save"> {
  /** `anew`: upon what runs now, where that was changed since; else it stays upon what it was begun from. */
  save: (anew?: boolean) => Promise<ConfigSaved>;
  /** Back to what runs: the draft changes this file no more. */
  undo: () => Promise<void>;
  /** The draft deletes it. */
  remove: () => Promise<void>;
}

/** Whether there is nothing to edit: no such file, or one that the draft deletes. */
export const isGone = (one: Loaded<ConfigFile>): boolean =>
  one.fault.value?.status === 404 || (one.data.value !== null && one.data.value.draft === null);

export function useConfigDraft(file: string, one: Loaded<ConfigFile>, template: string | null, mayChange: boolean): ConfigDraft {
  const path = configPath(file);
  const stands = useComputed<Stands | null>(() => {
    const of = one.data.value;
    return of === null || of.draft === null ? null : { text: of.draft, hash: of.draft_hash ?? "" };
  });
  const draft = useTextDraft({
    path, template, mayChange, stands, isGone: () => isGone(one), reload: one.reload,
    ask: async ({ text }, signal) => (await ask<ConfigChecked>("POST", "/api/config/check", { file, text }, { signal })).diagnostics ?? [],
  });
  /** What runs, as it was read: the engine refuses where that has changed. */
  const upon = () => ({ running: one.data.value?.running_hash ?? null });
  const stood = (text: string | null, hash: string | null, stale: boolean) => {
    const { running = null, running_hash = null } = one.data.value ?? {};
    const change = text === running ? null : text === null ? "deleted" : running === null ? "new" : "edited";
    one.fault.value = null;
    one.data.value = { file, running, running_hash, draft: text, draft_hash: hash, change, stale };
  };
  const put = async (text: string | null) => {
    const hash = one.data.value?.draft_hash;
    const answer = await ask<{ hash: string | null }>("PUT", path, { text, ...(hash ? { if: hash } : {}), ...upon() });
    stood(text, text === null ? null : answer.hash, false);
  };
  return {
    ...draft,
    save: (anew = false) => {
      const stale = !anew && (one.data.value?.stale ?? false);
      return draft.save(
        (sent) => ask<ConfigSaved>("PUT", path, { ...sent, ...(stale ? {} : upon()) }),
        (sent, answer) => stood(sent.text, answer.hash, stale),
      );
    },
    undo: async () => {
      const of = one.data.value;
      if (of?.change) await put(of.running);
      if (of?.running != null) draft.rebase(false);
      else draft.text.value = draft.base.value?.text ?? "";
    },
    remove: async () => {
      await put(null);
      draft.text.value = draft.base.value?.text ?? "";
    },
  };
}
