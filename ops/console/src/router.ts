// Places are hashes: `#/messages?status=failed`, `#/messages/ID`.
import { signal } from "@preact/signals";

export interface Place {
  path: string[];
  query: URLSearchParams;
}

function read(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean);
  return { path: parts.map(decoded), query: new URLSearchParams(query) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const place = signal<Place>(read());

/** Whether one may leave for another place. One that says no asks, and goes there later. */
type Guard = (to: string) => boolean;
let guard: Guard | null = null;
let shown = location.hash;

/** Returns what takes it away again. */
export function guardPlace(by: Guard): () => void {
  guard = by;
  return () => {
    if (guard === by) guard = null;
  };
}

window.addEventListener("hashchange", () => {
  if (guard && location.hash !== shown && !guard(location.hash)) {
    history.replaceState(null, "", shown || "#/");
    return;
  }
  shown = location.hash;
  place.value = read();
});

export type Query = Record<string, string | null | undefined>;

/** The query as a text, without what is empty. */
export function queryText(query: Query): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) out.set(name, value);
  const text = out.toString();
  return text ? `?${text}` : "";
}

export function href(path: string[], query: Query = {}): string {
  return `#/${path.map(encodeURIComponent).join("/")}${queryText(query)}`;
}

export function go(path: string[], query: Query = {}): void {
  location.hash = href(path, query);
}
