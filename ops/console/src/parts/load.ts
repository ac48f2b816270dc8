// What pages load: one thing, or a list page by page. Left pages cancel what they asked.
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask, comebacks, isLeft, Refusal } from "../api";
import { queryText, type Query } from "../router";
import { clinic } from "../session";
import type { Page } from "../types";
import { anyDialog } from "./dialog";

export interface Loaded<T> {
  data: Signal<T | null>;
  fault: Signal<Refusal | null>;
  busy: Signal<boolean>;
  reload: () => void;
}
export interface LoadedList<T> extends Loaded<T[]> {
  next: Signal<string | null>;
  /** Whether somebody has gone on in it. */
  paged: Signal<boolean>;
  /** How many rows at its beginning are kept no more. */
  dropped: Signal<number>;
  more: () => void;
}

/** A page keeps so many rows of a list: the engine has a million of them, and gives any of them again by its filters. */
export const mostKept = 1000;

/** Calls `again` each so many milliseconds, and rests while the tab is hidden or a dialog asks of what is shown. */
export function useTicks(every: number, again: () => void): void {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (!every) return;
    const tick = () => {
      if (!document.hidden && !anyDialog()) latest.current();
    };
    const timer = setInterval(tick, every);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [every]);
}

/** Calls `again` when the server answers again. */
function useComebacks(again: () => void): void {
  const seen = useRef(comebacks.value);
  useEffect(() => {
    if (seen.current === comebacks.value) return;
    seen.current = comebacks.value;
    again();
  }, [comebacks.value]);
}

export interface Manner {
  every?: number;
  take?: number[];
}

/** Loads what stands at a path; null: nothing yet. `every`: asks again each so many milliseconds. */
export function useLoad<T>(path: string | null, manner: Manner = {}): Loaded<T> {
  const data = useSignal<T | null>(null);
  const fault = useSignal<Refusal | null>(null);
  const busy = useSignal(false);
  const running = useRef<AbortController | null>(null);

  /** `bySelf`: nobody asked for it, so that under a dialog it changes nothing. */
  const load = async (bySelf = false) => {
    if (path === null) return;
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    busy.value = true;
    try {
      const got = await ask<T>("GET", path, undefined, { signal: mine.signal, take: manner.take });
      if (mine.signal.aborted) return;
      if (!(bySelf && anyDialog())) {
        data.value = got;
        fault.value = null;
      }
    } catch (why) {
      if (isLeft(why) || mine.signal.aborted) return;
      if (why instanceof Refusal) fault.value = why;
    }
    busy.value = false;
  };

  useEffect(() => {
    data.value = null;
    fault.value = null;
    void load();
    return () => running.current?.abort();
  }, [path, clinic.value]);
  useComebacks(() => void load());
  useTicks(manner.every ?? 0, () => {
    if (!busy.value) void load(true);
  });
  return { data, fault, busy, reload: () => void load() };
}

/** How many rows a list asks for that is always drawn anew. */
const fewest = 50;

/** Loads a list page by page, as the engine gives it. `whole`: it is drawn anew also when somebody has gone on in it. */
export function useList<T>(path: string, query: Query = {}, every = 0, whole = false): LoadedList<T> {
  const data = useSignal<T[] | null>(null);
  const next = useSignal<string | null>(null);
  const paged = useSignal(false);
  const dropped = useSignal(0);
  const fault = useSignal<Refusal | null>(null);
  const busy = useSignal(false);
  const running = useRef<AbortController | null>(null);
  const asked = queryText(query);

  /** As many as are shown. */
  const again = () => queryText({ ...query, limit: String(Math.min(Math.max(data.value?.length ?? 0, fewest), mostKept)) });

  const load = async (cursor: string | null, bySelf = false) => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    busy.value = true;
    const where = path + (cursor ? queryText({ ...query, cursor }) : whole ? again() : asked);
    try {
      const page = await ask<Page<T>>("GET", where, undefined, { signal: mine.signal });
      if (mine.signal.aborted) return;
      if (!(bySelf && anyDialog())) {
        const all = cursor ? [...(data.value ?? []), ...page.items] : page.items;
        const over = cursor ? Math.max(0, all.length - mostKept) : 0;
        data.value = over > 0 ? all.slice(over) : all;
        dropped.value = cursor ? dropped.value + over : 0;
        paged.value = cursor !== null || (whole && paged.value);
        next.value = page.next;
        fault.value = null;
      }
    } catch (why) {
      if (isLeft(why) || mine.signal.aborted) return;
      if (why instanceof Refusal) fault.value = why;
    }
    busy.value = false;
  };

  useEffect(() => {
    data.value = null;
    next.value = null;
    paged.value = false;
    dropped.value = 0;
    fault.value = null;
    void load(null);
    return () => running.current?.abort();
  }, [path, asked, clinic.value]);
  useComebacks(() => void load(null));
  // A list that somebody has gone on in is not drawn anew under their eyes.
  useTicks(every, () => {
    if (!busy.value && (whole || (data.value?.length ?? 0) <= fewest)) void load(null, true);
  });
  return {
    data, next, paged, dropped, fault, busy,
    reload: () => void load(null),
    more: () => {
      if (next.value && !busy.value) void load(next.value);
    },
  };
}
