// How things stand, as the engine tells it once a second: one stream for the whole console. It rests while the tab is hidden;
// while it is away, pages ask as if there were none.
import { effect, signal, untracked } from "@preact/signals";
import { comebacks, openStream, Refusal } from "../api";
import { clinic } from "../session";
import type { Standing } from "../types";
import { anyDialog } from "./dialog";
import { useLoad, type Manner } from "./load";

/** What was told last. */
export const told = signal<Standing | null>(null);
/** `opening`: nobody knows yet whether it will tell. */
export const stream = signal<"opening" | "live" | "away">("opening");
/** Messages a second of each listener, a number for each second of the last minute, the newest last. */
export const rates = signal<Record<string, number[]>>({});

export const minute = 60;
/** The engine gives a sign of life each 15 seconds. */
const silence = 40_000;
/** So long pages wait for it before they ask themselves. */
const grace = 3_000;
const pauses = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000];

/** What came while a dialog asked of what is shown: it is shown once that is closed. */
let held: Standing | null = null;

function take(block: string): void {
  const lines = block.split("\n");
  const data = lines.filter((each) => each.startsWith("data:")).map((each) => each.slice(5)).join("\n");
  if (!data || !lines.some((each) => /^event: ?state$/.test(each))) return;
  const now = JSON.parse(data) as Standing;
  if (anyDialog()) held = now;
  else {
    held = null;
    told.value = now;
  }
  stream.value = "live";
}

/** Each second: what was held is shown, and the rate of each listener goes on. */
function tick(): void {
  if (held && !anyDialog()) {
    told.value = held;
    held = null;
  }
  const now = held ?? told.value;
  if (stream.value !== "live" || now === null) return;
  const next: Record<string, number[]> = {};
  for (const each of now.listeners) next[each.listener] = [...(rates.value[each.listener] ?? []), each.per_second].slice(-minute);
  rates.value = next;
}

/** Reads it until it ends. */
async function listen(left: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const leave = () => stop.abort();
  left.addEventListener("abort", leave);
  let watch = setTimeout(leave, silence);
  try {
    const reader = (await openStream("/api/stream", stop.signal)).getReader();
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watch);
      watch = setTimeout(leave, silence);
      const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = blocks.pop()!;
      blocks.forEach(take);
    }
  } finally {
    clearTimeout(watch);
    left.removeEventListener("abort", leave);
    stop.abort();
  }
}

/** So long, or until the server answers again after it did not. */
function pause(long: number, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const seen = comebacks.peek();
    const end = () => {
      clearTimeout(timer);
      release();
      left.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, long);
    left.addEventListener("abort", end);
    const release = effect(() => {
      if (comebacks.value !== seen) end();
    });
  });
}

async function follow(left: AbortSignal): Promise<void> {
  for (let failed = 0; !left.aborted;) {
    stream.value = stream.peek() === "away" ? "away" : "opening";
    const patience = setTimeout(() => {
      if (!left.aborted && stream.peek() === "opening") stream.value = "away";
    }, grace);
    try {
      await listen(left);
    } catch (fault) {
      // One that may not be heard is not asked for again; who is signed out, api.ts tells.
      if (fault instanceof Refusal && fault.status < 500 && fault.status !== 429) {
        if (!left.aborted) stream.value = "away";
        return;
      }
      if (fault instanceof Refusal && !left.aborted) stream.value = "away";
    } finally {
      clearTimeout(patience);
    }
    if (left.aborted) return;
    if (stream.peek() === "live") failed = 0;
    await pause(pauses[Math.min(failed, pauses.length - 1)]!, left);
    failed += 1;
  }
}

/** Follows it for the clinic that is chosen; returns what ends it. */
export function followStream(): () => void {
  let run: AbortController | null = null;
  const rest = () => {
    run?.abort();
    run = null;
  };
  const forget = () => {
    held = null;
    told.value = null;
    rates.value = {};
    stream.value = "opening";
  };
  const look = () => {
    if (document.hidden) return rest();
    if (run) return;
    rates.value = {}; // what came while nobody looked is not known
    stream.value = "opening";
    run = new AbortController();
    void follow(run.signal);
  };
  const release = effect(() => {
    void clinic.value;
    untracked(() => {
      rest();
      forget();
      look();
    });
  });
  const timer = setInterval(tick, 1000);
  document.addEventListener("visibilitychange", look);
  return () => {
    release();
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
    rest();
    forget();
  };
}

interface Live<T> {
  data: T | null;
  fault: Refusal | null;
  reload: () => void;
}
const every = 5000;

/** What the stream tells; while it is away, what stands at a path. */
export function useLive<T>(pick: (now: Standing) => T, path: string, manner: Manner = {}): Live<T> {
  const isAway = stream.value === "away";
  const asked = useLoad<T>(isAway ? path : null, { ...manner, every });
  const known = told.value && pick(told.value);
  return isAway
    ? { data: asked.data.value ?? known, fault: asked.fault.value, reload: asked.reload }
    : { data: known, fault: null, reload: () => undefined };
}
