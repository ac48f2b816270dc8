// Who sits here: told to the other tabs, which share the cookie, and ended with the session's time or when nobody touches anything.
import { ask, isLeft, Lost, Refusal, whoAsks } from "./api";
import type { Key } from "./i18n";
import { forget, session, type Session } from "./session";

const others = new BroadcastChannel("aorta.session");
others.onmessage = () => {
  if (session.value) forget("session.ended", undefined);
  void lookWho();
};
const tellOthers = () => others.postMessage("changed");

/** Who was here last: another person does not begin where that one was. */
let last: Session | null = null;
/** When the session ends by this computer's clock. */
let until = Infinity;
/** Of several questions the last one counts. */
let asked = 0;

const same = (one: Session, other: Session) => one.name === other.name && one.user === other.user;

function seat(who: Session | null): void {
  const before = session.value;
  if (who === null) {
    if (before) forget("session.ended");
    else session.value = null;
    return;
  }
  const end = Date.parse(who.expires_at);
  until = end > Date.now() ? end : Infinity; // of a session that stands: then this computer's clock is wrong
  if (last && !same(last, who)) location.replace("#/");
  last = who;
  if (before && !same(before, who)) forget(null, who);
  else session.value = who;
}

/** Asks who is signed in; is the server away, it is asked again when it is back. */
export async function lookWho(): Promise<void> {
  const mine = ++asked;
  try {
    const who = await ask<Session | { name: null }>("GET", whoAsks);
    if (mine === asked) seat(who.name === null ? null : who);
  } catch (fault) {
    if (mine === asked && !(fault instanceof Lost) && session.value === undefined) session.value = null;
  }
}

export function signedIn(who: Session): void {
  asked += 1;
  stir();
  seat(who);
  tellOthers();
}

function leave(why: Key | null): void {
  asked += 1;
  forget(why);
  location.replace("#/");
  tellOthers();
}

/** One that has ended meanwhile is left, too; so is one whose server does not answer, and that is said. */
export async function signOut(everywhere: boolean, why: Key | null = null): Promise<void> {
  try {
    await ask("DELETE", `${whoAsks}${everywhere ? "?everywhere=true" : ""}`, undefined, { signal: AbortSignal.timeout(5000) });
  } catch (fault) {
    const isAway = fault instanceof Lost || isLeft(fault) || (fault instanceof Refusal && fault.status >= 500);
    if (isAway) return leave("session.may-stand");
    if (!(fault instanceof Refusal && (fault.status === 401 || fault.status === 404))) throw fault;
  }
  leave(why);
}

const patience = 30 * 60_000;
/** Kept for all tabs: one that nobody looks at does not end the session of one at work. */
const stirredAt = () => Number(localStorage.getItem("aorta.stirred"));

function stir(): void {
  watch();
  if (Math.abs(Date.now() - stirredAt()) > 5000) localStorage.setItem("aorta.stirred", String(Date.now()));
}

function watch(): void {
  if (!session.value) return;
  const now = Date.now();
  if (now >= until) forget("session.ended");
  else if (now - stirredAt() > patience) {
    forget("session.ended"); // at once, whatever the server answers
    signOut(false, "session.ended").catch(() => leave("session.may-stand"));
  }
}

let hiddenAt = Infinity;

export function keepWatch(): void {
  stir();
  setInterval(watch, 1000);
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) addEventListener(kind, stir, { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (session.value && Date.now() - hiddenAt > 60_000) void lookWho();
  });
}
