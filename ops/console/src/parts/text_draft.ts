// The text of a file as somebody edits it: what it began from, and what the engine says of it.
import { batch, useSignal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isLeft, Refusal } from "../api";
import { session, sitting } from "../session";
import type { Diagnostic } from "../types";
import { plain } from "./line_diff";

/** What the engine has. Without diagnostics it is checked anew. */
export interface Stands {
  text: string;
  hash: string;
  diagnostics?: Diagnostic[];
}

interface Base {
  text: string;
  /** null: there is none yet. */
  hash: string | null;
  /** Whether its lines end as Windows writes them. */
  windows: boolean;
}

export interface Sent {
  text: string;
  if?: string;
}
export interface Taken {
  hash: string;
  diagnostics?: Diagnostic[];
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
  /** `stood` writes down what the engine has now. What is typed meanwhile stays. */
  save: <T extends Taken>(put: (sent: Sent) => Promise<T>, stood: (sent: Sent, answer: T) => void) => Promise<T>;
  /** Begins from what stands now, with this text or with its own. */
  rebase: (keep: boolean) => void;
  /** As a new one, with this text. */
  beginAnew: () => void;
}

const baseOf = (of: Stands): Base => ({ text: plain(of.text), hash: of.hash, windows: of.text.includes("\r\n") });

export const hasErrors = (all: Diagnostic[]): boolean => all.some((each) => each.level === "error");

/** What the engine finds in a text that it refuses. */
export function diagnosticsOf(fault: unknown): Diagnostic[] | null {
  if (!(fault instanceof Refusal) || fault.code !== "not-valid") return null;
  return (fault.body as { diagnostics?: Diagnostic[] } | null)?.diagnostics ?? null;
}

/** A session that ends takes no text with it: whoever signs in again finds it, until the tab is closed. */
let rescued: { path: string; user: string | null; text: string; base: Base } | null = null;

interface TextOf {
  path: string;
  stands: ReadonlySignal<Stands | null>;
  isGone: () => boolean;
  /** What a new one begins with; null when it is not a new one. */
  template: string | null;
  mayChange: boolean;
  ask: (sent: Sent, signal: AbortSignal) => Promise<Diagnostic[]>;
  reload: () => void;
}

export function useTextDraft(of: TextOf): Draft {
  const { path, template, mayChange } = of;
  const text = useSignal("");
  const base = useSignal<Base | null>(null);
  const checked = useSignal<Draft["checked"]["value"]>(null);
  const checking = useSignal(false);
  const fault = useSignal<unknown>(null);
  const running = useRef<AbortController | null>(null);
  const user = useRef(session.value?.user ?? null);
  const sat = useRef(sitting.value);
  const got = of.stands.value;
  const dirty = () => base.value !== null && text.value !== base.value.text;

  const start = (from: Base, own: string) => {
    base.value = from;
    text.value = own;
  };
  const told = (now: Stands) => {
    if (now.diagnostics) checked.value = { of: plain(now.text), diagnostics: now.diagnostics };
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

  const body = (): Sent => {
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
    const asked = text.value;
    let found: Diagnostic[] | null = null;
    try {
      found = await of.ask(body(), mine.signal);
    } catch (why) {
      if (isLeft(why)) return null;
      fault.value = why;
      if (why instanceof Refusal && why.status === 409) of.reload();
    }
    if (mine.signal.aborted) return null;
    checking.value = false;
    if (found) checked.value = { of: asked, diagnostics: found };
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
    overtaken: () => dirty() && !of.isGone() && of.stands.value !== null && of.stands.value.hash !== base.value!.hash,
    save: async (put, stood) => {
      const sent = body();
      const answer = await put(sent);
      batch(() => {
        base.value = { text: plain(sent.text), hash: answer.hash, windows: base.value!.windows };
        checked.value = { of: base.value.text, diagnostics: answer.diagnostics ?? [] };
        stood(sent, answer);
      });
      return answer;
    },
    rebase: (keep) => {
      const now = of.stands.value;
      if (!now) return;
      const from = baseOf(now);
      start(from, keep ? text.value : from.text);
      if (!keep) told(now);
    },
    beginAnew: () => start({ text: "", hash: null, windows: base.value!.windows }, text.value),
  };
}
