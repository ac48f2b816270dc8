// The text of a laboratory as somebody edits it.
import { ask } from "../api";
import type { Lab, LabSaved } from "../types";
import type { Loaded } from "./load";
import { useTextDraft, type Draft } from "./text_draft";

export interface LabDraft extends Omit<Draft, "save"> {
  save: (reason: string) => Promise<LabSaved>;
}

/** `template`: what a new one begins with; null when it is not a new one. */
export function useLabDraft(path: string, one: Loaded<Lab>, template: string | null, mayChange: boolean): LabDraft {
  const draft = useTextDraft({
    path, template, mayChange, stands: one.data, isGone: () => one.fault.value?.status === 404, reload: one.reload,
    ask: async (sent, signal) => (await ask<LabSaved>("PUT", `${path}?dry_run=true`, sent, { signal })).diagnostics ?? [],
  });
  return {
    ...draft,
    save: (reason) => draft.save((sent) => ask<LabSaved>("PUT", path, { ...sent, reason }), (sent, answer) => {
      const before = one.data.value;
      one.fault.value = null;
      if (before) one.data.value = { ...before, text: sent.text, hash: answer.hash, diagnostics: answer.diagnostics ?? [] };
    }),
  };
}
