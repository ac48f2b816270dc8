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

window.addEventListener("hashchange", () => {
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
