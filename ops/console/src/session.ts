// Who is signed in, for which clinic, and what they may do.
import { batch, computed, effect, signal } from "@preact/signals";
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

/** A new number: nothing of what was shown before is shown any more, and whoever keeps something forgets it. */
export const sitting = signal(0);
/** What the sign-in page says of the session before. */
export const farewell = signal<Key | null>(null);

/** Forgets what is shown; then nobody is signed in, or it is not known who, or somebody else. */
export function forget(why: Key | null, then: Session | null | undefined = null): void {
  document.title = "aorta";
  batch(() => {
    session.value = then;
    sitting.value += 1;
    farewell.value = why;
  });
}

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
/** Why it may not see or do what takes the scope admin. */
export const whyNotAdmin = computed<Key | null>(() => (isAdmin.value ? null : "session.needs-admin"));
/** The same of acts that only a person does. */
export const whyNotAdminAct = computed<Key | null>(() => whyNotAdmin.value ?? (isPerson.value ? null : "session.no-person"));
