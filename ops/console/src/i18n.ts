// Texts in two languages, and numbers and times as each writes them.
import { signal } from "@preact/signals";
import el from "./text/el.json";
import en from "./text/en.json";

export type Language = "en" | "el";
export type Key = keyof typeof en;

const texts: Record<Language, Record<string, string>> = { en, el };

function firstLanguage(): Language {
  const kept = localStorage.getItem("aorta.language");
  if (kept === "en" || kept === "el") return kept;
  return navigator.language.startsWith("el") ? "el" : "en";
}

export const language = signal<Language>(firstLanguage());

export function speak(which: Language): void {
  language.value = which;
  localStorage.setItem("aorta.language", which);
  document.documentElement.lang = which;
}

type Holes = Record<string, string | number | null | undefined>;

function fill(text: string, holes?: Holes): string {
  if (!holes) return text;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = holes[name];
    if (value === undefined || value === null) return "";
    return typeof value === "number" ? number(value) : value;
  });
}

export function t(key: Key, holes?: Holes): string {
  return fill(texts[language.value][key] ?? key, holes);
}

/** A word of the engine in the person's language; one that the texts do not have stays as it is. */
export function word(kind: string, value: string | null | undefined): string {
  if (!value) return "";
  return texts[language.value][`${kind}.${value}`] ?? value;
}

const locale = () => (language.value === "el" ? "el-CY" : "en-GB");

/** Making one takes longer than what it writes: each is made once a language. */
function once<T>(make: (locale: string) => T): () => T {
  const made = new Map<string, T>();
  return () => {
    const where = locale();
    if (!made.has(where)) made.set(where, make(where));
    return made.get(where)!;
  };
}

const numbers = once((where) => new Intl.NumberFormat(where, { maximumFractionDigits: 3 }));
const amounts = once((where) => new Intl.NumberFormat(where, { style: "currency", currency: "EUR" }));
const times = {
  full: once((where) => new Intl.DateTimeFormat(where, { dateStyle: "full", timeStyle: "long", hourCycle: "h23" })),
  short: once((where) => new Intl.DateTimeFormat(where, {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  })),
};

export const number = (value: number): string => numbers().format(value);

/** Euros, as amounts are written. */
export const money = (amount: number): string => amounts().format(amount);

export function time(iso: string, style: "short" | "full" = "short"): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : times[style]().format(at);
}

/** `1:05:09`, as clocks show it. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const days = Math.floor(s / 86400);
  const clock = `${Math.floor(s / 3600) % 24}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return days > 0 ? t("time.days", { days, clock }) : clock;
}
