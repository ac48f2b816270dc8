// The text of a laboratory as somebody edits it: what it began from, and what the engine says of it.
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask, isLeft, Refusal } from "../api";
import { session, sitting } from "../session";
import type { Diagnostic, Lab, LabSaved } from "../types";
import type { Loaded } from "./load";

interface Base {
  text: string;
  /** null: there is none yet. */
  hash: string | null;
  /** Whether its lines end as Windows writes them. */
  windows: boolean;
}

export interface Draft {
  text: Signal<string>;
  base: Signal<Base | null>;
  checked: Signal<{ of: string; diagnostics: Diagnostic[] } | null>;
  checking: Signal<boolean>;
  fault: Signal<unknown>;
  /** Whether something is not saved. */
  dirty: () => boolean;
  /** Whether somebody else has changed it since. */
  overtaken: () => boolean;
  /** Null: it could not be asked. */
  check: () => Promise<Diagnostic[] | null>;
  save: (reason: string) => Promise<LabSaved>;
  /** Begins from what stands now, with this text or with its own. */
  rebase: (keep: boolean) => void;
  /** As a new one, with this text. */
  beginAnew: () => void;
}

const plain = (text: string) => text.replace(/\r\n?/g, "\n");
const baseOf = (of: Lab): Base => ({ text: plain(of.text), hash: of.hash, windows: of.text.includes("\r\n") });

export const hasErrors = (all: Diagnostic[]): boolean => all.some((each) => each.level === "error");

/** What the engine finds in a text that it refuses. */
export function diagnosticsOf(fault: unknown): Diagnostic[] | null {
  if (!(fault instanceof Refusal) || fault.code !== "not-valid") return null;
  return (fault.body as { diagnostics?: Diagnostic[] } | null)?.diagnostics ?? null;
}

/** A session that ends takes no text with it: whoever signs in again finds it, until the tab is closed. */
let rescued: { path: string; user: string | null; text: string; base: Base } | null = null;

/** `template`: what a new one begins with; null when it is not a new one. */
export function useDraft(path: string, one: Loaded<Lab>, template: string | null, mayChange: boolean): Draft {
  const text = useSignal("");
  const base = useSignal<Base | null>(null);
  const checked = useSignal<Draft["checked"]["value"]>(null);
  const checking = useSignal(false);
  const fault = useSignal<unknown>(null);
  const running = useRef<AbortController | null>(null);
  const user = useRef(session.value?.user ?? null);
  const sat = useRef(sitting.value);
  const got = one.data.value;
  const dirty = () => base.value !== null && text.value !== base.value.text;

  const start = (from: Base, own: string) => {
    base.value = from;
    text.value = own;
  };
  const told = (of: Lab | null) => {
    if (of) checked.value = { of: plain(of.text), diagnostics: of.diagnostics ?? [] };
  };

  useEffect(() => {
    if (rescued?.path === path && rescued.user === user.current) start(rescued.base, rescued.text);
    rescued = null;
    return () => {
      running.current?.abort();
      if (sitting.value !== sat.current && dirty()) rescued = { path, user: user.current, text: text.value, base: base.value! };
    };
  }, []);
  useEffect(() => {
    if (got) {
      const now = baseOf(got);
      if (!dirty() || text.value === now.text) start(now, now.text);
      if (text.value === now.text) told(got);
    } else if (template !== null && base.value === null) start({ text: template, hash: null, windows: false }, template);
  }, [got, template]);

  const body = () => {
    const from = base.value!;
    const whole = from.windows ? text.value.replace(/\n/g, "\r\n") : text.value;
    return { text: whole, ...(from.hash ? { if: from.hash } : {}) };
  };
  const check = async (): Promise<Diagnostic[] | null> => {
    if (base.value === null) return null;
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    checking.value = true;
    fault.value = null;
    const of = text.value;
    let found: Diagnostic[] | null = null;
    try {
      found = (await ask<LabSaved>("PUT", `${path}?dry_run=true`, body(), { signal: mine.signal })).diagnostics ?? [];
    } catch (why) {
      if (isLeft(why)) return null;
      fault.value = why;
      if (why instanceof Refusal && why.status === 409) one.reload();
    }
    if (mine.signal.aborted) return null;
    checking.value = false;
    if (found) checked.value = { of, diagnostics: found };
    return found;
  };

  // By itself one second after typing stops.
  useEffect(() => {
    if (!mayChange || base.value === null) return;
    running.current?.abort(); // it asks of a text that is gone
    checking.value = false;
    if (checked.value?.of === text.value) return;
    const timer = setTimeout(() => void check(), 1000);
    return () => clearTimeout(timer);
  }, [text.value, base.value, mayChange]);

  return {
    text, base, checked, checking, fault, dirty, check,
    overtaken: () => dirty() && one.fault.value?.status !== 404 && one.data.value !== null && one.data.value.hash !== base.value!.hash,
    save: async (reason) => {
      const sent = body();
      const answer = await ask<LabSaved>("PUT", path, { ...sent, reason });
      const before = one.data.value;
      start({ text: plain(sent.text), hash: answer.hash, windows: base.value!.windows }, plain(sent.text));
      checked.value = { of: text.value, diagnostics: answer.diagnostics ?? [] };
      one.fault.value = null;
      if (before) one.data.value = { ...before, text: sent.text, hash: answer.hash, diagnostics: answer.diagnostics ?? [] };
      return answer;
    },
    rebase: (keep) => {
      const now = one.data.value;
      if (!now) return;
      const from = baseOf(now);
      start(from, keep ? text.value : from.text);
      if (!keep) told(now);
    },
    beginAnew: () => start({ text: "", hash: null, windows: base.value!.windows }, text.value),
  };
}
