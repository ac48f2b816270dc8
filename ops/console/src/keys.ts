// Keys of the whole console: j and k go through rows, g and a letter to a page, ? shows them all.
import { signal } from "@preact/signals";
import { anyDialog } from "./parts/dialog";
import { go } from "./router";

export const keysShown = signal(false);

/** Keys of the page that is shown: an act each. */
const ofPage = new Map<string, () => void>();

/** Returns what takes them away again. */
export function takeKeys(keys: Record<string, () => void>): () => void {
  for (const [key, act] of Object.entries(keys)) ofPage.set(key, act);
  return () => {
    for (const [key, act] of Object.entries(keys)) if (ofPage.get(key) === act) ofPage.delete(key);
  };
}

export const places: Record<string, string> = {
  o: "overview", m: "messages", r: "review", c: "critical", u: "unmapped", b: "laboratories",
  d: "destinations", i: "imports", t: "routes", n: "runs", l: "decisions", f: "configuration",
  e: "events", y: "gesy",
};

let leads = false;

function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")];
  if (rows.length === 0) return;
  const now = rows.findIndex((each) => each.contains(document.activeElement));
  const to = now < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + by, 0), rows.length - 1);
  const row = rows[to]!;
  const target = row.querySelector<HTMLElement>("a, button, input, select") ?? row;
  if (target === row) row.tabIndex = -1;
  target.focus();
  row.scrollIntoView({ block: "nearest" });
}

const writes = (at: Element | null) => at instanceof HTMLElement && Boolean(at.closest("input, select, textarea"));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (writes(document.activeElement) || anyDialog()) return;
  const { key } = event;
  const taken = () => event.preventDefault();
  if (leads) {
    leads = false;
    const to = places[key];
    if (to) return taken(), go([to]);
  }
  const inRow = Boolean(document.activeElement?.closest("[data-row]"));
  if (key === "j" || (key === "ArrowDown" && inRow)) return taken(), step(1);
  if (key === "k" || (key === "ArrowUp" && inRow)) return taken(), step(-1);
  if (key === "g") leads = true;
  else if (key === "?") taken(), (keysShown.value = true);
  else if (ofPage.has(key)) taken(), ofPage.get(key)!();
});
