// Who is signed in, for which clinic, and what they may do.
import { computed, effect, signal } from "@preact/signals";
import type { Key } from "./i18n";

export interface Session {
  user: string | null;
  name: string;
  scopes: string[];
  clinics: { code: string; name: string }[];
  expires_at: string;
}

/** undefined: not known yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);

/** The clinic's code, kept for this tab; empty when the session has one clinic. */
export const clinic = signal(sessionStorage.getItem("aorta.clinic") ?? "");

effect(() => {
  const of = session.value;
  if (of && of.clinics.length > 0 && !of.clinics.some((each) => each.code === clinic.value))
    clinic.value = of.clinics[0]!.code;
});

export function chooseClinic(code: string): void {
  clinic.value = code;
  sessionStorage.setItem("aorta.clinic", code);
}

const has = (scope: string) =>
  Boolean(session.value?.scopes.some((each) => each === scope || each === "admin"));

export const isAdmin = computed(() => has("admin"));
export const mayWrite = computed(() => has("write"));
export const isPerson = computed(() => Boolean(session.value?.user));

/** Why this session may not act; nothing when it may. */
export const whyNotAct = computed<Key | null>(() => (mayWrite.value ? null : "session.no-write"));
/** Why it may not do what only a person may. */
export const whyNotDecide = computed<Key | null>(() =>
  !mayWrite.value ? "session.no-write" : !isPerson.value ? "session.no-person" : null,
);
/** Why it may not change the configuration. */
export const whyNotConfigure = computed<Key | null>(() =>
  !isAdmin.value ? "session.no-admin" : !isPerson.value ? "session.no-person" : null,
);
